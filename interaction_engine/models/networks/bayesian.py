"""Bayesian networks by concrete dropout: nodes that are there or not by chance, beside a linear main effect.

Several trainings of them are one distribution.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn

from ...core.errors import InputError
from ...core.random_streams import random_stream
from ...core.types import Capability, FeatureSpace, Target
from ...data.coordinates import encode_frame
from ..base import TabularModel
from .layers import StackedLayers
from .mlp import Mlp, StackedPerceptron, TrainingRecord, n_outputs

BETA = 10.0
"""Sharpness of the softplus between the layers (GEH paper, section 3): near a ReLU, but with a Hessian."""

AVERAGED = 32
"""Draws whose mean is the model's own prediction."""

MASKS = 3
"""Purpose of the random numbers that draw networks; other purposes: `random_streams`."""


class DropoutPerceptron(StackedLayers):
    """Several trainings of a perceptron with concrete dropout beside a linear main effect, stacked; float32.

    Args:
        weights: Of each layer (trainings, outputs, inputs).
        biases: Of each layer (trainings, outputs).
        dropout: Of each layer (trainings, inputs): the probability that an input of the layer is left out, of the
            network's own inputs in the first.
        main: The linear main effect (trainings, outputs, columns), which every draw of a training has.
        noise: The standard deviation of the target around a network, in standard deviations of the target (trainings);
            0 for classes.
    """

    def __init__(
        self,
        weights: Iterable[Float[Tensor, "_ _ _"]],
        biases: Iterable[Float[Tensor, "_ _"]],
        dropout: Iterable[Float[Tensor, "_ _"]],
        main: Float[Tensor, "trainings outputs columns"],
        noise: Float[Tensor, " trainings"],
    ) -> None:
        super().__init__(weights, biases, "softplus")
        self.dropout = nn.ParameterList(nn.Parameter(one, requires_grad=False) for one in dropout)
        self.main = nn.Parameter(main, requires_grad=False)
        self.noise = nn.Parameter(noise, requires_grad=False)

    def chosen(self, index: int) -> "DropoutPerceptron":
        """Return one of the trainings by itself."""
        only = slice(index, index + 1)
        layers = ([one[only] for one in many] for many in (self.weights, self.biases, self.dropout))
        return DropoutPerceptron(*layers, main=self.main[only], noise=self.noise[only])


@dataclass(frozen=True, eq=False)
class BayesianNetwork(TabularModel):
    """A distribution of perceptrons: each node but the outputs is left out with its own probability; a `Model`.

    It is a mixture of trainings in equal shares (`DropoutPerceptron`). A drawn network uses a node fully or not at all.
    The score is the mean over `AVERAGED` draws; scale, shift and class are as in `Mlp`.
    """

    space: FeatureSpace
    target: Target
    network: DropoutPerceptron
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "bayesian"
    record: TrainingRecord | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS, Capability.POSTERIOR})
    learnt = ("network",)

    def __post_init__(self) -> None:
        n_columns, outputs = self.space.n_columns, n_outputs(self.target)
        if self.sizes[0] != n_columns or self.network.main.shape[2] != n_columns:
            raise InputError(
                f"The network has {self.sizes[0]} inputs, but its {len(self.space)} features make {n_columns}; "
                "use the network's own features."
            )
        if self.sizes[-1] != outputs or self.network.main.shape[1] != outputs:
            raise InputError(
                f"The network has {self.sizes[-1]} outputs, but the target `{self.target.name}` needs {outputs}; "
                "use a network of this target."
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer: inputs, hidden layers, outputs."""
        return self.network.sizes

    @property
    def n_parameters(self) -> int:
        """Parameters of all trainings; the noise takes no part in the score."""
        return self.network.n_parameters - self.network.noise.numel()

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        return self.averaged.row_bytes

    @property
    def feature_dropout(self) -> np.ndarray:
        """The probability that a drawn network does without each feature's own input, shape (features,).

        Of a categorical feature, the smallest over its levels.
        """
        chances = self.network.dropout[0].double().mean(dim=0).cpu().numpy()
        return np.array([chances[group].min() for group in self.space.groups])

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`: the mean over the draws, without gradients."""
        return self.averaged.scores(rows).mean(dim=0, keepdim=True)

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows; differentiable in them twice."""
        return self.averaged.score_encoded(encoded.to(self.network.dtype)).mean(dim=0, keepdim=True)

    def predict_interval(self, frame: pd.DataFrame, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends, each (n,), between which the target lies with probability `level`.

        Of a regression, the scatter of the networks and the noise around them, by the normal approximation; of classes,
        the log-odds, by the scatter of the networks alone. Raises `InputError` for a level outside 0 to 1.
        """
        if not 0 < level < 1:
            raise InputError(f"`level` must be above 0 and below 1; got {level!r}. Use 0.95.")
        scores = self.draws(200, 0).scores(torch.from_numpy(encode_frame(self.space, frame))).double().cpu().numpy()
        deviation = np.sqrt(scores.var(axis=0) + (self.noise_of(200) ** 2).mean())
        reach = NormalDist().inv_cdf(0.5 + level / 2) * deviation
        return scores.mean(axis=0) - reach, scores.mean(axis=0) + reach

    def draws(self, n: int, seed: int, *, main: bool = True) -> Mlp:
        """`n` networks of the distribution as the members of one perceptron, each the same for all rows.

        The trainings take turns.

        Without `main`, the networks alone, to which the main effect adds no joint effect before the head. Raises
        `InputError` for fewer than one.
        """
        if n < 1:
            raise InputError(f"`draws` must be at least 1; got {n}. Use 200.")
        turns, network = self._turns(n), self.network
        source = random_stream(seed, 0, MASKS)
        chances = torch.from_numpy(source.random((n, sum(self.sizes[:-1])))).to(self.device).split(self.sizes[:-1], 1)
        kept = [part >= gone[turns] for part, gone in zip(chances, network.dropout, strict=True)]
        weights = [weight[turns] * mask[:, None] for weight, mask in zip(network.weights, kept, strict=True)]
        biases = [bias[turns] for bias in network.biases]
        if main:
            weights, biases = _with_main(weights, biases, network.main[turns])
        return self._perceptron(*_sharpened(weights, biases))

    def noise_of(self, n: int) -> Float64[np.ndarray, " draws"]:
        """Standard deviation of the target around each of `n` drawn networks, in the target's unit."""
        return self.scale * self.network.noise[self._turns(n)].double().cpu().numpy()

    def training(self, index: int) -> "BayesianNetwork":
        """One of the trainings by itself."""
        return replace(self, network=self.network.chosen(index))

    def _turns(self, n: int) -> Int[Tensor, " draws"]:
        """Which training each of `n` draws belongs to."""
        return torch.arange(n, device=self.device) % len(self.network.main)

    @cached_property
    def averaged(self) -> Mlp:
        """The draws whose mean is the model's score."""
        return self.draws(AVERAGED, 0)

    def _perceptron(self, weights: list[Tensor], biases: list[Tensor]) -> Mlp:
        network = StackedPerceptron(weights, biases, "softplus")
        return Mlp(self.space, self.target, network, self.scale, self.shift, self.class_index, self.name)


def _with_main(
    weights: list[Tensor], biases: list[Tensor], main: Float[Tensor, "draws outputs columns"]
) -> tuple[list[Tensor], list[Tensor]]:
    """Return the layers with two more units per output in each, which carry the main effect.

    softplus(s) - softplus(-s) = s carries it through them unbent.
    """
    n, outputs, _ = main.shape
    pair = torch.cat([torch.eye(outputs), -torch.eye(outputs)]).to(main)
    carried = [pair @ main, *(pair @ pair.T for _ in weights[1:-1]), pair.T]
    widened = [torch.cat([weights[0], carried[0]], dim=1)]
    for weight, more in zip(weights[1:-1], carried[1:-1], strict=True):
        widened.append(torch.stack([torch.block_diag(one, more) for one in weight]))
    widened.append(torch.cat([weights[-1], carried[-1].expand(n, -1, -1)], dim=2))
    none = biases[0].new_zeros(n, 2 * outputs)
    return widened, [*(torch.cat([bias, none], dim=1) for bias in biases[:-1]), biases[-1]]


def _sharpened(weights: list[Tensor], biases: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """The same networks with the plain softplus between the layers: softplus_beta(z) = softplus(beta z) / beta."""
    scaled = [BETA * weights[0], *weights[1:-1], weights[-1] / BETA]
    return scaled, [*(BETA * bias for bias in biases[:-1]), biases[-1]]
