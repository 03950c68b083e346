"""The one training loop: where it stands, what it restores, and which parameters weight decay reaches."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.models.networks.mlp import StackedPerceptron
from interaction_engine.models.training.trainer import Trainer, batch_size, parameters_by_kind

PACKAGE = Path(ie.__file__).parent


class Line(Trainer[nn.Linear]):
    """Fits a straight line, an epoch of three steps at a time."""

    def __init__(self, rate=0.1, shrink=0.0):
        torch.manual_seed(0)
        network = nn.Linear(2, 1)
        self.inputs = torch.randn(30, 2, generator=torch.Generator().manual_seed(1))
        self.targets = self.inputs @ torch.tensor([2.0, -1.0])
        self.shrink, self.steps = shrink, []
        super().__init__(network, torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9), seed=0)

    def batches(self, epoch):
        return torch.from_numpy(np.random.default_rng([self.seed, epoch]).permutation(30)).split(10)

    def losses(self, rows):
        return (self.network(self.inputs[rows])[:, 0] - self.targets[rows]).square().mean()

    def penalty(self):
        return self.shrink * self.network.weight.square().sum() if self.shrink else None

    def after_step(self, step, n_steps):
        self.steps.append((step, n_steps))


def test_no_other_module_has_a_training_loop():
    loops = [path.name for path in PACKAGE.rglob("*.py") if ".backward()" in path.read_text(encoding="utf-8")]
    assert loops == ["trainer.py"]


def test_a_line_is_learnt_and_every_step_is_followed():
    line = Line()
    losses = [line.train_epoch() for _ in range(40)]
    assert losses[-1] < 1e-3 * losses[0]
    torch.testing.assert_close(line.network.weight.detach(), torch.tensor([[2.0, -1.0]]), atol=1e-2, rtol=0)
    assert line.epoch == 40
    assert line.steps == [(0, 3), (1, 3), (2, 3)] * 40


def test_the_penalty_is_minimised_but_no_part_of_the_loss():
    free, held = Line(), Line(shrink=1.0)
    for _ in range(60):
        free.train_epoch()
        held.train_epoch()
    assert held.network.weight.norm() < 0.8 * free.network.weight.norm()
    assert Line(rate=0.0, shrink=1.0).train_epoch() == Line(rate=0.0).train_epoch()


def test_it_goes_on_from_its_state_and_from_no_other_networks():
    whole, first, rest = Line(), Line(), Line()
    for _ in range(4):
        whole.train_epoch()
    for _ in range(2):
        first.train_epoch()
    assert rest.restore(first.state())
    for _ in range(2):
        rest.train_epoch()
    assert torch.equal(rest.network.weight, whole.network.weight)
    fresh = Line()
    before = fresh.network.weight.clone()
    for other in ({}, {"curve": [], "parameter.0": 1.0}, {"trained": 3, "parameter.weight": [[1.0, 1.0]]}):
        assert not fresh.restore(other)
    assert torch.equal(fresh.network.weight, before)
    assert fresh.epoch == 0


def test_a_watcher_stops_it_and_a_loss_without_bound_is_named():
    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Line().train_epoch(stop)
    wild = Line(rate=1e30)
    with pytest.raises(InputError, match=r"diverged in epoch 1; use a smaller `learning_rate` than 1e\+30"):
        wild.train_epoch()


def test_weights_biases_and_the_rest_are_told_apart_by_name():
    network = StackedPerceptron(
        [torch.zeros(1, 4, 2), torch.zeros(1, 1, 4)], [torch.zeros(1, 4), torch.ones(1, 1)], "relu"
    )
    network.register_parameter("scale", nn.Parameter(torch.ones(3)))
    weights, biases, others = parameters_by_kind(network)
    assert [tuple(one.shape) for one in (*weights, *biases, *others)] == [(1, 4, 2), (1, 1, 4), (1, 4), (1, 1), (3,)]


@pytest.mark.parametrize(("n_rows", "batch", "size"), [(10_000, 256, 256), (400, 256, 20), (100, 256, 16), (9, 256, 9)])
def test_small_tables_are_cut_into_smaller_batches(n_rows, batch, size):
    assert batch_size(n_rows, batch) == size


@pytest.mark.parametrize("kind", ["mlp", "ensemble", "bayesian", "nit", "paraace"])
def test_a_trained_network_is_frozen_and_its_modules_hold_all_its_parameters(kind):
    x = np.random.default_rng(0).normal(size=(200, 3))
    data = ie.read_dataset(pd.DataFrame(x, columns=list("abc")).assign(y=x[:, 0] * x[:, 1]), target="y", name="made")
    quick = {"nit": {"rounds": 1, "refits": 0}, "paraace": {"n_pairs": 1, "refits": 0}}.get(kind, {"hidden": (8,)})
    model = ie.train(data, kind, epochs=1, **quick)
    modules = [getattr(model, name) for name in model.learnt if isinstance(getattr(model, name), nn.Module)]
    parameters = [one for module in modules for one in module.parameters()]
    assert parameters
    assert not any(one.requires_grad for one in parameters)
    assert not any(one.is_inference() for one in parameters)


@pytest.mark.parametrize("kind", ["ensemble", "bayesian", "nit", "paraace"])
def test_another_default_precision_changes_no_training(kind):
    """A program that computes in float64 by default trains the same float32 networks."""
    x = np.random.default_rng(0).normal(size=(100, 2))
    data = ie.read_dataset(pd.DataFrame(x, columns=list("ab")).assign(y=x[:, 0] * x[:, 1]), target="y", name="made")
    quick = {"nit": {"rounds": 1, "refits": 2}, "paraace": {"n_pairs": 1, "refits": 2}}.get(kind, {"hidden": (8,)})
    plain = ie.train(data, kind, epochs=1, **quick)
    torch.set_default_dtype(torch.float64)
    try:
        other = ie.train(data, kind, epochs=1, **quick)
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(other.scores(torch.tensor(data.rows)), plain.scores(torch.tensor(data.rows)))
