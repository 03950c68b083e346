"""Three features at once: which ones it starts with, how they are changed, and what is asked for."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from interaction_engine.methods.finite_differences.set_result import SubsetInteractions
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, PROVENANCE, detection, finished, healthy
from tests.dashboard.test_pages import texts
from tests.plots.made_surfaces import triple

NAMES = ("a", "b", "c", "d")


def subsets(*accepted: tuple[str, ...]) -> SubsetInteractions:
    """All pairs, and the accepted sets: of one order, those named first are the strongest."""
    pairs = [(one, other) for place, one in enumerate(NAMES) for other in NAMES[place + 1 :]]
    sets = [*accepted, *(pair for pair in pairs if pair not in accepted)]
    table = pd.DataFrame(
        {
            "features": sets,
            "order": [len(one) for one in sets],
            "kind": "interaction",
            "strength": [1.0 / (place + 1) for place in range(len(sets))],
            "effect": [1.0 / (place + 1) for place in range(len(sets))],
            "lower": 0.0,
            "upper": 1.0,
            "pulls": 100,
            "status": ["certified" if one in accepted else "excluded" for one in sets],
            "rank": range(1, len(sets) + 1),
            "standard_error": 0.0,
            "reference": 0.0,
        }
    ).sort_values("order", kind="stable", ignore_index=True)
    nothing = pd.DataFrame({"features": pd.Series([], dtype=object)})
    return SubsetInteractions(
        provenance=PROVENANCE,
        features=NAMES,
        table=table,
        levels=pd.DataFrame({"order": [2, 3], "interval": ["an interval", "an interval"]}),
        refused=nothing,
        nodes=nothing,
        unit="y",
        level=0.95,
        truth=None,
        trace=pd.DataFrame({"features": [("a", "b")], "pulls": [9], "mean": [1.0], "lower": [0.0], "upper": [2.0]}),
    )


def script():
    import streamlit as st

    from dashboard.screens.higher_order.triple import show_triple
    from dashboard.state.state import atlas

    show_triple(atlas().run(st.session_state["run"]), st.session_state["found"])


@pytest.fixture
def show(atlas, data_id, model_card):
    """The section over `found`, in a session that has a run."""

    def show(found: SubsetInteractions) -> AppTest:
        app = AppTest.from_function(script, default_timeout=60)
        app.session_state["run"] = finished(atlas, detection(data_id), found)
        app.session_state["found"] = found
        app.run()
        healthy(app)
        return app

    return show


def asked(features: tuple[str, str, str], data_id: str) -> Specification:
    options = {f"feature_{place}": name for place, name in enumerate(features, start=1)} | {"cells": 15}
    return Specification(kind="view", method="triple_effect", options=options, data=data_id, model=MODEL)


def latest() -> tuple[str, str, str]:
    options = Atlas().runs()[0].specification.options
    return options["feature_1"], options["feature_2"], options["feature_3"]


@pytest.mark.parametrize(
    ("accepted", "starts"),
    [
        ([("b", "c", "d"), ("a", "b", "c")], ("b", "c", "d")),
        ([("a", "b", "c", "d")], ("a", "b", "c")),
        ([("a", "b"), ("b", "d"), ("a", "c")], ("a", "b", "d")),
        ([], ("a", "b", "c")),
    ],
)
def test_it_starts_with_the_strongest_set_or_the_pair_and_its_strongest_link(show, accepted, starts):
    show(subsets(*accepted))
    assert latest() == starts


def test_the_current_set_comes_first(show, monkeypatch):
    from dashboard.screens.higher_order import triple

    class Chosen:
        pair = None
        set = ("d", "a", "c")

    monkeypatch.setattr(triple, "selection", Chosen)
    show(subsets(("a", "b", "c")))
    assert latest() == ("d", "a", "c")


def test_another_third_and_other_features_are_asked_for(show):
    app = show(subsets(("a", "b", "c")))
    app.button_group(key="triple/third").set_value("a").run()
    healthy(app)
    assert latest() == ("b", "c", "a")
    app.selectbox(key="triple/0").select("d").run()  # the third gives way to another third
    healthy(app)
    assert latest() == ("b", "c", "d")
    assert app.selectbox(key="triple/1").options == ["a", "b"]


def test_a_finished_view_is_shown_in_words_and_figures(show, atlas, data_id):
    finished(atlas, asked(("a", "b", "c"), data_id), triple(names=("a", "b", "c")))
    app = show(subsets(("a", "b", "c")))
    assert "The joint effect grows with `c`" in texts(app)
    assert len(app.get("plotly_chart")) == 1
    app.button_group(key="triple/part").set_value("total").run()
    healthy(app)
    assert len(Atlas().runs()) == 0  # the same surface in another colour
