"""How small a network can be made, in words."""

from ..common.phrases import named, number, ordinal
from .compression_result import Compression

NAMES = {
    "paraace": "ParaACE",
    "distillation": "knowledge distillation",
    "lottery": "the lottery ticket",
    "synflow": "SynFlow",
}
"""Networks of one size, made in different ways; the others are there to compare them with."""

PLAIN = 0.95
"""An error that is a smaller share of another than this is plainly smaller; of less, a second training may tell
otherwise."""


def compression_finding(result: Compression) -> str:
    """What ParaACE's network costs and errs beside the teacher, and beside the other networks of its size."""
    return f"{_beside_the_teacher(result)} {_beside_the_others(result)}"


def chosen_pairs_sentence(result: Compression) -> str:
    """What the interactions are worth: the same network with random pairs, and with curves alone."""
    own, random, curves = (_error(result, method) for method in ("paraace", "random", "gann"))
    alone = f"For a sum of curves without any interaction it is {_percent(curves)}."
    if not result.random:
        return f"The error of a sum of curves without any interaction is {_percent(curves)}."
    matters = "matters" if own <= PLAIN * random else "hardly matters"
    return f"The choice of the pairs {matters}: with as many random ones the error is {_percent(random)}. {alone}"


def compression_caveats(result: Compression) -> tuple[str, ...]:
    """What must be known before the errors are compared."""
    counted = "Of the pruned networks the weights that are left are counted; biases are neither pruned nor counted."
    once = f"Every network was trained once, from seed {result.provenance.seed}: small differences may be chance."
    return (*result.provenance.notes, counted, once)


def _beside_the_teacher(result: Compression) -> str:
    own, teacher = result.row("paraace"), result.row("teacher")
    size, whole, ratio = int(own["n_parameters"]), int(teacher["n_parameters"]), float(own["ratio"])
    errors = f"{_errs(result, float(own['error']))}; for the teacher it is {_percent(float(teacher['error']))}"
    if ratio > 1:
        times = f"{number(ratio)} times fewer than the teacher's {whole:,}"
        return f"With {size:,} parameters, {times}, ParaACE {errors}."
    return f"ParaACE has {size:,} parameters and the teacher only {whole:,}, so nothing was made smaller: it {errors}."


def _beside_the_others(result: Compression) -> str:
    """Where ParaACE stands among the networks of its size."""
    ranked = sorted(NAMES, key=lambda method: _error(result, method))
    place = ranked.index("paraace")
    others = ", ".join(f"{NAMES[one]} {_percent(_error(result, one))}" for one in ranked if one != "paraace")
    if place == 0:
        near = _error(result, "paraace") > PLAIN * _error(result, ranked[1])
        return f"Of the networks of that size it errs least{', if only just' if near else ''}: {others}."
    return f"Of the {len(ranked)} networks of that size it is only {ordinal(place + 1)}: {others}."


def _error(result: Compression, method: str) -> float:
    return float(result.row(method)["error"])


def _percent(error: float) -> str:
    return f"{number(100 * error, 3)} %"


def _errs(result: Compression, error: float) -> str:
    if result.metric == "NRMSE":
        return f"errs by {_percent(error)} of the range of {named(result.target)} on held-out rows"
    return f"puts {_percent(error)} of the held-out rows into a wrong class of {named(result.target)}"


def whole_finding(result: Compression) -> str:
    """Return the finding, and which pairs the small networks have."""
    return f"{compression_finding(result)} {chosen_pairs_sentence(result)}"
