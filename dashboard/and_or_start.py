"""Take one prediction apart: which row, what masks it, who plays, and the button that starts it."""

import math
from typing import Any

import streamlit as st

from dashboard import run_panel
from dashboard.failures import explained
from dashboard.state import atlas, result, select, selection
from dashboard.text import amount, plain, short
from interaction_engine.data import Dataset
from interaction_engine.results import AndOrPatterns
from interaction_engine.runs.specification import Specification
from interaction_engine.types import TargetKind

MOST_PLAYERS = 20
PROPOSED = 12
"""Of more features, the method chooses so many by itself."""

DRAWN = 16
"""Rows that stand in by turns where masked features take values drawn from the data."""

SURE = math.log(999.0)
"""Log-odds beyond which a probability is only told to be near 1, or to 0."""

BASELINES = {
    "mean": "the mean",
    "median": "the median",
    "zero": "zero",
    "data": "drawn rows",
    "row": "another row",
}


def teach(data: Dataset, model: str) -> None:
    """What this screen is for, and the shortest way to its first result."""
    with st.container(border=True, key="empty"):
        st.subheader(":material/join_inner: No prediction taken apart yet", anchor=False)
        st.markdown(
            "One prediction is scored with every choice of its features masked. The scores are then split into as few "
            "patterns as possible: **AND** patterns take part when all their features are there, **OR** patterns when "
            "any of them is. Together they give every one of these scores exactly."
        )
        start(data, model, predict=True)


def start(data: Dataset, model: str, *, predict: bool = False) -> None:
    """A row, a baseline, the players, and the button; `predict` asks the model what it says of the row."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="and-or-start"):
        row = int(
            st.number_input(
                f"Row (0 to {len(data) - 1:,})",
                min_value=0,
                max_value=len(data) - 1,
                step=1,
                key=f"and-or/row/{data.content_hash}",
                persist_state="session",
                width=170,
            )
        )
        baseline = _baseline(data)
    st.dataframe(data.frame.iloc[[row]], hide_index=True, alt=f"The values of row {row}, and what was observed")
    if predict and len(data.space) > 1:
        with explained():
            _show_prediction(data, model, row)
    players = _players(data)
    st.caption(_cost(len(players) or min(PROPOSED, len(data.space)), baseline))
    if st.button("Take this prediction apart", type="primary", icon=":material/call_split:", key="and-or/go"):
        with explained():
            options: dict[str, Any] = {"row": row, "baseline": baseline}
            options |= {"players": players} if players else {}
            select(run=atlas().submit(_specification(model, options)))
            st.rerun()


def _show_prediction(data: Dataset, model: str, row: int) -> None:
    """The score of the whole row: the smallest run that has it, of two players."""
    options = {"row": row, "players": list(data.space.names[:2])}
    asked = Specification(kind="view", method="and_or", options=options, data=str(selection().data), model=model)
    view = run_panel.quiet(atlas().submit(asked), "Asking the model what it predicts for this row")
    if view.status != "done":
        return
    found = result(view.id)
    assert isinstance(found, AndOrPatterns)
    score = float(found.samples["score"].iloc[0])
    chance = "" if data.target.kind is TargetKind.REGRESSION else f", a probability of {_probability(score)}"
    st.markdown(f"The model predicts **{plain(f'{score:.4g}')}** ({plain(found.unit)}{chance}).")


def _probability(log_odds: float) -> str:
    """Log-odds as a probability, never rounded to nothing or to certainty."""
    if abs(log_odds) > SURE:
        return "more than 0.999" if log_odds > 0 else "less than 0.001"
    return f"{1.0 / (1.0 + math.exp(-log_odds)):.3f}"


def _specification(model: str, options: dict[str, Any]) -> Specification:
    from interaction_engine.runs.catalog import method  # which brings torch along, and no result needs it

    read = method("and_or").read_options(options)
    return Specification(kind="detect", method="and_or", options=read, data=str(selection().data), model=model)


def _baseline(data: Dataset) -> str | int:
    """What stands for a masked feature."""
    chosen = st.segmented_control(
        "Masked features take the value of",
        list(BASELINES),
        default="mean",
        required=True,
        format_func=BASELINES.__getitem__,
        key="and-or/baseline",
        persist_state="session",
    )
    if chosen != "row":
        return str(chosen)
    last = len(data) - 1
    return int(
        st.number_input(f"That row (0 to {last:,})", 0, last, step=1, key=f"and-or/base/{data.content_hash}", width=170)
    )


def _players(data: Dataset) -> tuple[str, ...]:
    """Who is masked or shown: features, or groups of them; none leaves the choice to the method."""
    proposed = "all features" if len(data.space) <= PROPOSED else f"the {PROPOSED} strongest features"
    chosen = st.multiselect(
        "Players",
        data.space.names,
        format_func=short,
        accept_new_options=True,
        max_selections=MOST_PLAYERS,
        placeholder=f"{proposed}; or choose some",
        help="What is masked or shown as one. For a group, type its features' names joined by & with a blank on both "
        "sides. Features that belong to no player keep the row's value.",
        key=f"and-or/players/{data.content_hash}",
        persist_state="session",
    )
    return tuple(map(str, chosen))


def _cost(n: int, baseline: str | int) -> str:
    """What the run will ask of the model."""
    calls = 2**n * (DRAWN if baseline == "data" else 1)
    each = f", {DRAWN} times each" if baseline == "data" else ""
    return plain(f"{n} players can be masked in {amount(2**n)} ways{each}: {amount(calls)} model evaluations.")
