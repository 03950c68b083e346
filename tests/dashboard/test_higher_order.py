"""The screen of larger sets: what it shows, what a choice changes, and what it says where there is nothing."""

import json

import pytest

from dashboard.components import run_panel
from dashboard.components.text import prose
from dashboard.state import current_set
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, detection, effect, finished, healthy, subsets, triple_effect
from tests.dashboard.test_pages import texts
from tests.plots import made

FOUR = ["x3", "x4", "x6", "x7"]
"""The only accepted four of the stand-in."""


@pytest.fixture
def open_climbed(open_page, atlas, data_id, climbed):
    """Open the screen on the finished detection, its surfaces of three features stored as well."""

    def open_climbed(**query):
        first, second, third = query.get("set", FOUR)[:3]
        options = {"feature_1": first, "feature_2": second, "feature_3": third, "cells": 15}
        view = Specification(kind="view", method="triple_effect", options=options, data=data_id, model=MODEL)
        finished(atlas, view, triple_effect(first, second, third))
        return open_page("higher_order", run=climbed, **query)

    return open_climbed


def chart(app, mark: str) -> dict:
    """The figure that has a trace of that name."""
    specs = [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
    return next(spec for spec in specs if any(mark in str(trace.get("name")) for trace in spec["data"]))


def test_the_screen_tells_the_largest_set_first(open_climbed):
    app = open_climbed()
    assert app.header[0].value.startswith(prose("`x3`, `x4`, `x6` and `x7` form a four-way interaction"))
    assert app.query_params["set"] == FOUR
    assert [box.value for box in app.subheader][:4] == ["Accepted sets", "Pairs", "Sets of 3", "Sets of 4"]
    marks = {trace.get("name") for trace in chart(app, "chosen set")["data"]}
    assert {"accepted set of 3", "accepted set of 4", "feature in no accepted pair"} <= marks


def test_every_level_has_its_counts_and_what_was_refused(open_climbed):
    app = open_climbed()
    metrics = [(metric.label, metric.value) for metric in app.metric]
    assert metrics[:3] == [("Candidates", "45"), ("Accepted", "12"), ("Refused", "0")]
    assert metrics[5:8] == [("Candidates", "7"), ("Accepted", "5"), ("Refused", "1")]
    said = texts(app)
    refused = (
        "`x4`, `x6`, `x7` and `x8` were not tried as a four-way interaction: the smaller set `x4`, `x6` and `x8` was "
        "not accepted."
    )
    assert f"- {prose(refused)}" in said
    assert app.metric[4].delta == "at most 2 s"


def test_the_set_in_the_address_is_shown(open_climbed):
    app = open_climbed(set=["x6", "x7", "x8"])
    assert app.query_params["set"] == ["x6", "x7", "x8"]
    assert prose("`x6`, `x7` and `x8` rank 5th of 7 candidates of 3") in texts(app)
    sidebar = "\n".join(element.value for element in app.sidebar.markdown)
    assert "`x6`, `x7`, `x8`" in sidebar


def test_a_set_that_was_not_tried_gives_way(open_climbed, atlas, data_id):
    app = open_climbed(set=["x1", "x5", "x8"])
    assert app.query_params["set"] == FOUR


def test_the_upset_view(open_climbed):
    app = open_climbed()
    app.session_state["higher/view/True"] = "upset"
    app.run()
    healthy(app)
    bars = [trace for trace in chart(app, "set of 3")["data"] if trace["type"] == "bar" and trace.get("showlegend")]
    assert {trace["name"] for trace in bars} == {"set of 3", "set of 4"}


def test_a_click_chooses_a_set_or_a_pair(monkeypatch):
    chosen = []
    monkeypatch.setattr(current_set, "select", lambda **changes: chosen.append(changes))
    for data in (["a", "b", "c"], ["a", "b"], ["a"], None):
        current_set.choose_by_click({"selection": {"points": [{"customdata": data}]}})
    current_set.choose_by_click({"selection": {"points": []}})
    assert chosen == [{"set": ("a", "b", "c")}, {"pair": ("a", "b")}]


def test_a_run_of_pairs_leads_to_one_of_larger_sets(open_page, detected):
    app = open_page("higher_order", run=detected)
    assert "This run looked at pairs only" in texts(app)
    assert app.button(key="empty/go").label == "Look for larger sets"


@pytest.mark.parametrize("page", ["pairs", "confidence"])
def test_the_pairs_of_such_a_run_have_their_screens(open_page, atlas, data_id, climbed, page):
    options = {"feature_1": "x2", "feature_2": "x4"}
    view = Specification(kind="view", method="pair_effect", options=options, data=data_id, model=MODEL)
    finished(atlas, view, effect("x2", "x4"))
    app = open_page(page, run=climbed)
    assert app.query_params["pair"] == ["x2", "x4"]
    assert app.get("plotly_chart")


def test_detect_leads_to_all_three_screens(open_page, climbed, checked, data_id):
    app = open_page("detect", run=climbed, training=checked)
    assert [app.button(key=f"outcome/{page}").label for page in ("higher_order", "pairs", "confidence")]
    assert "form a four" in texts(app)


def test_without_a_pair_there_is_no_larger_set(open_page, atlas, data_id, data, model_card):
    nothing = made.subsets([], names=data.space.names)
    run = finished(atlas, detection(data_id, "cliques"), nothing)
    app = open_page("higher_order", run=run)
    assert app.header[0].value == prose("No pair of features was accepted, so there is no larger set to try.")
    assert "set" not in app.query_params


def test_names_stay_text(open_page, atlas, data_id, model_card):
    run = finished(atlas, detection(data_id, "cliques"), subsets(made.NASTY))
    app = open_page("higher_order", run=run)
    assert not any(element.allow_html for element in app.markdown)
    assert "\n<script>" not in texts(app)


def test_a_running_climb_tells_its_levels():
    done = {"order": 2, "candidates": 45, "accepted": 12, "refused": 0, "skipped": 0, "seconds": 3.2}
    now = {"order": 3, "candidates": 7, "refused": 1, "skipped": 0}
    cost = {"planned_evaluations": 56_000, "planned_seconds": 2.0}
    assert run_panel._level(done | cost) == "Order 2: 45 pairs, 12 accepted, 3 s"
    assert run_panel._level(now | cost) == "Order 3: 7 candidates, 1 refused, at most 56,000 model calls, 2 s"
