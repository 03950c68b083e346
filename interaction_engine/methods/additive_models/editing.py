"""Editing the terms of an additive model: a new model with some curves redrawn and some terms left out."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch
from pydantic import Field

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.types import FeatureSpace, Kind, Model, Report, Target, TargetKind, silent
from ...models.additive.editing.corrections import Points, at
from ...models.additive.editing.edited import Edited, terms_of
from ...models.additive.editing.edits import DrawnCurve, Edit, class_reading, edited_curve
from ...models.additive.editing.patching import Base
from ...models.additive.shapes import Terms, grid
from ...models.scoring import scored_class

if TYPE_CHECKING:
    from ...data.dataset import Dataset


Edits = Annotated[tuple[Edit, ...], Field(min_length=1, title="Edits", description="What to do to which terms.")]


def edit_shapes(
    model: Model,
    data: "Dataset",
    *,
    edits: Edits,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Edited:
    """A new model: `model` with `edits` made to its terms, one after the other, nothing trained again.

    Terms are those that `model.shapes(data)` draws; a new curve takes the old one's points. A model that was edited
    already is edited further: its own edits come first. Raises `InputError`
    for a model that is no sum of terms, a term that it does not have, or an edit that its term cannot bear.
    """
    earlier: tuple[Edit, ...] = ()
    if isinstance(model, Edited):
        scored = model.class_index
        earlier, model = model.edits, model.base if scored is None else model.base.for_class(scored)
    if not isinstance(model, Base):
        raise InputError(
            f"`{model.name}` is no sum of terms that could be edited; train an additive model, as `nit`, `paraace`, "
            "`ebm`, `gam` or `linear`."
        )
    report(0.0, "Working out the terms")
    pure = model.terms(data) if not isinstance(model, Terms) else model
    settled = tuple(_settled(edit, model, pure, data.space) for edit in (*earlier, *edits))
    off = {term for edit in settled if edit.kind == "off" for term in terms_of(edit, pure, data.space)}
    curves: dict[int, Points] = {}
    for edit in settled:
        term = terms_of(edit, pure, data.space)[0]
        if term not in off:
            report(0.5, "Redrawing the curves")
            curves[term] = _redrawn(edit, curves.get(term) or _drawn(pure, term, data), term, pure, data, model.target)
    report(1.0, f"{len(settled)} edits")
    return Edited(model, pure, settled, tuple(curves.values()), model.class_index, f"{model.name}, edited")


def _settled(edit: Edit, model: Base, pure: Terms, space: FeatureSpace) -> Edit:
    """The edit with the class that it means."""
    terms_of(edit, pure, space)
    if edit.kind == "off" or model.target.kind is TargetKind.REGRESSION:
        return replace(edit, class_index=None)
    chosen = model.class_index if edit.class_index is None else edit.class_index
    return replace(edit, class_index=scored_class(model.target, chosen))


def _drawn(pure: Terms, term: int, data: "Dataset") -> Points:
    """The term's old curve at the points at which it is drawn, for every output."""
    (feature,) = pure.members[term]
    points = grid(data.space.features[feature], data.rows[data.train_rows][:, feature], 1)
    rows = np.tile(data.median(), (len(points), 1))
    rows[:, feature] = points
    with torch.inference_mode():
        return points, pure.contributions(torch.from_numpy(rows).to(pure.intercept.device))[:, term].cpu().numpy()


def _redrawn(edit: Edit, old: Points, term: int, pure: Terms, data: "Dataset", target: Target) -> Points:
    """A curve, for every output, after an edit of what is drawn of it."""
    feature = data.space.features[pure.members[term][0]]
    values, outputs = old
    read, written = class_reading(target, edit.class_index)
    levels = feature.levels if feature.kind is Kind.CATEGORICAL else ()
    density = _density(data.rows[data.train_rows][:, pure.members[term][0]], values)
    before = DrawnCurve(feature.name, values, outputs @ read, density, levels)
    after = edited_curve(edit, before)
    if len(read) == 1:
        return after.values, after.effects[:, None] * read
    grown = at(old, after.values)
    return after.values, grown + (after.effects - grown @ read)[:, None] * written


def _density(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The share of the rows nearest to each point."""
    nearest = np.searchsorted((points[1:] + points[:-1]) / 2, values)
    return np.bincount(nearest, minlength=len(points)) / len(values)
