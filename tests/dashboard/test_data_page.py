"""The Data page: a table is opened, its problems settled, its choices kept, and a data set made of it."""

import pytest

from dashboard.state import draft as drafts
from dashboard.state.draft import Draft
from dashboard.state.state import dataset
from interaction_engine.core.errors import InputError
from interaction_engine.data.cleaning.remedies import Remedy
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


def without_outcomes(tmp_path, values):
    """A table of 300 rows, of which every third has no outcome `y`."""
    path = tmp_path / "gaps.csv"
    rows = (f"{n},{n * 7 % 11},{values[n % 2] if n % 3 else ''}" for n in range(300))
    path.write_text("b,a,y\n" + "\n".join(rows) + "\n")
    return path


def written(elements):
    """The texts of elements, without the escapes that keep names from being read as Markdown."""
    return [element.value.replace("\\", "") for element in elements]


@pytest.mark.parametrize("values", [(1.5, 2.5), ("no", "yes")])
def test_rows_without_an_outcome_are_left_out_and_nothing_else_is_offered(open_page, tmp_path, values):
    app = opened(open_page, without_outcomes(tmp_path, values))
    sentence = "100 of 300 rows have no `y` and are left out."
    assert [text for text in written(app.markdown) if "left out" in text] == [f":material/filter_alt: {sentence}"]
    assert not [group for group in app.button_group if group.key.endswith("/y")]
    press(app, "Use these data")
    data = dataset(app.query_params["data"])
    assert (len(data), len(data.target.classes)) == (200, 2)
    assert any(sentence in text for text in written(app.caption))
    assert any("200 rows and 2 features predict `y`, one of two classes." in text for text in written(app.header))


@pytest.mark.parametrize("action", ["impute_median", "missing_level", "impute_mode"])
def test_a_remedy_chosen_before_the_column_became_the_target_does_not_apply(open_page, tmp_path, action):
    """Neither one that was chosen while the column was a feature, nor one that an older version offered."""
    path = without_outcomes(tmp_path, ("no", "yes") if action != "impute_median" else (1.5, 2.5))
    before = drafts.keep(Draft("gaps", path=str(path)), target="a", remedies={"missing/y": action})
    assert Remedy("y", action) in dataset(drafts.build(before)).remedies
    app = open_page("data", draft=before.id)
    app.selectbox(key=f"target/{before.id}/a/column").select("y").run()
    healthy(app)
    assert drafts.stored(before.id).remedies == {"missing/y": action}
    press(app, "Use these data")
    data = dataset(app.query_params["data"])
    assert (len(data), len(data.target.classes)) == (200, 2)
    assert [remedy.action for remedy in data.remedies if remedy.column == "y"] == ["drop_rows"]


def test_a_target_without_any_outcome_is_named_and_blocks(open_page, tmp_path):
    path = tmp_path / "none.csv"
    path.write_text("a,b,y\n" + "".join(f"{n},{n * 7 % 11},\n" for n in range(40)))
    draft = drafts.keep(Draft("none", path=str(path)), target="y")
    app = open_page("data", draft=draft.id)
    assert any("all of its 40 values are missing; choose another target." in text for text in written(app.markdown))
    assert next(button for button in app.button if button.label == "Use these data").disabled
    with pytest.raises(InputError, match="all of its 40 values are missing"):
        drafts.build(draft)


def test_dates_are_ignored_until_the_user_makes_them_features(open_page, tmp_path):
    path = tmp_path / "dated.csv"
    days = [f"2021-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(60)]
    path.write_text("when,a,y\n" + "".join(f"{day},{n * 7 % 11},{n * 1.5}\n" for n, day in enumerate(days)))
    draft = drafts.opened(Draft("dated", path=str(path)))
    assert dataset(drafts.build(draft)).space.names == ("a",)
    when = drafts.inspection_of(draft).column("when")
    assert draft.role(when, "y") == "ignored"

    split = drafts.keep(draft, remedies={"date/when": "date_number"})
    assert split.role(when, "y") == "feature"
    assert dataset(drafts.build(split)).space.names == ("when", "a")

    kept = drafts.keep(draft, remedies={}, roles={"when": "feature"})
    assert [remedy.action for remedy in kept.offered(when.problems[0])] == ["date_parts", "date_number"]
    app = open_page("data", draft=kept.id)
    (pills,) = (group for group in app.button_group if "date/when" in group.key)
    assert pills.value == "date_parts"
    press(app, "Use these data")
    assert dataset(app.query_params["data"]).space.names[:2] == ("when month", "when day")
