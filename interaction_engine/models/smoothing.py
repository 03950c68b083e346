"""Models as scores that can be differentiated twice: kinks rounded at explanation time, nothing trained again."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor, fx
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ..core.errors import InputError
from ..core.types import Capability, Model, TargetKind
from ..data.encoding import encode
from ..numerics.derivatives.mlp_hessian import Head
from ..numerics.derivatives.path_integrals import AnyScore, Differentiable, SmoothPerceptron
from ..numerics.derivatives.smooth import LEAK, SMOOTHED, smooth
from .adapters.modules import ModuleModel
from .networks.bayesian import BayesianNetwork
from .networks.mlp import Mlp
from .networks.words import WordNet
from .scoring import scored_class

Encoded = Float[Tensor, "rows columns"]

RECTIFIERS = (torch.ops.aten.relu.default, torch.ops.aten.relu_.default)
LEAKY_RECTIFIERS = (torch.ops.aten.leaky_relu.default, torch.ops.aten.leaky_relu_.default)
"""What ReLU and LeakyReLU are in exported graphs."""


KEPT_OF_A_ROW = 6
"""How many times a row's working memory a second derivative keeps of it, roughly."""


@dataclass(frozen=True, eq=False)
class SmoothModel:
    """A model whose score can be differentiated twice in its encoded inputs.

    `score` integrates it along lines, `scores` gives (members, rows) for encoded rows; `rounded` says whether kinks
    were replaced, so that its scores are not exactly the model's. `inputs` encodes rows of the feature space, and
    `owners` has the feature of each column of that.
    """

    score: Differentiable
    scores: Callable[[Encoded], Float[Tensor, "members rows"]]
    rounded: bool
    inputs: Callable[[Float64[Tensor, "rows features"]], Encoded]
    owners: Int[Tensor, " columns"]


def smooth_model(model: Model, beta: float) -> SmoothModel:
    """`model` with ReLU and LeakyReLU rounded to softplus with `beta` (Integrated Hessians paper, section 4.3).

    Raises `InputError` when the model gives no gradients, or `beta` is not above 0.
    """
    if Capability.GRADIENTS not in model.capabilities:
        raise InputError(
            f"This needs the derivatives of the model, and `{model.name}` only gives predictions; use a method that "
            "asks for no more than these, as `ucb`, `exact` or `cliques`."
        )
    if isinstance(model, BayesianNetwork):
        return smooth_model(model.averaged, beta)
    if isinstance(model, Mlp):
        network = SmoothPerceptron(model.weights, model.biases, smooth(model.activation, beta), _head(model))
        return SmoothModel(
            network, network.scores, model.activation in SMOOTHED, *_encoding(model, model.weights[0].dtype)
        )
    if isinstance(model, WordNet):
        return _smooth_words(model, beta)
    bent = _Rounding(beta)
    # Derivatives of these models are taken in float64; weights of float32 would refuse such inputs.
    given: Any = model.double() if hasattr(model, "double") else model  # type: ignore[attr-defined]
    if isinstance(model, ModuleModel) and isinstance(model.module, fx.GraphModule):
        given = replace(model, module=_RoundedGraph(model.module, beta))

    def scores(encoded: Encoded) -> Float[Tensor, "members rows"]:
        with bent:
            return given.score_encoded(encoded)

    def mean(encoded: Encoded) -> Float[Tensor, " rows"]:
        return scores(encoded).mean(dim=0)

    kinked = _has_kinks(given, model.space.n_columns, model.device)
    score = AnyScore(mean, point_bytes=KEPT_OF_A_ROW * model.row_bytes)
    return SmoothModel(score, scores, kinked, *_encoding(model, torch.float64))


def _smooth_words(model: WordNet, beta: float) -> SmoothModel:
    """Return a network of words as a smooth function of their embeddings.

    A rectifier is smoothed as everywhere, and the largest of 0 and all places is their mean weighted by exp(beta
    value), which comes to it as beta grows.
    """
    bent = _Rounding(beta)

    def pool(seen: Float[Tensor, "rows places filters"]) -> Float[Tensor, "rows filters"]:
        values = functional.pad(seen, (0, 0, 1, 0))
        return (torch.softmax(beta * values, dim=1) * values).sum(dim=1)

    def scores(encoded: Encoded) -> Float[Tensor, "1 rows"]:
        with bent:
            return model.score_encoded(encoded, pool)

    score = AnyScore(lambda encoded: scores(encoded)[0], point_bytes=KEPT_OF_A_ROW * model.row_bytes)
    return SmoothModel(score, scores, True, model.encoded, model.owners)


def _encoding(model: Model, dtype: torch.dtype) -> tuple[Callable[[Tensor], Encoded], Int[Tensor, " columns"]]:
    """How rows become the network's inputs, and the feature of each input."""
    space, device = model.space, model.device
    owners = [place for place, group in enumerate(space.groups) for _ in range(group.stop - group.start)]
    return lambda rows: encode(space, rows.to(device), dtype), torch.tensor(owners, device=device)


def _head(model: Mlp) -> Callable[[Float[Tensor, "members points outputs"]], Head]:
    """From the outputs of a network to its score with both derivatives: a multiple, or the log-odds of a class."""
    index = scored_class(model.target, model.class_index)
    if model.target.kind is TargetKind.MULTICLASS:
        return lambda outputs: _log_odds(outputs, index or 0)
    factor = model.scale if index is None else (-1.0 if index == 0 else 1.0)
    shift = model.shift if index is None else 0.0
    return lambda outputs: Head(factor * outputs[..., 0] + shift, torch.full_like(outputs, factor))


def _log_odds(outputs: Float[Tensor, "members points classes"], index: int) -> Head:
    """The log-odds of a class, o_c - ln sum of the others' exp(o).

    Its gradient is 1 at c and minus the others' shares, its Hessian that of the logarithm of the sum, with the
    opposite sign.
    """
    others = outputs.clone()
    others[..., index] = -torch.inf
    shares = torch.softmax(others, dim=-1)
    gradient = -shares
    gradient[..., index] = 1.0
    hessian = shares[..., None] * shares[..., None, :] - torch.diag_embed(shares)
    return Head(outputs[..., index] - others.logsumexp(dim=-1), gradient, hessian)


class _Rounding(TorchFunctionMode):
    """While it is on, ReLU and LeakyReLU are softplus."""

    KINKED = (torch.relu, functional.relu, Tensor.relu, functional.leaky_relu)

    def __init__(self, beta: float) -> None:
        super().__init__()
        self.rounded = {name: smooth(name, beta).value for name in SMOOTHED}
        self.met = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func not in self.KINKED:
            return func(*args, **(kwargs or {}))
        self.met = True
        if func is not functional.leaky_relu:
            return self.rounded["relu"](args[0])
        given = inspect.signature(functional.leaky_relu).bind(*args, **(kwargs or {}))
        given.apply_defaults()
        return _leaky(self.rounded["relu"], given.arguments["input"], given.arguments["negative_slope"])


def _leaky(rounded: Callable[[Tensor], Tensor], values: Tensor, leak: float) -> Tensor:
    return leak * values + (1.0 - leak) * rounded(values)


class _RoundedGraph(torch.nn.Module):
    """An exported graph run operator by operator, those for ReLU and LeakyReLU replaced."""

    def __init__(self, module: fx.GraphModule, beta: float) -> None:
        super().__init__()
        self.module, self.value = module, smooth("relu", beta).value

    def forward(self, inputs: Tensor) -> Any:
        value = self.value

        class Walk(fx.Interpreter):
            def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
                if target in RECTIFIERS:
                    return value(args[0])
                if target in LEAKY_RECTIFIERS:
                    return _leaky(value, args[0], args[1] if len(args) > 1 else LEAK)
                return super().call_function(target, args, kwargs)

        return Walk(self.module).run(inputs)

    @property
    def has_kinks(self) -> bool:
        return any(node.target in (*RECTIFIERS, *LEAKY_RECTIFIERS) for node in self.module.graph.nodes)


def _has_kinks(model: Any, n_columns: int, device: torch.device) -> bool:
    """Whether a pass through the model meets an activation that is rounded."""
    if isinstance(model, ModuleModel) and isinstance(model.module, _RoundedGraph):
        return model.module.has_kinks
    watching = _Rounding(1.0)
    with watching, torch.no_grad():
        model.score_encoded(torch.zeros(2, n_columns, dtype=torch.float64, device=device))
    return watching.met
