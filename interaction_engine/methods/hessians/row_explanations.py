"""Explanations of many rows as one result: every row by itself, what pairs do over all of them, and how exact it is."""

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64

from ...core.run_context import RunContext
from ...core.types import Report
from ...data.dataset import Dataset
from ...masking.baselines import checked_row
from ...models.smoothing import smooth_model
from ...numerics.derivatives.node_choice import missed
from ...numerics.derivatives.path_integrals import Lines
from ..common.pair_tables import Means, truth_of
from .explainer import Explained, Explainer
from .result import RowExplanations, rank_status

KEPT = 500_000
"""Interactions kept one by one, of as many rows as that makes: all pairs of 1,000 rows of 32 features."""

SWEPT_ROWS = 50
SWEPT_BETAS = (1.0, 3.0, 10.0, 30.0, 100.0)
SWEPT_NODES = (2, 4, 8, 16, 32, 64)
"""Rows, roundings and numbers of nodes for which the completeness gap is progress beside those that were used."""


ROW_COLUMNS = ("score", "base", "completeness_gap", "rounding", "nodes")


def chosen_rows(data: Dataset, rows: int, row: int | None, seed: int) -> np.ndarray:
    """Places of the rows to explain: the one named, or so many training rows drawn at random."""
    if row is not None:
        return np.array([checked_row(data, row, "row")])
    return np.random.default_rng(seed).permutation(data.train_rows)[:rows]


def row_explanations(run: RunContext, explainer: Explainer, places: np.ndarray, report: Report) -> RowExplanations:
    """Explain the rows at `places`."""
    data = explainer.data
    rows, gathered = data.rows[places], _Gathered(len(data.space))

    def progress(share: float) -> None:
        report(0.9 * share, f"{round(share * len(rows)):,} of {len(rows):,} rows explained")

    for part in explainer.parts(rows, progress):
        gathered.add(part)
    report(0.9, "How exact it is")
    accuracy = accuracy_of(explainer, rows[:SWEPT_ROWS])
    report(1.0, "Finished")
    means, columns, n_members = gathered.means, gathered.columns(*ROW_COLUMNS), explainer.model.n_members
    return RowExplanations(
        provenance=run.provenance(
            model=explainer.model.name,
            device=str(explainer.model.device),
            rows=len(rows),
            evaluations=explainer.evaluations,
            notes=() if n_members == 1 else (f"What is explained is the mean of the {n_members} networks.",),
        ),
        features=data.space.names,
        rows=pd.DataFrame({"row": places, **columns}),
        attributions=_attributions_table(data, places, rows, gathered),
        interactions=_interactions_table(data, places, gathered),
        table=means.table(data, rank_status(columns["completeness_gap"])),
        accuracy=accuracy,
        baseline=explainer.baseline.label,
        unit=explainer.model.unit,
        interval=means.interval,
        level=means.level,
        truth=truth_of(data),
    )


class _Gathered:
    """What is kept of explained rows, part by part: all but most of their matrices, of which only the means stay."""

    def __init__(self, n_features: int) -> None:
        self.means = Means(n_features, effect=2.0)
        self.open = max(1, KEPT // len(self.means.first))
        self._values: dict[str, list[np.ndarray]] = {}

    def add(self, part: Explained) -> None:
        pairs = part.interactions[:, self.means.first, self.means.second]
        self.means.add(pairs)
        main = np.diagonal(part.interactions, axis1=1, axis2=2)
        made = {"main_effect": main, "interaction": pairs[: self.open], "attribution": part.attributions}
        made |= {"score": part.score, "base": part.base, "completeness_gap": part.gap}
        made |= {"rounding": part.rounding, "nodes": part.nodes}
        for name, values in made.items():
            self._values.setdefault(name, []).append(values.copy())
        self.open = max(0, self.open - len(pairs))

    def columns(self, *names: str) -> dict[str, np.ndarray]:
        return {name: np.concatenate(self._values[name]) for name in names}


def accuracy_of(explainer: Explainer, rows: Float64[np.ndarray, "rows features"]) -> pd.DataFrame:
    """Return the largest completeness gap and change by smoothing over some rows.

    Each explained from one row of the baseline, for a grid of `beta` and numbers of nodes; only the `beta` of the
    options where nothing is smoothed.
    """
    betas = sorted({*SWEPT_BETAS, explainer.beta}) if explainer.smooth.rounded else [explainer.beta]
    measured = []
    for beta in betas:
        smooth = explainer.smooth if beta == explainer.beta else smooth_model(explainer.model, beta)
        inputs, bases = (smooth.inputs(torch.tensor(some)) for some in (rows, explainer.baseline.rows))
        own_base = torch.arange(len(rows), device=bases.device) % len(bases)
        lines = Lines(inputs, bases[own_base], smooth.owners, len(explainer.data.space))
        with torch.no_grad():
            ends = [smooth.scores(end).double().mean(0).cpu() for end in (lines.rows, lines.baselines)]
            own = explainer.model.scores(torch.tensor(rows)).double().mean(0).cpu()
        gains = ends[0] - ends[1]
        scale = gains.abs().clamp(min=max(explainer.spread, np.finfo(float).tiny))
        for nodes in SWEPT_NODES:
            off = missed(smooth.score, lines, gains, nodes, explainer.quadrature, explainer.compute.memory_bytes)
            measured.append((beta, nodes, float((off.abs() / scale).max()), float((ends[0] - own).abs().max())))
    return pd.DataFrame(measured, columns=["beta", "nodes", "completeness_gap", "rounding"])


def _attributions_table(data: Dataset, places: np.ndarray, rows: np.ndarray, gathered: _Gathered) -> pd.DataFrame:
    names = np.array(data.space.names, dtype=object)
    levels = [
        np.array(one.levels, dtype=object)[rows[:, place].astype(int)] if one.levels else np.full(len(rows), "")
        for place, one in enumerate(data.space.features)
    ]
    return pd.DataFrame(
        {
            "row": np.repeat(places, len(names)),
            "feature": np.tile(names, len(places)),
            "value": rows.ravel(),
            "level": np.stack(levels, axis=1).ravel().astype(object),
            **{name: values.ravel() for name, values in gathered.columns("attribution", "main_effect").items()},
        }
    )


def _interactions_table(data: Dataset, places: np.ndarray, gathered: _Gathered) -> pd.DataFrame:
    names, means = np.array(data.space.names, dtype=object), gathered.means
    interactions = gathered.columns("interaction")["interaction"]
    n_kept = len(interactions)
    return pd.DataFrame(
        {
            "row": np.repeat(places[:n_kept], len(means.first)),
            "feature_1": np.tile(names[means.first], n_kept),
            "feature_2": np.tile(names[means.second], n_kept),
            "interaction": interactions.ravel(),
        }
    )
