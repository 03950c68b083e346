"""Many small networks of one shape trained at once, each on its own targets: what Remove-and-Retrain retrains."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Lesson:
    """Inputs (rows, features) that all networks share, and the targets of each (networks, rows)."""

    inputs: np.ndarray
    targets: np.ndarray

    def tensors(self) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self.inputs).float(), torch.from_numpy(self.targets).float()

    def __len__(self) -> int:
        return len(self.inputs)


def retrained_errors(
    train: Lesson,
    test: Lesson,
    hidden: Sequence[int] = (64, 64, 64),
    epochs: int = 40,
    batch: int = 128,
    learning_rate: float = 0.005,
    kept_aside: float = 0.2,
    seed: int = 0,
) -> np.ndarray:
    """Mean squared test error of each network, (networks,): that of the epoch with the smallest error on the training
    rows kept aside. Adam and ReLU, as the paper has them."""
    source = torch.Generator().manual_seed(seed)
    inputs, targets = train.tensors()
    n_fit = len(train) - int(kept_aside * len(train))
    aside, final = (inputs[n_fit:], targets[:, n_fit:]), test.tensors()
    leaves = _initial((inputs.shape[1], *hidden, 1), len(targets), source)
    optimizer = torch.optim.Adam(leaves, lr=learning_rate)
    best, found = torch.full((len(targets),), math.inf), torch.full((len(targets),), math.inf)
    for _ in range(epochs):
        for places in torch.randperm(n_fit, generator=source).split(batch):
            optimizer.zero_grad()
            _errors(leaves, inputs[places], targets[:, places]).sum().backward()
            optimizer.step()
        with torch.no_grad():
            judged, errors = _errors(leaves, *aside), _errors(leaves, *final)
        found, best = torch.where(judged < best, errors, found), torch.minimum(judged, best)
    return found.double().numpy()


def _initial(sizes: Sequence[int], n_networks: int, source: torch.Generator) -> list[Tensor]:
    """Weights and biases in turn."""
    leaves = []
    for n_inputs, n_units in pairwise(sizes):
        weight = torch.randn(n_networks, n_inputs, n_units, generator=source) * math.sqrt(2.0 / n_inputs)
        leaves += [weight.requires_grad_(), torch.zeros(n_networks, 1, n_units, requires_grad=True)]
    return leaves


def _errors(leaves: Sequence[Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
    """The mean squared error of each network."""
    values = inputs.expand(len(targets), *inputs.shape)
    for place in range(0, len(leaves) - 2, 2):
        values = torch.relu(torch.baddbmm(leaves[place + 1], values, leaves[place]))
    outputs = torch.baddbmm(leaves[-1], values, leaves[-2])
    return (outputs[..., 0] - targets).square().mean(dim=1)
