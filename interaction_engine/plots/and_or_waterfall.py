"""A prediction taken apart: from the score of the baseline, pattern by pattern, to the score of the sample."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ..results import AndOrPatterns
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
    signed,
)
from .labels import label, number
from .theme import Theme, axis, canvas, empty, footnote, theme_named

ROW = 30
"""Pixels from one step to the next."""

NAME = 34
"""Letters of a pattern's name: the bars need half of the figure."""

ROUNDING = 1e-9
"""A rest below this share of the distance is only rounding."""

BAR = 0.62
"""Height of a bar, in rows."""


@dataclass(frozen=True)
class Steps:
    """The steps drawn: `drawn` patterns from `starts`, strongest first, then `rest`, the sum of everything weaker."""

    base: float
    score: float
    drawn: pd.DataFrame
    starts: np.ndarray
    rest: float
    n_rest: int

    @property
    def last(self) -> int:
        """The row of the sample's own score."""
        return len(self.drawn) + 2

    @property
    def before_rest(self) -> float:
        return self.score - self.rest


def pattern_waterfall(result: AndOrPatterns, *, sample: int = 0, top: int = 12, theme: str = "light") -> go.Figure:
    """How the salient patterns of a sample lead from the score with every player masked to the score of the sample.

    The `top` strongest patterns are steps of their own; everything weaker, salient or not, is one last step. Orange
    raises the score, blue lowers it; AND patterns are full, OR patterns hatched. Raises `InputError` for an unknown
    sample.
    """
    look = theme_named(theme)
    steps = _steps(result, sample, top)
    if steps.drawn.empty and not steps.n_rest:
        return empty(look, NOTHING)
    figure = canvas(look, height=150 + ROW * (steps.last + 1))
    _connections(figure, steps, look)
    _bars(figure, steps, result.unit, look)
    _rest(figure, steps, result.unit, look)
    _ends(figure, steps, look)
    _values(figure, steps, look)
    _axes(figure, steps, result, look)
    footnote(figure, look, _small_print(result, steps, sample))
    return figure


def _steps(result: AndOrPatterns, sample: int, top: int) -> Steps:
    header = sample_of(result, sample)
    patterns = salient(result, sample)
    drawn = patterns.head(max(1, top))
    base, score = float(header["base"]), float(header["score"])
    levels = base + np.concatenate([[0.0], drawn["effect"].to_numpy(dtype=float).cumsum()])
    # Of very many salient patterns a result lists the strongest only, and counts them all.
    n_rest = max(len(patterns), int(header["salient"])) - len(drawn)
    rest = score - float(levels[-1])
    rest = rest if abs(rest) > ROUNDING * float(np.abs(levels - score).max()) else 0.0
    return Steps(base, score, drawn, levels[:-1], rest, n_rest)


def _bars(figure: go.Figure, steps: Steps, unit: str, look: Theme) -> None:
    texts = pattern_texts(steps.drawn, unit)
    signs = [sign_of(effect) for effect in steps.drawn["effect"]]
    for kind, sign in PARTS:
        mine = [row for row, its in enumerate(zip(steps.drawn["kind"], signs, strict=True)) if its == (kind, sign)]
        if mine:
            figure.add_trace(
                go.Bar(
                    x=steps.drawn["effect"].iloc[mine],
                    base=steps.starts[mine],
                    y=[row + 1 for row in mine],
                    orientation="h",
                    width=BAR,
                    marker=filling(kind, sign_colour(sign, look), look),
                    name=part_name(kind, sign),
                    customdata=[list(steps.drawn["features"].iloc[row]) for row in mine],
                    hovertext=[texts[row] for row in mine],
                    hoverinfo="text",
                    showlegend=True,
                )
            )


def _rest(figure: go.Figure, steps: Steps, unit: str, look: Theme) -> None:
    text = f"all weaker patterns together, salient or not<br>{signed(steps.rest)} {label(unit, 40)}"
    figure.add_trace(
        go.Bar(
            x=[steps.rest],
            base=[steps.before_rest],
            y=[steps.last - 1],
            orientation="h",
            width=BAR,
            marker={"color": look.pale, "line": {"color": look.muted, "width": 1}},
            hovertext=[text],
            hoverinfo="text",
            name="weaker, together",
            showlegend=True,
        )
    )


def _connections(figure: go.Figure, steps: Steps, look: Theme) -> None:
    """Thin lines from the end of each step to the beginning of the next."""
    levels = [*steps.starts.tolist(), steps.before_rest, steps.score]
    xs = [x for level in levels for x in (level, level, None)]
    ys = [y for row in range(len(levels)) for y in (row, row + 1, None)]
    line = {"color": look.muted, "width": 1, "dash": "dot"}
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False))


def _ends(figure: go.Figure, steps: Steps, look: Theme) -> None:
    """The two scores as marks of their own: a bar from 0 would say nothing."""
    figure.add_trace(
        go.Scatter(
            x=[steps.base, steps.score],
            y=[0, steps.last],
            mode="markers",
            marker={
                "symbol": ["diamond-open", "diamond"],
                "size": 13,
                "color": look.ink,
                "line": {"color": look.ink, "width": 2},
            },
            hovertext=[f"everything masked: {number(steps.base)}", f"this prediction: {number(steps.score)}"],
            hoverinfo="text",
            name="score",
            showlegend=False,
        )
    )


def _values(figure: go.Figure, steps: Steps, look: Theme) -> None:
    """The figure of each step beside its bar, on the side to which it leads."""
    effects = [*steps.drawn["effect"].tolist(), steps.rest]
    starts = [*steps.starts.tolist(), steps.before_rest]
    xs = [steps.base, *(start + effect for start, effect in zip(starts, effects, strict=True)), steps.score]
    texts = [number(steps.base), *map(signed, effects), f"<b>{number(steps.score)}</b>"]
    right = [True, *(effect >= 0 for effect in effects), True]
    for x, row, text, is_right in zip(xs, range(len(xs)), texts, right, strict=True):
        is_end = row in (0, steps.last)
        figure.add_annotation(
            x=x,
            y=row,
            text=text,
            showarrow=False,
            xanchor="left" if is_right else "right",
            xshift=(12 if is_end else 5) * (1 if is_right else -1),
            font={"size": 12, "color": look.ink},
        )


def _axes(figure: go.Figure, steps: Steps, result: AndOrPatterns, look: Theme) -> None:
    names = [pattern_label(*row, NAME) for row in zip(steps.drawn["features"], steps.drawn["kind"], strict=True)]
    rest = f"{steps.n_rest:,} more and all below" if steps.n_rest else "all below the threshold"
    levels = [*steps.starts.tolist(), steps.before_rest, steps.score]
    room = 0.2 * ((max(levels) - min(levels)) or 1.0)
    figure.update_yaxes(
        axis(
            look,
            tickvals=list(range(steps.last + 1)),
            ticktext=["everything masked", *names, rest, "<b>this prediction</b>"],
            range=[steps.last + 0.6, -0.6],
            showgrid=False,
        )
    )
    window = [min(levels) - room, max(levels) + room]
    figure.update_xaxes(
        axis(look, label(result.unit, 60), range=window, zeroline=True, zerolinecolor=look.pale, zerolinewidth=1)
    )
    figure.update_layout(barmode="overlay", legend={"traceorder": "normal"})


def _small_print(result: AndOrPatterns, steps: Steps, sample: int) -> list[str]:
    threshold = number(float(sample_of(result, sample)["threshold"]))
    total = len(steps.drawn) + steps.n_rest
    return [
        f"{len(steps.drawn):,} of {total:,} salient patterns (from {threshold} on). AND: all are there. OR: any is.",
    ]
