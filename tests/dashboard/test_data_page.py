"""The Data page: a table is opened, its problems settled, its choices kept, and a data set made of it."""

import pytest

from dashboard import draft as drafts
from dashboard.draft import Draft
from dashboard.state import dataset
from interaction_engine.errors import InputError
from tests.dashboard.stand_ins import healthy

ROWS = "\n".join(f"r{number},{number % 5},{'' if number % 4 else number},{number * 1.5}" for number in range(40))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(f"code,a,b,y\n{ROWS}\n")
    return path


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
    healthy(app)


def opened(open_page, path):
    app = open_page("data")
    app.text_input(key="table-path").set_value(str(path)).run()
    app.button(key="open-path").click().run()
    healthy(app)
    return app


def test_path_to_data_with_every_remedy_recorded(open_page, table):
    app = opened(open_page, table)
    assert not app.error
    press(app, "Use these data")
    data = dataset(app.query_params["data"])
    assert data.space.names == ("a", "b")
    assert {(remedy.column, remedy.action) for remedy in data.remedies} == {
        ("code", "ignore_column"),
        ("b", "impute_median"),
    }


def test_a_chosen_remedy_is_the_one_applied(open_page, table):
    app = opened(open_page, table)
    draft = app.query_params["draft"]
    pills = next(group for group in app.button_group if "missing/b" in group.key)
    pills.set_value("drop_rows").run()
    assert drafts.stored(draft).remedies == {"missing/b": "drop_rows"}
    press(app, "Use these data")
    assert len(dataset(app.query_params["data"])) == 10


def test_another_target(open_page, table):
    app = opened(open_page, table)
    draft = app.query_params["draft"]
    app.selectbox(key=f"target/{draft}/y/column").select("a").run()
    healthy(app)
    press(app, "Use these data")
    assert dataset(app.query_params["data"]).target.name == "a"


def test_choices_outlive_the_session(open_page, table):
    first = drafts.opened(Draft("own", path=str(table)))
    drafts.keep(first, roles={"a": "ignored"})
    again = drafts.opened(Draft("own", path=str(table)))
    assert again.roles == {"a": "ignored"}
    assert dataset(drafts.build(again)).space.names == ("b",)


def test_data_lead_back_to_their_choices(open_page, table):
    identifier = drafts.build(drafts.keep(Draft("own", path=str(table)), roles={"a": "ignored"}))
    app = open_page("data", data=identifier)
    press(app, "Change columns or remedies")
    assert drafts.stored(app.query_params["draft"]).roles == {"a": "ignored"}


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", b""), ("head.csv", b"a,b\n"), ("one.csv", b"a\n1\n2\n"), ("junk.csv", bytes(range(256)) * 9)],
)
def test_what_is_no_table_is_one_sentence_and_loses_nothing(open_page, tmp_path, data_id, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    app = open_page("data", data=data_id)
    app.text_input(key="table-path").set_value(str(path)).run()
    app.button(key="open-path").click().run()
    healthy(app)
    assert len(app.error) == 1
    assert app.query_params["data"] == data_id


def test_lines_that_are_no_rows_block_until_chosen(open_page, tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("a,b,y\n" + "1,2,3\n4,5,6\n" * 20 + "1,2,3,4,5\n")
    app = opened(open_page, path)
    assert next(button for button in app.button if button.label == "Use these data").disabled


def test_a_forged_draft_is_refused():
    with pytest.raises(InputError):
        drafts.stored("../../secrets")
