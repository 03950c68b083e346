"""Whether the step matters, in words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..common.phrases import count, score
from .sensitivity_result import StepSensitivity

ADVISED = (0.6, 0.9)
"""The steps that the paper advises for standardised features."""

VERDICTS = ((0.9, "hardly matters"), (0.7, "matters little"), (-math.inf, "matters"))
"""What is said of the step where every ranking agrees with the reference at least so far."""

Cell = Mapping[Any, Any]


def sensitivity_sentence(result: StepSensitivity) -> str:
    """How far the ranking depends on the step and on the pulls, and where it departs most from the reference.

    Rankings agree by the share of the strongest pairs that are the same; where those are most of all pairs, by
    Spearman's correlation.
    """
    table = result.table.sort_values(["step", "pulls"])
    cells = [row for row in table.to_dict("records") if row["pulls"] == result.pulls]
    if result.n_pairs == 1:
        return "There is only one pair, so there is no ranking that a step could change."
    if result.top == 0:
        return f"No pair interacts at the step {result.step:g}, so there is no ranking that a step could change."
    fewest = next(row for row in table.to_dict("records") if row["step"] == result.step)
    sentences = [_verdict(result, cells), _advised(result, cells), _truth(cells), _pulls(result, fewest)]
    return " ".join(sentence for sentence in sentences if sentence)


def _verdict(result: StepSensitivity, cells: Sequence[Cell]) -> str:
    if len(cells) == 1:
        return f"Only the step {result.step:g} was tried, so there is nothing to compare."
    tried = f"from {cells[0]['step']:g} to {cells[-1]['step']:g} standard deviations"
    if min(cell["correlation"] for cell in cells) >= 1 - 1e-9:
        return f"The step does not matter {tried}: the {count(result.n_pairs, 'pair')} keep their order."
    furthest = min(cells, key=lambda cell: (_agreement(result, cell), cell["correlation"]))
    verdict = next(word for bound, word in VERDICTS if _agreement(result, furthest) >= bound)
    least = f"the ranking at {furthest['step']:g} is furthest from the one at {result.step:g}"
    return f"The step {verdict} {tried}: {least} ({_same(result, furthest)})."


def _agreement(result: StepSensitivity, cell: Cell) -> float:
    """How far a ranking agrees with the reference, 1 at best; where nothing is ranked, not at all."""
    if math.isnan(cell["correlation"]):
        return -1.0
    return float(cell["overlap"] if 2 * result.top <= result.n_pairs else cell["correlation"])


def _same(result: StepSensitivity, cell: Cell) -> str:
    if math.isnan(cell["correlation"]):
        return "no pair is told from the others there"
    again = round(cell["overlap"] * result.top)
    top = "the strongest pair" if result.top == 1 else f"the {result.top:,} strongest pairs"
    same = f"{top} the same" if again == result.top else f"{again or 'none'} of {top} the same"
    return f"{same}, rank correlation {score(float(cell['correlation']))}"


def _advised(result: StepSensitivity, cells: Sequence[Cell]) -> str:
    """How stable the ranking is within the steps that the paper advises, where others are less so."""
    low, high = ADVISED
    inside = [cell for cell in cells if low <= cell["step"] <= high and cell["step"] != result.step]
    if not inside or not low <= result.step <= high:
        return ""
    within = min(inside, key=lambda cell: (_agreement(result, cell), cell["correlation"]))
    if _agreement(result, within) <= min(_agreement(result, cell) for cell in cells):
        return ""
    steps = f"Within the advised steps, {low:g} to {high:g}, it"
    if _agreement(result, within) >= VERDICTS[0][0]:
        return f"{steps} hardly changes."
    return f"{steps} changes less: at {within['step']:g} most ({_same(result, within)})."


def _truth(cells: Sequence[Cell]) -> str:
    """How well true pairs are told from others."""
    areas = [float(cell["auc"]) for cell in cells]
    if any(map(math.isnan, areas)):
        return ""
    low, high = min(areas), max(areas)
    if score(low) == score(high):
        return f"The truth is known: ROC-AUC {score(high)} at every step."
    worst, best = (f"{cells[areas.index(area)]['step']:g}" for area in (low, high))
    return f"The truth is known: ROC-AUC runs from {score(low)} (step {worst}) to {score(high)} (step {best})."


def _pulls(result: StepSensitivity, fewest: Cell) -> str:
    """What the fewest rows would have given at the reference step."""
    if fewest["pulls"] == result.pulls:
        return ""
    return f"With {fewest['pulls']:,} rows per pair instead of {result.pulls:,}: {_same(result, fewest)}."
