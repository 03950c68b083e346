"""How a figure was computed: what it takes to repeat it."""

from collections.abc import Mapping
from typing import Any

from ...core.result import Provenance
from ..registry import METHODS
from .phrases import duration, named
from .skill_summary import judgements

JOINT_EFFECT = (
    "The root mean square, over the background rows, of how much the prediction changes when both features move beyond "
    "the sum of what it changes when either moves alone."
)

JOINT_EFFECT_OF_SETS = (
    "The root mean square, over the background rows, of how much the prediction changes when all features of a set "
    "move, beyond what the changes by its smaller sets add up to."
)


def how_computed(provenance: Provenance) -> list[tuple[str, str]]:
    """Labels and values: method, source, data and model, options, seed, cost, and what must be known."""
    method = METHODS.get(provenance.method)
    joint_effect = (method and method.joint_effect) or _joint_effect(provenance.options)
    sentences = [
        ("Method", provenance.title),
        ("Source", provenance.source),
        ("Data", named(provenance.data)),
        ("Model", named(provenance.model)),
        ("How features are moved", _moves(provenance.options)),
        ("Joint effect", joint_effect),
        ("Options", ", ".join(f"{name} = {_option(value)}" for name, value in provenance.options.items())),
        ("Seed", str(provenance.seed)),
        (method.rows if method else "Background rows", f"{provenance.rows:,}"),
        ("Model evaluations", f"{provenance.evaluations:,}"),
        ("Time", duration(provenance.seconds)),
        ("Device", provenance.device),
        ("Version", provenance.version),
        *judgements(provenance),
        *(("Note", note) for note in provenance.notes),
    ]
    return [(label, value) for label, value in sentences if value]


def _joint_effect(options: Mapping[str, Any]) -> str:
    """What the finite-difference methods call an effect; empty for other methods."""
    if "scheme" not in options:
        return ""
    return JOINT_EFFECT_OF_SETS if "max_order" in options else JOINT_EFFECT


def _moves(options: Mapping[str, Any]) -> str:
    """How the finite-difference methods moved the features; empty for other methods."""
    scheme, step = options.get("scheme"), options.get("step")
    swap = "by taking the value of another row"
    size = f"{step:g} standard deviations" if step is not None else ""
    sentence = {
        "auto": f"Numbers up and down by {size}, skewed or heavy-tailed ones along their ranks as far as that moves a "
        f"normal feature, features of few values and categorical ones {swap}.",
        "central": f"Numbers up and down by {size}, categorical features {swap}.",
        "forward": f"Numbers up by {size}, categorical features {swap}.",
        "quantile": f"Numbers up and down by {size} of normal scores, along their ranks, categorical features {swap}.",
        "swap": f"All {swap}.",
    }.get(str(scheme), "")
    if sentence and options.get("moves") == "conditional":
        sentence += (
            " Steps are shortened to the share of the spread that the other features leave free; values are taken from "
            "rows that are alike in them."
        )
    return sentence


def _option(value: Any) -> str:
    if isinstance(value, str):
        return named(value)
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_option(item) for item in value) + ")"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
