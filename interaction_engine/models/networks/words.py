"""A small network for tables with a text column: words embedded, three at a time seen together, the strongest kept."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor
from torch.nn import functional

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Target
from ...data.encoding import encode
from ...data.words import NONE, OTHER, WordColumn, word_columns
from ..base import TabularModel
from .convolution import fit
from .mlp import TrainingRecord, n_outputs

DIMENSIONS, FILTERS, UNITS = 32, 64, 64
"""Numbers per word, patterns of three words, and units of the hidden layer, unless asked otherwise."""

WIDTH = 3
"""Words that one filter sees: enough for "not very good"."""

ROWS_PER_CALL = 1024
"""Texts per product: more of them leave the processor's cache."""


@dataclass(frozen=True, eq=False)
class WordNet(TabularModel):
    """Words embedded, a convolution over three of them, ReLU, the maximum over all places; beside them the encoded
    other features; then a hidden layer with ReLU, and a linear one. Implements `Model`.

    `weights` are, for t text columns, t embeddings (levels, dimensions), t kernels (filters, dimensions, 3), the
    hidden layer's matrix and the last one's, `biases` a vector for each but the embeddings, all float32. A place
    without a word is the vector 0. The score is that of an `Mlp`: `scale * output + shift`, or the log-odds of
    `class_index`.
    """

    space: FeatureSpace
    target: Target
    weights: tuple[Float[Tensor, "_ ..."], ...]
    biases: tuple[Float[Tensor, " _"], ...]
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "words"
    record: TrainingRecord | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS})

    def __post_init__(self) -> None:
        found = [tuple(weight.shape) for weight in self.weights]
        n_texts = len(self.texts)
        whole = len(found) == 2 * n_texts + 2 and len(found[n_texts]) == 3 and len(found[-2]) == 2
        if (
            not whole
            or found != shapes(self.space, self.target, *_sizes(found))
            or not fit(found[n_texts:], self.biases)
        ):
            raise InputError(
                f"The network's weights of the shapes {found} do not fit its {n_texts} texts and the target "
                f"`{self.target.name}`; use the network's own features."
            )

    @property
    def texts(self) -> tuple[WordColumn, ...]:
        return texts_of(self.space)

    @property
    def n_parameters(self) -> int:
        return sum(tensor.numel() for tensor in (*self.weights, *self.biases))

    @property
    def row_bytes(self) -> int:
        places = max(len(text.places) for text in self.texts)
        dimensions, filters, units = _sizes([tuple(weight.shape) for weight in self.weights])
        return 4 * places * (2 * dimensions + 2 * filters) + 4 * units + 16 * len(self.space)

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, without gradients."""
        with torch.inference_mode():
            parts = rows.split(ROWS_PER_CALL)
            return torch.cat([self.head(self.outputs(self.inputs(part))) for part in parts])[None]

    def inputs(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows inputs"]:
        """What the network sees of rows of the table: the level indices of all texts, then the others encoded."""
        return network_inputs(self.space, rows.to(self.device))

    def outputs(self, inputs: Float[Tensor, "rows inputs"]) -> Float[Tensor, "rows outputs"]:
        """The last layer's outputs; differentiable in the weights."""
        texts, start, parts = self.texts, 0, []
        for place, text in enumerate(texts):
            embedded = self._embedded(place, inputs[:, start : start + len(text.places)])
            start += len(text.places)
            kernel, bias = self.weights[len(texts) + place], self.biases[place]
            parts.append(strongest(functional.conv1d(embedded.mT, kernel, bias, padding=WIDTH // 2).mT))
        return self._after(torch.cat([*parts, inputs[:, start:]], dim=1))

    def encoded(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows columns"]:
        """Rows of the table as numbers in which the score has derivatives: each word by its embedding (the vector 0
        where there is none), the other features encoded; feature by feature (`owners`)."""
        inputs = self.inputs(rows)
        n_words = sum(len(text.places) for text in self.texts)
        starts = itertools.accumulate((len(text.places) for text in self.texts), initial=0)
        parts = [
            self._embedded(place, inputs[:, start : start + len(text.places)]).flatten(1)
            for place, (text, start) in enumerate(zip(self.texts, starts, strict=False))
        ]
        return torch.cat([*parts, inputs[:, n_words:]], dim=1)[:, self._order]

    @property
    def owners(self) -> Int[Tensor, " columns"]:
        """The feature of each column of `encoded`."""
        return self._columns[self._order]

    def score_encoded(
        self, encoded: Float[Tensor, "rows columns"], pool: Callable[[Tensor], Tensor] | None = None
    ) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows; differentiable in them, as often as `pool` is: what is made of the patterns' values
        (rows, places, filters) over the places, the largest above 0 unless told otherwise."""
        values = encoded[:, self._order.argsort()]
        dimensions, start, parts = self.weights[0].shape[1], 0, []
        for place, text in enumerate(self.texts):
            stop = start + len(text.places) * dimensions
            words = values[:, start:stop].unflatten(1, (len(text.places), dimensions))
            around = functional.pad(words, (0, 0, WIDTH // 2, WIDTH // 2))
            windows = [around[:, step : step + len(text.places)] for step in range(WIDTH)]
            kernel, bias = self.weights[len(self.texts) + place], self.biases[place]
            seen = torch.cat(windows, dim=2) @ kernel.permute(2, 1, 0).flatten(0, 1) + bias
            parts.append((pool or strongest)(seen))
            start = stop
        return self.head(self._after(torch.cat([*parts, values[:, start:]], dim=1)))[None]

    def for_space(self, space: FeatureSpace) -> "WordNet":
        """The same network on texts of other vocabularies and lengths: words that it never learnt count as unknown.

        `space` has the same texts and other features in the same order.
        """
        embeddings = []
        for own, new, weight in zip(self.texts, texts_of(space), self.weights, strict=False):
            index = {word: place for place, word in enumerate(own.levels)}
            embeddings.append(weight[[index.get(word, OTHER) for word in new.levels]])
        return replace(self, space=space, weights=(*embeddings, *self.weights[len(embeddings) :]))

    def _embedded(self, place: int, words: Float[Tensor, "rows places"]) -> Float[Tensor, "rows places dimensions"]:
        """The embeddings of level indices of one text."""
        found = words.long()
        return functional.embedding(found, self.weights[place]) * (found != NONE).unsqueeze(-1)

    def _after(self, units: Float[Tensor, "rows units"]) -> Float[Tensor, "rows outputs"]:
        """What the last two layers make of the patterns' strongest values and the other features."""
        hidden = functional.relu(functional.linear(units, self.weights[-2], self.biases[-2]))
        return functional.linear(hidden, self.weights[-1], self.biases[-1])

    @cached_property
    def _columns(self) -> Int[Tensor, " columns"]:
        """The feature of each column: the words of all texts, then the others."""
        dimensions = self.weights[0].shape[1]
        words = [place for text in self.texts for place in text.places for _ in range(dimensions)]
        others = [
            place for place, one in enumerate(self.space.features) if not one.word_of for _ in range(one.n_columns)
        ]
        return torch.tensor([*words, *others], device=self.device)

    @cached_property
    def _order(self) -> Int[Tensor, " columns"]:
        """The columns feature by feature."""
        return self._columns.argsort(stable=True)


def strongest(seen: Float[Tensor, "rows places filters"]) -> Float[Tensor, "rows filters"]:
    """The largest value of each pattern over the places, 0 at least."""
    return functional.relu(seen).amax(1)


def texts_of(space: FeatureSpace) -> tuple[WordColumn, ...]:
    """The texts of a data set; `InputError` when it has none."""
    texts = word_columns(space)
    if not texts:
        raise InputError(
            "A network of words needs a text column, and the data set has none; read a column as text, or train "
            "another network, as `mlp`."
        )
    return texts


def network_inputs(space: FeatureSpace, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows inputs"]:
    """The level indices of the texts of `space` in `rows`, then the other features encoded, float32."""
    others = [place for place, feature in enumerate(space.features) if not feature.word_of]
    slots = [place for text in texts_of(space) for place in text.places]
    words = rows[:, slots].float()
    return torch.cat([words, encode(_without_texts(space), rows[:, others])], dim=1) if others else words


def without_words(
    space: FeatureSpace, inputs: Float[Tensor, "rows inputs"], share: float, source: np.random.Generator
) -> Float[Tensor, "rows inputs"]:
    """A network's inputs with a random `share` of the words absent."""
    slots = sum(len(text.places) for text in texts_of(space))
    absent = torch.from_numpy(source.random((len(inputs), slots), dtype=np.float32) < share)
    words = inputs[:, :slots].masked_fill(absent.to(inputs.device), NONE)
    return torch.cat([words, inputs[:, slots:]], dim=1)


def shapes(space: FeatureSpace, target: Target, dimensions: int, filters: int, units: int) -> list[tuple[int, ...]]:
    """The shapes of the weights of a network for these features and this target."""
    texts = texts_of(space)
    embeddings = [(len(text.levels), dimensions) for text in texts]
    kernels = [(filters, dimensions, WIDTH)] * len(texts)
    seen = filters * len(texts) + _without_texts(space).n_columns
    return [*embeddings, *kernels, (units, seen), (n_outputs(target), units)]


def _sizes(found: list[tuple[int, ...]]) -> tuple[int, int, int]:
    """Dimensions, filters and units, from the shapes of the weights."""
    kernel, hidden = found[(len(found) - 2) // 2], found[-2]
    return kernel[1], kernel[0], hidden[0]


def _without_texts(space: FeatureSpace) -> FeatureSpace:
    return FeatureSpace(tuple(feature for feature in space.features if not feature.word_of))
