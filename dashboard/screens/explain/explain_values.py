"""The values of a row that a reader changes: a slider or a menu for a feature, a field for a text."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.components.subject import tell_unread
from dashboard.components.text import plain, short
from interaction_engine.core.types import Feature, Kind
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.words import WordColumn, word_columns
from interaction_engine.methods.hessians.result import RowExplanations

MOVED = 30
"""Features that have a slider; of more, those of the largest attributions, and any that are asked for."""

FEW = 12
"""Sliders at first where there are more features than can all have one."""

FINE = 200
"""Steps of a slider from the least to the greatest value."""

SCROLLED, HEIGHT = 7, 620
"""More sliders than these scroll in so many pixels, so that the figures beside them stay in sight."""


@dataclass(frozen=True)
class RowValues:
    """The values of one row of the table, in the coordinates of the feature space, as their controls have them.

    `places` are those of the features with a slider or a menu, `written` the values of the words of each text. The
    state of the controls is known before they are drawn: what depends on it can be drawn first.
    """

    data: Dataset
    row: int
    key: str
    places: tuple[int, ...]
    written: tuple[tuple[WordColumn, np.ndarray], ...]

    def now(self) -> np.ndarray:
        """The values at which the controls stand; where nothing was touched, exactly those of the table."""
        values = np.array(self.data.rows[self.row])
        for text, words in self.written:
            values[list(text.places)] = words
        for place in self.places:
            values[place] = self._standing(place, float(values[place]))
        return values

    def show(self) -> None:
        """Draw the sliders and menus."""
        if not self.places:
            return
        own = self.data.rows[self.row]
        with st.container(height=HEIGHT if len(self.places) > SCROLLED else "content", key="what-if-sliders"):
            for place in self.places:
                _control(self._feature(place), self._column(place), float(own[place]), self._key(place))
        st.caption("The changed row need not be like any row of your data; the model predicts it all the same.")

    def _standing(self, place: int, value: float) -> float:
        chosen = float(st.session_state.get(self._key(place), value))
        feature, column = self._feature(place), self._column(place)
        if feature.kind is Kind.CATEGORICAL or feature.discrete or chosen == value:
            return chosen
        # a slider stands at its next step, which is no change
        return value if abs(chosen - value) < _step(column, float(np.ptp(column))) / 2 else chosen

    def _feature(self, place: int) -> Feature:
        return self.data.space.features[place]

    def _column(self, place: int) -> np.ndarray:
        return self.data.rows[:, place]

    def _key(self, place: int) -> str:
        return f"{self.key}/{place}"


def begin(result: RowExplanations, row: int, data: Dataset, run_id: str) -> RowValues:
    """The head of the controls: the way back, the texts, and where there are many features, which have a slider."""
    turns = f"what-if/turn/{run_id}/{row}"
    turn = st.session_state.setdefault(turns, 0)
    key = f"what-if/{run_id}/{row}/{turn}"

    def begin_again() -> None:
        st.session_state[turns] = turn + 1  # other keys, and so fresh controls

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Values of row {row:,}**", width="content")
        st.button("As it was", icon=":material/undo:", key=f"{key}/reset", type="tertiary", on_click=begin_again)
    texts = tuple((text, _write(text, data.rows[row], key)) for text in word_columns(data.space))
    return RowValues(data, row, key, tuple(_choose_features(result, row, data, key)), texts)


def _write(text: WordColumn, values: np.ndarray, key: str) -> np.ndarray:
    """A text in a field; the values of its words."""
    own = values[list(text.places)]
    before = " ".join(text.decode(own))
    written = st.text_area(plain(short(text.name)), before, key=f"{key}/text/{text.name}", help="Ctrl+Enter applies it")
    if written.split() == before.split():
        return own
    words, unknown, beyond = text.reread(written)
    tell_unread(text, unknown, beyond)
    return words.astype(float)


def _choose_features(result: RowExplanations, row: int, data: Dataset, key: str) -> list[int]:
    """The places of the features that have a slider or a menu, in the order of the table."""
    able = [place for place, feature in enumerate(data.space.features) if not feature.word_of]
    if len(able) <= MOVED:
        return able
    own = result.attributions[result.attributions["row"] == row].set_index("feature")["attribution"].abs()
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


def _control(feature: Feature, column: np.ndarray, value: float, key: str) -> None:
    """One value: a menu of levels, or a slider over the values that the data have."""
    title = plain(short(feature.name))
    low, high = float(column.min()), float(column.max())
    if feature.kind is Kind.CATEGORICAL:
        places = range(len(feature.levels))
        st.selectbox(title, places, int(value), format_func=lambda at: short(feature.levels[at], 40), key=key)
    elif low == high:
        st.caption(f"{title}: always {low:g}")
    elif feature.discrete:
        st.select_slider(title, np.unique(column).tolist(), value, format_func=_shown, key=key)
    else:
        st.slider(title, low, high, value, _step(column, high - low), format="%.6g", key=key)


def _shown(value: float) -> str:
    return f"{value:.6g}"


def _step(column: np.ndarray, width: float) -> float:
    """1, 2 or 5 times a power of ten, a FINE-th of the width or somewhat more; whole where all values are."""
    power = 10.0 ** np.floor(np.log10(width / FINE))
    step = next(power * times for times in (1.0, 2.0, 5.0, 10.0) if power * times >= width / FINE)
    whole = bool((column == np.round(column)).all())
    return max(1.0, float(np.ceil(step))) if whole else float(step)
