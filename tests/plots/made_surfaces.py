"""Surfaces over three features and rankings over steps, made by formula."""

import dataclasses

import numpy as np
import pandas as pd

from interaction_engine.methods.finite_differences.sensitivity_result import StepSensitivity
from interaction_engine.methods.partial_dependence.result import TripleEffect
from tests.plots.made import provenance

NAMES = ("hour", "temp", "x7")


def triple(
    third=(0.0, 1.0, 2.0), *, first=(0.0, 1.0, 2.0), names=NAMES, factors=None, empty=(), joint=lambda a, b: a * b
) -> TripleEffect:
    """interaction = factor of the slice times `joint` of the places a, b; total = 10 slice + interaction.

    `empty` cells (slice, a, b) have no rows. The factors are the slices' places unless given.
    """
    factors = list(range(len(third))) if factors is None else factors
    second = (0.0, 10.0, 20.0)
    places = [(s, a, b) for s in range(len(third)) for a in range(len(first)) for b in range(3)]
    interaction = [float(factors[s]) * joint(a, b) for s, a, b in places]
    grid = pd.DataFrame(
        {
            "slice": [s for s, _, _ in places],
            "value_3": [third[s] for s, _, _ in places],
            "value_1": [first[a] for _, a, _ in places],
            "value_2": [second[b] for _, _, b in places],
            "total": [10.0 * s + one for (s, _, _), one in zip(places, interaction, strict=True)],
            "interaction": interaction,
            "count": [0 if place in empty else 5 for place in places],
        }
    )
    kinds = ["categorical" if isinstance(values[0], str) else "numeric" for values in (first, second, third)]
    return TripleEffect(
        provenance=provenance(method="triple_effect"),
        features=names,
        kinds=(kinds[0], kinds[1], kinds[2]),
        unit="count",
        average=189.4,
        grid=grid,
    )


def sensitivity(
    ranks=((1, 1, 1), (2, 2, 2)), *, steps=(0.3, 0.75, 1.2), names=None, n_pairs=45, aucs=None, correlations=None
) -> StepSensitivity:
    """A row of `ranks` per pair, over the steps; the reference is step 0.75 on 100 rows. Figures at 10 rows are those
    at 100 less 0.25."""
    pairs = names or [(f"x{2 * i + 1}", f"x{2 * i + 2}") for i in range(len(ranks))]
    top = len(ranks)
    overlap = [float(np.mean([row[at] <= top for row in ranks])) for at in range(len(steps))]
    correlations = [1.0] * len(steps) if correlations is None else correlations
    known = aucs is not None
    table = pd.DataFrame(
        [
            (step, pulls, aucs[at] - less if known else np.nan, correlations[at] - less, max(0.0, overlap[at] - less))
            for at, step in enumerate(steps)
            for pulls, less in ((10, 0.25), (100, 0.0))
        ],
        columns=["step", "pulls", "auc", "correlation", "overlap"],
    )
    followed = pd.DataFrame(
        [
            (*pair, step, 1.0 / row[at], row[at])
            for at, step in enumerate(steps)
            for pair, row in zip(pairs, ranks, strict=True)
        ],
        columns=["feature_1", "feature_2", "step", "strength", "rank"],
    )
    return StepSensitivity(
        provenance=provenance(method="sensitivity"),
        table=table,
        ranks=followed,
        step=0.75,
        pulls=100,
        top=top,
        n_pairs=n_pairs,
        truth_known=known,
    )


def nothing() -> StepSensitivity:
    """What an additive model gives."""
    made = sensitivity()
    unknown = dict.fromkeys(("auc", "correlation", "overlap"), np.nan)
    return dataclasses.replace(made, table=made.table.assign(**unknown), ranks=made.ranks.iloc[:0], top=0)
