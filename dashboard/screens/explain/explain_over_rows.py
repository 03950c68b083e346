"""What explained rows tell together: a pair over all of them, and how accurate the explanations are."""

from typing import Any

import streamlit as st

from dashboard.components.figures import show_figure
from dashboard.components.text import plain, prose
from dashboard.screens.explain.explain import levels_of
from dashboard.state import current_pair
from dashboard.state.state import select
from interaction_engine import plots
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods import words
from interaction_engine.methods.hessians.result import RowExplanations

KINKS = (
    "The kinks of the model are smoothed so that it has second derivatives: a small beta smooths them more, which "
    "changes the prediction more; a large one smooths them less, and needs more integration points."
)
SMOOTH = "The model is smooth; no smoothing was needed. More integration points reduce the completeness gap."


def show_pair(result: RowExplanations, row: int, data: Dataset) -> None:
    """The current pair over all explained rows, in three panels."""
    if result.table.empty:
        return
    st.header("The chosen pair over all explained rows", anchor=False, divider="gray")
    pairs = result.pairs()
    pair = current_pair.chooser(pairs)
    st.markdown(prose(words.pair_in_rows_sentence(result, *pair, row)))
    if len(result.rows) == 1:
        st.caption("Only one row was explained. Explain many, below, to see the pair over your data.")
        return
    st.caption(f"Every dot is a row of your data, in {plain(result.unit)}; click one to show it.")
    show_figure(
        "pair-dependence",
        lambda theme: plots.pair_dependence(result, pair, row=row, levels=levels_of(data), theme=theme),
        result.attributions[result.attributions["feature"].isin(pair)],
        result.provenance,
        alt="Attribution, main effect and interaction over the values of the first feature, coloured by the second",
        on_select=_choose_row,
    )


def show_accuracy(result: RowExplanations) -> None:
    """How the gap and the smoothing depend on beta and on the nodes."""
    if result.accuracy.empty:
        return
    st.header("How accurate the explanations are", anchor=False, divider="gray")
    st.caption(KINKS if result.accuracy["beta"].nunique() > 1 else SMOOTH)
    options = result.provenance.options
    show_figure(
        "accuracy-sweep",
        lambda theme: plots.accuracy_sweep(
            result, beta=_number(options.get("beta")), nodes=options.get("nodes"), theme=theme
        ),
        result.accuracy,
        result.provenance,
        alt="Completeness gap over the number of nodes for several beta, and the change of scores by smoothing",
    )


def _choose_row(event: Any) -> None:
    """A click on the dot of a row."""
    points = event["selection"]["points"]
    chosen = points[0].get("customdata") if points else None
    chosen = chosen[0] if isinstance(chosen, list | tuple) and chosen else chosen
    if isinstance(chosen, int | float):
        select(row=str(int(chosen)))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
