"""A small network for tables with a text column: words embedded, three at a time seen together, the strongest kept."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn import functional

from ..data.coordinates import encode_frame
from ..data.encoding import encode
from ..data.words import NONE, OTHER, WordColumn, word_columns
from ..errors import InputError
from ..types import Capability, FeatureSpace, Target, TargetKind
from .convolution import fit
from .networks import TrainingRecord, n_outputs
from .scoring import log_odds, scored_class

DIMENSIONS, FILTERS, UNITS = 32, 64, 64
"""Numbers per word, patterns of three words, and units of the hidden layer, unless asked otherwise."""

WIDTH = 3
"""Words that one filter sees: enough for "not very good"."""

ROWS_PER_CALL = 1024
"""Texts per product: more of them leave the processor's cache."""


@dataclass(frozen=True, eq=False)
class WordNet:
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

    capabilities = frozenset({Capability.QUERIES})
    n_members = 1

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

    @property
    def device(self) -> torch.device:
        return self.weights[0].device

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, without gradients."""
        with torch.inference_mode():
            parts = rows.split(ROWS_PER_CALL)
            return torch.cat([self._head(self.outputs(self.inputs(part))) for part in parts])[None]

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Scores of the rows of a table (columns found by name, a text cut or whole), shape (n,)."""
        rows = torch.from_numpy(encode_frame(self.space, frame))
        return self.scores(rows).double()[0].cpu().numpy()

    def inputs(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows inputs"]:
        """What the network sees of rows of the table: the level indices of all texts, then the others encoded."""
        return network_inputs(self.space, rows.to(self.device))

    def outputs(self, inputs: Float[Tensor, "rows inputs"]) -> Float[Tensor, "rows outputs"]:
        """The last layer's outputs; differentiable in the weights."""
        texts, start, parts = self.texts, 0, []
        for place, text in enumerate(texts):
            words = inputs[:, start : start + len(text.places)].long()
            start += len(text.places)
            known = (words != NONE).unsqueeze(-1)
            embedded = functional.embedding(words, self.weights[place]) * known
            kernel, bias = self.weights[len(texts) + place], self.biases[place]
            seen = functional.conv1d(embedded.mT, kernel, bias, padding=WIDTH // 2)
            parts.append(functional.relu(seen).amax(2))
        units = torch.cat([*parts, inputs[:, start:]], dim=1)
        hidden = functional.relu(functional.linear(units, self.weights[-2], self.biases[-2]))
        return functional.linear(hidden, self.weights[-1], self.biases[-1])

    def for_class(self, index: int) -> "WordNet":
        """The same network scoring another class; the weights are shared."""
        return replace(self, class_index=scored_class(self.target, index))

    def to(self, device: str) -> "WordNet":
        weights = tuple(weight.to(device) for weight in self.weights)
        return replace(self, weights=weights, biases=tuple(bias.to(device) for bias in self.biases))

    def for_space(self, space: FeatureSpace) -> "WordNet":
        """The same network on texts of other vocabularies and lengths: words that it never learnt count as unknown.

        `space` has the same texts and other features in the same order.
        """
        embeddings = []
        for own, new, weight in zip(self.texts, texts_of(space), self.weights, strict=False):
            index = {word: place for place, word in enumerate(own.levels)}
            embeddings.append(weight[[index.get(word, OTHER) for word in new.levels]])
        return replace(self, space=space, weights=(*embeddings, *self.weights[len(embeddings) :]))

    def _head(self, raw: Float[Tensor, "rows outputs"]) -> Float[Tensor, " rows"]:
        if self.target.kind is TargetKind.MULTICLASS:
            return log_odds(raw, self.class_index or 0)
        if self.target.kind is TargetKind.BINARY:
            return -raw[:, 0] if self.class_index == 0 else raw[:, 0]
        return raw[:, 0] * self.scale + self.shift


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
