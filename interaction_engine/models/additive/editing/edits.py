"""Edits of an additive model's terms: what may be done to a curve, and the curve that comes of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal

import numpy as np

from ....core.errors import InputError
from ....core.types import JSON, Target, TargetKind

OWN: dict[str, tuple[str, ...]] = {
    "clip": ("low", "high"),
    "flatten": ("start", "end", "levels"),
    "monotone": ("direction",),
    "smooth": ("strength",),
    "off": (),
}
"""The kinds of edits, and the fields that belong to each."""

NUMBERS = ("low", "high", "start", "end", "strength")

SMALLEST_WEIGHT = 1e-9
"""Share of the rows that every point of a curve counts for at least: where there are none, something must be said."""


@dataclass(frozen=True)
class Edit:
    """One change of a term, named by its `features`.

    "clip" keeps the curve between `low` and `high` (either may be left out), in the unit of the score. "flatten" makes
    it level from `start` to `end`, values of the feature, or over some `levels`, at its mean there. "monotone" makes it
    "increasing" or "decreasing" throughout (`direction`). "smooth" takes out wiggles narrower than `strength`, a share
    of the feature's range: a wave of this length is halved. "off" leaves the term out, whatever its order. Of several
    classes, the curve of `class_index` is meant (default: of the class that the model scores). Means weigh every point
    by its share of the training rows. Raises `InputError` for anything else.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    features: tuple[str, ...]
    kind: Literal["clip", "flatten", "monotone", "smooth", "off"]
    low: float | None = None
    high: float | None = None
    start: float | None = None
    end: float | None = None
    levels: tuple[str, ...] = ()
    direction: Literal["increasing", "decreasing"] | None = None
    strength: float | None = None
    class_index: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in OWN:
            raise InputError(f"`kind` of an edit must be one of {', '.join(OWN)}; got {self.kind!r}.")
        if not self.features or len(set(self.features)) < len(self.features):
            raise InputError(f"An edit names the features of its term, each once; got {list(self.features)}.")
        if self.kind != "off" and len(self.features) > 1:
            raise InputError(
                f"Only a curve can be edited; the term of {_listed(self.features)} can be switched off, as a whole."
            )
        foreign = [
            name
            for kind, own in OWN.items()
            for name in own
            if kind != self.kind and getattr(self, name) not in (None, ())
        ]
        if foreign:
            raise InputError(f"`{foreign[0]}` does not belong to the edit {self.kind!r}; leave it out.")
        if not all(math.isfinite(getattr(self, name) or 0.0) for name in NUMBERS):
            raise InputError("The numbers of an edit must be finite; leave a bound out that is not meant.")
        _CHECKS[self.kind](self)

    def written(self) -> dict[str, JSON]:
        """The edit as JSON, without what is not set: the same edit is always the same text."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        kept = {name: value for name, value in given.items() if value is not None and value != ()}
        numbers = {name: float(kept[name]) for name in NUMBERS if name in kept}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()} | numbers

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Edit":
        """The edit that `written` gave."""
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in written.items()
        }
        return cls(**given)


@dataclass(frozen=True)
class DrawnCurve:
    """A curve as it is drawn: straight between its points and level beyond them.

    `values` are those of the feature (ascending; a level is its place in `levels`, which is empty for numbers),
    `effects` what they add, `density` the share of the training rows at each.
    """

    feature: str
    values: np.ndarray
    effects: np.ndarray
    density: np.ndarray
    levels: tuple[str, ...] = ()


def edited_curve(edit: Edit, curve: DrawnCurve) -> DrawnCurve:
    """`curve` after `edit`; flattening may add the ends of its range as points. `InputError` when it cannot be."""
    if curve.levels and edit.kind in ("monotone", "smooth"):
        raise InputError(
            f"`{curve.feature}` is a category: its levels have no order in which its curve could be {edit.kind}. "
            "Clip it, or flatten some levels."
        )
    return _EDITS[edit.kind](edit, curve)


def class_reading(target: Target, class_index: int | None) -> tuple[np.ndarray, np.ndarray]:
    """How what is drawn of a term is read from what it adds to the outputs, and how a change of it is written to them.

    It is the output itself, turned round for the first of two classes; of several, the class's own less the mean, and
    the others make up for its change in equal parts.
    """
    if target.kind is not TargetKind.MULTICLASS:
        sign = np.array([-1.0 if target.kind is TargetKind.BINARY and class_index == 0 else 1.0])
        return sign, sign
    n_classes = len(target.classes)
    own = np.eye(n_classes)[class_index or 0]
    return own - 1 / n_classes, own - (1 - own) / (n_classes - 1)


def _check_clip(edit: Edit) -> None:
    if edit.low is None and edit.high is None:
        raise InputError("A clip needs `low`, `high` or both: the least and the most that the curve may add.")
    if edit.low is not None and edit.high is not None and edit.low > edit.high:
        raise InputError(f"`low` of a clip must not be above `high`; got {edit.low:g} and {edit.high:g}.")


def _check_flatten(edit: Edit) -> None:
    has_range = edit.start is not None and edit.end is not None
    if bool(edit.levels) == (edit.start is not None or edit.end is not None) or not (edit.levels or has_range):
        raise InputError(
            "Flattening needs `start` and `end`, two values of the feature, or `levels` of a category; "
            f"got {edit.start}, {edit.end} and {list(edit.levels)}."
        )
    if edit.start is not None and edit.end is not None and edit.start >= edit.end:
        raise InputError(f"`start` of the range to flatten must be below `end`; got {edit.start:g} and {edit.end:g}.")


def _check_monotone(edit: Edit) -> None:
    if edit.direction not in ("increasing", "decreasing"):
        raise InputError(f'`direction` must be "increasing" or "decreasing"; got {edit.direction!r}.')


def _check_smooth(edit: Edit) -> None:
    if edit.strength is None or edit.strength <= 0:
        raise InputError(
            f"`strength` of smoothing must be above 0, a share of the feature's range as 0.2; got {edit.strength}."
        )


def _check_off(edit: Edit) -> None:
    """Nothing more belongs to it."""


def _clipped(edit: Edit, curve: DrawnCurve) -> DrawnCurve:
    return replace(curve, effects=np.clip(curve.effects, edit.low, edit.high))


def _flattened(edit: Edit, curve: DrawnCurve) -> DrawnCurve:
    if bool(curve.levels) != bool(edit.levels):
        expected = "some of its `levels`" if curve.levels else "`start` and `end`, two of its values"
        raise InputError(f"To flatten `{curve.feature}`, name {expected}.")
    if curve.levels:
        unknown = [level for level in edit.levels if level not in curve.levels]
        if unknown:
            shown = ", ".join(f"`{level}`" for level in curve.levels[:6]) + (", ..." if len(curve.levels) > 6 else "")
            raise InputError(f"`{curve.feature}` has no level `{unknown[0]}`; it has {shown}.")
        inside = np.isin([curve.levels[int(place)] for place in curve.values], edit.levels)
        level = np.average(curve.effects[inside], weights=_weights(curve)[inside])
        return replace(curve, effects=np.where(inside, level, curve.effects))
    assert edit.start is not None
    assert edit.end is not None
    first, last = curve.values[[0, -1]]
    if edit.start >= last or edit.end <= first:
        raise InputError(
            f"There are no rows of `{curve.feature}` from {edit.start:g} to {edit.end:g}; its curve runs from "
            f"{first:g} to {last:g}."
        )
    ends = np.clip([edit.start, edit.end], first, last)
    values = np.union1d(curve.values, ends)
    effects = np.interp(values, curve.values, curve.effects)
    density = np.zeros(len(values))
    density[np.searchsorted(values, curve.values)] = curve.density
    inside = (values >= edit.start) & (values <= edit.end)
    effects[inside] = np.average(effects[inside], weights=density[inside] + SMALLEST_WEIGHT)
    return replace(curve, values=values, effects=effects, density=density)


def _monotone(edit: Edit, curve: DrawnCurve) -> DrawnCurve:
    """Least squares among the monotone curves (isotonic regression)."""
    from sklearn.isotonic import isotonic_regression

    increasing = edit.direction == "increasing"
    fitted = isotonic_regression(curve.effects, sample_weight=_weights(curve), increasing=increasing)
    return replace(curve, effects=np.asarray(fitted, dtype=np.float64))


def _smoothed(edit: Edit, curve: DrawnCurve) -> DrawnCurve:
    """Return the cubic smoothing spline of the points.

    Least squares plus a penalty on its bending, which halves waves of the length `strength` (Reinsch, Numer. Math.
    10, 1967). `scipy.interpolate.make_smoothing_spline` gives the same, but only of five points or more; curves may
    have three.
    """
    n_points = len(curve.values)
    if n_points < 3:
        return curve
    assert edit.strength is not None
    gaps = np.diff(curve.values) / np.ptp(curve.values)
    penalty = (edit.strength / (2 * np.pi)) ** 4
    bends = np.zeros((n_points, n_points - 2))
    inner = np.arange(n_points - 2)
    bends[inner, inner], bends[inner + 2, inner] = 1 / gaps[:-1], 1 / gaps[1:]
    bends[inner + 1, inner] = -1 / gaps[:-1] - 1 / gaps[1:]
    shared = gaps[1:-1] / 6
    width = np.diag((gaps[:-1] + gaps[1:]) / 3) + np.diag(shared, 1) + np.diag(shared, -1)
    spread = penalty * bends / _weights(curve)[:, None]
    curvature = np.linalg.solve(width + bends.T @ spread, bends.T @ curve.effects)
    return replace(curve, effects=curve.effects - spread @ curvature)


def _switched_off(edit: Edit, curve: DrawnCurve) -> DrawnCurve:
    return replace(curve, effects=np.zeros_like(curve.effects))


def _weights(curve: DrawnCurve) -> np.ndarray:
    weights = curve.density + SMALLEST_WEIGHT
    return weights / weights.sum()


def _listed(features: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in features)


_CHECKS = {
    "clip": _check_clip,
    "flatten": _check_flatten,
    "monotone": _check_monotone,
    "smooth": _check_smooth,
    "off": _check_off,
}
_EDITS = {
    "clip": _clipped,
    "flatten": _flattened,
    "monotone": _monotone,
    "smooth": _smoothed,
    "off": _switched_off,
}
