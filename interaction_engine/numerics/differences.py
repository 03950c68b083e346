"""Joint effects of many sets of features on many rows, in few large model calls: mixed differences of any order.

With low and high values l and u of the k features of a set, and the row's own values elsewhere, the joint effect is the
sum over the 2^k corners of F with the sign (-1)^(number of features at l): the part of F that no sum of functions of
fewer of these features explains (ParaACE paper, Theorem 3.1 for k = 2, equation 8 for k = 3).

What pairs have in common is evaluated once: where a feature's low value is the row's own, the corners with one moved
feature are shared by all pairs of that feature. For a multilayer perceptron the first layer of a shifted row is that of
the row plus multiples of weight columns, so no first product is computed at all.
"""

import itertools
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..data.encoding import encode
from ..types import Capability, Model, Perceptron
from . import mlp
from .compute import Compute
from .moves import Moves

ROUNDING = 16.0
"""Joint effects of pairs below this many units in the last place of a typical score are rounding errors, and set to
zero; a corner more or less is as much more or less rounding."""

Corner = tuple[int, ...]
"""Where each feature of a set stands: 0 at its low value, 1 at its high one."""


class MixedDifferences:
    """Joint effects of sets of features of one order, row by row: for pairs F(u_i,u_j) - F(u_i,l_j) - F(l_i,u_j) +
    F(l_i,l_j).

    `evaluations` counts the scores asked of the model, once per row whatever the number of its members. `scale` is the
    size of a typical score, taken from the first ones seen: scores that cancel leave rounding errors of that size.
    """

    def __init__(self, model: Model, rows: Float[Tensor, "rows features"], moved: Moves, compute: Compute) -> None:
        self.model, self.rows, self.moves = model, rows, moved
        self.evaluations = 0
        self.scale: float | None = None
        self.epsilon = 0.0
        on_cpu = model.device.type == "cpu"
        is_network = Capability.MLP_WEIGHTS in model.capabilities
        ceiling = (4096 if is_network else 65536) if on_cpu else 1 << 20
        """A CPU multiplies fastest in batches that stay in its caches; anything else gains from large ones."""
        self.batch = min(ceiling, compute.rows_per_call(model.row_bytes + 24 * rows.shape[1]))
        self._shifted = torch.tensor([shift is not None for shift in moved.shift])
        self._singles = _Singles(self) if bool(moved.still.any()) else None
        self._network = _Network(cast(Perceptron, model), rows, moved) if is_network and self._shifted.any() else None

    def __call__(
        self, subsets: Int[Tensor, "subsets order"], start: int, stop: int
    ) -> Float[Tensor, "members subsets rows"]:
        """Joint effects of `subsets` on the rows `start` to `stop`, in the unit of the score, float64 on the CPU."""
        order = subsets.shape[1]
        effects = torch.empty(self.model.n_members, len(subsets), stop - start, dtype=torch.float64)
        by_weights = self._shifted[subsets].all(1, keepdim=True)
        marks = torch.cat([by_weights, self.moves.still[subsets]], 1) if order == 2 else by_weights
        for mark in marks.unique(dim=0):
            chosen = (marks == mark).all(1).nonzero()[:, 0]
            some = subsets[chosen]
            if order == 2:
                effects[:, chosen] = self._of_pairs(some, mark.tolist(), start, stop)
            else:
                corners: list[Corner] = list(itertools.product((0, 1), repeat=order))
                effects[:, chosen] = self._corners(some, corners, start, stop, by_weights=bool(mark))
        negligible = ROUNDING * 2.0 ** (order - 2) * self.epsilon * (self.scale or 0.0)
        return effects.where(effects.abs() > negligible, 0.0)

    def cost(self, subsets: Int[Tensor, "subsets order"]) -> Int[Tensor, " subsets"]:
        """Evaluations per pull of each set, those that pairs share aside."""
        if subsets.shape[1] != 2:
            return torch.full((len(subsets),), 2 ** subsets.shape[1])
        return 4 // (1 + self.moves.still[subsets].long()).prod(1)

    def shared_cost(self) -> int:
        """Evaluations per row that all pairs share."""
        if self._singles is None:
            return 0
        return int(1 + self.moves.still.sum() + 2 * (~self.moves.still).sum())

    def _of_pairs(self, pairs: Tensor, mark: list[bool], start: int, stop: int) -> Tensor:
        """Pairs of one kind (whether both are shifted, and which of them are still): the corners in which no feature is
        at its row's own value are evaluated, the others looked up."""
        by_weights, still = mark[0], (mark[1], mark[2])
        own = [(a, b) for a in (0, 1) if a or not still[0] for b in (0, 1) if b or not still[1]]
        effects = self._corners(pairs, own, start, stop, by_weights=by_weights and not any(still))
        if self._singles is not None and any(still):
            low, high, base = self._singles(start, stop)
            first, second = pairs[:, 0], pairs[:, 1]
            if still == (True, True):
                effects += base[:, None] - high[:, first] - high[:, second]
            elif still[0]:
                effects += low[:, second] - high[:, second]
            else:
                effects += low[:, first] - high[:, first]
        return effects

    def _corners(self, subsets: Tensor, corners: list[Corner], start: int, stop: int, *, by_weights: bool) -> Tensor:
        """The signed sum of the given corners; `by_weights` where every feature is shifted, in all corners."""
        signs = torch.tensor([(-1.0) ** corner.count(0) for corner in corners], dtype=torch.float64)
        blocks_of_rows = []
        width = max(1, self.batch // len(corners))
        for begin in range(start, stop, width):
            end = min(stop, begin + width)
            block = max(1, width // (end - begin))
            parts = []
            for some in subsets.split(block):
                scores = self._scores(some, corners, begin, end, by_weights)
                parts.append(torch.einsum("mscr,c->msr", scores.double().cpu(), signs))
            blocks_of_rows.append(torch.cat(parts, 1))
        return torch.cat(blocks_of_rows, 2)

    def _scores(self, subsets: Tensor, corners: list[Corner], start: int, stop: int, by_weights: bool) -> Tensor:
        shape = (len(subsets), len(corners), stop - start)
        self.evaluations += shape[0] * shape[1] * shape[2]
        if self._network is not None and by_weights:
            scores = self._network.scores(subsets, start, stop)
        else:
            scores = self.model.scores(self._corner_rows(subsets, corners, start, stop).flatten(0, 2))
        if self.scale is None:
            self.scale = float(scores.abs().max())
        self.epsilon = max(self.epsilon, _precision(scores))
        return scores.reshape(self.model.n_members, *shape)

    def _corner_rows(self, subsets: Tensor, corners: list[Corner], start: int, stop: int) -> Tensor:
        """The rows to evaluate, (subsets, corners, rows, features): the background rows with some features moved."""
        values = torch.stack([self.moves.low[start:stop], self.moves.high[start:stop]])
        rows = self.rows[start:stop].repeat(len(subsets), len(corners), 1, 1)
        for position in range(subsets.shape[1]):
            at = torch.tensor([corner[position] for corner in corners])
            moved = values[at][:, :, subsets[:, position]].permute(2, 0, 1)
            index = subsets[:, position, None, None, None].expand(*moved.shape, 1)
            rows.scatter_(3, index, moved[..., None])
        return rows


def _precision(scores: Tensor) -> float:
    """The distance between neighbouring scores, relative: numbers that all fit into float32 were computed in it."""
    narrow = scores.dtype == torch.float64 and bool((scores.float().double() == scores).all())
    return torch.finfo(torch.float32 if narrow else scores.dtype).eps


class _Singles:
    """Scores with one feature moved, and with none, kept for all rows asked for so far."""

    def __init__(self, differences: MixedDifferences) -> None:
        self.of = differences
        n_members, n_features = differences.model.n_members, differences.rows.shape[1]
        self.low = torch.empty(n_members, n_features, 0, dtype=torch.float64)
        self.high, self.base = self.low.clone(), self.low[:, 0].clone()

    def __call__(self, start: int, stop: int) -> tuple[Tensor, Tensor, Tensor]:
        have = self.base.shape[1]
        if stop > have:
            low, high, base = self._evaluate(have, stop)
            self.low, self.high = torch.cat([self.low, low], 2), torch.cat([self.high, high], 2)
            self.base = torch.cat([self.base, base], 1)
        return self.low[:, :, start:stop], self.high[:, :, start:stop], self.base[:, start:stop]

    def _evaluate(self, start: int, stop: int) -> tuple[Tensor, Tensor, Tensor]:
        rows, moved = self.of.rows[start:stop], self.of.moves
        base = self._scores(rows)
        high = self._moved(rows, moved.high[start:stop], torch.arange(rows.shape[1]))
        low = base[:, None].expand_as(high).clone()
        shifted = (~moved.still).nonzero()[:, 0]
        if len(shifted):
            low[:, shifted] = self._moved(rows, moved.low[start:stop], shifted)
        return low, high, base

    def _moved(self, rows: Tensor, values: Tensor, features: Tensor) -> Tensor:
        many = rows.repeat(len(features), 1, 1)
        index = features[:, None, None].expand(-1, len(rows), 1)
        many.scatter_(2, index, values[:, features].T[..., None])
        return self._scores(many.flatten(0, 1)).reshape(-1, len(features), len(rows))

    def _scores(self, rows: Tensor) -> Tensor:
        self.of.evaluations += len(rows)
        return torch.cat([self.of.model.scores(part).double().cpu() for part in rows.split(self.of.batch)], 1)


class _Network:
    """A perceptron's corners from its first-layer sums: W x + b, plus a multiple of one weight column per moved
    feature."""

    def __init__(self, model: Perceptron, rows: Tensor, moved: Moves) -> None:
        self.model = model
        dtype = model.weights[0].dtype
        encoded = encode(model.space, rows.to(model.device), dtype)
        self.first = mlp.forward(model.weights[:1], model.biases[:1], "identity", encoded)
        columns = torch.tensor([group.start for group in model.space.groups])
        shifts = torch.tensor([shift or (0.0, 0.0) for shift in moved.shift], dtype=dtype, device=model.device)
        scales = torch.as_tensor(model.space.scales, device=model.device).to(dtype)  # of the network, not of the table
        self.steps = model.weights[0].mT[:, columns, None, :] * (shifts / scales[:, None])[:, :, None]

    def scores(self, subsets: Tensor, start: int, stop: int) -> Tensor:
        """Scores (members, subsets * corners * rows) of all corners of sets of shifted features, the first feature's
        place the slowest to change."""
        subsets = subsets.to(self.steps.device)
        outputs = []
        for member, (steps, first) in enumerate(zip(self.steps, self.first[:, start:stop], strict=True)):
            corners = steps[subsets[:, 0]]
            for position in range(1, subsets.shape[1]):
                corners = (corners[:, :, None] + steps[subsets[:, position]][:, None]).flatten(1, 2)
            hidden = first + corners[:, :, None, :]
            hidden = mlp.activate(hidden.flatten(0, 2), self.model.activation)
            rest = slice(member, member + 1)
            weights = [weight[rest] for weight in self.model.weights[1:]]
            biases = [bias[rest] for bias in self.model.biases[1:]]
            outputs.append(mlp.forward(weights, biases, self.model.activation, hidden))
        return self.model.head(torch.cat(outputs))
