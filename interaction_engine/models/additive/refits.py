"""Subnets trained again on other samples of the rows: how far the terms of an additive network depend on them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from ...core.types import Target, TargetKind
from ...data.encoding import encode
from ..networks.layers import LayerStack
from .purification import purify
from .shapes import some

if TYPE_CHECKING:
    from ...data.dataset import Dataset
    from .network import AdditiveNetwork

MOST_VALUES = 20_000_000
"""Values of all terms of all refits that are purified at once, at most; beyond it fewer rows are taken."""

LEAST_ROWS = 1000


class Refits(LayerStack):
    """The same subnets in further trainings.

    Args:
        weights: Of each layer (refits, subnets, outputs, inputs).
        biases: Of each layer (refits, subnets, outputs).
    """

    def __len__(self) -> int:
        return len(self.biases[0])

    @property
    def interval(self) -> str:
        """What `lower` and `upper` of the terms are."""
        return f"2 standard deviations over {len(self)} trainings on bootstrap bags of the rows"

    @property
    def note(self) -> str:
        """What the bands are and what they leave out."""
        return (
            f"The bands come from {len(self)} further trainings, each from a seed of its own on rows drawn with "
            "replacement. All have the terms that were found first: the bands do not tell how sure the choice of the "
            "terms is."
        )


class Bands(TypedDict):
    """What `build_shapes` is told of the bands around curves."""

    spread: Callable[[np.ndarray], np.ndarray] | None
    interval: str
    notes: tuple[str, ...]


def bands_of_terms(network: "AdditiveNetwork", data: "Dataset", beyond: int = 0) -> Bands:
    """The bands that the refits of `network` give, none without at least two of them.

    Those of the `beyond` terms that follow are unknown.
    """
    spread, refits = spread_of_terms(network, data), network.refits
    if spread is None or refits is None:
        return Bands(spread=None, interval="none", notes=())

    def padded(rows: np.ndarray) -> np.ndarray:
        return np.pad(spread(rows), ((0, 0), (0, beyond)), constant_values=np.nan)

    return Bands(spread=padded, interval=refits.interval, notes=(refits.note,))


def spread_of_terms(network: "AdditiveNetwork", data: "Dataset") -> Callable[[np.ndarray], np.ndarray] | None:
    """Return how far each purified term depends on the sample of rows, as a function of rows.

    The standard deviation over the refits of what it adds to the score: (rows, terms), in the order of
    `network.terms`. None without at least two refits.

    Each refit is purified by itself under the training rows of `data`; as all have the same terms, that is one least
    squares problem with a right-hand side for each.
    """
    refits = network.refits
    if refits is None or len(refits) < 2:
        return None
    first, n_outputs = network.subnets, network.subnets.sizes[-1]
    stacked = first.in_all(refits).to(torch.float64)
    scale = network.scale if network.target.kind is TargetKind.REGRESSION else 1.0

    def evaluate(rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows subnets refit_outputs"]:
        with torch.inference_mode():
            values = stacked(encode(network.space, rows, torch.float64)) * scale
            return values.unflatten(1, (len(refits), len(first))).transpose(1, 2).flatten(2)

    most = max(LEAST_ROWS, MOST_VALUES // (len(first) * len(refits) * n_outputs))
    rows = torch.from_numpy(data.rows[some(data.train_rows)[:most]]).to(network.device)
    terms = purify(first.members, evaluate, network.space, rows, rows.new_zeros(len(refits) * n_outputs))

    def spread(at: np.ndarray) -> np.ndarray:
        values = terms.contributions(torch.from_numpy(at).to(network.device))
        scored = _scored(values.unflatten(2, (len(refits), n_outputs)), network.target, network.class_index)
        return scored.std(dim=2).cpu().numpy()

    return spread


def _scored(
    values: Float64[Tensor, "rows terms refits outputs"], target: Target, class_index: int | None
) -> Float64[Tensor, "rows terms refits"]:
    """The part of the score, up to its sign: the output itself, or of several the class's own less the mean."""
    if target.kind is TargetKind.MULTICLASS:
        return values[..., class_index or 0] - values.mean(dim=-1)
    return values[..., 0]
