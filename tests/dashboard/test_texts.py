"""A table with a text: proposed to be split into words, changed by its kind, and trained by a network of words."""

import pytest

from dashboard.screens.model.training import trainers
from dashboard.state import draft as drafts
from dashboard.state.state import dataset
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.words import word_columns
from tests.dashboard.test_data_page import opened, press

LINES = "\n".join(
    f"this film {number} is {'not' if number % 3 else 'so'} {'good' if number % 2 else 'bad'},{number},"
    f"{'yes' if number % 4 else 'no'}"
    for number in range(40)
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(f"said,n,like\n{LINES}\n")
    return path


def test_a_text_is_split_as_proposed(open_page, table):
    app = opened(open_page, table)
    pills = next(group for group in app.button_group if "text/said" in group.key)
    assert pills.value == "split_words"
    press(app, "Use these data")
    data = dataset(app.query_params["data"])
    (text,) = word_columns(data.space)
    assert (text.name, len(text.places)) == ("said", 6)
    assert data.remedies == (Remedy("said", "split_words"),)
    assert trainers(data)[0].name == "words"
    model = open_page("model", data=app.query_params["data"])
    assert model.radio[0].value.name == "words"


def test_names_may_be_split_too(open_page, tmp_path):
    path = tmp_path / "own.csv"
    lines = "\n".join(f"{'Ann' if n % 2 else 'Bob'} Smith {n},{n},{n % 3}" for n in range(40))
    path.write_text(f"name,n,y\n{lines}\n")
    app = opened(open_page, path)
    draft = drafts.stored(app.query_params["draft"])
    kept = drafts.keep(draft, roles={"name": "feature"}, kinds={"name": "text"})
    assert len(word_columns(dataset(drafts.build(kept)).space)) == 1
    kept = drafts.keep(draft, remedies={"identifier/name": "group_levels"})
    assert "name" in dataset(drafts.build(kept)).space.names


def test_a_text_may_be_left_out(open_page, table):
    app = opened(open_page, table)
    next(group for group in app.button_group if "text/said" in group.key).set_value("ignore_column").run()
    press(app, "Use these data")
    data = dataset(app.query_params["data"])
    assert data.space.names == ("n",)
    assert all(method.name != "words" for method in trainers(data))
