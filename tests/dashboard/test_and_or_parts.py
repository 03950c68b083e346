"""Sentences, pictures and clouds on the screen of AND and OR patterns: how they are asked for and shown."""

import json

import numpy as np
import pandas as pd
import pytest

from dashboard.components import subject
from dashboard.screens.and_or import and_or_groups
from dashboard.screens.and_or.and_or_groups import REST
from interaction_engine.core.types import FeatureSpace
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.runs.client import Atlas
from tests.dashboard.stand_ins import MODEL, finished, healthy
from tests.dashboard.test_and_or import charts, detections, taken_apart
from tests.dashboard.test_pages import texts
from tests.plots import made_patterns
from tests.plots.made import NASTY


@pytest.fixture(scope="module")
def reviews():
    return load_sample("reviews", rows=300)


@pytest.fixture(scope="module")
def digits():
    return load_sample("digits", rows=60)


@pytest.fixture(scope="module")
def clouds():
    draw = np.random.default_rng(0).normal(size=(60, 8))
    frame = pd.DataFrame(draw, columns=[f"{axis}{point}" for point in range(4) for axis in "xy"])
    return read_dataset(frame.assign(kind=np.where(draw[:, 0] > 0, "a", "b")), target="kind")


@pytest.fixture
def stored(atlas, model_card):
    return atlas.store.put_dataset


def asked() -> dict:
    (view,) = detections()
    return {name: value for name, value in view.specification.options.items() if value is not None}


def test_the_subject_is_read_off_the_features(reviews, digits, clouds, data):
    assert [subject.subject_of(one.space) for one in (reviews, digits, clouds, data)] == [
        "text",
        "picture",
        "points",
        "columns",
    ]
    assert subject.picture_side(digits.space) == 8
    assert subject.cloud_dimensions(clouds.space) == 2
    assert subject.subject_of(FeatureSpace(digits.space.features[:-1])) == "columns"
    assert subject.subject_of(FeatureSpace(clouds.space.features[:-1])) == "columns"


def test_a_text_is_one_column_to_read(reviews):
    shown = subject.readable(reviews, [0, 1])
    assert list(shown) == ["review", "opinion"]
    assert shown["review"].iloc[0].split()[0] == reviews.frame["review 1"].iloc[0]
    assert subject.size_of(reviews) == "a text of up to 20 words"


def test_a_sentence_is_typed_and_taken_apart(open_page, stored, reviews):
    app = open_page("and_or", data=stored(reviews), model=MODEL)
    assert not [button for button in app.button if button.key == "and-or/go"]
    assert not Atlas().runs()
    field = f"and-or/sentence/{reviews.content_hash}"
    app.text_area(key=field).set_value("The film is not xyzzy <b>good</b>").run()
    healthy(app)
    assert "xyzzy" in texts(app)
    go = app.button(key="and-or/go")
    assert go.label == "Decompose this sentence"
    go.click().run()
    healthy(app)
    assert asked()["sentence"] == "The film is not xyzzy <b>good</b>"
    assert "row" not in asked()


def test_words_beyond_the_last_place_are_told(open_page, stored, reviews):
    app = open_page("and_or", data=stored(reviews), model=MODEL)
    app.text_area(key=f"and-or/sentence/{reviews.content_hash}").set_value("good " * 21).run()
    assert "Only the first 20 words are read" in texts(app)


def test_a_row_of_words_is_read_as_a_sentence(open_page, stored, reviews):
    app = open_page("and_or", data=stored(reviews), model=MODEL)
    app.segmented_control(key=f"and-or/way/{reviews.content_hash}").set_value("row").run()
    app.number_input(key=f"and-or/row/{reviews.content_hash}").set_value(2).run()
    healthy(app)
    assert str(subject.readable(reviews, [2])["review"].iloc[0]).split()[0] in texts(app)
    app.button(key="and-or/go").click().run()
    assert (asked()["row"], asked()["max_players"]) == (2, 12)


def test_a_picture_is_cut_into_a_grid(open_page, stored, digits):
    app = open_page("and_or", data=stored(digits), model=MODEL)
    assert not app.dataframe
    (chart,) = charts(app)
    assert np.shape(chart["data"][0]["z"]) == (8, 8) or chart["data"][0]["z"]["shape"] == "8, 8"
    app.segmented_control(key="and-or/grid").set_value(16).run()
    healthy(app)
    app.button(key="and-or/go").click().run()
    assert (asked()["parts"], asked()["max_players"], asked()["row"]) == ("patches", 16, 0)


def test_groups_are_drawn_named_and_removed(open_page, stored, digits):
    app = open_page("and_or", data=stored(digits), model=MODEL)
    app.segmented_control(key=f"and-or/cut/{digits.content_hash}").set_value("groups").run()
    healthy(app)
    assert "At least two groups are needed" in texts(app)
    app.session_state[f"and-or/groups/{digits.content_hash}"] = {"gone": [7], "top": [0, 1, 2], "dot": [35]}
    app.run()
    healthy(app)
    assert "`top`: 3 pixels" in texts(app)
    app.button(key="group/remove/0").click().run()
    healthy(app)
    assert "gone" not in texts(app)
    app.button(key="and-or/go").click().run()
    first, second, rest = asked()["players"]
    assert (first, second) == ("top = p0 & p1 & p2", "dot = p35")
    assert rest.startswith(f"{REST} = p3 & p4")
    assert len(rest.split(" & ")) == 60


def test_a_drawn_group_takes_free_pixels_only(digits, monkeypatch):
    session: dict = {}
    monkeypatch.setattr(and_or_groups.st, "session_state", session)
    and_or_groups._add(digits, [3, 1, 2])
    session[f"and-or/group-name/{digits.content_hash}"] = " a = b & `c`"
    and_or_groups._add(digits, [2, 3, 4])
    and_or_groups._add(digits, [1, 2])
    session[f"and-or/group-name/{digits.content_hash}"] = "a b c"
    and_or_groups._add(digits, [9])
    assert and_or_groups._groups(digits) == {"group 1": [1, 2, 3], "a b c": [4], "a b c 2": [9]}


def test_a_cloud_is_put_into_clusters(open_page, stored, clouds):
    app = open_page("and_or", data=stored(clouds), model=MODEL)
    app.number_input(key="and-or/most/Clusters").set_value(3).run()
    app.button(key="and-or/go").click().run()
    healthy(app)
    assert (asked()["parts"], asked()["max_players"]) == ("clusters", 3)


def test_a_classifier_in_a_folder(open_page, data_id, model_card):
    app = open_page("and_or", data=data_id, model=MODEL)
    app.text_input(key="and-or/folder").set_value(" /models/mine ").run()
    app.text_area(key="and-or/folder-sentence").set_value("not good").run()
    healthy(app)
    app.button(key="and-or/folder-go").click().run()
    healthy(app)
    assert (asked()["folder"], asked()["sentence"]) == ("/models/mine", "not good")


def pill(app, run: str, sample: int = 0):
    return app.button_group(key=f"and-or/marked/{run}/{sample}")


def marked(chart: dict) -> int:
    return sum(trace.get("name") == "marked" for trace in chart["data"])


def test_patterns_are_marked_in_the_sentence(open_page, stored, atlas, reviews):
    run = finished(atlas, taken_apart(stored(reviews), sentence="not good"), made_patterns.sentence())
    app = open_page("and_or", run=run)
    assert len(charts(app)) == 8
    assert marked(charts(app)[0]) == 2
    pill(app, run).set_value(3).run()
    healthy(app)
    assert marked(charts(app)[0]) == 1
    pill(app, run).set_value(None).run()
    assert marked(charts(app)[0]) == 0
    assert not any(element.allow_html for element in app.markdown)


@pytest.mark.parametrize("make", [made_patterns.picture, made_patterns.cloud, lambda: made_patterns.cloud(3)])
def test_pictures_and_points_are_shown(open_page, stored, atlas, digits, make):
    run = finished(atlas, taken_apart(stored(digits)), make())
    app = open_page("and_or", run=run)
    assert len(charts(app)) == 9
    assert marked(charts(app)[0]) == 1


def test_every_picture_has_its_own_pattern(open_page, stored, atlas, digits):
    run = finished(atlas, taken_apart(stored(digits), rows=2), made_patterns.picture(n_samples=2))
    app = open_page("and_or", run=run)
    pill(app, run).set_value(None).run()
    assert marked(charts(app)[0]) == 0
    app.selectbox(key=f"and-or/sample/{run}").select(1).run()
    healthy(app)
    assert marked(charts(app)[0]) == 1


def test_words_stay_text(open_page, stored, atlas, reviews):
    made = made_patterns.sentence(words=NASTY[:7])
    run = finished(atlas, taken_apart(stored(reviews)), made)
    app = open_page("and_or", run=run)
    assert "\n<script>" not in texts(app)
    assert not any(element.allow_html for element in app.markdown)


def test_a_sentence_names_its_run(stored, atlas, reviews):
    from dashboard.components import run_panel

    run = finished(atlas, taken_apart(stored(reviews), row=None, sentence="not a good film"), made_patterns.sentence())
    assert run_panel._facts(atlas.run(run)).startswith("“not a good film”")


def test_the_data_screen_shows_a_text_as_one_column(open_page, stored, reviews):
    app = open_page("data", data=stored(reviews))
    columns = app.dataframe[0].value
    assert columns["name"].tolist() == ["review", "opinion"]
    assert columns["kind"].iloc[0] == "text, 20 words"
    assert columns["distinct"].iloc[0] == len(reviews.space.features[0].levels) - 2
    assert list(app.dataframe[1].value) == ["review", "opinion"]
    assert "300 rows and a text of up to 20 words predict" in texts(app)
    (chart,) = charts(app)
    assert len(chart["data"][0]["y"]) == 20 or json.dumps(chart["data"][0]["y"])
