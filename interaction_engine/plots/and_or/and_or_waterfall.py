"""A prediction taken apart: from the score of the baseline, pattern by pattern, to the score of the sample."""

import pandas as pd
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..primitives import waterfall
from ..primitives.waterfall import Steps
from ..style.labels import number
from ..style.theme import Theme, canvas, empty, footnote, theme_named
from .and_or_marks import (
    NOTHING,
    PARTS,
    filling,
    part_name,
    pattern_label,
    pattern_texts,
    salient,
    sample_of,
    sign_colour,
    sign_of,
)


def pattern_waterfall(result: AndOrPatterns, *, sample: int = 0, top: int = 12, theme: str = "light") -> go.Figure:
    """How the salient patterns of a sample lead from the score with every player masked to the score of the sample.

    The `top` strongest patterns are steps of their own; everything weaker, salient or not, is one last step. Orange
    raises the score, blue lowers it; AND patterns are full, OR patterns hatched. Raises `InputError` for an unknown
    sample.
    """
    look = theme_named(theme)
    header = sample_of(result, sample)
    patterns = salient(result, sample)
    drawn = patterns.head(max(1, top))
    # Of very many salient patterns a result lists the strongest only, and counts them all.
    n_rest = max(len(patterns), int(header["salient"])) - len(drawn)
    if drawn.empty and not n_rest:
        return empty(look, NOTHING)
    steps = Steps(float(header["base"]), float(header["score"]), drawn["effect"].to_numpy(dtype=float))
    figure = canvas(look, height=150 + waterfall.ROW * (steps.last + 1))
    waterfall.connections(figure, steps, look)
    _bars(figure, steps, drawn, result.unit, look)
    together = "all weaker patterns together, salient or not"
    waterfall.rest_bar(figure, steps, together, "weaker, together", result.unit, look)
    waterfall.ends(figure, steps, ("everything masked", "this prediction"), look)
    waterfall.values(figure, steps, look)
    waterfall.axes(figure, steps, _names(drawn, n_rest), result.unit, look)
    footnote(figure, look, _small_print(len(drawn), n_rest, float(header["threshold"])))
    return figure


def _bars(figure: go.Figure, steps: Steps, drawn: pd.DataFrame, unit: str, look: Theme) -> None:
    texts = pattern_texts(drawn, unit)
    signs = [sign_of(effect) for effect in drawn["effect"]]
    for kind, sign in PARTS:
        mine = [row for row, its in enumerate(zip(drawn["kind"], signs, strict=True)) if its == (kind, sign)]
        if mine:
            waterfall.bars(
                figure,
                steps,
                mine,
                marker=filling(kind, sign_colour(sign, look), look),
                name=part_name(kind, sign),
                customdata=[list(drawn["features"].iloc[row]) for row in mine],
                hovertext=[texts[row] for row in mine],
            )


def _names(drawn: pd.DataFrame, n_rest: int) -> list[str]:
    names = [pattern_label(*row, waterfall.NAME) for row in zip(drawn["features"], drawn["kind"], strict=True)]
    rest = f"{n_rest:,} more and all below" if n_rest else "all below the threshold"
    return ["everything masked", *names, rest, "<b>this prediction</b>"]


def _small_print(n_drawn: int, n_rest: int, threshold: float) -> list[str]:
    return [
        f"{n_drawn:,} of {n_drawn + n_rest:,} salient patterns (from {number(threshold)} on). AND: all are there. "
        "OR: any is.",
    ]
