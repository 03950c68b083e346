"""The pair that all screens show: how it is chosen, in any figure or table, and what it does to the prediction."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components import run_panel
from dashboard.components.figures import show_figure, side_by_side
from dashboard.components.findings import caveats
from dashboard.components.text import plain, prose
from dashboard.state.state import RunView, atlas, result_of, select, selection
from interaction_engine import plots
from interaction_engine.core.status import RunStatus, vocabulary_of
from interaction_engine.methods import words
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.partial_dependence.registration import PAIR_EFFECT
from interaction_engine.methods.partial_dependence.result import PairEffect
from interaction_engine.runs.specification import Specification

Pair = tuple[str, str]

MARK = "●"


def current_pair(result: PairInteractions) -> Pair:
    """The pair in the address if the run has it, else the strongest; from then on it is the one everywhere."""
    chosen = selection().pair
    if chosen and chosen[0] != chosen[1] and set(chosen) <= set(result.features):
        return chosen
    strongest = result.table.iloc[0]
    pair = (str(strongest["feature_1"]), str(strongest["feature_2"]))
    select(pair=pair)
    return pair


def choose_by_click(event: Any) -> None:
    """A click in a figure whose marks carry two feature names."""
    points = event["selection"]["points"]
    data = points[0].get("customdata") if points else None
    if data is not None and len(data) >= 2 and data[0] != data[1]:
        select(pair=(str(data[0]), str(data[1])))


def ranking_table(
    result: PairInteractions, shown: pd.DataFrame, key: str, columns: Mapping[str, Any] | None = None
) -> None:
    """The pairs as a table; a click on a row makes it the current pair. `columns` are drawn in place of the usual."""

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            row = shown.iloc[rows[0]]
            select(pair=(str(row["feature_1"]), str(row["feature_2"])))

    current = set(current_pair(result))
    names = zip(shown["feature_1"], shown["feature_2"], strict=True)
    mark = [MARK if set(pair) == current else "" for pair in names]
    drawn = dict(columns or _columns(result))
    st.dataframe(
        shown.assign(current=mark),
        column_order=list(drawn),
        column_config=drawn,
        hide_index=True,
        height=min(430, 42 + 35 * max(1, len(shown))),
        key=key,
        on_select=choose,
        selection_mode="single-row",
        alt="The pairs by rank; choose a row to make it the current pair",
    )


def chooser(result: PairInteractions) -> Pair:
    """Two menus that name the current pair and change it."""

    def choose() -> None:
        first, second = st.session_state["pair/1"], st.session_state["pair/2"]
        if first != second:
            select(pair=(first, second))

    pair = current_pair(result)
    st.session_state["pair/1"], st.session_state["pair/2"] = pair
    with st.container(horizontal=True, key="pair-chooser"):
        for place, (label, other) in enumerate((("First feature", pair[1]), ("Second feature", pair[0])), start=1):
            choices = [feature for feature in result.features if feature != other]
            st.selectbox(label, choices, key=f"pair/{place}", on_change=choose, width=260)
    return pair


def sentence(result: PairInteractions) -> str:
    """Where the current pair stands, as markdown."""
    return prose(words.pair_sentence(result, *current_pair(result)))


def show_effect(run: RunView, result: PairInteractions) -> None:
    """The current pair's effect surface, its two slices and its dependence, computed when first asked for."""
    pair = current_pair(result)
    st.header("The chosen pair", anchor=False, divider="gray")
    chooser(result)
    st.markdown(sentence(result))
    requested = run.specification
    view = Specification(
        kind="view",
        method=PAIR_EFFECT.name,
        options={"feature_1": pair[0], "feature_2": pair[1]},
        data=requested.data,
        model=requested.model,
        class_index=requested.class_index,
        compute=requested.compute,
    )
    state = run_panel.quiet(atlas().submit(view), "Computing what this pair does to the prediction")
    if state.status == RunStatus.DONE:
        effect = result_of(state.id)
        assert isinstance(effect, PairEffect)
        _figures(effect)


def _figures(effect: PairEffect) -> None:
    st.markdown(prose(words.effect_sentence(effect)))
    caveats(effect.provenance.notes)
    surface, slices = side_by_side("effect-figures", second=390)
    with surface:
        st.subheader("Effect surface", anchor=False)
        st.caption(f"What both together do to {plain(effect.unit)}, beyond the average. Grey: no data there.")
        show_figure(
            "effect-surface",
            lambda theme: plots.effect_surface(effect, theme=theme),
            effect.grid,
            effect.provenance,
            alt="Average prediction over the plane of the two features",
        )
    with slices:
        st.subheader("Slices", anchor=False)
        st.caption("The effect of one feature at fixed values of the other: parallel lines would mean no interaction.")
        show_figure(
            "slices",
            lambda theme: plots.slices(effect, theme=theme),
            effect.grid,
            effect.provenance,
            alt="Effect of each feature at several values of the other",
        )
    st.subheader("Dependence", anchor=False)
    st.caption(
        "Every dot is a row of your data: the whole effect, the part that only both together explain, and the rest."
    )
    show_figure(
        "dependence",
        lambda theme: plots.dependence(effect, theme=theme),
        effect.rows,
        effect.provenance,
        alt="Total, interaction and main effect by value, coloured by the partner",
    )


def _columns(result: PairInteractions) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "current": st.column_config.TextColumn("", width=24),
        "rank": number("Rank", width=52),
        "feature_1": st.column_config.TextColumn("Feature", width=110),
        "feature_2": st.column_config.TextColumn("Feature", width=110),
        "effect": number("Effect", format="%.3g", help=plain(words.effect_help(result))),
        "strength": number("Strength", format="%.4g", help=plain(words.strength_help(result))),
        "lower": number("Lower", format="%.4g", help=plain(result.interval)),
        "upper": number("Upper", format="%.4g", help=plain(result.interval)),
        "status": st.column_config.TextColumn("Status", help=words.status_help(vocabulary_of(result.table))),
        "pulls": number("Pulls", help=plain(words.pulls_help(result))),
    }
