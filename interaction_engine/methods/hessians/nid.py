"""Neural interaction detection: pairs by the connection weights of a network, without a single prediction."""

from typing import cast

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Perceptron, Report, TargetKind, silent
from ...data.dataset import Dataset
from ...models.scoring import scored_class
from ...numerics.derivatives.feature_blocks import FeatureBlocks
from ..common.pair_result import PairInteractions, no_trace
from ..common.pair_tables import Highlighted, check_features, pair_places, pair_table, truth_of
from .registration import NID

UNIT = "weight score"
"""What the strengths are in: products of weights, no change of a prediction."""


@in_context(NID)
def nid(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    top_k: Highlighted = 20,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairInteractions:
    """Strength of pairs by the weights of a perceptron (Neural Interaction Detection, Tsang et al. 2018).

    A hidden unit of the first layer lets two features interact as far as the smaller of its weights for them allows;
    it counts by the product of the absolute weights on all ways from it to the output. Strength is the sum over the
    units, averaged over the networks of an ensemble; effect is the same, for it has no unit of its own: it bounds
    nothing and only ranks. Of a categorical feature, the standard deviation of its levels' weights counts. For several
    classes the weights of the class scored count against the others' average.
    """
    check_features(data)
    network = cast(Perceptron, model)
    report(0.0, "Multiplying weights")
    members = strengths(network, data)
    strength, n = members.mean(0), len(members)
    error = members.std(0, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(len(strength))
    report(1.0, "Finished")
    return PairInteractions(
        provenance=run.provenance(model=model.name, device="cpu", rows=0),
        features=data.space.names,
        table=pair_table(data, strength, error, effect=strength, pulls=n),
        unit=UNIT,
        interval="a property of the network's weights, of width zero"
        if n == 1
        else f"mean of {n} networks plus and minus two standard errors, each pair by itself",
        level=1.0 if n == 1 else 0.95,
        truth=truth_of(data),
        trace=no_trace(),
        degree=1,
    )


def strengths(network: Perceptron, data: Dataset, n_units: int | None = None) -> Float64[np.ndarray, "members pairs"]:
    """What the hidden units of the first layer, or the first `n_units` of them, let each pair do."""
    weights = [weight.double().cpu() for weight in network.weights]
    blocks = FeatureBlocks.of(data.space, data.rows[data.train_rows])
    inputs = _feature_weights(weights[0], blocks)
    influence = _output_weights(network, weights[-1]).abs()
    for weight in reversed(weights[1:-1]):
        influence = influence @ weight.abs()
    first, second = (torch.from_numpy(ends) for ends in pair_places(len(data.space)))
    total = torch.zeros(len(inputs), len(first), dtype=torch.float64)
    for unit in range(inputs.shape[1])[:n_units]:
        own = inputs[:, unit]
        total += influence[:, 0, unit, None] * torch.minimum(own[:, first], own[:, second])
    return total.numpy()


def _feature_weights(weight: Tensor, blocks: FeatureBlocks) -> Tensor:
    """The size of each unit's weights for a feature, (members, units, features)."""
    along = weight @ blocks.directions.mT
    squares = torch.zeros(*along.shape[:2], blocks.n_features, dtype=along.dtype)
    return squares.index_add_(-1, blocks.owners, along.square()).sqrt()


def _output_weights(network: Perceptron, last: Tensor) -> Tensor:
    """The weights of the score in the last hidden layer's units, (members, 1, units)."""
    if network.target.kind is TargetKind.REGRESSION:
        return last * getattr(network, "scale", 1.0)
    if network.target.kind is TargetKind.BINARY:
        return last
    index = scored_class(network.target, network.class_index) or 0
    others = (last.sum(1, keepdim=True) - last[:, [index]]) / (last.shape[1] - 1)
    return last[:, [index]] - others
