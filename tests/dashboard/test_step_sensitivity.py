"""The section of the Confidence screen on other steps: offered, computed when asked for, shown when done."""

import dataclasses

import pytest

from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, PROVENANCE, detection, finished, healthy, pairs
from tests.dashboard.test_pages import texts
from tests.plots.made_surfaces import sensitivity

MADE = {"step": 0.75, "scheme": "auto", "cross": True}


def stepped(names, **options):
    """Made-up pairs of a run whose features were moved by a step."""
    return dataclasses.replace(pairs(names), provenance=dataclasses.replace(PROVENANCE, options=MADE | options))


def tried(data_id: str, **changes) -> Specification:
    """What the button asks for: the 160 training rows are fewer than the 200 pulls of the method's own choice."""
    options = {**MADE, "pulls": [10, 20, 50, 100, 160]} | changes
    return Specification(kind="view", method="sensitivity", options=options, data=data_id, model=MODEL)


@pytest.fixture
def stepped_run(atlas, data_id, data, model_card) -> str:
    return finished(atlas, detection(data_id), stepped(data.space.names))


def test_nothing_is_computed_before_the_button_is_pressed(open_page, stepped_run):
    app = open_page("confidence", run=stepped_run)
    assert "Numbers were moved by 0.75 standard deviations" in texts(app)
    assert app.button(key="steps/try")
    assert Atlas().runs() == []


def test_the_button_starts_a_run_with_the_options_of_the_detection(open_page, stepped_run, data_id):
    app = open_page("confidence", run=stepped_run)
    app.button(key="steps/try").click().run()
    healthy(app)
    (view,) = Atlas().runs()
    assert view.specification.run_id == tried(data_id).run_id
    assert not [button for button in app.button if button.key == "steps/try"]


def test_steps_that_were_tried_are_shown_at_once(open_page, atlas, stepped_run, data_id):
    finished(atlas, tried(data_id), sensitivity())
    app = open_page("confidence", run=stepped_run)
    assert "The step does not matter" in texts(app)
    assert not [button for button in app.button if button.key == "steps/try"]
    assert len(app.get("plotly_chart")) == 4


def test_a_cancelled_attempt_can_be_repeated(open_page, atlas, stepped_run, data_id):
    atlas.cancel(atlas.submit(tried(data_id)))
    app = open_page("confidence", run=stepped_run)
    app.button(key=f"retry/{tried(data_id).run_id}").click().run()
    healthy(app)
    assert {view.id: view.status for view in Atlas().runs()} == {
        tried(data_id).run_id: "cancelled",
        tried(data_id).again().run_id: "queued",
    }
    finished(atlas, tried(data_id).again(), sensitivity())
    assert "The step does not matter" in texts(open_page("confidence", run=stepped_run))


def test_of_many_pairs_the_strongest_are_asked_for(open_page, atlas, data_id, model_card):
    names = tuple(f"f{place}" for place in range(102))
    app = open_page("confidence", run=finished(atlas, detection(data_id), stepped(names)))
    app.button(key="steps/try").click().run()
    healthy(app)
    (view,) = Atlas().runs()
    assert view.specification.options["most_pairs"] == 5000
    assert view.specification.options["include"][:2] == [["f0", "f1"], ["f0", "f2"]]
    assert len(view.specification.options["include"]) == 10


def test_a_method_without_a_step_has_none_to_change(open_page, atlas, detected, data_id, data, model_card):
    app = open_page("confidence", run=detected)
    assert "No part of this result depends on a step size" in texts(app)
    run = finished(atlas, detection(data_id, "exact"), stepped(data.space.names, scheme="swap"))
    assert "No part of this result depends on a step size" in texts(open_page("confidence", run=run))
