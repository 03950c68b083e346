"""Screens of pairs that were found by derivatives or weights: no race to follow, no step to ask about."""

import re
from dataclasses import replace

import pytest

from dashboard.components.text import plain
from interaction_engine.core.plan import TrainingPlan
from interaction_engine.methods.registry import METHODS
from tests.dashboard.stand_ins import MODEL, detection, finished, pairs
from tests.dashboard.test_pages import stored_effect, texts
from tests.plots.made import provenance
from tests.plots.made_explanations import explanations
from tests.words.test_plans import plan


@pytest.fixture
def explained(atlas, data_id, data, model_card):
    made = explanations(names=data.space.names)
    return finished(atlas, detection(data_id, "integrated_hessians"), made)


def by(atlas, data_id, data, method):
    made = pairs(data.space.names)
    told = provenance(method=method, options={"top_k": 3}, rows=200)
    table = made.table.assign(status="ranked")
    made = replace(made, table=table, provenance=told, trace=made.trace.iloc[:0], degree=1)
    return finished(atlas, detection(data_id, method), made)


def test_explained_rows_have_pairs(open_page, atlas, data_id, explained):
    stored_effect(atlas, data_id)
    app = open_page("pairs", run=explained, pair=["x1", "x2"])
    assert app.get("plotly_chart")
    assert "beyond the sum of their separate effects" in texts(app)


def test_their_confidence_has_no_race_to_follow(open_page, explained):
    app = open_page("confidence", run=explained, pair=["x1", "x2"])
    assert "for each pair by itself" in texts(app)
    assert "The chosen pair" in texts(app)
    assert "Convergence of this pair" not in texts(app)
    assert "Sensitivity to the step size" not in texts(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize(
    ("method", "says"),
    [("input_hessian", "as far as the curvature at the rows tells"), ("nid", "the weights that they share amount to")],
)
def test_the_simpler_methods(open_page, atlas, data_id, data, model_card, method, says):
    run = by(atlas, data_id, data, method)
    for page in ("confidence", "pairs"):
        stored_effect(atlas, data_id)
        app = open_page(page, run=run, pair=["x1", "x2"])
        assert says in texts(app)
        assert "Nothing is proven about places" in texts(app)
        assert not {"certified", "undecided", "excluded"} & set(re.findall(r"\w+", texts(app)))


def test_a_result_that_failed_its_check_is_unreliable_on_every_screen(open_page, atlas, data_id, data, model_card):
    made = explanations(names=data.space.names, gap=0.2)
    run = finished(atlas, detection(data_id, "integrated_hessians"), made)
    stored_effect(atlas, data_id)
    for page in ("pairs", "confidence"):
        app = open_page(page, run=run, pair=["x1", "x2"])
        assert str(app.header[0].value).startswith("The completeness check failed")
        assert "are ranked first" not in texts(app)
    app = open_page("explain", run=run)
    assert str(app.header[0].value).startswith("The completeness check failed")
    assert "unreliable: the parts do not add up" in texts(app)
    assert "moves it most" not in texts(app)


@pytest.mark.parametrize("method", ["integrated_hessians", "expected_hessians", "input_hessian"])
def test_their_forms_ask_for_their_cost_and_start_a_run(open_page, atlas, checked, data_id, method):
    app = open_page("detect", data=data_id, model=MODEL, training=checked)
    app.radio(key="method").set_value(plain(METHODS[method].title)).run()
    app.number_input(key=f"option/{method}/top_k").set_value(4).run()
    assert app.number_input(key=f"option/{method}/rows").value
    (plan,) = [run for run in plans(atlas) if run.method == method]
    assert plan.options["rows"] == METHODS[method].read_options({})["rows"]
    next(button for button in app.button if button.label == "Start the detection").click().run()
    asked = atlas.run(app.query_params["run"]).specification
    assert (asked.kind, asked.method, asked.options["top_k"]) == ("detect", method, 4)


def test_their_cost_is_told_before(open_page, atlas, checked, data_id):
    app = open_page("detect", data=data_id, model=MODEL, training=checked)
    app.radio(key="method").set_value(plain(METHODS["integrated_hessians"].title)).run()
    (asked,) = [run for run in plans(atlas) if run.method == "integrated_hessians"]
    steps = [("preparation", 100, 0.5, ""), ("derivatives", 4900, 39.5, "rows")]
    finished(atlas, asked, plan(steps, memory_bytes=64_000_000))
    app.run()
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown == {"Time": "40 s", "Derivatives": "5,000", "Memory": "64 MB", "Pairs": "28"}
    assert "Derivatives of 1 network on the way to 200 rows from 1 baseline" in texts(app)
    assert "With half as many rows it would take about 20 seconds" in texts(app)
    app.number_input(key="option/integrated_hessians/top_k").set_value(4).run()
    assert app.metric, "how many pairs are named costs nothing"
    app.number_input(key="option/integrated_hessians/rows").set_value(50).run()
    assert not app.metric
    assert any(button.label == "Start the detection" for button in app.button)


def test_what_a_training_takes_is_told_before(open_page, atlas, data_id):
    app = open_page("model", data=data_id)
    (asked,) = plans(atlas)
    assert asked.method == "ensemble"
    finished(atlas, asked, TrainingPlan(provenance=provenance(), seconds=40.0))
    app.run()
    assert "This takes about 40 seconds on this machine" in texts(app)
    assert any(button.label == "Train" for button in app.button)


def plans(atlas):
    return [view.specification for view in atlas.runs() if view.specification.kind == "plan"]
