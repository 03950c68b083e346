"""Which torch modules are plain multilayer perceptrons, and which must stay modules."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from interaction_engine.models.adapters.plain_layers import plain_layers

INPUTS = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))


class Wrapper(nn.Module):
    """A Sequential in a module of one's own, with the given `forward`."""

    def __init__(self, forward, *layers):
        super().__init__()
        self.net = nn.Sequential(*(layers or plain()))
        self.how = forward

    def forward(self, inputs):
        return self.how(self.net, inputs)


class Doubled(nn.Linear):
    """A linear layer that is none."""

    def forward(self, inputs):
        return 2.0 * super().forward(inputs)


class Functional(nn.Module):
    """Layers in the module, activations as functions."""

    def __init__(self, activation, **keywords):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 8), nn.Linear(8, 8, bias=False), nn.Linear(8, 1)
        self.activation, self.keywords = activation, keywords

    def forward(self, inputs):
        hidden = self.activation(self.first(inputs), **self.keywords)
        return self.last(self.activation(self.second(hidden), **self.keywords))[:, 0]


def plain(activation=nn.ReLU, outputs=1):
    return nn.Linear(6, 8), activation(), nn.Linear(8, 8), activation(), nn.Linear(8, outputs)


def scores(layers):
    from interaction_engine.numerics.derivatives import mlp

    with torch.inference_mode():
        return mlp.forward(layers.weights, layers.biases, layers.activation, INPUTS)[0]


RECOGNISED = {
    "relu": lambda: nn.Sequential(*plain()),
    "gelu": lambda: nn.Sequential(*plain(nn.GELU)),
    "elu": lambda: nn.Sequential(*plain(nn.ELU)),
    "leaky": lambda: nn.Sequential(*plain(nn.LeakyReLU)),
    "silu": lambda: nn.Sequential(*plain(nn.SiLU)),
    "softplus": lambda: nn.Sequential(*plain(nn.Softplus)),
    "tanh": lambda: nn.Sequential(*plain(nn.Tanh)),
    "sigmoid": lambda: nn.Sequential(*plain(nn.Sigmoid)),
    "in place": lambda: nn.Sequential(*plain(lambda: nn.ReLU(inplace=True))),
    "classes": lambda: nn.Sequential(*plain(outputs=3)),
    "dropout": lambda: nn.Sequential(*plain()[:2], nn.Dropout(0.5), *plain()[2:]),
    "nested": lambda: nn.Sequential(nn.Sequential(*plain()[:2]), nn.Identity(), nn.Sequential(*plain()[2:])),
    "wrapped": lambda: Wrapper(lambda net, x: net(x)),
    "squeezed": lambda: Wrapper(lambda net, x: net(x).squeeze(-1)),
    "column": lambda: Wrapper(lambda net, x: net(x)[:, 0]),
    "flat": lambda: Wrapper(lambda net, x: torch.flatten(net(x))),
    "functional relu": lambda: Functional(functional.relu),
    "functional gelu": lambda: Functional(functional.gelu),
    "torch.tanh": lambda: Functional(torch.tanh),
}

FOREIGN = {
    "one layer": lambda: nn.Sequential(nn.Linear(6, 1)),
    "two activations": lambda: nn.Sequential(*plain()[:2], nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)),
    "another slope": lambda: nn.Sequential(*plain(lambda: nn.LeakyReLU(0.2))),
    "approximate gelu": lambda: nn.Sequential(*plain(lambda: nn.GELU("tanh"))),
    "approximate functional gelu": lambda: Functional(functional.gelu, approximate="tanh"),
    "activation at the end": lambda: nn.Sequential(*plain(), nn.Sigmoid()),
    "no activation": lambda: nn.Sequential(nn.Linear(6, 8), nn.Linear(8, 1)),
    "normalised": lambda: nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), *plain()[1:]),
    "float64": lambda: nn.Sequential(*plain()).double(),
    "subclass": lambda: nn.Sequential(Doubled(6, 8), *plain()[1:]),
    "residual": lambda: Wrapper(lambda net, x: net(x) + x[:, :1]),
    "scaled": lambda: Wrapper(lambda net, x: 2.0 * net(x)),
    "clipped input": lambda: Wrapper(lambda net, x: net(x.clamp(-1.0, 1.0))),
    "chosen columns": lambda: Wrapper(lambda net, x: net(x[:, [5, 4, 3, 2, 1, 0]])),
    "flipped input": lambda: Wrapper(lambda net, x: net(x.flip(1))),
    "branch on values": lambda: Wrapper(lambda net, x: net(x) if x.sum() > 0 else -net(x)),
    "branch on rows": lambda: Wrapper(lambda net, x: net(x) if len(x) > 3 else -net(x)),
    "column of several": lambda: Wrapper(lambda net, x: net(x)[:, 1], *plain(outputs=3)),
    "sum of outputs": lambda: Wrapper(lambda net, x: net(x).sum(1), *plain(outputs=3)),
    "parametrised": lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(6, 8)), *plain()[1:]),
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_plain_perceptrons_are_recognised_with_their_function(name):
    torch.manual_seed(0)
    module = RECOGNISED[name]().eval()
    found = plain_layers(module)
    assert found is not None
    with torch.inference_mode():
        torch.testing.assert_close(scores(found), module(INPUTS).reshape(len(INPUTS), -1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FOREIGN)
def test_anything_else_stays_a_module(name):
    torch.manual_seed(0)
    assert plain_layers(FOREIGN[name]().eval()) is None


def test_hooks_and_replaced_methods_are_respected():
    hooked, replaced = (nn.Sequential(*plain()).eval() for _ in range(2))
    hooked[1].register_forward_hook(lambda module, args, output: 2.0 * output)
    replaced[0].forward = lambda inputs: inputs[:, :1].expand(-1, 8)
    assert plain_layers(hooked) is None
    assert plain_layers(replaced) is None


def test_dropout_that_is_not_switched_off_is_no_perceptron():
    assert plain_layers(nn.Sequential(*plain()[:2], nn.Dropout(0.5), *plain()[2:]).train()) is None


@pytest.mark.parametrize("activation", [nn.ReLU, nn.GELU])
def test_an_exported_program_is_recognised_by_its_operations(activation):
    torch.manual_seed(0)
    module = Wrapper(lambda net, x: net(x).squeeze(-1), *plain(activation)).eval()
    program = torch.export.export(module, (INPUTS,), dynamic_shapes=[{0: torch.export.Dim.AUTO}])
    found = plain_layers(program.module(check_guards=False))
    assert found is not None
    with torch.inference_mode():
        torch.testing.assert_close(scores(found)[:, 0], module(INPUTS), rtol=1e-5, atol=1e-6)


def test_the_layers_follow_the_module():
    module = nn.Sequential(*plain()).eval()
    found = plain_layers(module)
    assert found is not None
    with torch.no_grad():
        module[0].weight += 1.0
    torch.testing.assert_close(found.weights[0][0], module[0].weight.detach())
