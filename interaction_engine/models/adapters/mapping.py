"""Which feature feeds which input of a brought model: by name where the model knows names, else by position."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Kind


@dataclass(frozen=True)
class Source:
    """What feeds one input: a feature's number (or level index), or whether it is at `level`."""

    feature: int
    level: int | None = None


@dataclass(frozen=True)
class InputMapping:
    """`sources[j]` feeds input j, called `names[j]`; `by` is "name" or "position"."""

    space: FeatureSpace
    names: tuple[str, ...]
    sources: tuple[Source, ...]
    by: str
    standardised: bool = False

    @cached_property
    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        levels = [-1.0 if source.level is None else source.level for source in self.sources]
        return np.array([source.feature for source in self.sources]), np.array(levels)

    @cached_property
    def _is_identity(self) -> bool:
        features, levels = self._columns
        return not self.standardised and bool((levels < 0).all()) and list(features) == list(range(len(self.space)))

    def inputs(self, rows: np.ndarray) -> np.ndarray:
        """The model's inputs (n, inputs), of the rows' precision, from rows (n, p) of table values.

        `rows` itself where the inputs are its columns as they stand.
        """
        if self._is_identity:
            return rows
        features, levels = self._columns
        if self.standardised:
            numeric = [feature.kind is Kind.NUMERIC for feature in self.space.features]
            rows = np.where(numeric, (rows - self.space.means) / self.space.scales, rows)
        values = rows[:, features]
        if not (levels >= 0).any():
            return values
        return np.where(levels >= 0, values == levels, values)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(input, what feeds it) for people to check."""
        return tuple((name, self._describe(source)) for name, source in zip(self.names, self.sources, strict=True))

    def _describe(self, source: Source) -> str:
        feature = self.space.features[source.feature]
        if source.level is not None:
            return f"{feature.name} = {feature.levels[source.level]}"
        return f"{feature.name} (standardised)" if self.standardised and feature.kind is Kind.NUMERIC else feature.name


def map_inputs(
    space: FeatureSpace, names: Sequence[str] | None, n_inputs: int, model: str, *, standardised: bool = False
) -> InputMapping:
    """Feed a model of `n_inputs` inputs, called `names` if it knows their names, from the features of `space`.

    Names match exactly, or up to case and punctuation. Where they are unknown, inputs are the features in order, or
    their one-hot columns in order. Raises `ModelError` when the number of inputs fits neither, or when some names match
    and say that the order is another.
    """
    plain = [Source(index) for index in range(len(space))]
    one_hot = [
        Source(index, level if feature.kind is Kind.CATEGORICAL else None)
        for index, feature in enumerate(space.features)
        for level in range(feature.n_columns)
    ]
    if names is not None:
        exact = {_name(space, source): source for source in (*one_hot, *plain)}
        loose = {_key(name): source for name, source in exact.items()}
        matches = [exact.get(name, loose.get(_key(name))) for name in names]
        sources = tuple(source for source in matches if source is not None)
        if len(sources) == n_inputs and len(set(sources)) == n_inputs:
            return InputMapping(space, tuple(names), sources, "name", standardised)
        _check_places(names, matches, space, model)
    for sources in (plain, one_hot):
        if len(sources) == n_inputs:
            labels = tuple(names) if names is not None else tuple(f"input {j + 1}" for j in range(n_inputs))
            return InputMapping(space, labels, tuple(sources), "position", standardised)
    columns = "" if len(one_hot) == len(space) else f" ({len(one_hot)} one-hot columns)"
    raise ModelError(
        f"The model `{model}` has {n_inputs} inputs, but the data set has {len(space)} features{columns}; "
        "ignore columns or bring another model."
    )


def _check_places(names: Sequence[str], found: Sequence[Source | None], space: FeatureSpace, model: str) -> None:
    """Going by position is wrong where a name that is known stands at another place than its feature."""
    for place, source in enumerate(found):
        if source is not None and source.feature != place:
            unknown = names[found.index(None)] if None in found else names[place]
            raise ModelError(
                f"The model `{model}` knows `{space.names[source.feature]}` as input {place + 1} of {len(names)}, but "
                f"its `{unknown}` is none of the features; name and choose the columns as in training."
            )


def _name(space: FeatureSpace, source: Source) -> str:
    feature = space.features[source.feature]
    return feature.name if source.level is None else f"{feature.name} {feature.levels[source.level]}"


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip().casefold())
