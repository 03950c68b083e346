"""The screen of a training: how it is started, what it shows while it runs and after, and where it has nothing."""

import json

import pytest

from dashboard.components.text import prose
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.methods import words
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, finished, healthy
from tests.dashboard.test_pages import texts
from tests.plots import made_patterns


@pytest.fixture
def data() -> Dataset:
    return load_sample("adult", rows=80)


def watched(data_id: str) -> Specification:
    return Specification(kind="detect", method="dynamics", options={"epochs": 100}, data=data_id, model=MODEL)


@pytest.fixture
def trained(atlas, data_id, model_card) -> str:
    return finished(atlas, watched(data_id), made_patterns.dynamics())


def charts(app) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def said(figure: dict) -> list[str]:
    return [note["text"] for note in figure["layout"].get("annotations", ())]


def test_without_a_run_it_teaches_and_starts_one(open_page, data_id, model_card):
    app = open_page("dynamics", data=data_id, model=MODEL)
    assert "No training analysed yet" in texts(app)
    app.number_input(key="option/dynamics/epochs").set_value(20).run()
    app.button(key="dynamics/go").click().run()
    healthy(app)
    (view,) = Atlas().runs()
    assert (view.specification.method, view.specification.options["epochs"]) == ("dynamics", 20)
    assert app.query_params["run"] == view.id


def test_numbers_cannot_be_taken_apart_into_log_odds(open_page, atlas, model_card):
    numbers = atlas.store.put_dataset(load_sample("F8", rows=50))
    app = open_page("dynamics", data=numbers, model=MODEL)
    assert "This needs classes" in texts(app)
    assert app.button(key="empty/go")


def test_a_training_is_shown_with_all_its_figures(open_page, trained):
    app = open_page("dynamics", run=trained)
    found = Atlas().result(trained)
    assert prose(words.dynamics_finding(found)) in texts(app)
    assert len(charts(app)) == 4
    assert said(charts(app)[0]) == ["lowest mean order (epoch 2)", "phase 2 begins (epoch 16)"]
    assert "At epoch 16" in texts(app)
    assert app.button(key="dynamics/go")


def test_the_epoch_is_shown_large_and_marked(open_page, trained):
    app = open_page("dynamics", run=trained)
    app.select_slider(key=f"dynamics/epoch/{trained}").set_value(64).run()
    healthy(app)
    assert "At epoch 64" in texts(app)
    row = made_patterns.dynamics().checkpoints.set_index("epoch").loc[64]
    assert app.metric[0].value == f"{row['train_loss']:.3g}"
    panels = charts(app)[2]
    (frame,) = panels["layout"]["shapes"]
    marked = made_patterns.EPOCHS.index(64) + 1
    assert frame["xref"] == f"x{marked} domain"


def test_counts_are_drawn_instead_of_shares(open_page, trained):
    app = open_page("dynamics", run=trained)
    app.segmented_control(key="dynamics/measure").set_value("count").run()
    healthy(app)
    large = charts(app)[1]
    assert large["layout"]["yaxis"]["title"]["text"] == "number of patterns"
    assert "theory (Theorem 3)" not in [trace.get("name") for trace in large["data"]]


@pytest.mark.parametrize(
    "changes",
    [{"epochs": (0,), "phase": None}, {"salient": False, "phase": None}, {"theory": False}, {"n": 2}, {"n": 20}],
)
def test_the_edges_are_shown(open_page, atlas, data_id, model_card, changes):
    run = finished(atlas, watched(data_id), made_patterns.dynamics(**changes))
    app = open_page("dynamics", run=run)
    assert len(app.metric) == 5


def test_a_running_training_is_drawn_so_far(open_page, atlas, data_id, model_card, monkeypatch):
    import dataclasses

    run = atlas.submit(watched(data_id))
    partial = {"kind": "dynamics", "epoch": [0, 1], "train_loss": [2, 1], "test_loss": [2, 1.2], "mean_order": [5, 4]}
    look = Atlas.run
    monkeypatch.setattr(Atlas, "run", lambda self, run_id: dataclasses.replace(look(self, run_id), partial=partial))
    app = open_page("dynamics", run=run)
    (figure,) = charts(app)
    assert "mean order" in [trace["name"] for trace in figure["data"]]


def test_detect_leads_to_the_training(open_page, trained, checked, data_id):
    app = open_page("detect", data=data_id, model=MODEL, training=checked, run=trained)
    assert app.button(key="outcome/dynamics")
