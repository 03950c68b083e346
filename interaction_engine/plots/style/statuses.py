"""How the words of a column `status` are drawn and explained, the same in every figure of pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...core.status import BayesianStatus, RaceStatus, RankStatus, vocabulary_of
from ...methods.common.pair_result import PairInteractions
from .theme import Theme, faded

MEANINGS: dict[str, str] = {
    RankStatus.RANKED: "ranked (no place is proven)",
    RankStatus.UNRELIABLE: "unreliable (the method's own check failed)",
    BayesianStatus.SIGNIFICANT: "significant (each pair by itself)",
    BayesianStatus.NOT_SIGNIFICANT: "not significant",
}
"""The entry of a legend for each word; the words of races stand by themselves."""

FAINT = 0.45
"""Opacity of ranked pairs beyond those that are highlighted."""


@dataclass(frozen=True)
class Bars:
    """The bars of one look: their entry in the legend, the rows of the table that they stand for, and the filling."""

    name: str
    places: np.ndarray
    fill: str
    pattern: str = ""


def bar_looks(result: PairInteractions, drawn: pd.DataFrame, look: Theme) -> list[Bars]:
    """Return how the first rows of a result's table are drawn as bars, the strongest look first.

    Args:
        result: Pairs of any family. Of a ranking, the `top_k` that were asked for are highlighted: a choice of the
            reader's, which says nothing about places.
        drawn: The first rows of its table.
        look: Colours.
    """
    words = drawn["status"].to_numpy()
    if vocabulary_of(result.table) is RaceStatus:
        looks = [
            Bars(status.value, np.flatnonzero(words == status), fill, pattern)
            for status, fill, pattern in (
                (RaceStatus.CERTIFIED, look.lower, ""),
                (RaceStatus.UNDECIDED, look.lower, "/"),
                (RaceStatus.EXCLUDED, look.pale, ""),
            )
        ]
    else:
        looks = [*_ranked(result, words, look), *_significant(words, look)]
    return [one for one in looks if len(one.places)]


def line_looks(look: Theme) -> tuple[tuple[str, str, int], ...]:
    """Return colour and width of an interval by the word of its status, the least first."""
    return (
        (RaceStatus.EXCLUDED, look.pale, 2),
        (RaceStatus.UNDECIDED, look.pale, 3),
        (RankStatus.UNRELIABLE, look.pale, 2),
        (BayesianStatus.NOT_SIGNIFICANT, look.pale, 3),
        (RankStatus.RANKED, look.pale, 4),
        (BayesianStatus.SIGNIFICANT, look.ink, 4),
        (RaceStatus.CERTIFIED, look.ink, 4),
    )


def is_filled(status: str) -> bool:
    """Return whether the dot of a pair is full: it is proven, significant, or ranked by a figure that passed."""
    return status in (RaceStatus.CERTIFIED, BayesianStatus.SIGNIFICANT, RankStatus.RANKED)


def add_status_keys(figure: go.Figure, statuses: Sequence[str], look: Theme) -> None:
    """Add an entry to the legend for each word of a vocabulary other than that of races."""
    for status, words in MEANINGS.items():
        if status in statuses:
            colour = look.mean if is_filled(status) else look.paper
            marker = {"size": 9, "color": colour, "line": {"color": look.mean, "width": 2}}
            figure.add_trace(
                go.Scatter(x=[None], y=[None], mode="markers", name=words, marker=marker, showlegend=True, legendrank=8)
            )


def end_names(statuses: Sequence[str]) -> tuple[str, str]:
    """Return what the ends of intervals are called: bounds in races, ends of an interval of one pair elsewhere."""
    raced = all(status in tuple(RaceStatus) for status in statuses)
    return ("LCB", "UCB") if raced else ("lower end", "upper end")


def unreliable_note(result: PairInteractions, look: Theme) -> list[str]:
    """Return what stands first in the small print of a result whose own check failed, as markup; else nothing."""
    if not (result.table["status"] == RankStatus.UNRELIABLE).any():
        return []
    return [warning("Unreliable: the method's own check of these figures failed.", look)]


def warning(text: str, look: Theme) -> str:
    """Return a warning as markup that stands out from the small print around it."""
    return f'<b><span style="color:{look.highlight}">{text}</span></b>'


def _ranked(result: PairInteractions, words: np.ndarray, look: Theme) -> list[Bars]:
    ranked = np.flatnonzero(words == RankStatus.RANKED)
    top = result.provenance.options.get("top_k")
    first = ranked[ranked < top] if isinstance(top, int) else ranked
    below = np.setdiff1d(ranked, first)
    meaning = MEANINGS[RankStatus.RANKED]
    return [
        Bars(meaning, first, look.lower),
        Bars(
            f"ranked, below the {len(first):,} highlighted" if len(first) else meaning, below, faded(look.lower, FAINT)
        ),
        Bars(MEANINGS[RankStatus.UNRELIABLE], np.flatnonzero(words == RankStatus.UNRELIABLE), look.muted, "x"),
    ]


def _significant(words: np.ndarray, look: Theme) -> list[Bars]:
    return [
        Bars(MEANINGS[status], np.flatnonzero(words == status), fill)
        for status, fill in ((BayesianStatus.SIGNIFICANT, look.lower), (BayesianStatus.NOT_SIGNIFICANT, look.pale))
    ]
