"""The screen of one explained row: how it is started, what it shows, what a click changes, and what sliders ask."""

import dataclasses
import json
from typing import ClassVar

import numpy as np
import pytest

from dashboard.components.text import prose
from dashboard.screens.explain import explain_answers
from dashboard.screens.explain.explain_over_rows import _choose_row
from dashboard.screens.explain.explain_values import _step
from interaction_engine.data.samples import load_sample
from interaction_engine.data.words import OTHER, word_columns
from interaction_engine.methods import words
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.prediction_server.server import Answering
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, finished, healthy, report
from tests.dashboard.test_pages import texts
from tests.plots.made_explanations import explanations


class Asked(Answering):
    """Answers without a process: every feature adds its value, every pair 1."""

    questions: ClassVar[list[dict]] = []

    def ask(self, question):
        self.questions.append(question)
        if not question["rows"]:
            return {}
        (values,) = question["rows"]
        parts = np.ones((len(values), len(values))) + np.diag(values) - np.eye(len(values))
        return {
            "score": [100.0 + parts.sum()],
            "base": [100.0],
            "gap": [1e-6],
            "rounding": [0.0],
            "nodes": [16],
            "attributions": [parts.sum(1).tolist()],
            "interactions": [parts.tolist()],
        }


@pytest.fixture(autouse=True)
def asked(monkeypatch, atlas):
    """Nobody starts a process; what it is asked is kept."""
    monkeypatch.setattr(Asked, "questions", [])
    monkeypatch.setattr(explain_answers, "_answering", lambda home: Asked(atlas.store))
    return Asked.questions


def explaining(data_id: str, **options) -> Specification:
    return Specification(
        kind="detect", method="integrated_hessians", options={"rows": 12} | options, data=data_id, model=MODEL
    )


def result_for(data, rows=(3, 7, 20), **changes):
    names = data.space.names
    return explanations(data.rows[list(rows)], names=names, numbers=list(rows), unit="y", **changes)


@pytest.fixture
def explained(atlas, data, data_id, checked) -> str:
    return finished(atlas, explaining(data_id), result_for(data))


def charts(app) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def test_without_a_run_it_teaches_and_starts_one(open_page, data_id, checked):
    app = open_page("explain", data=data_id, model=MODEL, training=checked)
    assert "No row explained yet" in texts(app)
    app.number_input(key="explain/rows").set_value(50).run()
    app.button(key="explain/go").click().run()
    healthy(app)
    view = next(view for view in Atlas().runs() if view.specification.kind == "detect")
    assert view.specification.method == "integrated_hessians"
    options = view.specification.options
    assert (options["rows"], options["row"], options["baseline"]) == (50, None, "mean")
    assert app.query_params["run"] == view.id


def test_one_row_against_drawn_rows(open_page, data, data_id, checked):
    app = open_page("explain", data=data_id, model=MODEL, training=checked)
    app.segmented_control(key="explain/way").set_value("row").run()
    app.number_input(key=f"explain/one/{data.content_hash}").set_value(7).run()
    app.segmented_control(key="explain/baseline").set_value("data").run()
    app.button(key="explain/go").click().run()
    healthy(app)
    view = next(view for view in Atlas().runs() if view.specification.kind == "detect")
    assert view.specification.method == "expected_hessians"
    assert view.specification.options["row"] == 7


def test_a_model_without_derivatives_is_told_so(open_page, atlas, data, data_id, model_card):
    told = dataclasses.replace(report(data.space.names), capabilities=("queries",))
    check = finished(atlas, Specification(kind="check", method="check", data=data_id, model=MODEL), told)
    app = open_page("explain", data=data_id, model=MODEL, training=check)
    assert "This model gives no derivatives" in texts(app)
    assert app.button(key="empty/go")


def test_the_first_row_is_explained_with_all_its_figures(open_page, explained):
    app = open_page("explain", run=explained)
    found = Atlas().result(explained)
    assert prose(words.explanation_finding(found, 3)) in texts(app)
    assert "the parts add up" in texts(app)
    assert app.query_params["row"] == "3"
    assert len(charts(app)) == 6
    assert app.button(key="explain/go")


def test_the_row_is_in_the_address_and_chosen_from_a_menu(open_page, explained):
    app = open_page("explain", run=explained, row="20")
    found = Atlas().result(explained)
    assert prose(words.explanation_finding(found, 20)) in texts(app)
    app.selectbox(key=f"explain/row/{explained}").set_value(7).run()
    healthy(app)
    assert app.query_params["row"] == "7"
    assert prose(words.explanation_finding(found, 7)) in texts(app)


@pytest.mark.parametrize("row", ["5", "-1", "x", "<b>"])
def test_an_address_with_another_row_shows_the_first(open_page, explained, row):
    app = open_page("explain", run=explained, row=row)
    assert app.query_params["row"] == "3"


def test_a_click_on_a_dot_puts_its_row_on_screen(monkeypatch):
    chosen = []
    monkeypatch.setattr("dashboard.screens.explain.explain_over_rows.select", lambda **changes: chosen.append(changes))
    for data in (20, [20], None, [], "x"):
        _choose_row({"selection": {"points": [{"customdata": data}]}})
    _choose_row({"selection": {"points": []}})
    assert chosen == [{"row": "20"}] * 2


def test_the_pair_is_that_of_all_screens(open_page, explained, data):
    first, second = data.space.names[4], data.space.names[1]
    app = open_page("explain", run=explained, pair=[first, second])
    assert app.selectbox(key="pair/1").value == first
    found = Atlas().result(explained)
    assert prose(words.pair_in_rows_sentence(found, first, second, 3)) in texts(app)


def test_parts_that_do_not_add_up_are_told(open_page, atlas, data, data_id, checked):
    run = finished(atlas, explaining(data_id), result_for(data, gap=0.3))
    app = open_page("explain", run=run)
    assert "the parts do not add up" in texts(app)
    assert prose("Of all 3 explained rows, 0 add up.") in texts(app)


def test_a_single_row_and_one_whose_interactions_were_not_kept(open_page, atlas, data, data_id, checked):
    run = finished(atlas, explaining(data_id, row=7), result_for(data, rows=(7,)))
    app = open_page("explain", run=run)
    assert "Only one row was explained" in texts(app)
    run = finished(atlas, explaining(data_id, rows=3), result_for(data, kept=1))
    open_page("explain", run=run, row="20")


def test_a_slider_asks_for_the_changed_row_and_draws_it(open_page, explained, data, asked):
    app = open_page("explain", run=explained)
    assert "Nothing is changed yet" in texts(app)
    slider = app.slider(key=f"what-if/{explained}/3/0/2")
    assert slider.label == data.space.names[2]
    moved = float(slider.max)
    slider.set_value(moved).run()
    healthy(app)
    question = asked[-1]
    expected = data.rows[3].copy()
    expected[2] = moved
    assert question["rows"] == [pytest.approx(expected.tolist())]
    assert (question["baseline"], question["beta"], question["nodes"], question["seed"]) == ("zero", 10.0, 8, 0)
    assert f"With {prose(f'`{data.space.names[2]}`')} from" in texts(app)
    assert next(metric for metric in app.metric if metric.label == "Prediction").delta
    app.segmented_control(key="what-if/parts").set_value("pairs").run()
    healthy(app)
    (matrix,) = [one for one in charts(app) if "parts" in str(one["data"]) and len(one["data"]) == 2][1:]
    assert np.ndim(matrix["data"][0]["text"]) == 2
    app.button(key=f"what-if/{explained}/3/0/reset").click().run()
    healthy(app)
    assert "Nothing is changed yet" in texts(app)


@pytest.fixture
def text_run(atlas):
    """Rows of a text explained, the seventh among them."""
    reviews = load_sample("reviews", rows=60)
    data_id = atlas.store.put_dataset(reviews)
    return reviews, finished(atlas, explaining(data_id), result_for(reviews, rows=(7, 9)))


def test_a_sentence_is_edited_and_its_words_asked_for(open_page, text_run, asked):
    reviews, run = text_run
    (text,) = word_columns(reviews.space)
    app = open_page("explain", run=run)
    assert "Nothing is changed yet" in texts(app)
    field = app.text_area(key=f"what-if/{run}/7/0/text/{text.name}")
    own = text.decode(reviews.rows[7][list(text.places)])
    assert field.value == " ".join(own)
    field.set_value(f"xyzzy {' '.join(own[1:])}").run()
    healthy(app)
    assert asked[-1]["rows"] == [[float(OTHER), *reviews.rows[7][1:]]]
    assert "other words in" in texts(app)
    assert "Not in the vocabulary of the data, so the model cannot tell these words apart: xyzzy." in texts(app)
    app.button(key=f"what-if/{run}/7/0/reset").click().run()
    assert "Nothing is changed yet" in texts(app)


def test_a_sentence_that_is_only_spaced_otherwise_is_unchanged(open_page, text_run, asked):
    _, run = text_run
    app = open_page("explain", run=run)
    field = next(one for one in app.text_area if "/text/" in one.key)
    field.set_value(field.value.replace(" ", "  ") + "\n").run()
    healthy(app)
    assert "Nothing is changed yet" in texts(app)
    assert all(question["rows"] == [] for question in asked)


def test_what_a_model_refuses_is_a_sentence_on_the_page(open_page, explained, monkeypatch):
    from interaction_engine.core.errors import RunError

    def refuse(self, question):
        raise RunError("The model did not answer within 30 seconds; try again.")

    monkeypatch.setattr(Asked, "ask", refuse)
    app = open_page("explain", run=explained)
    slider = app.slider(key=f"what-if/{explained}/3/0/0")
    slider.set_value(float(slider.max)).run()
    assert "did not answer within 30 seconds" in app.error[0].value
    assert len(charts(app)) == 5  # all but that of the changed row
    assert app.slider(key=f"what-if/{explained}/3/0/0").value == slider.max  # and may be moved back


@pytest.mark.parametrize(
    ("values", "step"),
    [
        (np.arange(24.0), 1.0),
        (np.linspace(0, 1, 1000), 0.005),
        (np.array([0.0, 1e6]), 5000.0),
        (np.array([0.0, 3e-7]), 2e-9),
        (np.array([1990.0, 2020.0]), 1.0),
    ],
)
def test_steps_of_a_slider_are_round(values, step):
    assert _step(values, float(np.ptp(values))) == pytest.approx(step)


def test_detect_leads_to_the_explained_rows(open_page, explained, checked, data_id):
    app = open_page("detect", data=data_id, model=MODEL, training=checked, run=explained)
    assert app.button(key="outcome/explain")
    assert app.button(key="outcome/pairs")
