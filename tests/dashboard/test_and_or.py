"""The screen of AND and OR patterns: how it is started, what it shows, and what it says where there is nothing."""

import dataclasses
import json

import pandas as pd
import pytest

from dashboard.components import run_panel
from dashboard.components.text import plain, prose
from dashboard.screens.and_or import and_or, and_or_start
from interaction_engine.core.plan import AndOrPlan
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, PROVENANCE, detection, finished, healthy, pairs
from tests.dashboard.test_pages import texts
from tests.plots import made_patterns
from tests.plots.made import NASTY


def taken_apart(data_id: str, **options) -> Specification:
    return Specification(kind="detect", method="and_or", options={"row": 3} | options, data=data_id, model=MODEL)


@pytest.fixture
def one(atlas, data_id, data, model_card) -> str:
    """A finished run over one prediction."""
    return finished(atlas, taken_apart(data_id), made_patterns.patterns(names=data.space.names))


@pytest.fixture
def several(atlas, data_id, data, model_card) -> str:
    return finished(atlas, taken_apart(data_id, rows=5), made_patterns.patterns(names=data.space.names, n_samples=5))


def detections() -> list:
    return [view for view in Atlas().runs() if view.specification.kind == "detect"]


def charts(app) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def subheads(app) -> list[str]:
    return [box.value for box in (*app.header, *app.subheader)]


def test_without_a_run_it_teaches_and_starts_one(open_page, data_id, model_card, data):
    app = open_page("and_or", data=data_id, model=MODEL)
    assert "No prediction decomposed yet" in texts(app)
    app.number_input(key=f"and-or/row/{data.content_hash}").set_value(7).run()
    assert app.dataframe[0].value.iloc[0].tolist() == pytest.approx(data.frame.iloc[7].tolist())
    app.multiselect(key=f"and-or/players/{data.content_hash}").set_value(["x1", "x3"]).run()
    app.button(key="and-or/go").click().run()
    healthy(app)
    (view,) = detections()
    assert view.specification.method == "and_or"
    assert view.specification.options["row"] == 7
    assert view.specification.options["players"] == ["x1", "x3"]
    assert view.specification.options["baseline"] == "mean"
    assert app.query_params["run"] == view.id


def test_the_prediction_is_told_before(open_page, atlas, data_id, model_card, data):
    options = {"row": 0, "players": list(data.space.names[:2])}
    asked = Specification(kind="view", method="and_or", options=options, data=data_id, model=MODEL)
    made = made_patterns.patterns(names=data.space.names[:2], unit="y")
    run = finished(atlas, asked, made)
    app = open_page("and_or", data=data_id, model=MODEL)
    told = f"The model predicts **{plain(format(made.samples['score'][0], '.4g'))}** (y)."
    assert told in texts(app)
    app.number_input(key=f"and-or/row/{data.content_hash}").set_value(7).run()
    healthy(app)
    assert told not in texts(app)
    (view,) = [one for one in Atlas().runs() if one.specification.kind == "view"]
    assert view.id != run
    assert view.specification.options["row"] == 7


@pytest.mark.parametrize(
    ("log_odds", "told"),
    [(0.0, "0.500"), (6.9, "0.999"), (7.8, "more than 0.999"), (-800.0, "less than 0.001"), (-1.0, "0.269")],
)
def test_a_probability_is_never_certain(log_odds, told):
    assert and_or_start._probability(log_odds) == told


def test_another_row_can_be_the_baseline(open_page, data_id, model_card, data):
    app = open_page("and_or", data=data_id, model=MODEL)
    app.segmented_control(key="and-or/baseline").set_value("row").run()
    app.number_input(key=f"and-or/base/{data.content_hash}").set_value(9).run()
    app.button(key="and-or/go").click().run()
    healthy(app)
    (view,) = detections()
    assert view.specification.options["baseline"] == 9
    assert view.specification.options["players"] is None


def plan(players, **changes) -> AndOrPlan:
    return AndOrPlan(
        **{
            "provenance": PROVENANCE,
            "table": pd.DataFrame(
                {"step": ["players", "scores", "split"], "evaluations": [6, 4_194_304, 0], "seconds": [0.1, 9.9, 20.0]}
            ),
            "players": tuple(players),
            "n_players": len(players),
            "n_samples": 1,
            "n_masks": 2 ** len(players),
            "rate": 1e5,
            "memory_bytes": 64_000_000,
            "unit": "y",
            "baseline": "mean",
        }
        | changes
    )


def planned(data_id: str, **options) -> Specification:
    return Specification(kind="plan", method="and_or", options=options, data=data_id, model=MODEL)


def fail(monkeypatch, kind, error):
    """Every run of this kind has failed."""
    look = Atlas.run

    def run(self, run_id):
        view = look(self, run_id)
        return (
            dataclasses.replace(view, status=RunStatus("failed"), error=error)
            if view.specification.kind == kind
            else view
        )

    monkeypatch.setattr(Atlas, "run", run)


def test_the_cost_is_told_before(open_page, atlas, data_id, model_card, data):
    app = open_page("and_or", data=data_id, model=MODEL)
    assert app.button(key="and-or/go")
    assert not app.metric
    finished(atlas, planned(data_id, row=0, baseline="data"), plan(data.space.names))
    app.segmented_control(key="and-or/baseline").set_value("data").run()
    healthy(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown == {"Maskable features": "10", "Model calls": "4.19 million", "Time": "30 s", "Memory": "64 MB"}
    assert "10 players can be masked in 1,024 ways" in texts(app).replace("\\", "")
    assert app.button(key="and-or/go")


def test_what_cannot_run_is_told_before(open_page, data_id, model_card, monkeypatch):
    fail(monkeypatch, "plan", "There can be at most 20 players.")
    app = open_page("and_or", data=data_id, model=MODEL)
    assert "There can be at most 20 players" in texts(app)
    assert not [button for button in app.button if button.key == "and-or/go"]


def test_a_prediction_is_shown_with_all_its_figures(open_page, one):
    app = open_page("and_or", run=one)
    found = Atlas().result(one)
    assert prose(words.and_or_finding(found)) in texts(app)
    assert len(charts(app)) == 7
    assert [metric.label for metric in app.metric][2:] == ["Salient patterns", "Maskable features"]
    assert not app.get("selectbox")
    assert "The same patterns in other predictions" not in subheads(app)
    assert app.button(key="and-or/go")


def test_the_sample_is_chosen_among_several(open_page, several):
    app = open_page("and_or", run=several)
    found = Atlas().result(several)
    before = charts(app)[0]
    app.selectbox(key=f"and-or/sample/{several}").select(3).run()
    healthy(app)
    assert app.metric[0].value == f"{found.samples['score'][3]:.4g}"
    assert charts(app)[0]["data"] != before["data"]
    assert "The same patterns in other predictions" in subheads(app)


def test_orders_are_drawn_by_count_and_over_all_samples(open_page, several):
    app = open_page("and_or", run=several)
    app.segmented_control(key="and-or/measure").set_value("count").run()
    app.segmented_control(key="and-or/over").set_value("all").run()
    healthy(app)
    figure = next(chart for chart in charts(app) if "number of patterns" in str(chart["layout"]["yaxis"].get("title")))
    assert "Mean of 5 samples" in figure["layout"]["title"]["text"]


def test_the_certificate_passes_and_fails():
    made = made_patterns.patterns(gap=0.0008)
    assert [passed for passed, *_ in and_or.certificates(made, 0)] == [True, True]
    loose = made_patterns.patterns(gap=0.3)
    (passed, verdict, figures), _ = and_or.certificates(loose, 0)
    assert (passed, verdict) == (False, "a sparser split may exist")
    assert "a gap of 30 %, 2 % asked for" in figures
    wrong = dataclasses.replace(made, samples=made.samples.assign(matching_error=0.1))
    assert and_or.certificates(wrong, 0)[1][:2] == (False, "misses some masked scores")
    noisy = dataclasses.replace(made, delta=0.02)
    assert "a noise of at most 2 % of the distance included" in and_or.certificates(noisy, 0)[1][2]


def test_a_prediction_without_patterns_is_shown(open_page, atlas, data_id, model_card, data):
    run = finished(atlas, taken_apart(data_id), made_patterns.no_patterns(names=data.space.names))
    app = open_page("and_or", run=run)
    assert "no pattern is salient" in texts(app)


@pytest.mark.parametrize(("n", "n_samples"), [(2, 1), (20, 50)])
def test_few_and_many_players_are_shown(open_page, atlas, data_id, model_card, n, n_samples):
    run = finished(atlas, taken_apart(data_id), made_patterns.patterns(n=n, n_samples=n_samples))
    assert len(charts(open_page("and_or", run=run))) == 7


def test_names_stay_text(open_page, atlas, data_id, model_card):
    run = finished(atlas, taken_apart(data_id), made_patterns.nasty_patterns())
    app = open_page("and_or", run=run)
    assert "\n<script>" not in texts(app)
    assert not any(element.allow_html for element in app.markdown)
    assert f"{NASTY[0]} & {NASTY[2]}" in app.dataframe[1].value["features"].tolist()
    assert set(app.dataframe[1].value["status"]) <= {"salient", "below threshold"}


def listed(atlas, specification, result) -> str:
    """A finished run that is also among the latest ones."""
    atlas.submit(specification)
    return finished(atlas, specification, result)


def test_a_run_of_pairs_leads_to_the_latest_prediction(open_page, atlas, detected, data_id):
    run = listed(atlas, taken_apart(data_id), made_patterns.patterns())
    app = open_page("and_or", run=detected)
    app.button(key="empty/latest").click().run()
    healthy(app)
    assert app.query_params["run"] == run
    assert len(charts(app)) == 7


def test_other_screens_lead_back_to_their_own_run(open_page, atlas, one, data_id, data):
    run = listed(atlas, detection(data_id), pairs(data.space.names))
    app = open_page("pairs", run=one)
    assert "This run found no pairs" in texts(app)
    app.button(key="empty/latest").click().run()
    healthy(app)
    assert app.query_params["run"] == run


def test_an_unfinished_run_shows_its_panel_and_a_failed_one_a_new_start(open_page, atlas, data_id, model_card):
    run = atlas.submit(taken_apart(data_id))
    app = open_page("and_or", run=run)
    assert app.button(key=f"cancel/{run}")
    assert not [button for button in app.button if button.key == "and-or/go"]
    atlas.cancel(run)
    app = open_page("and_or", run=run)
    assert app.button(key=f"again/{run}")
    assert app.button(key="and-or/go")


def test_detect_has_a_form_for_it_and_leads_to_its_screen(open_page, one, checked, data_id):
    app = open_page("detect", data=data_id, model=MODEL, training=checked, run=one)
    assert app.button(key="outcome/and_or")
    method = next(m for m in app.radio(key="method").options if m.startswith("AND"))
    app.radio(key="method").set_value(method).run()
    healthy(app)
    assert [view for view in Atlas().runs() if view.specification.kind == "plan"]
    app.multiselect(key="option/and_or/players").set_value(["x2", "x4 & x5"]).run()
    next(button for button in app.button if button.label == "Start the detection").click().run()
    healthy(app)
    options = Atlas().run(app.query_params["run"]).specification.options
    assert (options["players"], options["row"]) == (["x2", "x4 & x5"], None)


def test_a_run_is_named_and_opened_on_its_screen(atlas, one):
    view = atlas.run(one)
    assert run_panel.title(view) == "Prediction decomposition"
    assert run_panel.screen_of(view) == "and_or"
    assert run_panel.screen_of(dataclasses.replace(view, specification=detection(view.specification.data))) == "pairs"
    assert run_panel._facts(view).startswith("row 3, seed 0")
