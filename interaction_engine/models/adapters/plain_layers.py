"""Recognises a torch module that is a plain multilayer perceptron, and nothing else.

The module's own graph of operations decides, not the names or types of its parts: `torch.fx` runs `forward` once on a
symbolic input, and every operation that it meets must be one link of the chain linear, activation, linear, ...,
linear, with nothing but identities and changes of the output's shape beside it. A module whose `forward` branches on
values or shapes, carries hooks, or does anything else cannot be traced or does not match, and stays a module.
"""

import operator
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

ATEN = torch.ops.aten

MODULES: dict[type[nn.Module], tuple[str, dict[str, Any]]] = {
    nn.ReLU: ("relu", {}),
    nn.LeakyReLU: ("leaky_relu", {"negative_slope": 0.01}),
    nn.ELU: ("elu", {"alpha": 1.0}),
    nn.GELU: ("gelu", {"approximate": "none"}),
    nn.SiLU: ("silu", {}),
    nn.Softplus: ("softplus", {"beta": 1.0, "threshold": 20.0}),
    nn.Tanh: ("tanh", {}),
    nn.Sigmoid: ("sigmoid", {}),
}
"""Activation modules, with the settings under which they are the activations of `numerics.mlp`."""

FUNCTIONS: dict[Callable[..., Any], str] = {
    torch.relu: "relu",
    functional.relu: "relu",
    torch.tanh: "tanh",
    torch.sigmoid: "sigmoid",
    functional.silu: "silu",
    functional.gelu: "gelu",
    ATEN.relu.default: "relu",
    ATEN.tanh.default: "tanh",
    ATEN.sigmoid.default: "sigmoid",
    ATEN.silu.default: "silu",
    ATEN.gelu.default: "gelu",
}
"""Activation functions; a call with any setting beside the input is none of them."""

DROPOUTS = (nn.Dropout, nn.AlphaDropout)
"""Modules that return their input in evaluation mode."""

PLAIN_SETTINGS: dict[str, Any] = {"approximate": "none", "inplace": False}
"""Keywords that a traced activation function may have: its defaults."""

RESHAPES = frozenset(
    {
        "squeeze",
        "flatten",
        "view",
        "reshape",
        torch.squeeze,
        torch.flatten,
        torch.reshape,
        operator.getitem,
        ATEN.squeeze.default,
        ATEN.squeeze.dim,
        ATEN.flatten.using_ints,
        ATEN.view.default,
        ATEN.reshape.default,
        ATEN.select.int,
    }
)
"""What may be done with the one output of a row: no choice of shape or index changes which number it is."""


@dataclass(frozen=True, eq=False)
class PlainLayers:
    """Weights (1, outputs, inputs) and biases (1, outputs) of each layer, and the activation between them."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: str

    def of_standardised(self, means: np.ndarray, scales: np.ndarray) -> "PlainLayers":
        """The same function of standardised inputs, for layers that read raw ones."""
        weight, bias = self.weights[0].double(), self.biases[0].double()
        mean, scale = (torch.from_numpy(one).to(weight.device) for one in (means, scales))
        first = (weight * scale).to(self.weights[0].dtype), (bias + weight @ mean).to(self.biases[0].dtype)
        return PlainLayers((first[0], *self.weights[1:]), (first[1], *self.biases[1:]), self.activation)


def plain_layers(module: nn.Module) -> PlainLayers | None:
    """The layers of `module` where it is a float32 perceptron in evaluation mode; None where it is anything else."""
    if any(_is_changed(part) for part in module.modules()):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = module.graph if isinstance(module, fx.GraphModule) else fx.Tracer().trace(module)
        return _chain(module, graph)
    except Exception:  # whatever a foreign `forward` raises on a symbolic input: it is not a plain perceptron
        return None


class _NoPerceptron(Exception):
    """An operation that no plain perceptron has."""


def _is_changed(part: nn.Module) -> bool:
    """Whether calling a part does more than its class says; exported programs check their inputs in a hook of torch."""
    hooks = (*vars(part)["_forward_hooks"].values(), *vars(part)["_forward_pre_hooks"].values())
    foreign = any(not str(getattr(hook, "__module__", "")).startswith("torch.") for hook in hooks)
    return foreign or "forward" in vars(part)


def _chain(module: nn.Module, graph: fx.Graph) -> PlainLayers:
    """Follow the one chain of operations from the input to the output."""
    nodes = [node for node in graph.nodes if node.op not in ("get_attr", "output") and (node.users or node.args)]
    (output,) = (node for node in graph.nodes if node.op == "output")
    before, *others = nodes
    layers: list[tuple[Tensor, Tensor]] = []
    activations: list[str] = []
    ended = False
    for node in others:
        if node.args[:1] != (before,) or len(before.users) != 1 or (ended and node.target not in RESHAPES):
            raise _NoPerceptron
        link = None if node.target in RESHAPES else _link(module, node)
        ended = node.target in RESHAPES
        if isinstance(link, tuple) and len(layers) == len(activations):
            layers.append(link)
        elif isinstance(link, str) and len(layers) == len(activations) + 1:
            activations.append(link)
        elif link is not None or (ended and len(layers[-1][1]) != 1):
            raise _NoPerceptron
        before = node
    if before.op == "placeholder" or output.all_input_nodes != [before] or len(layers) != len(activations) + 1:
        raise _NoPerceptron
    if len(set(activations)) != 1 or any(tensor.dtype != torch.float32 for layer in layers for tensor in layer):
        raise _NoPerceptron
    weights = tuple(weight.detach()[None] for weight, _ in layers)
    return PlainLayers(weights, tuple(bias.detach()[None] for _, bias in layers), activations[0])


def _link(module: nn.Module, node: fx.Node) -> tuple[Tensor, Tensor] | str | None:
    """What one operation is: a linear layer, the name of an activation, or None for one that returns its input."""
    if node.op == "call_module" and len(node.args) == 1 and not node.kwargs:
        return _module_link(module.get_submodule(str(node.target)))
    if node.op == "call_method" and node.target in ("relu", "tanh", "sigmoid") and len(node.args) == 1:
        return str(node.target)
    if node.op != "call_function":
        raise _NoPerceptron
    if node.target in (functional.linear, ATEN.linear.default):
        return _linear(*(_attribute(module, argument) for argument in (*node.args[1:], *node.kwargs.values())))
    if node.target is ATEN.dropout.default and node.args[2:] == (False,):
        return None
    if node.target is functional.dropout and node.kwargs.get("training") is False:
        return None
    name = FUNCTIONS.get(node.target) if callable(node.target) else None
    if name is None or len(node.args) != 1 or any(PLAIN_SETTINGS.get(k) != v for k, v in node.kwargs.items()):
        raise _NoPerceptron
    return name


def _module_link(part: nn.Module) -> tuple[Tensor, Tensor] | str | None:
    if type(part) is nn.Linear:
        return _linear(part.weight, part.bias)
    if type(part) is nn.Identity or (type(part) in DROPOUTS and not part.training):
        return None
    if type(part) not in MODULES:
        raise _NoPerceptron
    name, settings = MODULES[type(part)]
    if any(getattr(part, key) != value for key, value in settings.items()):
        raise _NoPerceptron
    return name


def _linear(weight: Tensor | None, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
    if weight is None:
        raise _NoPerceptron
    return weight, weight.new_zeros(len(weight)) if bias is None else bias


def _attribute(module: nn.Module, argument: Any) -> Tensor | None:
    """The parameter that an argument of a traced call names."""
    if argument is None:
        return None
    if not isinstance(argument, fx.Node) or argument.op != "get_attr":
        raise _NoPerceptron
    owner, _, name = str(argument.target).rpartition(".")
    return getattr(module.get_submodule(owner), name)
