"""What if this row were another: its values moved by sliders, its prediction and its parts redrawn at once."""

import numpy as np
import streamlit as st

from dashboard.explain import levels_of
from dashboard.explain_answers import be_ready, changed_row, unchanged_row
from dashboard.failures import explained
from dashboard.figures import show_figure
from dashboard.state import RunView
from dashboard.text import plain, prose, short
from interaction_engine import plots, wording
from interaction_engine.data import Dataset
from interaction_engine.results import RowExplanations
from interaction_engine.types import Feature, Kind

MOVED = 30
"""Features that have a slider; of more, those of the largest attributions, and any that are asked for."""

FEW = 12
"""Sliders at first where there are more features than can all have one."""

PARTS = {"features": "by feature", "pairs": "features and pairs"}

DRAWN = 10
"""Features in the figure of the changed row."""

FINE = 200
"""Steps of a slider from the least to the greatest value."""

NARROW, HEIGHT = 300, 620
"""Pixels of the list of sliders, which scrolls, so that the figures beside it stay in sight."""


def show(run: RunView, found: RowExplanations, row: int, data: Dataset) -> None:
    """Sliders for the values of the row, and what the model says of the row that they make."""
    st.header("What if?", anchor=False, divider="gray")
    features = [feature for feature in data.space.features if not feature.word_of]
    if not features or not 0 <= row < len(data):
        st.caption("The words of a text have no sliders; type another sentence on the screen AND-OR.")
        return
    be_ready(run, found)
    _what_if(run, found, row, data)


@st.fragment
def _what_if(run: RunView, found: RowExplanations, row: int, data: Dataset) -> None:
    # side by side, or one below the other where the page is narrow
    with explained(), st.container(horizontal=True, gap="medium", key="what-if"):
        with st.container(width=NARROW):
            values = _sliders(found, row, data, run.id)
        with st.container():
            _outcome(run, found, row, data, values)


def _outcome(run: RunView, found: RowExplanations, row: int, data: Dataset, values: np.ndarray) -> None:
    """The prediction of the changed row, its waterfall and its matrix."""
    levels = levels_of(data)
    same = bool((values == data.rows[row]).all())
    changed = unchanged_row(found, row) if same else changed_row(run, found, values)
    st.markdown(prose(wording.what_if_sentence(changed, found, row, levels)))
    before = float(found.rows.loc[found.rows["row"] == row, "score"].iloc[0])
    score, gap = float(changed.rows["score"].iloc[0]), float(changed.completeness_gap[0])
    with st.container(horizontal=True, key="what-if-figures"):
        delta = None if same else f"{score - before:+.4g}"
        st.metric("Prediction", f"{score:.4g}", delta, delta_color="off", border=True, width=190)
        st.metric("Completeness gap", f"{100 * gap:.2g} %", border=True, width=190, help="At most 1 % passes")
    provenance = None if same else changed.provenance
    # one figure at a time: each takes the browser as long as all else between the slider and its figure
    if _choose_parts() == "features":
        show_figure(
            "what-if-waterfall",
            lambda theme: plots.explanation_waterfall(changed, top=DRAWN, levels=levels, theme=theme),
            changed.attributions,
            provenance,
            alt="From the score of the baseline, feature by feature, to the prediction of the changed row",
        )
    else:
        show_figure(
            "what-if-matrix",
            lambda theme: plots.interaction_matrix(changed, top=DRAWN, levels=levels, theme=theme),
            changed.interactions,
            provenance,
            alt="Main effects and interactions in the changed row",
        )


def _choose_parts() -> str:
    """What the figure of the changed row is made of."""
    return st.segmented_control(
        "Drawn",
        list(PARTS),
        default="features",
        required=True,
        format_func=PARTS.__getitem__,
        key="what-if/parts",
        persist_state="session",
        label_visibility="collapsed",
    )


def _sliders(found: RowExplanations, row: int, data: Dataset, run_id: str) -> np.ndarray:
    """The row's values as the controls have them, in the coordinates of the feature space."""
    values = np.array(data.rows[row])
    turns = f"what-if/turn/{run_id}/{row}"
    turn = st.session_state.setdefault(turns, 0)
    key = f"what-if/{run_id}/{row}/{turn}"

    def begin_again() -> None:
        st.session_state[turns] = turn + 1  # other keys, and so fresh sliders

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Values of row {row:,}**", width="content")
        st.button("As it was", icon=":material/undo:", key=f"{key}/reset", type="tertiary", on_click=begin_again)
    places = _choose_features(found, row, data, key)
    with st.container(height=HEIGHT if len(places) > 7 else "content", key="what-if-sliders"):
        for place in places:
            feature = data.space.features[place]
            values[place] = _control(feature, data.rows[:, place], float(values[place]), f"{key}/{place}")
    st.caption("The changed row need not be like any row of your data; the model answers for it all the same.")
    return values


def _choose_features(found: RowExplanations, row: int, data: Dataset, key: str) -> list[int]:
    """The places of the features that have a control, in the order of the table."""
    able = [place for place, feature in enumerate(data.space.features) if not feature.word_of]
    if len(able) <= MOVED:
        return able
    own = found.attributions[found.attributions["row"] == row].set_index("feature")["attribution"].abs()
    names = [data.space.names[place] for place in able]
    strongest = own.reindex(names).sort_values(ascending=False, kind="stable").index[:FEW].tolist()
    chosen = st.multiselect(
        "Features with a slider",
        names,
        default=strongest,
        format_func=short,
        max_selections=MOVED,
        key=f"{key}/chosen",
    )
    return sorted(data.space.index(name) for name in chosen)


def _control(feature: Feature, column: np.ndarray, value: float, key: str) -> float:
    """One value: a menu of levels, or a slider over the values that the data have."""
    title = plain(short(feature.name))
    if feature.kind is Kind.CATEGORICAL:
        places = range(len(feature.levels))
        return float(
            st.selectbox(title, places, int(value), format_func=lambda at: short(feature.levels[at], 40), key=key)
        )
    low, high = float(column.min()), float(column.max())
    if low == high:
        st.caption(f"{title}: always {low:g}")
        return value
    if feature.discrete:
        return float(st.select_slider(title, np.unique(column).tolist(), value, format_func=_shown, key=key))
    step = _step(column, high - low)
    chosen = st.slider(title, low, high, value, step, format="%.6g", key=key)
    return value if abs(chosen - value) < step / 2 else float(chosen)


def _shown(value: float) -> str:
    return f"{value:.6g}"


def _step(column: np.ndarray, width: float) -> float:
    """1, 2 or 5 times a power of ten, a FINE-th of the width or somewhat more; whole where all values are."""
    power = 10.0 ** np.floor(np.log10(width / FINE))
    step = next(power * times for times in (1.0, 2.0, 5.0, 10.0) if power * times >= width / FINE)
    whole = bool((column == np.round(column)).all())
    return max(1.0, float(np.ceil(step))) if whole else float(step)
