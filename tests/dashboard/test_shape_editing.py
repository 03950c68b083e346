"""Editing a term on the screen: what each kind offers, what it would do, and what is asked for."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from interaction_engine.data.dataset import Dataset
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.models.io.export.exported import Exported
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard import test_pages
from tests.dashboard.stand_ins import PROVENANCE, finished, healthy, report
from tests.plots.made_shapes import HEIGHTS, LEVELS, VALUES, shapes

BASE, CLIPPED = "1" * 16, "2" * 16
PANEL = """
from dashboard.screens.shapes import shape_editing
from dashboard.state.state import select, selection
from tests.plots.made_shapes import shapes
if selection().data is None:
    select(data={data!r}, models=({model!r},))
shape_editing.show({model!r}, shapes(), {term!r})
"""
CLIP = {"features": ["a"], "kind": "clip", "high": 1.0}


def texts(app: AppTest) -> str:
    """What is read, without the marks that keep it from being markdown."""
    return test_pages.texts(app).replace("\\", "")


@pytest.fixture
def data() -> Dataset:
    """The rows of the made shapes: every combination once."""
    a, b, c = (grid.ravel() for grid in np.meshgrid(VALUES, VALUES, range(3), indexing="ij"))
    y = 4 + 3 * a + np.array(HEIGHTS)[c] + a * b
    return read_dataset(pd.DataFrame({"a": a, "b": b, "c": np.array(LEVELS)[c], "y": y}), target="y", name="made")


@pytest.fixture
def made(atlas, data_id, data):
    """A finished training, or edit of the trained model, with its report."""

    def made(model_id: str, r2: float, edits=()) -> str:
        asked = Specification(kind="train", method="gam", data=data_id)
        if edits:
            options = {"edits": list(edits)}
            asked = Specification(kind="train", method="edit", options=options, data=data_id, model=BASE)
        told = dataclasses.replace(
            report(data.space.names), model_id=model_id, metrics={"r2": r2}, capabilities=("queries", "terms")
        )
        run = atlas.submit(asked)
        atlas.store.put_result(run, told)
        return run

    return made


@pytest.fixture
def panel(data_id, made):
    made(BASE, 0.9)

    def panel(term: tuple[str, ...], model: str = BASE) -> AppTest:
        script = PANEL.format(data=data_id, model=model, term=term)
        app = AppTest.from_string(script, default_timeout=60).run()
        healthy(app)
        return app

    return panel


def asked(method: str = "edit") -> list[Specification]:
    return [view.specification for view in Atlas().runs() if view.specification.method == method]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    healthy(app)
    return app


def test_a_clip_is_previewed_and_asked_for(panel, data_id):
    app = panel(("a",))
    app.number_input(key="edit/1111111111111111/a/clip/At most").set_value(1.0).run()
    healthy(app)
    assert "This would change R² on 5,043 held-out rows from 1" in texts(app)
    assert len(app.get("plotly_chart")) == 1
    press(app, "edit/1111111111111111/a/apply")
    (one,) = asked()
    assert (one.kind, one.model, one.data) == ("train", BASE, data_id)
    assert one.options == {"edits": [CLIP]}


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("flatten", {"kind": "flatten", "start": -0.333, "end": 0.333}),
        ("monotone", {"kind": "monotone", "direction": "increasing"}),
        ("smooth", {"kind": "smooth", "strength": 0.2}),
        ("off", {"kind": "off"}),
    ],
)
def test_each_kind_has_its_own_form(kind, written, panel):
    app = panel(("a",))
    app.segmented_control(key="edit/1111111111111111/a/kind").set_value(kind).run()
    healthy(app)
    press(app, "edit/1111111111111111/a/apply")
    (edit,) = asked()[0].options["edits"]
    assert edit.pop("features") == ["a"]
    assert edit == pytest.approx(written, abs=0.01) if kind == "flatten" else edit == written


def test_levels_are_clipped_or_flattened_and_have_no_order(panel):
    app = panel(("c",))
    assert app.segmented_control(key="edit/1111111111111111/c/kind").options == ["Clip", "Flatten", "Leave out"]
    app.segmented_control(key="edit/1111111111111111/c/kind").set_value("flatten").run()
    app.multiselect(key="edit/1111111111111111/c/levels").set_value(["low", "top"]).run()
    press(app, "edit/1111111111111111/c/apply")
    assert asked()[0].options["edits"] == [{"features": ["c"], "kind": "flatten", "levels": ["low", "top"]}]


def test_a_map_can_only_be_left_out(panel):
    app = panel(("a", "b"))
    assert app.segmented_control(key="edit/1111111111111111/a/b/kind").options == ["Leave out"]
    assert "This would change R²" in texts(app)
    press(app, "edit/1111111111111111/a/b/apply")
    assert asked()[0].options["edits"] == [{"features": ["a", "b"], "kind": "off"}]


def test_an_edit_that_means_nothing_is_explained(panel):
    app = panel(("a",))
    assert "Set the least or the most" in texts(app)
    assert not [button for button in app.button if button.key == "edit/1111111111111111/a/apply"]
    app.number_input(key="edit/1111111111111111/a/clip/At least").set_value(2.0)
    app.number_input(key="edit/1111111111111111/a/clip/At most").set_value(1.0).run()
    healthy(app)
    assert "`low` of a clip must not be above `high`; got 2 and 1." in texts(app)


def test_a_further_edit_is_made_of_the_unedited_model(panel, made):
    made(CLIPPED, 0.85, [CLIP])
    app = panel(("c",), CLIPPED)
    assert "`a`: at most +1.0 `y`" in texts(app)
    app.segmented_control(key="edit/2222222222222222/c/kind").set_value("off").run()
    press(app, "edit/2222222222222222/c/apply")
    newest = asked()[0]
    assert newest.model == BASE
    assert newest.options["edits"] == [CLIP, {"features": ["c"], "kind": "off"}]


def test_versions_show_the_change_of_the_metric_and_are_used_everywhere(panel, made):
    run = made(CLIPPED, 0.85, [CLIP])
    app = panel(("a",))
    assert "R² 0.8500 (−0.0500)" in texts(app)
    assert "As it was trained." in texts(app)
    press(app, f"show/{CLIPPED}")
    assert app.query_params["models"] == [BASE, CLIPPED]
    assert app.button(key=f"use/{CLIPPED}").label == "Use everywhere"
    assert run


def test_the_only_edit_is_taken_back_to_the_unedited_model(panel, made):
    made(CLIPPED, 0.85, [CLIP])
    app = panel(("a",), CLIPPED)
    before = len(asked())
    press(app, f"take-back/{CLIPPED}/0")
    assert len(asked()) == before
    assert app.query_params["models"] == [CLIPPED, BASE]


def test_one_of_two_edits_is_taken_back(panel, made):
    both = [CLIP, {"features": ["c"], "kind": "off"}]
    made(CLIPPED, 0.8, both)
    app = panel(("a",), CLIPPED)
    press(app, f"take-back/{CLIPPED}/0")
    assert asked()[0].options["edits"] == both[1:]


def test_a_term_that_is_left_out_says_so(panel):
    assert "no such term" in texts(panel(("b",)))


def test_a_file_is_prepared_and_saved_with_its_distance(panel, atlas, data_id):
    app = panel(("a",))
    press(app, f"export/{BASE}/.onnx")
    (one,) = asked("export")
    assert (one.kind, one.model, one.options) == ("view", BASE, {"format": ".onnx"})
    file = pd.DataFrame({"format": [".onnx"], "content": [b"12345"]})
    told = Exported(
        provenance=PROVENANCE, file=file, difference=2e-6, spread=1.5, unit="y <b>", inputs="the values of the table"
    )
    finished(atlas, one, told)
    app = panel(("a",))
    assert "On 100 held-out rows, the file's scores differ from the model's by" in texts(app)
    assert shapes().unit == "y"
