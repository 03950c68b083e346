"""Joint effects of many sets of features on many rows, in few large model calls: mixed differences of any order.

With low and high values l and u of the k features of a set, and the row's own values elsewhere, the joint effect is the
sum over the 2^k corners of F with the sign (-1)^(number of features at l): the part of F that no sum of functions of
fewer of these features explains (ParaACE paper, Theorem 3.1 for k = 2, equation 8 for k = 3).

What pairs have in common is evaluated once: where a feature's low value is the row's own, the corners with one moved
feature are shared by all pairs of that feature. How the moved rows are scored, and where they are never built, is in
`moved_scores`.
"""

import itertools
from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.compute import Compute
from ..core.errors import InteractionError, ModelError
from ..core.types import Capability, Model, Perceptron
from .leaf_differences import LeafDifferences
from .moved_scores import EncodedRows, FirstLayer, Layers, MovedScores, TableRows, corner_tensor
from .moves import Moves

ROUNDING = 16.0
"""Joint effects of pairs below this many units in the last place of a typical score are rounding errors, and set to
zero; a corner more or less is as much more or less rounding."""

CACHED_BYTES = 14_000_000
"""Activations of two neighbouring layers in one call of a network on the CPU. Larger calls leave the processor's
caches and fall to half the speed; much smaller ones spend their time in arranging the weights anew."""

NETWORK_ROWS = (512, 8192)
"""Fewest and most rows per call of a network on the CPU: fewer do not fill the matrix product, more gain nothing."""

BAG_BYTES = 128
"""Memory per evaluation of what names the weight columns to add, for sets of up to five features."""

LEAST_STRETCH = 256
"""Rows of a block when there are many subsets: preparing them costs little beside their evaluations, and what is
prepared stays in the caches."""

PROBED = 512
"""Moved rows on which a perceptron that was recognised in a torch module is compared with the module itself, at least
one per feature."""

SAME = 1e-4
"""Largest difference, relative to the largest score, between a module and the perceptron recognised in it."""

GATHERED = 1 << 20
"""Kept scores that are looked up together."""

Corner = tuple[int, ...]
"""Where each feature of a set stands: 0 at its low value, 1 at its high one."""


class MixedDifferences:
    """Joint effects of sets of features of one order, row by row.

    For pairs F(u_i,u_j) - F(u_i,l_j) - F(l_i,u_j) + F(l_i,l_j).

    Args:
        model: Any model. Perceptrons, also those recognised in a torch module, are evaluated from their first
            pre-activations; torch modules from encoded rows; all others from rows of table values.
        rows: Background rows in table values, float64.
        moved: Low and high value of every feature in every row.
        compute: Memory budget; it bounds the rows of a call.
        leaves: Gives the joint effects of a sum of trees from its leaves; used where that is less work.

    Attributes:
        evaluations: Scores that the joint effects are made of, once per row whatever the number of members: computed by
            the model, or, where effects come from the leaves of trees, spared.
        scale: Size of a typical score, taken from the first ones seen: scores that cancel leave rounding errors of
            that size. None before the first call.
        epsilon: Relative precision of the scores seen so far.
        batch: Evaluations per call of the model.
        spared: How many of the evaluations were not made, since the leaves gave their sum.
    """

    def __init__(
        self,
        model: Model,
        rows: Float[Tensor, "rows features"],
        moved: Moves,
        compute: Compute,
        leaves: LeafDifferences | None = None,
    ) -> None:
        self.model, self.rows, self.moves = model, rows, moved
        self.evaluations = self.spared = 0
        self.scale: float | None = None
        self.epsilon = 0.0
        self._shifted = torch.tensor([shift is not None for shift in moved.shift])
        self._singles = _Singles(self) if bool(moved.still.any()) else None
        self._leaves = leaves
        self._network: MovedScores | None = None
        self._rows: MovedScores
        if getattr(model, "takes_encoded", False):
            self._rows = EncodedRows(model, rows, moved)
        else:
            self._rows = TableRows(model, rows, moved)
        layers = self._layers()
        if layers is not None:
            self._network = FirstLayer(layers, rows, moved)
        self.batch = min(self._ceiling(layers), compute.rows_per_call(model.row_bytes + 24 * rows.shape[1] + BAG_BYTES))
        self._probe()

    def __call__(
        self, subsets: Int[Tensor, "subsets order"], start: int, stop: int
    ) -> Float[Tensor, "members subsets rows"]:
        """Joint effects of `subsets` on the rows `start` to `stop`, in the unit of the score, float64 on the CPU.

        Raises:
            ModelError: The model fails, or its scores of moved rows are not finite.
        """
        order = subsets.shape[1]
        if self._leaves is not None and self.reads_leaves(subsets):
            try:
                return self._from_leaves(self._leaves, subsets, start, stop)
            except Exception:  # what the trees see is computed by other libraries: the model is asked from now on
                self._leaves = None
        effects = torch.empty(self.model.n_members, len(subsets), stop - start, dtype=torch.float64)
        # pairs of one kind share the corners to evaluate; larger sets of shifted features alone need no bags
        marks = self.moves.still[subsets] if order == 2 else self._shifted[subsets].all(1, keepdim=True)
        with torch.inference_mode():
            for mark in itertools.product((False, True), repeat=marks.shape[1]):
                chosen = (marks == torch.tensor(mark)).all(1).nonzero()[:, 0]
                if not len(chosen):
                    continue
                whole = len(chosen) == len(subsets)
                part = effects if whole else effects.new_empty(len(effects), len(chosen), stop - start)
                if order == 2:
                    self._of_pairs(part, subsets[chosen], (mark[0], mark[-1]), start, stop)
                else:
                    corners: list[Corner] = list(itertools.product((0, 1), repeat=order))
                    self._corners(part, subsets[chosen], corners, start, stop)
                if not whole:
                    effects[:, chosen] = part
            if not effects.isfinite().all():
                raise ModelError(
                    f"The model `{self.model.name}` must return finite numbers for moved rows; it returned NaN, "
                    "infinity or numbers too large to subtract. Use a smaller step, or another model."
                )
            negligible = self.rounding * 2.0 ** (order - 2)
            return effects.masked_fill_(~(effects.abs() > negligible), 0.0)

    def reads_leaves(self, subsets: Int[Tensor, "subsets order"]) -> bool:
        """Return whether the joint effects of `subsets` come from the leaves of trees, without asking the model."""
        return self._leaves is not None and self._leaves.serves(subsets, int(self.cost(subsets).sum()))

    def _from_leaves(self, leaves: LeafDifferences, subsets: Tensor, start: int, stop: int) -> Tensor:
        """The joint effects of `subsets` (1, subsets, rows) in a sum of trees; what rounding leaves is set to zero."""
        effects = leaves(subsets, start, stop)
        evaluations = int(self.cost(subsets).sum()) * (stop - start)
        self.evaluations += evaluations
        self.spared += evaluations
        self.scale = self.scale or leaves.size
        negligible = ROUNDING * torch.finfo(torch.float64).eps * leaves.size * 2.0 ** (subsets.shape[1] - 2)
        return effects.masked_fill_(effects.abs() <= negligible, 0.0)[None]

    @property
    def rounding(self) -> float:
        """Joint effects of pairs below this, in the unit of the score, are rounding errors, and set to zero."""
        return ROUNDING * self.epsilon * (self.scale or 0.0)

    def cost(self, subsets: Int[Tensor, "subsets order"]) -> Int[Tensor, " subsets"]:
        """Evaluations per pull of each set, those that pairs share aside."""
        if subsets.shape[1] != 2:
            return torch.full((len(subsets),), 2 ** subsets.shape[1])
        return 4 // (1 + self.moves.still[subsets].long()).prod(1)

    def shared_cost(self) -> int:
        """Evaluations per row that all pairs share; a row costs less when not all pairs are evaluated on it."""
        n_still, n_moved = int(self.moves.still.sum()), int((~self.moves.still).sum())
        of_still = 1 + n_still if n_still > 1 else 0
        return of_still + (2 * n_moved if n_still else 0)

    def _layers(self) -> Layers | None:
        """The perceptron that the model is, or that a torch module turns out to be."""
        if Capability.MLP_WEIGHTS in self.model.capabilities:
            own = cast(Perceptron, self.model)
            return Layers(own.space, own.weights, own.biases, own.activation, own.head)
        recognise = getattr(self.model, "perceptron", None)
        return None if recognise is None else recognise()

    def _ceiling(self, layers: Layers | None) -> int:
        """Return the most evaluations per call.

        Networks on a CPU multiply fastest in its caches, anything else gains from large calls.
        """
        if self.model.device.type != "cpu":
            return 1 << 20
        if layers is None and not isinstance(self._rows, EncodedRows):
            return getattr(self.model, "rows_at_once", None) or 1 << 16
        if layers is None:
            row_bytes = self.model.row_bytes // 2  # it allows for float64
        else:
            widest = sorted(max(weight.shape[1:]) for weight in layers.weights[1:])[-2:]
            row_bytes = layers.weights[0].element_size() * sum(widest)
        fewest, most = NETWORK_ROWS
        return max(fewest, min(most, CACHED_BYTES // row_bytes))

    def _probe(self) -> None:
        """Give up a perceptron that was recognised in a module unless it scores as the module does.

        The check is made on rows, moved and not.
        """
        if self._network is None or Capability.MLP_WEIGHTS in self.model.capabilities:
            return
        features = torch.arange(self.rows.shape[1])[:, None]
        n_rows = min(len(self.rows), max(1, PROBED // len(features)))
        for way in (self._network, self._rows):
            way.select(0, n_rows)
        try:
            with torch.inference_mode():
                for some in features.split(max(1, self.batch // n_rows)):
                    for corner in (0, 1):
                        ours, theirs = (
                            way.scores(some, corner_tensor([(corner,)])).double() for way in (self._network, self._rows)
                        )
                        if not (ours - theirs).abs().max() <= SAME * theirs.abs().max():
                            self._network = None
                            return
        except InteractionError:
            self._network = None

    def _of_pairs(self, out: Tensor, pairs: Tensor, still: tuple[bool, bool], start: int, stop: int) -> None:
        """Return the joint effects of pairs of one kind.

        The corners in which no feature is at its row's own value are evaluated, the others looked up.
        """
        own = [(a, b) for a in (0, 1) if a or not still[0] for b in (0, 1) if b or not still[1]]
        self._corners(out, pairs, own, start, stop)
        if self._singles is None or not any(still):
            return
        first, second = pairs[:, 0], pairs[:, 1]
        if still == (True, True):
            self._singles.add(out, [("base", first, 1.0), ("high", first, -1.0), ("high", second, -1.0)], start, stop)
        else:
            other = second if still[0] else first
            self._singles.add(out, [("low", other, 1.0), ("high", other, -1.0)], start, stop)

    def _corners(self, out: Tensor, subsets: Tensor, corners: list[Corner], start: int, stop: int) -> None:
        """Write the signed sum of the given corners to `out` (members, subsets, rows)."""
        signs = torch.tensor([(-1.0) ** corner.count(0) for corner in corners], dtype=torch.float64)
        for some, rows, scores in self.blocks(subsets, corner_tensor(corners), start, stop):
            signed = scores * signs.to(scores.device)[:, None]
            out[:, some, rows.start - start : rows.stop - start] = signed.sum(2)

    def blocks(
        self, subsets: Tensor, corners: Tensor, start: int, stop: int
    ) -> Iterator[tuple[slice, slice, Float[Tensor, "members subsets corners rows"]]]:
        """Yield the scores of all `subsets` at all `corners` on the rows `start` to `stop`.

        Block by block: which subsets, which rows, and their scores.
        """
        if not len(subsets):
            return
        most = max(1, self.batch // len(corners))
        length = _even(stop - start, min(most, max(LEAST_STRETCH, most // len(subsets))))
        width = _even(len(subsets), max(1, most // length))
        for begin in range(start, stop, length):
            end = min(stop, begin + length)
            way = self._network if self._network is not None else self._rows
            way.select(begin, end)
            for first in range(0, len(subsets), width):
                some = slice(first, min(len(subsets), first + width))
                scores = way.scores(subsets[some], corners)
                self._note(scores)
                shape = (self.model.n_members, some.stop - some.start, len(corners), end - begin)
                yield some, slice(begin, end), scores.view(shape)

    def _note(self, scores: Tensor) -> None:
        """Count evaluations, and learn the size and the precision of the scores."""
        self.evaluations += scores.shape[1]
        if self.scale is None:
            self.scale = float(scores.abs().max())
        if self.epsilon == 0.0 or self.epsilon > torch.finfo(torch.float64).eps:
            # Scores that happen to fit into float32, as whole numbers do, do not prove that all were computed in it.
            precision = _precision(scores)
            self.epsilon = precision if self.epsilon == 0.0 else min(self.epsilon, precision)


def _even(total: int, most: int) -> int:
    """The length of equal parts, none longer than `most`."""
    return max(1, -(-total // max(1, -(-total // most))))


def _precision(scores: Tensor) -> float:
    """The distance between neighbouring scores, relative: numbers that all fit into float32 were computed in it."""
    narrow = scores.dtype == torch.float64 and bool((scores.float().double() == scores).all())
    return torch.finfo(torch.float32 if narrow else scores.dtype).eps


class _Singles:
    """Scores with one feature moved, and with none, kept for the features and rows asked for so far.

    Each feature has a slot for its high value and, where its low value is not the row's own, one for the low value; the
    last slot is the row itself. Only what a call needs is evaluated: a race pulls few arms on late rows.
    """

    def __init__(self, differences: MixedDifferences) -> None:
        self.of = differences
        moved = ~differences.moves.still
        self.moved = moved.nonzero()[:, 0]
        n_features = len(moved)
        self.low = torch.where(moved, n_features + moved.cumsum(0) - 1, -1)
        self.base = n_features + int(moved.sum())
        self.known = torch.zeros(self.base + 1, 0, dtype=torch.bool)
        self.values = torch.empty(differences.model.n_members, self.base + 1, 0)

    def add(self, out: Tensor, terms: list[tuple[str, Tensor, float]], start: int, stop: int) -> None:
        """Add to `out` (members, subsets, rows) the scores of each term, (kind, feature of each subset, sign)."""
        slots = [self._slots(kind, features) for kind, features, _ in terms]
        self._evaluate(torch.cat(slots).unique(), start, stop)
        width = max(1, GATHERED // max(1, stop - start))
        for begin in range(0, out.shape[1], width):
            part = out[:, begin : begin + width]
            for slot, (_, _, sign) in zip(slots, terms, strict=True):
                part.add_(self.values[:, slot[begin : begin + width], start:stop], alpha=sign)

    def _slots(self, kind: str, features: Tensor) -> Tensor:
        if kind == "base":
            return torch.full_like(features, self.base)
        return features if kind == "high" else self.low[features]

    def _evaluate(self, slots: Tensor, start: int, stop: int) -> None:
        """Evaluate what is not known yet, in stretches of rows in which the same slots are missing."""
        self._grow(stop)
        missing = ~self.known[slots, start:stop]
        if not missing.any():
            return
        changes = (missing[:, 1:] != missing[:, :-1]).any(0).nonzero()[:, 0] + 1
        for begin, end in pairwise([0, *changes.tolist(), stop - start]):
            some = slots[missing[:, begin]]
            rows = slice(start + begin, start + end)
            n_features = len(self.low)
            high, low = some[some < n_features], some[(some >= n_features) & (some < self.base)]
            self._store(high, high[:, None], [(1,)], rows)
            self._store(low, self.moved[low - n_features, None], [(0,)], rows)
            base = some[some == self.base]
            self._store(base, base.new_empty(len(base), 0), [()], rows)

    def _store(self, slots: Tensor, subsets: Tensor, corners: list[Corner], within: slice) -> None:
        for some, rows, scores in self.of.blocks(subsets, corner_tensor(corners), within.start, within.stop):
            if scores.dtype != self.values.dtype:  # of the first scores
                self.values = self.values.to(scores.dtype)
            self.values[:, slots[some], rows] = scores[:, :, 0].cpu()
        self.known[slots, within] = True

    def _grow(self, stop: int) -> None:
        """Make room for the rows below `stop`: at least twice as many as before, so that copying stays linear."""
        have, most = self.known.shape[1], len(self.of.rows)
        if stop <= have:
            return
        more = min(most, max(stop, 2 * have)) - have
        self.known = torch.cat([self.known, self.known.new_zeros(len(self.known), more)], 1)
        self.values = torch.cat([self.values, self.values.new_empty(*self.values.shape[:2], more)], 2)
