"""Editing a term of a model by hand: what it would do at once, and a new version of the model when it is wanted."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.components import text
from dashboard.components.figures import show_figure
from dashboard.screens.model import model_export
from dashboard.screens.shapes import shape_versions
from dashboard.screens.shapes.shape_models import await_training
from dashboard.state.state import atlas, dataset, selection
from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind, TargetKind
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods import words
from interaction_engine.methods.additive_models.registration import EDIT
from interaction_engine.models.additive.editing.edits import DrawnCurve, Edit, class_reading, edited_curve
from interaction_engine.models.additive.shape_result import Shapes, metric
from interaction_engine.runs.specification import Specification

KINDS = {
    "clip": "Clip",
    "flatten": "Flatten",
    "monotone": "Make monotone",
    "smooth": "Smooth",
    "off": "Leave out",
}
OF_LEVELS = ("clip", "flatten", "off")
"""What can be done to the curve of a category, whose levels have no order."""

SMOOTHINGS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
"""Shares of the range over which a curve is smoothed."""


def show(model_id: str, shapes: Shapes, features: tuple[str, ...]) -> None:
    """Edit a term of this model, its versions, and the way to use one elsewhere."""
    st.header("Edit the model", anchor=False, divider="gray")
    data_id = str(selection().data)
    history = shape_versions.history(model_id, data_id)
    term = shapes.term_of(features)
    if term is None:
        st.caption("This model has no such term, or it is left out already; choose another term, or take an edit back.")
    else:
        _edit(model_id, shapes, term, history, dataset(data_id))
    shape_versions.show(history, shapes.unit, data_id)
    model_export.show(model_id, data_id)


def submit(history: shape_versions.History, edits: Sequence[dict[str, Any]], data_id: str) -> None:
    """Have a version with these edits made of the unedited model; one that was made before is there at once."""
    requested = Specification(
        kind="train", method=EDIT.name, options={"edits": list(edits)}, data=data_id, model=history.base
    )
    await_training(atlas().submit(requested))
    st.rerun()


def _edit(model_id: str, shapes: Shapes, term: int, history: shape_versions.History, data: Dataset) -> None:
    """The form of one edit, what it would do, and the button."""
    names = tuple(shapes.table["features"].iloc[term])
    key = f"edit/{model_id}/{'/'.join(names)}"
    curve = _drawn(shapes, term, data) if len(names) == 1 else None
    offered = list(KINDS) if curve and not curve.levels else list(OF_LEVELS) if curve else ["off"]
    kind = st.segmented_control(
        "Edit", offered, default=offered[0], required=True, format_func=KINDS.__getitem__, key=f"{key}/kind"
    )
    settings = _settings(kind, curve, key)
    if kind == "clip" and settings["low"] is None and settings["high"] is None:
        st.caption("Set the least or the most that this curve may add, or both.")
        return
    try:
        edit = Edit(names, cast(Any, kind), **settings, class_index=_class(shapes, data, kind))
        after = edited_curve(edit, curve) if curve and kind != "off" else None
    except InputError as problem:
        st.caption(text.prose(str(problem)))
        return
    if curve and after:
        _preview(shapes, term, after)
    st.markdown(text.prose(_effect(shapes, term, after, edit, data)))
    if st.button("Save as a new version", type="primary", icon=":material/edit:", key=f"{key}/apply"):
        submit(history, [*history.edits, edit.written()], str(selection().data))


def _settings(kind: str, curve: DrawnCurve | None, key: str) -> dict[str, Any]:
    """The widgets of one kind of edit, and what they say."""
    if curve is None or kind == "off":
        return {}
    if kind == "clip":
        low, high = float(curve.effects.min()), float(curve.effects.max())
        bounds = (("At least", None, f"now {low:.3g}"), ("At most", None, f"now {high:.3g}"))
        return dict(zip(("low", "high"), _two(bounds, f"{key}/clip", (high - low) / 20), strict=True))
    if kind == "flatten" and curve.levels:
        chosen = st.multiselect("Levels", curve.levels, default=curve.levels[:2], key=f"{key}/levels")
        return {"levels": tuple(chosen)}
    if kind == "flatten":
        first, last = float(curve.values[0]), float(curve.values[-1])
        third = (last - first) / 3
        bounds = (("From", first + third, None), ("To", last - third, None))
        return dict(zip(("start", "end"), _two(bounds, f"{key}/flatten", third / 10), strict=True))
    if kind == "monotone":
        ways = ("increasing", "decreasing")
        falling = len(curve.values) > 1 and np.average(np.gradient(curve.effects), weights=curve.density + 1e-9) < 0
        default = ways[int(falling)]
        chosen = st.segmented_control("Direction", ways, default=default, required=True, key=f"{key}/direction")
        return {"direction": chosen}
    strength = st.select_slider(
        "Smooth over",
        SMOOTHINGS,
        value=0.2,
        format_func=lambda share: f"{share:.0%} of the range",
        key=f"{key}/strength",
        help="Shorter variations are smoothed away; a wave of this length keeps half its amplitude.",
    )
    return {"strength": float(strength)}


def _two(bounds: Sequence[tuple[str, float | None, str | None]], key: str, step: float) -> list[float | None]:
    """Two numbers side by side: their labels, where they start, and what stands in an empty field."""
    digits = max(0, 2 - int(np.floor(np.log10(max(step, 1e-9)))))
    given: list[float | None] = []
    for (label, value, placeholder), column in zip(bounds, st.columns(2), strict=True):
        with column:
            start, name = None if value is None else round(value, digits), f"{key}/{label}"
            number = st.number_input(
                label, value=start, step=step or 1.0, format="%g", placeholder=placeholder, key=name
            )
            given.append(None if number is None else float(number))
    return given


def _preview(shapes: Shapes, term: int, after: DrawnCurve) -> None:
    """The curve now and after the edit."""
    before = shapes.curve(term)
    new = pd.DataFrame({"value": after.values, "effect": after.effects, "density": after.density})
    new = new.assign(feature=after.feature, lower=np.nan, upper=np.nan)
    new["level"] = [after.levels[int(place)] for place in after.values] if after.levels else ""
    show_figure(
        "edit",
        lambda theme: plots.edit_preview(before, new, shapes.unit, theme=theme),
        new[["feature", "value", "level", "effect", "density"]],
        alt="The curve as it is, dotted, and as it would be after the edit",
    )


def _effect(shapes: Shapes, term: int, after: DrawnCurve | None, edit: Edit, data: Dataset) -> str:
    """What the edit would do to the metric on the held-out rows whose contributions are known."""
    n_rows, whole = len(shapes.contributions), shapes.loss_without()[1]
    if after is None:
        return words.preview_sentence(whole, shapes.loss_without([term])[1], shapes.metric, n_rows)
    read, written = class_reading(data.target, edit.class_index)
    feature = data.space.index(after.feature)
    values = data.rows[shapes.contributions["row"].to_numpy(), feature]
    change = np.interp(values, after.values, after.effects) - shapes.added[:, term] @ read
    outputs = np.asarray(shapes.intercepts) + shapes.added.sum(axis=1) + change[:, None] * written
    target = shapes.contributions["target"].to_numpy(dtype=np.float64)
    now = metric(outputs, target, TargetKind(shapes.target_kind))
    return words.preview_sentence(whole, now, shapes.metric, n_rows)


def _drawn(shapes: Shapes, term: int, data: Dataset) -> DrawnCurve:
    """The curve as it is drawn."""
    curve = shapes.curve(term)
    feature = data.space.features[data.space.index(str(curve["feature"].iloc[0]))]
    levels = feature.levels if feature.kind is Kind.CATEGORICAL else ()
    values, effects, density = (curve[name].to_numpy(dtype=np.float64) for name in ("value", "effect", "density"))
    return DrawnCurve(feature.name, values, effects, density, levels)


def _class(shapes: Shapes, data: Dataset, kind: str) -> int | None:
    """The class whose curve is on screen."""
    if kind == "off" or data.target.kind is TargetKind.REGRESSION:
        return None
    units = [data.target.unit(index) for index in range(len(data.target.classes))]
    return units.index(shapes.unit) if shapes.unit in units else None
