"""One prediction from its baseline to its score.

The parts of its features and of their pairs, and whether they add up.
"""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.figures import show_figure
from dashboard.components.findings import show_stated
from dashboard.components.subject import readable
from dashboard.components.text import prose
from dashboard.state.current_pair import choose_by_click, current_pair
from dashboard.state.state import select, selection
from interaction_engine import plots
from interaction_engine.core.types import Kind
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods import words
from interaction_engine.methods.hessians.result import RowExplanations

FEATURES = 20
"""Features drawn in the matrix at first."""

MOST_FEATURES = 100
STEPS = 12
"""Features that are steps of the waterfall at first."""

WIDE = 20
"""Columns of a row that are shown at once; of more, behind a click."""

LISTED = 500
"""Rows in one menu; more are chosen by their number."""


def levels_of(data: Dataset) -> dict[str, tuple[str, ...]]:
    """The levels of the categorical features."""
    return {feature.name: feature.levels for feature in data.space.features if feature.kind is Kind.CATEGORICAL}


def current_row(result: RowExplanations) -> int:
    """The row in the address if it was explained, else the first."""
    rows = result.rows["row"].astype(int).tolist()
    chosen = selection().row or ""
    row = int(chosen) if chosen.isdecimal() and int(chosen) in rows else rows[0]
    if chosen != str(row):
        select(row=str(row))
    return row


def show_finding(result: RowExplanations, row: int, data: Dataset) -> None:
    """The sentence about this row, and what must be known before it is believed."""
    show_stated(result, words.explanation_finding(result, row, levels_of(data)), words.explanation_caveats(result))


def choose_row(result: RowExplanations, row: int) -> None:
    """Which of the explained rows is on screen; a click on a dot of the dependence figure chooses too."""
    if len(result.rows) == 1:
        return
    rows = sorted(result.rows["row"].astype(int).tolist())
    key = f"explain/row/{selection().run}"

    def choose() -> None:
        select(row=str(st.session_state[key]))

    st.session_state[key] = row
    label = f"Row shown (of {len(rows):,} explained)"
    if len(rows) <= LISTED:
        scores = result.rows.set_index("row")["score"].to_dict()
        doubts = dict.fromkeys(result.rows.loc[~result.complete, "row"].astype(int), " (unreliable)")
        st.selectbox(
            label,
            rows,
            format_func=lambda one: f"row {one:,}: predicted {scores[one]:.4g}".replace("-", "−") + doubts.get(one, ""),
            key=key,
            on_change=choose,
            width=360,
        )
    else:
        st.number_input(label, min(rows), max(rows), step=1, key=key, on_change=choose, width=360)
        st.caption("The number of a row that was not explained selects the first explained row.")


def show_row(result: RowExplanations, row: int, data: Dataset) -> None:
    """The row's values as they stand in the table."""
    if not 0 <= row < len(data):
        return
    table = readable(data, [row])
    place = st.container() if table.shape[1] <= WIDE else st.expander(f"Values of row {row:,}", icon=":material/table:")
    with place:
        st.dataframe(table, hide_index=True, alt=f"The values of row {row}, and what was observed")


def show_checks(result: RowExplanations, row: int) -> None:
    """Whether the parts add up to the prediction, with figures; and what rounding the model did to it."""
    n_rows, all_passed, passed = len(result.rows), int(result.complete.sum()), result.is_complete(row)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explain-checks"):
        icon, colour = ("check_circle", "green") if passed else ("warning", "orange")
        verdict = "the parts add up" if passed else "unreliable: the parts do not add up"
        st.badge(verdict, icon=f":material/{icon}:", color=colour)
        sentence = words.completeness_sentence(result, row)
        if n_rows > 1:
            sentence += f" Of all {n_rows:,} explained rows, {all_passed:,} add up."
        st.caption(prose(sentence), width="content")
    if rounding := words.rounding_sentence(result, row):
        st.caption(f":material/info: {prose(rounding)}")


def show_parts(result: RowExplanations, row: int, data: Dataset) -> None:
    """The waterfall of attributions, and the matrix of main effects and interactions."""
    levels, pair = levels_of(data), _pair(result)
    st.header("From the baseline to the prediction", anchor=False, divider="gray")
    st.caption("Each feature with its half of every interaction that it takes part in.")
    drawn = _choose_features(len(result.features))
    show_figure(
        "explanation-waterfall",
        lambda theme: plots.explanation_waterfall(
            result, row=row, top=max(STEPS, drawn if drawn > FEATURES else 0), levels=levels, theme=theme
        ),
        result.attributions[result.attributions["row"] == row],
        result.provenance,
        alt="From the score of the baseline, feature by feature, to this prediction; the table has them too",
    )
    st.subheader("Main effects and interactions", anchor=False)
    st.caption(
        "All cells add up to the same difference. A pair contributes both its cells; click one to choose the pair."
    )
    show_figure(
        "interaction-matrix",
        lambda theme: plots.interaction_matrix(result, row=row, top=drawn, pair=pair, levels=levels, theme=theme),
        matrix_table(result, row),
        result.provenance,
        alt="What each feature alone and each pair of features adds to this prediction; the table has them too",
        on_select=choose_by_click,
    )


def show_main_effects(result: RowExplanations, row: int, data: Dataset) -> None:
    """What is left of each attribution when the interactions are taken out."""
    if len(result.features) < 2:
        return
    st.subheader("Share of interactions", anchor=False)
    st.markdown(prose(words.main_effect_sentence(result, row)))
    show_figure(
        "main-effects",
        lambda theme: plots.main_effects(result, row=row, levels=levels_of(data), theme=theme),
        result.attributions[result.attributions["row"] == row],
        result.provenance,
        alt="The attribution of each feature, and its main effect after its interactions are taken out",
    )


def matrix_table(result: RowExplanations, row: int) -> Any:
    """The matrix of a row in long form: a line per pair of names, main effects among them."""
    whole = result.row_matrix(row)
    names = whole.index.to_numpy()
    first, second = np.triu_indices(len(names))
    values = {"feature_1": names[first], "feature_2": names[second], "part": whole.to_numpy()[first, second]}
    return result.rows.iloc[:0, :0].assign(**{key: list(value) for key, value in values.items()})


def _pair(result: RowExplanations) -> tuple[str, str] | None:
    """The pair that all screens show."""
    return current_pair(result.pairs()) if len(result.table) else None


def _choose_features(n_features: int) -> int:
    """How many features the figures draw, where there are many."""
    if n_features <= FEATURES:
        return max(2, n_features)
    most = min(n_features, MOST_FEATURES)
    return st.slider("Features drawn", 5, most, FEATURES, key="explain/features", persist_state="session", width=240)
