"""A prediction explained: from the score of the baseline, feature by feature, to the score of the row."""

from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.hessians.result import RowExplanations
from ..and_or.and_or_marks import sign_colour, sign_of, signed
from ..primitives import waterfall
from ..primitives.waterfall import Steps
from ..style.labels import label, number
from ..style.theme import Theme, canvas, footnote, theme_named
from .explanation_marks import Levels, assigned, doubt, leading, parts_of, row_of, value_text

MISSED = 0.01
"""What the attributions miss is a step of its own from this share of the way on."""

SIGNS = {"+": "raises the prediction", "-": "lowers it"}


def explanation_waterfall(
    result: RowExplanations,
    *,
    row: int | None = None,
    top: int = 12,
    levels: Levels | None = None,
    theme: str = "light",
) -> go.Figure:
    """How the attributions of the features lead from the score of the baseline to that of a row, by default the first.

    The `top` strongest features are steps of their own, the others one last step. Orange raises the score, blue lowers
    it. `levels` are the names of the levels of categorical features. Raises `InputError` for a row that was not
    explained.
    """
    look = theme_named(theme)
    header = row_of(result, row)
    parts = parts_of(result, int(header["row"]))
    drawn = parts.loc[leading(parts["attribution"].abs(), max(1, top))]
    n_rest = len(parts) - len(drawn)
    steps = _steps(float(header["base"]), float(header["score"]), drawn["attribution"].to_numpy(dtype=float), n_rest)
    figure = canvas(look, height=150 + waterfall.ROW * (steps.last + 1))
    waterfall.connections(figure, steps, look)
    _bars(figure, steps, drawn, result.unit, levels or {}, look)
    if steps.ends_in_rest:
        words = ("all other features together", "the others, together") if n_rest else ("missed by all", "missed")
        waterfall.rest_bar(figure, steps, *words, result.unit, look)
    waterfall.ends(figure, steps, (_baseline(result), "this row"), look)
    waterfall.values(figure, steps, look)
    names = [assigned(str(name), value, levels or {}, waterfall.NAME) for name, value in drawn["value"].items()]
    rest = [f"{n_rest:,} more features" if n_rest else "missed"] if steps.ends_in_rest else []
    waterfall.axes(figure, steps, [_baseline(result), *names, *rest, "<b>this row</b>"], result.unit, look)
    footnote(figure, look, doubt(result, int(header["row"]), look) or _small_print(parts, drawn))
    return figure


def _steps(base: float, score: float, effects: np.ndarray, n_rest: int) -> Steps:
    """The steps, with one for the features that are none, or for what all of them miss of a long way."""
    steps = Steps(base, score, effects)
    missed = abs(steps.rest) > MISSED * float(np.ptp([*steps.levels, score]))
    return steps if n_rest or missed else replace(steps, ends_in_rest=False)


def _bars(figure: go.Figure, steps: Steps, drawn: pd.DataFrame, unit: str, levels: Levels, look: Theme) -> None:
    texts = [
        f"<b>{label(str(name))}</b> = {value_text(str(name), part['value'], levels, 40)}<br>"
        f"attribution {signed(part['attribution'])} {label(unit, 40)}<br>"
        f"of that, its main effect {signed(part['main_effect'])}, its interactions "
        f"{signed(part['attribution'] - part['main_effect'])}"
        for name, part in drawn.iterrows()
    ]
    for sign, words in SIGNS.items():
        mine = [place for place, effect in enumerate(steps.effects) if sign_of(float(effect)) == sign]
        if mine:
            colour = sign_colour(sign, look)
            waterfall.bars(
                figure,
                steps,
                mine,
                marker={"color": colour, "line": {"color": colour, "width": 1}},
                name=words,
                customdata=[str(drawn.index[place]) for place in mine],
                hovertext=[texts[place] for place in mine],
            )


def _baseline(result: RowExplanations) -> str:
    return f"baseline ({label(result.baseline, 22)})"


def _small_print(parts: pd.DataFrame, drawn: pd.DataFrame) -> list[str]:
    whole = parts["attribution"].abs().sum()
    if len(drawn) == len(parts) or not whole > 0:
        return []
    share = 1 - drawn["attribution"].abs().sum() / whole
    return [
        f"{len(drawn):,} of {len(parts):,} features drawn; the others hold {number(100 * share, 2)} % of the sizes."
    ]
