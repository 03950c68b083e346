"""Formulas of encoded inputs as models, and the two methods that explain rows."""

import torch
from torch import nn

import interaction_engine as ie
from interaction_engine.data.encoding import encode

METHODS = ("integrated_hessians", "expected_hessians")


class Formula(nn.Module):
    """A function of encoded inputs, in float64."""

    def __init__(self, function):
        super().__init__()
        self.function, self.one = function, nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, inputs):
        return self.function(inputs) * self.one


def formula(data, function):
    return ie.wrap(Formula(function), data, takes="encoded")


def encoded(data, rows):
    return encode(data.space, torch.tensor(rows), torch.float64).numpy()
