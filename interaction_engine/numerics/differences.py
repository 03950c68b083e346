"""Joint effects of many pairs of features on many rows, in few large model calls.

What pairs have in common is evaluated once: where a feature's low value is the row's own, the corners with one moved
feature are shared by all pairs of that feature. For a multilayer perceptron the first layer of a shifted row is that of
the row plus multiples of weight columns, so no first product is computed at all.
"""

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
"""Joint effects below this many units in the last place of a typical score are rounding errors, and set to zero."""

SIGNS = (1.0, -1.0, -1.0, 1.0)
"""Signs of the corners (low, low), (low, high), (high, low), (high, high)."""


class PairDifferences:
    """Joint effects F(u_i,u_j) - F(u_i,l_j) - F(l_i,u_j) + F(l_i,l_j) of pairs of features, row by row.

    `evaluations` counts the scores asked of the model, once per row whatever the number of its members. `scale` is the
    size of a typical score, taken from the first ones seen: four scores that cancel leave rounding errors of that size.
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
        self._singles = _Singles(self) if bool(moved.still.any()) else None
        self._network = _Network(cast(Perceptron, model), rows, moved) if is_network and not moved.still.all() else None

    def __call__(self, pairs: Int[Tensor, "pairs 2"], start: int, stop: int) -> Float[Tensor, "members pairs rows"]:
        """Joint effects of `pairs` on the rows `start` to `stop`, in the unit of the score, float64 on the CPU."""
        effects = torch.empty(self.model.n_members, len(pairs), stop - start, dtype=torch.float64)
        still = self.moves.still[pairs]
        for kind in ((False, False), (False, True), (True, False), (True, True)):
            chosen = ((still[:, 0] == kind[0]) & (still[:, 1] == kind[1])).nonzero()[:, 0]
            if len(chosen):
                effects[:, chosen] = self._of_kind(pairs[chosen], kind, start, stop)
        negligible = ROUNDING * self.epsilon * (self.scale or 0.0)
        return effects.where(effects.abs() > negligible, 0.0)

    def cost(self, pairs: Int[Tensor, "pairs 2"]) -> Int[Tensor, " pairs"]:
        """Evaluations per pull of each pair, the shared ones aside."""
        return 4 // (1 + self.moves.still[pairs].long()).prod(1)

    def shared_cost(self) -> int:
        """Evaluations per row that all pairs share."""
        if self._singles is None:
            return 0
        return int(1 + self.moves.still.sum() + 2 * (~self.moves.still).sum())

    def _of_kind(self, pairs: Tensor, still: tuple[bool, bool], start: int, stop: int) -> Tensor:
        """Pairs of one kind: the corners in which no feature is at its row's own value are evaluated, the others
        looked up."""
        own = [(a, b) for a in (0, 1) if a or not still[0] for b in (0, 1) if b or not still[1]]
        effects = self._corners(pairs, own, start, stop)
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

    def _corners(self, pairs: Tensor, corners: list[tuple[int, int]], start: int, stop: int) -> Tensor:
        """The signed sum of the given corners, each (first at low 0 or high 1, second likewise)."""
        signs = torch.tensor([SIGNS[2 * a + b] for a, b in corners], dtype=torch.float64)
        blocks_of_rows = []
        width = max(1, self.batch // len(corners))
        for begin in range(start, stop, width):
            end = min(stop, begin + width)
            block = max(1, width // (end - begin))
            parts = []
            for some in pairs.split(block):
                scores = self._scores(some, corners, begin, end)
                parts.append(torch.einsum("mpcr,c->mpr", scores.double().cpu(), signs))
            blocks_of_rows.append(torch.cat(parts, 1))
        return torch.cat(blocks_of_rows, 2)

    def _scores(self, pairs: Tensor, corners: list[tuple[int, int]], start: int, stop: int) -> Tensor:
        shape = (len(pairs), len(corners), stop - start)
        self.evaluations += shape[0] * shape[1] * shape[2]
        if self._network is not None and len(corners) == 4:
            scores = self._network.scores(pairs, start, stop)
        else:
            scores = self.model.scores(self._corner_rows(pairs, corners, start, stop).flatten(0, 2))
        if self.scale is None:
            self.scale = float(scores.abs().max())
        self.epsilon = torch.finfo(scores.dtype).eps
        return scores.reshape(self.model.n_members, *shape)

    def _corner_rows(self, pairs: Tensor, corners: list[tuple[int, int]], start: int, stop: int) -> Tensor:
        """The rows to evaluate, (pairs, corners, rows, features): the background rows with two features moved."""
        values = torch.stack([self.moves.low[start:stop], self.moves.high[start:stop]])
        rows = self.rows[start:stop].repeat(len(pairs), len(corners), 1, 1)
        for position in (0, 1):
            at = torch.tensor([corner[position] for corner in corners])
            moved = values[at][:, :, pairs[:, position]].permute(2, 0, 1)
            index = pairs[:, position, None, None, None].expand(*moved.shape, 1)
            rows.scatter_(3, index, moved[..., None])
        return rows


class _Singles:
    """Scores with one feature moved, and with none, kept for all rows asked for so far."""

    def __init__(self, differences: PairDifferences) -> None:
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
        encoded = encode(model.space, rows.to(model.device))
        self.first = mlp.forward(model.weights[:1], model.biases[:1], "identity", encoded)
        columns = torch.tensor([group.start for group in model.space.groups])
        shifts = torch.tensor([shift or (0.0, 0.0) for shift in moved.shift], dtype=torch.float32, device=model.device)
        self.steps = model.weights[0].mT[:, columns, None, :] * shifts[:, :, None]

    def scores(self, pairs: Tensor, start: int, stop: int) -> Tensor:
        """Scores (members, pairs * corners * rows) of all four corners of pairs of shifted features."""
        pairs = pairs.to(self.steps.device)
        outputs = []
        for member, (steps, first) in enumerate(zip(self.steps, self.first[:, start:stop], strict=True)):
            corners = steps[pairs[:, 0], :, None] + steps[pairs[:, 1], None, :]
            hidden = first + corners.flatten(1, 2)[:, :, None, :]
            hidden = mlp.activate(hidden.flatten(0, 2), self.model.activation)
            rest = slice(member, member + 1)
            weights = [weight[rest] for weight in self.model.weights[1:]]
            biases = [bias[rest] for bias in self.model.biases[1:]]
            outputs.append(mlp.forward(weights, biases, self.model.activation, hidden))
        return self.model.head(torch.cat(outputs))
