"""ParaACE: small networks of one feature or one interaction each, and a fix-up layer that turns them into the score."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Target, TargetKind
from ...data.encoding import encode
from ..base import TabularModel
from ..networks.layers import LayerStack, StackedLinear
from ..networks.mlp import TrainingRecord, n_outputs
from .network import ROWS_PER_CALL, AdditiveNetwork, Subnets
from .purification import PureTerms
from .refits import Refits, bands_of_terms
from .shape_result import Shapes
from .shapes import build_shapes, some

if TYPE_CHECKING:
    from ...data.dataset import Dataset


class FixUp(LayerStack):
    """The inverse of the target's transformation, of all subnets' values u: V (u + relu(W2 relu(W1 u + b1) + b2)) + c.

    Of one network, or of several side by side, in training.

    Args:
        weights: W1 (*networks, hidden, subnets), W2 (*networks, subnets, hidden) and V (*networks, outputs, subnets).
        biases: b1, b2 and c.

    References:
        ParaACE paper, section 4 and appendix H, equation 10.
    """

    def forward(self, values: Float[Tensor, "*networks rows subnets"]) -> Float[Tensor, "*networks rows outputs"]:
        """Return the outputs for the subnets' values; differentiable."""
        first, second, last = self.layers
        moved = torch.relu(_affine(second, torch.relu(_affine(first, values))))
        return _affine(last, values + moved)


def _affine(layer: StackedLinear, values: Tensor) -> Tensor:
    if layer.weight.ndim == 2:
        return torch.addmm(layer.bias, values, layer.weight.T)
    return torch.baddbmm(layer.bias[:, None], values, layer.weight.mT)


@dataclass(frozen=True, eq=False)
class ParaAce(TabularModel):
    """A subnet for each feature and each interaction, and a nonlinear fix-up of their values; implements `Model`.

    For regression the score is `scale * fix_up(subnets) + shift`, for two classes the fix-up is the log-odds of the
    second; for several, it gives the unnormalised log-probabilities of the classes and the score is the log-odds of
    `class_index` against the rest. `additive` is the part that can be read without the fix-up's residual, and `refits`
    are that part of further trainings.
    """

    space: FeatureSpace
    target: Target
    subnets: Subnets
    fix_up: FixUp
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "paraace"
    record: TrainingRecord | None = None
    refits: Refits | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS, Capability.TERMS})
    learnt = ("subnets", "fix_up", "refits")
    not_scored = frozenset({"refits"})

    def __post_init__(self) -> None:
        shape, expected = tuple(self.fix_up.weights[2].shape), (n_outputs(self.target), len(self.subnets))
        if shape != expected or self.subnets.sizes[-1] != 1:
            raise InputError(
                f"The fix-up must have {expected[0]} outputs of {expected[1]} subnets, each of one value; it has "
                f"{shape[0]} of {shape[1]}. Use a network of this target."
            )

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        return 4 * (len(self.subnets) * sum(sorted(self.subnets.sizes)[-2:]) + self.space.n_columns) + 8 * len(
            self.space
        )

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, of the weights' precision, without gradients."""
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            dtype = self.subnets.dtype
            return torch.cat([self.score_encoded(encode(self.space, part, dtype)) for part in parts], dim=1)

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows; differentiable in them as often as the activations are."""
        return self.head(self.fix_up(self.subnets(encoded)[..., 0]))[None]

    def additive(self) -> AdditiveNetwork:
        """Return the contributions before the inverse transformation, as a network of its own.

        V u + c, the fix-up without its residual: its terms add up exactly.
        """
        *weights, last = self.subnets.weights
        *biases, last_bias = self.subnets.biases
        loads = self.fix_up.weights[2].T[:, :, None]  # subnets, outputs, 1
        subnets = self.subnets.with_layers((*weights, loads * last), (*biases, (loads * last_bias[:, None])[..., 0]))
        return AdditiveNetwork(
            self.space, self.target, subnets, self.fix_up.biases[2], self.scale, self.shift, self.class_index,
            name=self.name, record=self.record, refits=self.refits,
        )  # fmt: skip

    def terms(self, data: "Dataset") -> "FixedUp":
        """The subnets as pure terms under the training rows of `data`, and the fix-up's residual as one term more."""
        return FixedUp.of(self, data)

    def shapes(self, data: "Dataset") -> Shapes:
        """Return the contributions before the inverse transformation as purified curves and maps.

        What the fix-up's residual adds to them is one more term, of all features, that no figure shows:
        together they are the score.
        """
        terms = self.terms(data)
        notes = (
            "The last layer of ParaACE bends the sum of the terms. What it adds is the term of all features, which "
            "cannot be drawn: the larger its share, the less the curves and maps say of the predictions. The linear "
            "fix-up has no such term.",
        )
        bands = bands_of_terms(self.additive(), data, beyond=1)
        bands["notes"] = (*notes, *bands["notes"])
        return build_shapes(self, data, terms, title="Shapes of ParaACE", link="fix-up", **bands)

    def outputs(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows outputs"]:
        """What the network puts out, in the unit of the score: numbers, log-odds of the second class, or logits."""
        with torch.inference_mode():
            encoded = encode(self.space, rows.to(self.device), self.subnets.dtype)
            raw = self.fix_up(self.subnets(encoded)[..., 0])
            return raw * self.scale + self.shift if self.target.kind is TargetKind.REGRESSION else raw


@dataclass(frozen=True, eq=False)
class FixedUp:
    """Pure terms of the part without the residual, then the residual as a term of all features, centred."""

    network: ParaAce
    terms: PureTerms
    mean: Float64[Tensor, " outputs"]

    @classmethod
    def of(cls, network: ParaAce, data: "Dataset") -> "FixedUp":
        """Return the terms of a network under the training rows of `data`."""
        exact = network.double()
        own = cls(exact, exact.additive().terms(data), exact.fix_up.biases[2].new_zeros(len(exact.fix_up.biases[2])))
        rows = torch.tensor(data.rows[some(data.train_rows)]).to(network.device)
        residual = torch.cat([own.contributions(part)[:, -1] for part in rows.split(ROWS_PER_CALL)])
        return replace(own, mean=residual.mean(0))

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The features of each term."""
        return (*self.terms.members, tuple(range(len(self.network.space))))

    @property
    def intercept(self) -> Float64[Tensor, " outputs"]:
        """What the terms are added to, one number per output."""
        return self.terms.intercept + self.mean

    def contributions(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows terms outputs"]:
        """Return what each term adds to each output."""
        pure = self.terms.contributions(rows)
        residual = self.network.outputs(rows) - pure.sum(1) - self.terms.intercept - self.mean
        return torch.cat([pure, residual[:, None]], dim=1)
