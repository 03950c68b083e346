"""The values of a feature on an axis: numbers where they are, levels at equal distances in their order."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...methods.partial_dependence.result import PairEffect, TripleEffect
from .labels import distinct_labels, label
from .theme import Theme, axis

SIDES = (1, 2)

CROWDED = 16
"""Up to so many levels, each has a tick on a level axis; of more, as many as stand upright side by side."""

UPRIGHT = 5
"""Letters of room that an upright text takes."""


class FeatureScale:
    """Where the values of one side of an effect (1 or 2, of three features also 3) stand on an axis, and how it looks.

    `positions(values)` are numbers: of a numeric feature its values, of a categorical one the places of its levels.
    """

    def __init__(self, effect: PairEffect | TripleEffect, side: int) -> None:
        self._settle(effect.features[side - 1], effect.grid[f"value_{side}"], effect.kinds[side - 1] == "categorical")

    @classmethod
    def along(cls, name: str, values: Iterable[Any], *, categorical: bool) -> "FeatureScale":
        """The scale of a feature that has these values: numbers, or levels in their order."""
        scale = cls.__new__(cls)
        scale._settle(name, values, categorical)
        return scale

    def _settle(self, name: str, values: Iterable[Any], categorical: bool) -> None:
        self.name, self.categorical = name, categorical
        distinct = list(dict.fromkeys(values))
        self.values: list[Any] = distinct if categorical else sorted(map(float, distinct))

    @property
    def title(self) -> str:
        """The name of the feature, short enough for an axis."""
        return label(self.name, 48)

    @property
    def places(self) -> np.ndarray:
        """The positions of the cells, ascending."""
        return self.positions(self.values)

    def positions(self, values: Sequence[Any] | np.ndarray) -> np.ndarray:
        """Return where values stand on the axis."""
        if not self.categorical:
            return np.asarray(values, dtype=float)
        place = {value: float(index) for index, value in enumerate(self.values)}
        return np.array([place.get(value, np.nan) for value in values])

    def edges(self) -> np.ndarray:
        """The borders of the cells: half-way between neighbours."""
        places = self.places
        if len(places) == 1:
            return np.array([places[0] - 0.5, places[0] + 0.5])
        middle = (places[1:] + places[:-1]) / 2
        return np.concatenate([[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]])

    def texts(self, width: int = 30) -> list[str]:
        """The cells' values as markup."""
        if self.categorical:
            return distinct_labels([str(value) for value in self.values], width)
        return [reading(value) for value in self.values]

    def axis(self, look: Theme, *, room: int = 0, **more: Any) -> dict[str, Any]:
        """The look of an axis of this feature; few values each get their tick, slanted where `room` letters run out."""
        few: dict[str, Any] = {}
        if self.categorical or len(self.values) <= 7:
            texts, places = self.texts(18), self.places.tolist()
            if room and len(texts) > CROWDED:
                stride = -(-len(texts) * UPRIGHT // room)
                few = {"tickvals": places[::stride], "ticktext": texts[::stride], "tickangle": -90}
            else:
                few = {"tickvals": places, "ticktext": texts}
            if room and "tickangle" not in few:
                few["tickangle"] = -40 if sum(len(text) + 3 for text in texts) > room else 0
        return axis(look, self.title, **few) | more


def reading(value: float) -> str:
    """A table value as people write it: whole numbers as they are (a year has no comma), others to four digits."""
    digits = f"{value:.0f}" if value == round(value) and abs(value) < 1e12 else f"{value:.4g}"
    return (f"{value:.1f}" if "e+" in digits and abs(value) < 1e9 else digits).replace("-", "−")


def cells(effect: PairEffect | TripleEffect, column: str, grid: pd.DataFrame | None = None) -> np.ndarray:
    """Return a column of the grid, or of a part of it, as a matrix.

    Feature 2 downward, feature 1 to the right, in the order of their scales.
    """
    first, second = (FeatureScale(effect, side) for side in SIDES)
    part = effect.grid if grid is None else grid
    table = part.pivot_table(index="value_2", columns="value_1", values=column, aggfunc="first", observed=True)
    return table.reindex(index=second.values, columns=first.values).to_numpy(dtype=float)
