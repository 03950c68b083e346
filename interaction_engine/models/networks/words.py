"""A small network for tables with a text column: words embedded, three at a time seen together, the strongest kept."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Target
from ...data.encoding import encode
from ...data.words import NONE, OTHER, WordColumn, word_columns
from ..base import TabularModel
from .layers import LayerList, set_layers
from .mlp import TrainingRecord, n_outputs

DIMENSIONS, FILTERS, UNITS = 32, 64, 64
"""Numbers per word, patterns of three words, and units of the hidden layer, unless asked otherwise."""

WIDTH = 3
"""Words that one filter sees: enough for "not very good"."""

ROWS_PER_CALL = 1024
"""Texts per product: more of them leave the processor's cache."""


class WordNetwork(nn.Module):
    """Words embedded, a convolution over three of them, ReLU, the maximum over all places.

    Beside them the encoded other features; then a hidden layer with ReLU, and a linear one, float32.

    A place without a word is the vector 0.

    Args:
        lengths: Places of each text.
        weights: For t texts, t embeddings (levels, dimensions), t kernels (filters, dimensions, 3), the hidden layer's
            matrix and the last one's.
        biases: A vector for each of the weights but the embeddings.
    """

    def __init__(self, lengths: Sequence[int], weights: Sequence[Tensor], biases: Sequence[Tensor]) -> None:
        super().__init__()
        self.lengths, n_texts = tuple(lengths), len(lengths)
        self.embeddings: LayerList[nn.Embedding] = LayerList(
            nn.Embedding.from_pretrained(weight, freeze=True) for weight in weights[:n_texts]
        )
        self.convolutions: LayerList[nn.Conv1d] = LayerList(
            nn.Conv1d(kernel.shape[1], len(kernel), WIDTH, padding=WIDTH // 2, device="meta")
            for kernel in weights[n_texts:-2]
        )
        self.hidden, self.last = (nn.Linear(weight.shape[1], len(weight), device="meta") for weight in weights[-2:])
        set_layers([*self.convolutions, self.hidden, self.last], weights[n_texts:], biases)

    @property
    def dimensions(self) -> int:
        """Numbers that a word is embedded as."""
        return self.embeddings[0].weight.shape[1]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of all weights: embeddings, kernels, hidden layer, last layer."""
        layers = (*self.embeddings, *self.convolutions, self.hidden, self.last)
        return [tuple(layer.weight.shape) for layer in layers]

    def forward(self, inputs: Float[Tensor, "rows inputs"]) -> Float[Tensor, "rows outputs"]:
        """Return the last layer's outputs; differentiable in the weights.

        Args:
            inputs: The level indices of all texts, then the other features encoded (`network_inputs`).
        """
        *texts, others = self.split(inputs)
        parts = [
            strongest(convolution(self.embedded(place, words).mT).mT)
            for place, (convolution, words) in enumerate(zip(self.convolutions, texts, strict=True))
        ]
        return self._after(torch.cat([*parts, others], dim=1))

    def of_embedded(
        self, values: Float[Tensor, "rows columns"], pool: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "rows outputs"]:
        """Return the outputs for embedded words, text by text, then the other features; differentiable in them.

        Args:
            values: Of `WordNet.encoded`, text by text.
            pool: What is made of the patterns' values (rows, places, filters) over the places.
        """
        *texts, others = self.split(values, self.dimensions)
        parts = []
        for length, convolution, flat in zip(self.lengths, self.convolutions, texts, strict=True):
            around = functional.pad(flat.unflatten(1, (length, self.dimensions)), (0, 0, WIDTH // 2, WIDTH // 2))
            windows = [around[:, step : step + length] for step in range(WIDTH)]
            seen = torch.cat(windows, dim=2) @ convolution.weight.permute(2, 1, 0).flatten(0, 1)
            parts.append(pool(seen + cast(Tensor, convolution.bias)))
        return self._after(torch.cat([*parts, others], dim=1))

    def embedded(self, place: int, words: Float[Tensor, "rows places"]) -> Float[Tensor, "rows places dimensions"]:
        """Return the embeddings of level indices of one text, the vector 0 where there is no word."""
        indices = words.long()
        return self.embeddings[place](indices) * (indices != NONE).unsqueeze(-1)

    def split(self, values: Float[Tensor, "rows _"], each: int = 1) -> tuple[Tensor, ...]:
        """Return the columns of each text, `each` for a word, and of the other features."""
        sizes = [each * length for length in self.lengths]
        return values.split([*sizes, values.shape[1] - sum(sizes)], dim=1)

    def _after(self, units: Float[Tensor, "rows units"]) -> Float[Tensor, "rows outputs"]:
        """What the last two layers make of the patterns' strongest values and the other features."""
        return self.last(functional.relu(self.hidden(units)))


@dataclass(frozen=True, eq=False)
class WordNet(TabularModel):
    """A network of the words of texts and of the other features; implements `Model`.

    The score is that of an `Mlp`: `scale * output + shift`, or the log-odds of `class_index`.
    """

    space: FeatureSpace
    target: Target
    network: WordNetwork
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "words"
    record: TrainingRecord | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS})
    learnt = ("network",)

    def __post_init__(self) -> None:
        given, n_texts = self.network.shapes, len(self.texts)
        whole = len(given) == 2 * n_texts + 2 and len(given[n_texts]) == 3
        if not whole or given != shapes(self.space, self.target, *_sizes(given)):
            raise InputError(
                f"The network's weights of the shapes {given} do not fit its {n_texts} texts and the target "
                f"`{self.target.name}`; use the network's own features."
            )

    @property
    def texts(self) -> tuple[WordColumn, ...]:
        """The texts of the data set."""
        return texts_of(self.space)

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        dimensions, filters, units = _sizes(self.network.shapes)
        return 4 * max(self.network.lengths) * (2 * dimensions + 2 * filters) + 4 * units + 16 * len(self.space)

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, without gradients."""
        with torch.inference_mode():
            parts = rows.split(ROWS_PER_CALL)
            return torch.cat([self.head(self.network(self.inputs(part))) for part in parts])[None]

    def inputs(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows inputs"]:
        """What the network sees of rows of the table: the level indices of all texts, then the others encoded."""
        return network_inputs(self.space, rows.to(self.device))

    def encoded(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows columns"]:
        """Return rows of the table as numbers in which the score has derivatives.

        Each word is its embedding (the vector 0 where there is none), the other features are encoded; feature
        by feature (`owners`).
        """
        *texts, others = self.network.split(self.inputs(rows))
        parts = [self.network.embedded(place, words).flatten(1) for place, words in enumerate(texts)]
        return torch.cat([*parts, others], dim=1)[:, self._order]

    @property
    def owners(self) -> Int[Tensor, " columns"]:
        """The feature of each column of `encoded`."""
        return self._columns[self._order]

    def score_encoded(
        self, encoded: Float[Tensor, "rows columns"], pool: Callable[[Tensor], Tensor] | None = None
    ) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows.

        Differentiable in them, as often as `pool` is: what is made of the patterns' values (rows, places,
        filters) over the places, the largest above 0 unless given otherwise.
        """
        values = encoded[:, self._order.argsort()]
        return self.head(self.network.of_embedded(values, pool or strongest))[None]

    def for_space(self, space: FeatureSpace) -> "WordNet":
        """The same network on texts of other vocabularies and lengths: words that it never learnt count as unknown.

        `space` has the same texts and other features in the same order.
        """
        fitted, texts = copy.deepcopy(self.network), texts_of(space)
        fitted.lengths = tuple(len(text.places) for text in texts)
        for place, (own, new) in enumerate(zip(self.texts, texts, strict=True)):
            index = {word: level for level, word in enumerate(own.levels)}
            levels = [index.get(word, OTHER) for word in new.levels]
            fitted.embeddings[place] = nn.Embedding.from_pretrained(self.network.embeddings[place].weight[levels])
        return replace(self, space=space, network=fitted)

    @cached_property
    def _columns(self) -> Int[Tensor, " columns"]:
        """The feature of each column: the words of all texts, then the others."""
        dimensions = self.network.dimensions
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
