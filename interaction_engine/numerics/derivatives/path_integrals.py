"""Integrals of gradients and Hessians along straight lines from baselines to rows, of every kind of score.

With d = x - x' and the quadrature's nodes t and weights w (those of -ln t, the density of a product of two uniform
numbers): the interaction of i and j is d_i d_j sum_q w_q t_q H_ij(x' + t_q d), and the diagonal has
d_i sum_q w_q df/dx_i(x' + t_q d) besides (Integrated Hessians paper, section 4.2, equations 4 and 5). Columns of one
feature are summed, as a path integral allows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from . import autograd_hessian
from .log_quadrature import log_nodes
from .mlp_hessian import Head, Pass, cost
from .smooth import Smooth

Quadrature = Literal["gauss", "riemann"]


@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes in [0, 1] and weights with sum_q weights[q] g(nodes[q]) ~ int_0^1 density(t) g(t) dt."""

    nodes: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.nodes)


def product_rule(quadrature: Quadrature, n_nodes: int) -> Rule:
    """The rule for -ln t: Gauss's, or the n x n grid of equal steps that the paper sums over."""
    if quadrature == "gauss":
        return Rule(*log_nodes(n_nodes))
    steps = np.arange(1, n_nodes + 1) / n_nodes
    return Rule(np.outer(steps, steps).ravel(), np.full(n_nodes**2, 1.0 / n_nodes**2))


@cache
def uniform_rule(n_nodes: int) -> Rule:
    """Gauss and Legendre's rule for the constant density."""
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    return Rule((nodes + 1.0) / 2.0, weights / 2.0)


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight lines from `baselines` to `rows` in the encoded inputs; `groups` has the feature of each column."""

    rows: Float[Tensor, "lines columns"]
    baselines: Float[Tensor, "lines columns"]
    groups: Int[Tensor, " columns"]
    n_features: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def steps(self) -> Float[Tensor, "lines columns"]:
        """What is gone from the baseline to the row, per column."""
        return self.rows - self.baselines

    def points(self, rule: Rule) -> Float[Tensor, "points columns"]:
        """The nodes of the rule on every line, those of one line together."""
        nodes = torch.as_tensor(rule.nodes, dtype=self.rows.dtype, device=self.rows.device)
        return (self.baselines[:, None] + nodes[:, None] * self.steps[:, None]).flatten(0, 1)

    def summed(self, values: Float[Tensor, "*shared columns"]) -> Float[Tensor, "*shared features"]:
        """The sum over the columns of each feature."""
        if len(self.groups) == self.n_features and bool((self.groups.diff() == 1).all()):
            return values
        return values.new_zeros(*values.shape[:-1], self.n_features).index_add_(-1, self.groups, values)

    def directions(self) -> Float[Tensor, "lines features columns"]:
        """Each feature's own part of the step, as a direction in the inputs."""
        own = self.groups == torch.arange(self.n_features, device=self.groups.device)[:, None]
        return self.steps[:, None] * own

    def part(self, start: int, stop: int) -> "Lines":
        """Return the lines `start` to `stop`."""
        return Lines(self.rows[start:stop], self.baselines[start:stop], self.groups, self.n_features)


@dataclass(frozen=True, eq=False)
class Integrals:
    """What the lines' integrals give: `first` sum_q w_q d_i df/dx_i, `second` sum_q w_q t_q d_i d_j H_ij."""

    first: Float[Tensor, "members lines features"]
    second: Float[Tensor, "members lines features features"]

    def interactions(self) -> Float[Tensor, "members lines features features"]:
        """The matrix of interactions, main effects on its diagonal; it sums to what the score gains along the line."""
        return self.second + torch.diag_embed(self.first)


@runtime_checkable
class Differentiable(Protocol):
    """A score whose integrals along lines are known how to compute."""

    def integrals(self, lines: Lines, rule: Rule) -> Integrals:
        """Return the integrals of each line for attributions and interactions."""
        ...

    def attributions(self, lines: Lines, rule: Rule) -> Float[Tensor, "members lines features"]:
        """sum_q w_q d_i df/dx_i: under the uniform density, Integrated Gradients."""
        ...

    def bytes_per_line(self, n_nodes: int, n_features: int) -> int:
        """Working memory of one line, for the choice of how many are computed at once."""
        ...


CACHE = 1 << 24
"""Bytes that a processor works on at once: matrices that leave its cache take two to five times as long."""


@dataclass(frozen=True, eq=False)
class SmoothPerceptron:
    """Stacked perceptrons with an activation that can be differentiated twice: closed form.

    Lines are computed so many at once that their matrices stay in the cache; a GPU takes them all together.
    """

    weights: tuple[Float[Tensor, "members _ _"], ...]
    biases: tuple[Float[Tensor, "members _"], ...]
    activation: Smooth
    head: Callable[[Float[Tensor, "members points outputs"]], Head]

    def integrals(self, lines: Lines, rule: Rule) -> Integrals:
        """Return the integrals of each line for attributions and interactions."""
        at_once = (
            len(lines) if lines.rows.device.type != "cpu" else CACHE // self.bytes_per_line(len(rule), lines.n_features)
        )
        return _one_after_the_other(lambda part: self._integrals(part, rule), lines, at_once)

    def _integrals(self, lines: Lines, rule: Rule) -> Integrals:
        passed, own = self._pass(lines, rule), self._own(lines)
        weight = _column(rule.weights, own)
        first = self._along(lines, passed.gradient() * weight.repeat(len(lines), 1), len(rule), own)
        bent = weight * _column(rule.nodes, own)
        down, up = cost([lines.rows.shape[1], *(one.shape[1] for one in self.weights)], lines.n_features)
        if down < up:
            carried = _over_nodes(passed.downwards() * bent.repeat(len(lines), 1)[..., None], len(rule))
            return Integrals(first, own @ carried @ own.mT)
        along = own.repeat_interleave(len(rule), dim=1)
        return Integrals(first, _over_nodes(passed.upwards(along) * bent.repeat(len(lines), 1)[..., None], len(rule)))

    def attributions(self, lines: Lines, rule: Rule) -> Float[Tensor, "members lines features"]:
        """Return the attributions of each line's features (integrated gradients)."""
        own = self._own(lines)
        weighted = self._pass(lines, rule).gradient() * _column(rule.weights, own).repeat(len(lines), 1)
        return self._along(lines, weighted, len(rule), own)

    def scores(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "members rows"]:
        """Scores of encoded rows."""
        inputs = encoded.expand(len(self.weights[0]), *encoded.shape)
        return Pass.through(self.weights, self.biases, self.activation, self.head, inputs).head.score

    def bytes_per_line(self, n_nodes: int, n_features: int) -> int:
        """Return the working memory that a line of so many nodes takes."""
        hidden = [weight.shape[1] for weight in self.weights[:-1]]
        down, up = cost([self.weights[0].shape[2], *hidden, 1], n_features)
        per_point = max(hidden) ** 2 * 3 if down < up else n_features * (max(hidden) * 3 + 2 * n_features)
        size = self.weights[0].element_size() * len(self.weights[0])
        return size * (n_nodes * (per_point + 6 * sum(hidden)) + n_features * (hidden[0] + n_features))

    def _pass(self, lines: Lines, rule: Rule) -> Pass:
        points = lines.points(rule)
        inputs = points.expand(len(self.weights[0]), *points.shape)
        return Pass.through(self.weights, self.biases, self.activation, self.head, inputs)

    def _own(self, lines: Lines) -> Float[Tensor, "members lines features units"]:
        """What each feature's step does to the values before the first activation."""
        units = (lines.steps[:, :, None] * self.weights[0].mT[:, None]).transpose(2, 3)
        return lines.summed(units).transpose(2, 3)

    def _along(self, lines: Lines, weighted: Tensor, n_nodes: int, own: Tensor) -> Tensor:
        return (own @ _over_nodes(weighted, n_nodes)[..., None])[..., 0]


@dataclass(frozen=True, eq=False)
class AnyScore:
    """Any score that can be differentiated twice, by automatic differentiation; `at_once` directions share a pass.

    `point_bytes` is what a pass through the score keeps of one point.
    """

    score: autograd_hessian.Score
    at_once: int = 8
    point_bytes: int = 0

    def integrals(self, lines: Lines, rule: Rule) -> Integrals:
        """Return the integrals of each line for attributions and interactions."""
        directions = lines.directions().repeat_interleave(len(rule), dim=0)
        first, second = autograd_hessian.second_order(self.score, lines.points(rule), directions, self.at_once)
        weight = _column(rule.weights, first).repeat(len(lines), 1)
        bent = _column(rule.weights * rule.nodes, first).repeat(len(lines), 1)
        return Integrals(
            _over_nodes((first * weight)[None], len(rule)), _over_nodes((second * bent[..., None])[None], len(rule))
        )

    def attributions(self, lines: Lines, rule: Rule) -> Float[Tensor, "1 lines features"]:
        """Return the attributions of each line's features (integrated gradients)."""
        pulls = autograd_hessian.gradient(self.score, lines.points(rule))
        weighted = pulls * _column(rule.weights, pulls).repeat(len(lines), 1)
        return lines.summed(_over_nodes(weighted[None], len(rule)) * lines.steps)

    def bytes_per_line(self, n_nodes: int, n_features: int) -> int:
        """Return the working memory that a line of so many nodes takes."""
        vectors = 8 * n_features * (self.at_once * 24 + n_features)
        return n_nodes * max(vectors, self.at_once * self.point_bytes)


def integrate(score: Differentiable, lines: Lines, rule: Rule, memory: int) -> Integrals:
    """The integrals of all lines, as many at once as `memory` (bytes) allows."""
    at_once = memory // max(1, score.bytes_per_line(len(rule), lines.n_features))
    return _one_after_the_other(lambda part: score.integrals(part, rule), lines, at_once)


def _one_after_the_other(compute: Callable[[Lines], Integrals], lines: Lines, at_once: int) -> Integrals:
    """The integrals of all lines, `at_once` of them (one at least) in a part."""
    if at_once >= len(lines):
        return compute(lines)
    whole, at_once = None, max(1, at_once)
    for start in range(0, len(lines), at_once):
        part, here = compute(lines.part(start, start + at_once)), slice(start, start + at_once)
        if whole is None:
            whole = Integrals(_room(part.first, len(lines)), _room(part.second, len(lines)))
        whole.first[:, here], whole.second[:, here] = part.first, part.second
    assert whole is not None
    return whole


def _room(part: Float[Tensor, "members _ *rest"], n_lines: int) -> Float[Tensor, "members lines *rest"]:
    return part.new_empty(len(part), n_lines, *part.shape[2:])


def _column(values: np.ndarray, like: Tensor) -> Float[Tensor, "nodes 1"]:
    return torch.as_tensor(values, dtype=like.dtype, device=like.device)[:, None]


def _over_nodes(values: Float[Tensor, "members points *rest"], n_nodes: int) -> Float[Tensor, "members lines *rest"]:
    """The sum over the nodes of each line."""
    return values.unflatten(1, (-1, n_nodes)).sum(dim=2)
