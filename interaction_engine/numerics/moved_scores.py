"""Scores of rows with some features moved: the rows are built in place in one reused buffer, or not at all.

Three ways lead to the same scores. `TableRows` builds rows of table values and works for every model. `EncodedRows`
builds the network inputs of a torch module directly, in float32. `FirstLayer` builds no rows: the first pre-activation
of a perceptron at a moved row is that of the row plus multiples of weight columns, one column per moved number and two
per moved category.

A block of evaluations is a set of subsets of features, a set of corners (for each feature of a subset: 0 at its low
value, 1 at its high value) and the rows of the stretch that was selected. Rows are the fastest to change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ..core.types import FeatureSpace, Kind, Model
from ..data.encoding import encode
from .derivatives import mlp
from .moves import Moves


@runtime_checkable
class MovedScores(Protocol):
    """Scores of moved rows of one stretch of the background rows."""

    def select(self, start: int, stop: int) -> None:
        """Prepare the rows `start` to `stop`, on which the next calls of `scores` evaluate."""
        ...

    def scores(self, subsets: Int[Tensor, "subsets order"], corners: Int[Tensor, "corners order"]) -> Tensor:
        """Scores (members, subsets * corners * rows), the rows the fastest to change.

        The caller may not keep them beyond the next call.
        """
        ...


@dataclass(frozen=True, eq=False)
class Layers:
    """What is needed of a perceptron over the encoded inputs of `space`.

    Its layers as `Perceptron` has them, and `head`, which makes scores (members, rows) of the last layer's outputs
    (members, rows, outputs).
    """

    space: FeatureSpace
    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: str
    head: Callable[[Tensor], Tensor]


class _Encoded(Model, Protocol):
    """A model that scores encoded inputs as it scores the rows that they come from."""

    def encoded_scores(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "members rows"]: ...


class Buffer:
    """Memory that is allocated once and grows when a larger block is asked for."""

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self._memory = torch.empty(0, dtype=dtype, device=device)

    def __call__(self, *shape: int) -> Tensor:
        """A contiguous tensor of `shape` with undefined content, valid until the next call."""
        size = 1
        for length in shape:
            size *= length
        if self._memory.numel() < size:
            self._memory = torch.empty(size, dtype=self._memory.dtype, device=self._memory.device)
        return self._memory[:size].view(shape)


class TableRows:
    """Rows of table values in a buffer, scored by the model: works for every model.

    Rows have the precision that the model reads (`row_dtype`, float64 where it does not name one).
    """

    def __init__(self, model: Model, rows: Float[Tensor, "rows features"], moved: Moves) -> None:
        self.model, self.rows, self.moved = model, rows, moved
        self._dtype: torch.dtype = getattr(model, "row_dtype", torch.float64)
        self._buffer = Buffer(self._dtype, torch.device("cpu"))

    def select(self, start: int, stop: int) -> None:
        """Take the rows `start` to `stop` as those that are moved."""
        self._base = self.rows[start:stop].to(self._dtype)
        self._values = _places(self.moved, start, stop).to(self._dtype)

    def scores(self, subsets: Int[Tensor, "subsets order"], corners: Int[Tensor, "corners order"]) -> Tensor:
        """Return the scores of these rows, moved to each corner: (members, subsets, corners, rows)."""
        block = _filled(self._buffer, self._base, subsets, corners)
        for position in range(subsets.shape[1]):
            features = subsets[:, position, None]
            values = self._values[corners[:, position], features]
            block.scatter_(3, features[..., None, None].expand(*values.shape, 1), values[..., None])
        return self.model.scores(block.flatten(0, 2))


class EncodedRows:
    """Network inputs in a buffer, scored by a torch module.

    Numbers are standardised and categories one-hot once per stretch of rows, not once per evaluation.
    """

    def __init__(self, model: Model, rows: Float[Tensor, "rows features"], moved: Moves) -> None:
        self.model, self.rows, self.moved = cast(_Encoded, model), rows, moved
        self._device = model.device
        self._buffer = Buffer(torch.float32, self._device)

    def select(self, start: int, stop: int) -> None:
        """Take the rows `start` to `stop` as those that are moved."""
        self._base = encode(self.model.space, self.rows[start:stop].to(self._device))
        self._columns = Columns(self.model.space, self.rows, self.moved, start, stop, self._device)
        self._values = self._columns.values(torch.float32)

    def scores(self, subsets: Int[Tensor, "subsets order"], corners: Int[Tensor, "corners order"]) -> Tensor:
        """Return the scores of these rows, moved to each corner: (members, subsets, corners, rows)."""
        subsets, corners = subsets.to(self._device), corners.to(self._device)
        block, columns = _filled(self._buffer, self._base, subsets, corners), self._columns
        for position in range(subsets.shape[1]):
            features, places = subsets[:, position, None], corners[:, position]
            if columns.has_categories:  # the own level's column is cleared before the new level's is set
                own = columns.own[features].expand(-1, len(corners), -1)
                block.scatter_(3, own[..., None], 0.0)
            block.scatter_(3, columns.moved[places, features][..., None], self._values[places, features][..., None])
        return self.model.encoded_scores(block.flatten(0, 2))


class FirstLayer:
    """A perceptron's scores from its first pre-activations W x + b.

    No row is built and no first product computed beyond that of the rows themselves.
    """

    def __init__(self, model: Layers, rows: Float[Tensor, "rows features"], moved: Moves) -> None:
        self.model, self.rows, self.moved = model, rows, moved
        weight = model.weights[0]
        self._dtype, self._device = weight.dtype, weight.device
        self._transposed = weight.mT.contiguous()
        self._hidden = Buffer(self._dtype, self._device)
        self._rest = [
            ([one[part] for one in model.weights[1:]], [one[part] for one in model.biases[1:]])
            for part in (slice(member, member + 1) for member in range(len(weight)))
        ]
        self._shifted = torch.tensor([shift is not None for shift in moved.shift], device=self._device)
        self._shifts = self._shift_columns()

    def select(self, start: int, stop: int) -> None:
        """Take the rows `start` to `stop` as those that are moved."""
        encoded = encode(self.model.space, self.rows[start:stop].to(self._device), self._dtype)
        first = mlp.forward(self.model.weights[:1], self.model.biases[:1], "identity", encoded)
        self._first = first
        self._table: Tensor | None = None
        self._stretch = (start, stop)

    def scores(self, subsets: Int[Tensor, "subsets order"], corners: Int[Tensor, "corners order"]) -> Tensor:
        """Return the scores of these rows, moved to each corner: (members, subsets, corners, rows)."""
        subsets, corners = subsets.to(self._device), corners.to(self._device)
        by_shifts = bool(self._shifted[subsets].all())
        bags = None if by_shifts else self._bags(subsets, corners)
        outputs = []
        for member, (weights, biases) in enumerate(self._rest):
            if bags is None:
                hidden = self._shifted_sums(member, subsets, corners)
            else:
                assert self._table is not None
                hidden = functional.embedding_bag(bags[0], self._table[member], mode="sum", per_sample_weights=bags[1])
            hidden = mlp.activate(hidden, self.model.activation)
            outputs.append(mlp.forward(weights, biases, self.model.activation, hidden))
        return self.model.head(outputs[0] if len(outputs) == 1 else torch.cat(outputs))

    def _shift_columns(self) -> Tensor:
        """(members, place, features, units): by what a shift to the low or high value moves the first sums."""
        space = self.model.space
        columns = torch.tensor([group.start for group in space.groups], device=self._device)
        shifts = torch.tensor([shift or (0.0, 0.0) for shift in self.moved.shift], dtype=torch.float64)
        # standard deviations of the network, which may differ from the table's
        steps = (shifts.mT / torch.as_tensor(space.scales)).to(self._device, self._dtype)
        return steps[..., None] * self._transposed[:, None, columns]

    def _shifted_sums(self, member: int, subsets: Tensor, corners: Tensor) -> Tensor:
        """First sums where every feature is moved by a constant: the same for all rows but for the rows' own sums."""
        first, shifts = self._first[member], self._shifts[member]
        hidden = self._hidden(len(subsets) * len(corners), *first.shape)
        if subsets.shape[1] == 0:
            return hidden.copy_(first.expand_as(hidden)).flatten(0, 1)
        delta = shifts[corners[:, 0], subsets[:, 0, None]]
        for position in range(1, subsets.shape[1]):
            delta = delta + shifts[corners[:, position], subsets[:, position, None]]
        return torch.add(first, delta.flatten(0, 1)[:, None], out=hidden).flatten(0, 1)

    def _bags(self, subsets: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
        """For every evaluation the rows of the table whose weighted sum is its first layer, and their weights."""
        if self._table is None:
            start, stop = self._stretch
            self._columns = Columns(self.model.space, self.rows, self.moved, start, stop, self._device)
            self._steps = self._columns.steps(self._dtype)
            self._table = torch.cat([self._first, self._transposed], dim=1)
        columns, n_rows, order = self._columns, self._first.shape[1], subsets.shape[1]
        two_columns = columns.has_categories and bool(columns.is_categorical[subsets].any())
        shape = (len(subsets), len(corners), n_rows, 1 + order * (1 + two_columns))
        indices = torch.empty(shape, dtype=torch.int64, device=self._device)
        weights = torch.empty(shape, dtype=self._dtype, device=self._device)
        indices[..., 0] = torch.arange(n_rows, device=self._device)
        weights[..., 0] = 1.0
        for position in range(order):
            features, places = subsets[:, position, None], corners[:, position]
            steps = self._steps[places, features]
            indices[..., 1 + position] = columns.moved[places, features] + n_rows
            weights[..., 1 + position] = steps
            if two_columns:
                indices[..., 1 + order + position] = columns.own[features] + n_rows
                weights[..., 1 + order + position] = -steps * columns.is_categorical[features, None]
        return indices.flatten(0, 2), weights.flatten(0, 2)


class Columns:
    """Which network inputs the rows `start` to `stop` set when a feature moves, and to what.

    `own` (features, rows) is the input column that stands for the row's own value, `moved` (place, features, rows) the
    one for its low and its high value: the same column for a number, that of another level for a category.
    """

    def __init__(
        self,
        space: FeatureSpace,
        rows: Float[Tensor, "rows features"],
        moved: Moves,
        start: int,
        stop: int,
        device: torch.device,
    ) -> None:
        categorical = torch.tensor([feature.kind is Kind.CATEGORICAL for feature in space.features], device=device)
        first = torch.tensor([group.start for group in space.groups], device=device)[:, None]
        self.has_categories = bool(categorical.any())
        self.is_categorical = categorical
        self._means, self._scales = (torch.as_tensor(one, device=device) for one in (space.means, space.scales))
        self._rows = rows[start:stop].to(device).mT.contiguous()
        self._places = _places(moved, start, stop).to(device)
        if self.has_categories:
            self.own = first + self._rows.long() * categorical[:, None]
            self.moved = first + self._places.long() * categorical[:, None]
        else:
            self.own = first.expand_as(self._rows)
            self.moved = self.own.expand_as(self._places)

    def values(self, dtype: torch.dtype) -> Float[Tensor, "2 features rows"]:
        """What the moved column is set to, computed as `encode` computes it."""
        standardised = (self._places - self._means[:, None]) / self._scales[:, None]
        return standardised.where(~self.is_categorical[:, None], 1.0).to(dtype)

    def steps(self, dtype: torch.dtype) -> Float[Tensor, "2 features rows"]:
        """By what the moved column grows.

        For a category 1, or 0 where the level stays, and the own column shrinks by as much.
        """
        distance = self._places - self._rows
        steps = (distance / self._scales[:, None]).where(~self.is_categorical[:, None], (distance != 0).double())
        return steps.to(dtype)


def _places(moved: Moves, start: int, stop: int) -> Float[Tensor, "2 features rows"]:
    """The low and the high values, rows last, so that the values of one feature lie together."""
    return torch.stack([moved.low[start:stop].mT, moved.high[start:stop].mT])


def _filled(buffer: Buffer, base: Tensor, subsets: Tensor, corners: Tensor) -> Tensor:
    """A block (subsets, corners, rows, columns) of the buffer that holds the rows `base` as they are."""
    block = buffer(len(subsets), len(corners), *base.shape)
    return block.copy_(base.expand_as(block))


def corner_tensor(corners: Sequence[tuple[int, ...]]) -> Int[Tensor, "corners order"]:
    """Corners as a tensor, also where there is none or no feature."""
    return torch.tensor(corners, dtype=torch.int64).reshape(len(corners), -1)
