"""The Input Hessian: second derivatives at the rows themselves, a baseline of the Integrated Hessians paper."""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import Field

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.errors import ModelError
from ...core.run_context import RunContext, in_context
from ...core.types import FeatureSpace, Kind, Model, Report, silent
from ...data.dataset import Dataset
from ...models.smoothing import SmoothModel, smooth_model
from ...numerics.derivatives.feature_blocks import FeatureBlocks
from ...numerics.derivatives.path_integrals import Lines, Rule
from ..common.pair_result import PairInteractions, no_trace
from ..common.pair_tables import Highlighted, Means, check_features, truth_of
from .explainer import check_slopes
from .integrated_hessians import Beta, Row, Rows
from .registration import INPUT_HESSIAN
from .row_explanations import chosen_rows

Measure = Annotated[
    Literal["absolute", "square"],
    Field(
        title="Over rows",
        description="absolute: the mean size of the second derivative; square: the mean of its square.",
    ),
]

AT_THE_ROW = Rule(np.ones(1), np.ones(1))
"""A line of which only the end is looked at."""


@in_context(INPUT_HESSIAN)
def input_hessian(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    rows: Rows = 1000,
    row: Row = None,
    measure: Measure = "absolute",
    top_k: Highlighted = 20,
    beta: Beta = 10.0,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairInteractions:
    """Strength of pairs by the model's second derivatives at rows of the data (Integrated Hessians paper).

    Strength is the mean size, or mean square, of the second derivative per standard deviation of both features; effect
    its (root) mean in the score's unit: what one standard deviation of each adds beyond their separate effects, were
    the curvature at the row to last. Features that are categorical count by the frequency-weighted contrast of their
    levels. It sees only the neighbourhood of the rows: where a network saturates it misses what `integrated_hessians`
    finds. Raises what `integrated_hessians` raises.
    """
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    placed = model.to(compute.torch_device)
    smooth = smooth_model(placed, beta)
    evaluations = check_slopes(smooth, placed, data, compute)
    means, hessians = Means(len(data.space), 1.0, 1 if measure == "absolute" else 2), Hessians(smooth, data, compute)
    for start in range(0, len(places), hessians.at_once):
        report(start / len(places), f"{start:,} of {len(places):,} rows")
        sizes = hessians(data.rows[places[start : start + hessians.at_once]])
        if not np.isfinite(sizes).all():
            raise ModelError(
                f"The second derivatives of `{model.name}` must be finite numbers; at some of the rows they are not. "
                "Look for square roots, logarithms or divisions at 0 in the model."
            )
        means.add(sizes[:, means.first, means.second])
    report(1.0, "Finished")
    return PairInteractions(
        provenance=run.provenance(
            model=model.name,
            device=str(placed.device),
            rows=len(places),
            evaluations=evaluations + len(places),
        ),
        features=data.space.names,
        table=means.table(data),
        unit=model.unit,
        interval=means.interval,
        level=means.level,
        truth=truth_of(data),
        trace=no_trace(),
        degree=1 if measure == "absolute" else 2,
    )


class Hessians:
    """Second derivatives of one model at rows, one number per pair of features.

    `at_once` rows, of `bytes_per_row` each, fit the memory.

    Words count along what they are in the network's embedding: how the effects of two words depend on each other.
    """

    def __init__(self, smooth: SmoothModel, data: Dataset, compute: Compute) -> None:
        self.smooth = smooth
        features = [replace(one, kind=Kind.NUMERIC, levels=()) if one.word_of else one for one in data.space.features]
        blocks = FeatureBlocks.of(FeatureSpace(tuple(features)), data.rows[data.train_rows])
        self.blocks = blocks.to(smooth.owners.device, torch.float64)
        self.words = torch.tensor([bool(one.word_of) for one in data.space.features])[smooth.owners.cpu()]
        self.words = self.words.to(smooth.owners.device)
        begins = ~self.words | (smooth.owners != smooth.owners.roll(1))
        begins[0] = True
        self.places = begins.cumsum(0) - 1
        n_inputs = int(self.places[-1]) + 1
        self.bytes_per_row = smooth.score.bytes_per_line(len(AT_THE_ROW), n_inputs) + 32 * n_inputs**2
        self.at_once = max(1, compute.memory_bytes // self.bytes_per_row)

    def __call__(self, rows: Float64[np.ndarray, "rows features"]) -> Float64[np.ndarray, "rows features features"]:
        """Return the Hessian at each row, by features."""
        inputs = self.smooth.inputs(torch.tensor(rows))
        steps = torch.where(self.words, inputs, 1.0)
        lines = Lines(inputs, inputs - steps, self.places, int(self.places[-1]) + 1)
        hessian = self.smooth.score.integrals(lines, AT_THE_ROW).second.double().mean(0)
        return self.blocks.sizes(self.blocks.hessian(hessian)).cpu().numpy()
