"""The panels on the size of additive networks: what is offered, what is asked for, what is shown once it is there."""

import dataclasses

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.registry import method
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard import test_pages
from tests.dashboard.stand_ins import healthy, report
from tests.plots.made_additive import compression


def texts(app: AppTest) -> str:
    """What is read, without the marks that keep it from being markdown."""
    return test_pages.texts(app).replace("\\", "")


PANEL = "from dashboard.screens.shapes import {0}\n{0}.show('{1}')"


@pytest.fixture
def open_panel(data_id):
    def open_panel(name: str) -> AppTest:
        app = AppTest.from_string(PANEL.format(name, data_id), default_timeout=60).run()
        healthy(app)
        return app

    return open_panel


@pytest.fixture
def train(atlas, data_id, data):
    """A finished training: a run that was asked for, and its report."""

    def train(kind: str, r2: float, seed: int = 0, **options) -> str:
        asked = Specification(kind="train", method=kind, options=options, data=data_id, seed=seed)
        run = atlas.submit(asked)
        metrics = {"r2": r2, "rmse": 0.2}
        atlas.store.put_result(run, dataclasses.replace(report(data.space.names), metrics=metrics))
        return run

    return train


def compared(atlas, data_id, **options) -> Specification:
    return Specification(kind="study", method="compression", options=options, data=data_id)


# Compression


def test_a_comparison_is_explained_priced_and_started(open_panel, data_id):
    app = open_panel("compression_panel")
    assert "knowledge distillation" in texts(app)
    assert "Seven networks are trained, in about" in texts(app)
    app.button(key="compression/go").click().run()
    healthy(app)
    (view,) = Atlas().runs()
    asked = view.specification
    assert (asked.kind, asked.method, asked.data, asked.model) == ("study", "compression", data_id, None)
    assert asked.options["teacher"] == [5000, 900, 400, 100, 30]
    assert not [button for button in app.button if button.key == "compression/go"], "it is on its way"
    assert [button for button in app.button if button.key == f"cancel/{view.id}"]


def test_a_finished_comparison_is_shown_and_can_be_repeated(open_panel, atlas, data_id):
    run = atlas.submit(compared(atlas, data_id, n_pairs=3))
    atlas.store.put_result(run, compression())
    app = open_panel("compression_panel")
    assert "284 times fewer than the teacher" in texts(app)
    assert "The choice of the pairs matters" in texts(app)
    assert "biases are neither pruned nor counted" in texts(app)
    assert len(app.get("plotly_chart")) == 1
    assert app.button(key="compression/go")


def test_of_several_comparisons_one_is_chosen(open_panel, atlas, data_id):
    for seed, size in ((1, 17_486), (2, 9_999)):
        run = atlas.submit(dataclasses.replace(compared(atlas, data_id, teacher=[64, 8]), seed=seed))
        atlas.store.put_result(run, compression(parameters={"paraace": size}))
    app = open_panel("compression_panel")
    assert "Teacher 64-8, seed 2, just now" in app.selectbox(key="compression/run").options[0]
    assert "With 9,999 parameters" in texts(app)
    app.selectbox(key="compression/run").select_index(1).run()
    assert "With 17,486 parameters" in texts(app)


def test_a_cancelled_comparison_can_be_started_again(open_panel, atlas, data_id):
    asked = method("compression", "study").read_options({})
    specification = compared(atlas, data_id, **asked)
    atlas.cancel(atlas.submit(specification))
    app = open_panel("compression_panel")
    assert "was cancelled" in app.warning[0].value
    app.button(key="compression/go").click().run()
    assert {view.id: view.status for view in Atlas().runs()}[specification.again().run_id] == "queued"


def test_comparisons_of_other_data_are_not_shown(open_panel, atlas):
    run = atlas.submit(compared(atlas, "f" * 16))
    atlas.store.put_result(run, compression())
    assert "284 times" not in texts(open_panel("compression_panel"))


# Accuracy


def test_all_sizes_are_offered_where_none_is_trained(open_panel):
    app = open_panel("accuracy_curves")
    offered = app.multiselect(key="sizes/chosen").value
    assert offered[:4] == ["Terms of one feature", *(f"Terms of up to {order} features" for order in (2, 3, 4))]
    assert offered[4:] == ["ParaACE without pairs", *(f"ParaACE with {pairs} pairs" for pairs in (5, 10, 20, 45))]
    assert not app.get("plotly_chart")
    app.multiselect(key="sizes/chosen").set_value(offered[1:3]).run()
    app.button(key="sizes/train").click().run()
    healthy(app)
    asked = {view.specification.options["max_order"]: view for view in Atlas().runs()}
    assert sorted(asked) == [2, 3]
    assert asked[2].specification.options["epochs"] == 60, "all options are told, as the form on the Model page does"
    assert len(app.multiselect(key="sizes/chosen").options) == 7


def test_what_is_trained_is_drawn_and_no_longer_offered(open_panel, train):
    usual = {order: method("nit").read_options({"max_order": order}) for order in (2, 3)}
    train("nit", 0.8, **usual[2])
    train("nit", 0.9, **usual[3])
    train("nit", 0.99, **usual[2] | {"epochs": 7})
    train("paraace", 0.85)  # as many pairs as the method chooses
    train("mlp", 0.95)
    app = open_panel("accuracy_curves")
    assert "Terms of up to 3 features predict best (R² = 0.900" in texts(app)
    assert "So far only 20 pairs were tried: R² = 0.850" in texts(app)
    (chart,) = app.get("plotly_chart")
    assert "epochs" not in chart.proto.spec
    assert "Rings: networks trained with other options." in chart.proto.spec
    offered = app.multiselect(key="sizes/chosen").options
    assert "Terms of up to 2 features" not in offered
    assert "Terms of up to 4 features" in offered


def test_a_training_that_was_cancelled_can_be_tried_again(open_panel, atlas, data_id):
    options = {name: value for name, value in method("nit").read_options({"max_order": 1}).items() if name != "seed"}
    asked = Specification(kind="train", method="nit", options=options, data=data_id)
    atlas.cancel(atlas.submit(asked))
    app = open_panel("accuracy_curves")
    app.button(key=f"retry/{asked.run_id}").click().run()
    assert {view.id: view.status for view in Atlas().runs()}[asked.again().run_id] == "queued"


def test_few_features_have_few_sizes(atlas):
    frame = pd.DataFrame(
        {"a": range(60), "b": [place % 7 for place in range(60)], "y": [place % 5 for place in range(60)]}
    )
    small = atlas.store.put_dataset(read_dataset(frame, target="y", target_kind="regression", name="small"))
    app = AppTest.from_string(PANEL.format("accuracy_curves", small), default_timeout=60).run()
    healthy(app)
    assert app.multiselect(key="sizes/chosen").value == [
        "Terms of one feature",
        "Terms of up to 2 features",
        "ParaACE without pairs",
        "ParaACE with 1 pair",
    ]
