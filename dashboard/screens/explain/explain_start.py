"""Explain rows: which of them, against what, and the button that starts it."""

import streamlit as st

from dashboard.components.compute_choice import compute_choice
from dashboard.components.failures import explained
from dashboard.components.subject import readable, size_of
from dashboard.components.text import name
from dashboard.state.class_choice import class_choice
from dashboard.state.state import atlas, select, selection
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods.hessians.registration import EXPECTED_HESSIANS, INTEGRATED_HESSIANS
from interaction_engine.runs.specification import Specification

ROWS = 200
"""Rows explained at first, where many are: enough to see a pair over the data."""

MOST_ROWS = 20_000

WAYS = {"rows": "many rows", "row": "one row"}

BASELINES = {
    "mean": "the mean",
    "median": "the median",
    "zero": "zero",
    "data": "drawn rows",
    "row": "another row",
}


def teach(data: Dataset, model: str) -> None:
    """What this screen is for, and the form that starts its first result."""
    with st.container(border=True, key="empty"):
        st.subheader(":material/waterfall_chart: No row explained yet", anchor=False)
        st.markdown(
            "The model's derivatives are integrated along a straight line from a baseline, such as the mean of your "
            "data, to a row: what each feature contributes alone, and what each pair of features contributes together. "
            "All parts together give the prediction, and the screen states how exactly."
        )
        start(data, model)


def start(data: Dataset, model: str) -> None:
    """Which rows, from which baseline, the other options drawn from the method's signature, and the button."""
    st.markdown(f"On {name(data.name)}: {len(data):,} rows, {size_of(data)}.")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="explain-start"):
        row, rows = _which(data)
        baseline = _baseline(data)
    if row is not None:
        st.dataframe(readable(data, [row]), hide_index=True, alt="The values of the row that is explained")
    class_index = class_choice(data)
    from dashboard.components.forms import options_form
    from interaction_engine.methods.registry import method  # which brings torch along, and no result needs it

    chosen = method(EXPECTED_HESSIANS.name if baseline == "data" else INTEGRATED_HESSIANS.name)
    options = {"row": row, "rows": rows, "baseline": baseline}
    hidden = {key: value for key, value in options.items() if key in chosen.options.model_fields}
    with explained():
        with st.expander("More options", icon=":material/tune:"):
            given = options_form(chosen, hidden=hidden, names=data.space.names)
        compute = compute_choice()
        words = "Explain these rows" if row is None else "Explain this row"
        if st.button(words, type="primary", icon=":material/play_arrow:", key="explain/go"):
            specification = Specification(
                kind="detect",
                method=chosen.name,
                options=chosen.read_options(given),
                data=str(selection().data),
                model=model,
                class_index=class_index,
                seed=given.get("seed", 0),
                compute=compute,
            )
            select(run=atlas().submit(specification))
            st.rerun()


def _which(data: Dataset) -> tuple[int | None, int]:
    """The one row that is named, or None; and how many are drawn where none is."""
    way = st.segmented_control(
        "What is explained",
        list(WAYS),
        default="rows",
        required=True,
        format_func=WAYS.__getitem__,
        key="explain/way",
        persist_state="session",
    )
    if way == "row":
        last = len(data) - 1
        key = f"explain/one/{data.content_hash}"
        row = st.number_input(f"Row (0 to {last:,})", 0, last, step=1, key=key, persist_state="session", width=170)
        return int(row), 1
    most = min(len(data), MOST_ROWS)
    rows = st.number_input(
        "Rows", 1, most, min(ROWS, most), step=50, key="explain/rows", persist_state="session", width=170
    )
    return None, int(rows)


def _baseline(data: Dataset) -> str | int:
    """Where the way to every row begins."""
    chosen = st.segmented_control(
        "Against",
        list(BASELINES),
        default="mean",
        required=True,
        format_func=BASELINES.__getitem__,
        key="explain/baseline",
        persist_state="session",
        wrap=True,
        help="The prediction of the baseline is where every explanation begins. Drawn rows: the average over several.",
    )
    if chosen != "row":
        return str(chosen)
    last = len(data) - 1
    key = f"explain/base/{data.content_hash}"
    return int(
        st.number_input(f"That row (0 to {last:,})", 0, last, step=1, key=key, persist_state="session", width=170)
    )
