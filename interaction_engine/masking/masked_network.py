"""Scores of masked rows by our perceptrons: what each player adds to the first layer is computed once, not per mask."""

from collections.abc import Iterator
from typing import cast

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from ..core.types import Model, Perceptron
from ..data.encoding import encode
from ..models.networks.mlp import ROWS_PER_CALL
from ..numerics.derivatives.mlp import activate, forward
from .game import states


def network_scores(
    model: Model,
    rows: Float64[Tensor, "some features"],
    base: Float64[Tensor, " features"],
    owner: Int64[Tensor, " features"],
    masks: Int64[Tensor, " masks"],
    n_players: int,
    at_once: int = ROWS_PER_CALL,
) -> Iterator[tuple[int, Float64[Tensor, " part"]]]:
    """The members' mean scores of some rows on masks, row after row, in parts with the place where each begins.

    The first layer is linear: W x(mask) + b = W x(base) + b + the sum over the players that are there of
    W (x(row) - x(base)) on their columns. So a masked row takes as many products as there are players, not features.
    `owner` says whose each feature is: a player's number, or `n_players` for one who is always there, or
    `n_players` + 1 for one who never is.
    """
    network = cast(Perceptron, model)
    whole = _encoded(network, rows)
    nothing = _encoded(network, base[None])[0]
    columns = torch.tensor([feature.n_columns for feature in network.space.features])
    of_columns = owner.repeat_interleave(columns).to(whole.device)
    for place, row in enumerate(whole):
        adds = _added(network, row - nothing, of_columns, n_players)
        start = network.weights[0] @ nothing + network.biases[0]
        for offset in range(0, len(masks), at_once):
            there = states(masks[offset : offset + at_once], n_players).to(adds)
            with torch.inference_mode():
                scores = network.head(_after_first(network, torch.matmul(there, adds).add_(start[:, None])))
            yield place * len(masks) + offset, scores.double().mean(0).cpu()


def _encoded(network: Perceptron, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows columns"]:
    weights = network.weights[0]
    return encode(network.space, rows.to(weights.device), weights.dtype)


def _added(
    network: Perceptron, change: Float[Tensor, " columns"], owner: Int64[Tensor, " columns"], n_players: int
) -> Float[Tensor, "members owners units"]:
    """What each player adds to the first layer when it is there instead of masked."""
    products = (network.weights[0] * change).mT
    adds = products.new_zeros(products.shape[0], n_players + 2, products.shape[2])
    return adds.index_add_(1, owner, products)


def _after_first(
    network: Perceptron, first: Float[Tensor, "members rows units"]
) -> Float[Tensor, "members rows outputs"]:
    """The outputs from the sums of the first layer."""
    if len(network.weights) == 1:
        return first
    hidden = activate(first, network.activation)
    return forward(network.weights[1:], network.biases[1:], network.activation, hidden)
