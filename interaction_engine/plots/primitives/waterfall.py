"""Bars that lead from one score to another, step by step, each from where the one before it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ..and_or.and_or_marks import signed
from ..style.labels import label, number
from ..style.theme import Theme, axis

ROW = 30
"""Pixels from one step to the next."""

NAME = 34
"""Letters of a step's name: the bars need half of the figure."""

ROUNDING = 1e-9
"""A rest below this share of the distance is only rounding."""

BAR = 0.62
"""Height of a bar, in rows."""


@dataclass(frozen=True)
class Steps:
    """`effects` are the steps drawn from `base`, in their order.

    `rest` is what is then left to `score`, a step of its own where `ends_in_rest`.
    """

    base: float
    score: float
    effects: np.ndarray
    ends_in_rest: bool = True

    @property
    def levels(self) -> np.ndarray:
        """Where each step begins; last, where the rest does."""
        return self.base + np.concatenate([[0.0], self.effects.cumsum()])

    @property
    def rest(self) -> float:
        """What the bars leave over, up to the score."""
        rest = self.score - float(self.levels[-1])
        return rest if abs(rest) > ROUNDING * float(np.abs(self.levels - self.score).max()) else 0.0

    @property
    def before_rest(self) -> float:
        """Where the last bar ends."""
        return self.score - self.rest

    @property
    def last(self) -> int:
        """The row of the score."""
        return len(self.effects) + 1 + self.ends_in_rest

    @property
    def marks(self) -> list[float]:
        """Where the steps begin, the rest among them where it is one; last, the score."""
        return [*self.levels[:-1].tolist(), *([self.before_rest] if self.ends_in_rest else []), self.score]


def connections(figure: go.Figure, steps: Steps, look: Theme) -> None:
    """Thin lines from the end of each step to the beginning of the next."""
    xs = [x for level in steps.marks for x in (level, level, None)]
    ys = [y for row in range(len(steps.marks)) for y in (row, row + 1, None)]
    line = {"color": look.muted, "width": 1, "dash": "dot"}
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False))


def bars(figure: go.Figure, steps: Steps, rows: Sequence[int], **more: Any) -> None:
    """The bars of some steps, by their places in `effects`."""
    chosen = list(rows)
    figure.add_trace(
        go.Bar(
            x=steps.effects[chosen],
            base=steps.levels[chosen],
            y=[row + 1 for row in chosen],
            orientation="h",
            width=BAR,
            hoverinfo="text",
            **({"showlegend": True} | more),
        )
    )


def rest_bar(figure: go.Figure, steps: Steps, what: str, name: str, unit: str, look: Theme) -> None:
    """The last step, of everything that is no step of its own; `what` and `name` are markup."""
    figure.add_trace(
        go.Bar(
            x=[steps.rest],
            base=[steps.before_rest],
            y=[steps.last - 1],
            orientation="h",
            width=BAR,
            marker={"color": look.pale, "line": {"color": look.muted, "width": 1}},
            hovertext=[f"{what}<br>{signed(steps.rest)} {label(unit, 40)}"],
            hoverinfo="text",
            name=name,
            showlegend=True,
        )
    )


def ends(figure: go.Figure, steps: Steps, names: tuple[str, str], look: Theme) -> None:
    """The two scores as marks of their own: a bar from 0 would say nothing."""
    first, last = names
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
            hovertext=[f"{first}: {number(steps.base)}", f"{last}: {number(steps.score)}"],
            hoverinfo="text",
            name="score",
            showlegend=False,
        )
    )


def values(figure: go.Figure, steps: Steps, look: Theme) -> None:
    """The figure of each step beside its bar, on the side to which it leads."""
    effects = [*steps.effects.tolist(), *([steps.rest] if steps.ends_in_rest else [])]
    starts = steps.marks[:-1]
    xs = [steps.base, *(start + effect for start, effect in zip(starts, effects, strict=True)), steps.score]
    texts = [number(steps.base), *map(signed, effects), f"<b>{number(steps.score)}</b>"]
    right = [True, *(effect >= 0 for effect in effects), True]
    notes = []
    for x, row, text, is_right in zip(xs, range(len(xs)), texts, right, strict=True):
        is_end = row in (0, steps.last)
        notes.append(
            {
                "x": x,
                "y": row,
                "text": text,
                "showarrow": False,
                "xanchor": "left" if is_right else "right",
                "xshift": (12 if is_end else 5) * (1 if is_right else -1),
                "font": {"size": 12, "color": look.ink},
            }
        )
    figure.layout.annotations = notes  # at once: each note added alone would be as dear as all before it


def axes(figure: go.Figure, steps: Steps, names: Sequence[str], unit: str, look: Theme) -> None:
    """`names` of all rows from the base to the score, as markup."""
    levels = steps.marks
    room = 0.2 * ((max(levels) - min(levels)) or 1.0)
    ticks = {"tickvals": list(range(steps.last + 1)), "ticktext": list(names)}
    window = [min(levels) - room, max(levels) + room]
    # set, not updated: plotly takes ten times as long to update an axis, and what-if figures are redrawn at every move
    figure.layout.yaxis = axis(look, **ticks, range=[steps.last + 0.6, -0.6], showgrid=False)
    figure.layout.xaxis = axis(
        look, label(unit, 60), range=window, zeroline=True, zerolinecolor=look.pale, zerolinewidth=1
    )
    figure.layout.barmode = "overlay"
    figure.layout["legend"]["traceorder"] = "normal"
