"""Group expected Hessians on the screen of pairs: where in the data the chosen pair acts, and which features count."""

import streamlit as st

from dashboard.components.figures import show_figure
from dashboard.components.text import plain, prose
from dashboard.state.current_pair import Pair
from dashboard.state.state import RunView, result_of
from interaction_engine import plots
from interaction_engine.methods import words
from interaction_engine.methods.bayesian.result import GroupHessians

DRAWN = 30
"""Features in one figure: what a screen holds."""


def group_of(run: RunView) -> GroupHessians | None:
    """The result of a run where it tells regions apart; None for any other."""
    result = result_of(run.id)
    return result if isinstance(result, GroupHessians) else None


def show_regions(result: GroupHessians, pair: Pair) -> None:
    """The signed effect of the chosen pair in every region of the data."""
    st.header("Effect by region", anchor=False, divider="gray")
    st.markdown(prose(words.regions_sentence(result, *pair)))
    st.caption(
        "A row per region of similar rows: what raising both features by one standard deviation (of categories: "
        f"going from level to level) does to {plain(result.unit)}, beyond their separate effects. Interval: the mean "
        "and two standard deviations of the networks drawn. Open dots: the interval contains 0."
    )
    table = result.effects_of(*pair)
    show_figure(
        "region-effects",
        lambda theme: plots.region_effects(result, pair, theme=theme),
        table if len(table) else result.regions,
        result.provenance,
        alt="The signed effect of the chosen pair in each region of the data, with its interval",
    )


def show_screening(result: GroupHessians) -> None:
    """How many of the drawn networks do without each feature."""
    st.header("Feature selection by dropout", anchor=False, divider="gray")
    st.markdown(prose(words.screening_sentence(result)))
    st.caption(
        "The network learns how often to leave out each feature; features that it needs are hardly ever left out."
    )
    show_figure(
        "feature-screening",
        lambda theme: plots.feature_screening(result, top=DRAWN, theme=theme),
        result.screening,
        result.provenance,
        alt="The share of the drawn networks that leave each feature out, the most needed first",
    )
