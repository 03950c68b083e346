"""Shapes made by formula: a line, a few levels, a product, and perhaps a term that nothing can draw."""

import numpy as np
import pandas as pd

from interaction_engine.models.additive.shape_result import Shapes
from tests.plots.made import provenance

VALUES = np.linspace(-1.0, 1.0, 41)
HEIGHTS = (-1.0, 0.0, 1.0)
"""What the levels add."""

NAMES = ("a", "b", "c")
LEVELS = ("low", "mid", "top")


def shapes(
    *, names=NAMES, levels=LEVELS, unit="y", factor=1.0, band=None, product=True, rest=0.0, kind="regression", seed=0
) -> Shapes:
    """y = 4 + factor (3 a + level of c + a b), the numbers even on [-1, 1]; `band` is half its width. `rest` is the
    spread of a term of all three features. Of the rows of `contributions`, every combination is there once."""
    a, b, c = (grid.ravel() for grid in np.meshgrid(VALUES, VALUES, [0, 1, 2], indexing="ij"))
    parts = {
        names[:1]: 3 * factor * a,
        names[2:3]: factor * np.array(HEIGHTS)[c],
        names[:2]: factor * a * b * product,
        names: np.where(np.random.default_rng(seed).random(len(a)) < 0.5, -rest, rest),
    }
    parts = {features: added for features, added in parts.items() if added.any()}
    ranked = sorted(parts, key=lambda features: -parts[features].std())
    added = np.stack([parts[features] for features in ranked], axis=1)
    total = 4 + added.sum(1)
    outputs = {"regression": 1, "binary": 1, "multiclass": 3}[kind]
    target = {"regression": total, "binary": total > 4, "multiclass": c}[kind].astype(float)
    spread = added.std(axis=0)
    cost = np.square(added).mean(0)
    table = pd.DataFrame(
        {
            "term": range(len(ranked)),
            "features": ranked,
            "order": [len(features) for features in ranked],
            "importance": spread,
            "share": spread / spread.sum(),
            "cost": cost,
        }
    )
    ends = [""] if outputs == 1 else [f":{place}" for place in range(outputs)]
    wide = np.repeat(added[:, :, None], outputs, axis=2) * (np.arange(outputs) - (outputs > 1))
    columns = [f"{term}{end}" for term in range(len(ranked)) for end in ends]
    wide = added if outputs == 1 else wide.reshape(len(a), -1)
    known = pd.DataFrame({"row": range(len(a)), "target": target})
    return Shapes(
        provenance=provenance(method="shapes", title="Shapes", options={}),
        table=table,
        curves=_curves(names, levels, ranked, factor, band),
        maps=_maps(names, ranked, factor),
        contributions=known.join(pd.DataFrame(wide, columns=columns)),
        intercept=4.0,
        intercepts=(4.0,) if outputs == 1 else (0.0,) * outputs,
        target_kind=kind,
        unit=unit,
        link="softmax" if outputs > 1 else "identity",
        exact=not rest,
        identity_error=0.0,
        interval="none" if band is None else "2 standard deviations over 8 bags",
        loss=0.0,
        metric="R2" if kind == "regression" else "accuracy",
        metric_value=1.0,
        n_parameters=99,
    )


def _curves(names, levels, ranked, factor, band):
    line = pd.DataFrame({"feature": names[0], "value": VALUES, "level": "", "effect": 3 * factor * VALUES})
    steps = pd.DataFrame(
        {"feature": names[2], "value": range(3), "level": levels, "effect": factor * np.array(HEIGHTS)}
    )
    parts = [part.assign(density=1 / len(part), term=ranked.index((part["feature"][0],))) for part in (line, steps)]
    curves, width = pd.concat(parts, ignore_index=True), np.nan if band is None else band
    return curves.assign(lower=curves["effect"] - width, upper=curves["effect"] + width)


def _maps(names, ranked, factor):
    """The product on a grid of four by three, no rows in one of its corners."""
    if names[:2] not in ranked:
        return pd.DataFrame({"term": pd.Series(dtype=int)})
    first, second = (grid.ravel() for grid in np.meshgrid([-1.0, -0.5, 0.5, 1.0], [-1.0, 0.0, 1.0], indexing="ij"))
    seen = np.arange(12) != 11
    return pd.DataFrame(
        {
            "term": ranked.index(names[:2]),
            "feature_1": names[0],
            "feature_2": names[1],
            "value_1": first,
            "value_2": second,
            "level_1": "",
            "level_2": "",
            "effect": factor * np.where(seen, first * second, 50.0),
            "lower": np.nan,
            "upper": np.nan,
            "density": seen / 11,
        }
    )
