"""Data whose interactions are known row by row: the tables of the papers on Integrated Hessians and on GEH."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.dataset import Dataset

SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "multiply": lambda a, b: a * b,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "cossum": lambda a, b: np.cos(a + b),
    "tanhsum": lambda a, b: np.tanh(a + b),
}
"""The five interaction types of the Integrated Hessians paper (appendix B.3.1)."""


@dataclass(frozen=True)
class Truth:
    """A target that is a sum of effects of two features each; the features are independent standard normal numbers.

    `pairs` has the places of the two features of each effect, `coefficients` and `shapes` its size and form.
    """

    name: str
    n_features: int
    pairs: tuple[tuple[int, int], ...]
    coefficients: tuple[float, ...]
    shapes: tuple[str, ...]

    def draw(self, n_rows: int, seed: int) -> np.ndarray:
        """`n_rows` random rows, (rows, features)."""
        return np.random.default_rng(seed).standard_normal((n_rows, self.n_features))

    def effects(self, rows: np.ndarray) -> np.ndarray:
        """What each pair adds to the target of each row, (rows, pairs)."""
        parts = zip(self.pairs, self.coefficients, self.shapes, strict=True)
        return np.stack([size * SHAPES[shape](rows[:, i], rows[:, j]) for (i, j), size, shape in parts], axis=1)

    def data(self, rows: np.ndarray, target: np.ndarray | None = None) -> Dataset:
        """The table of some rows; `target` in place of the true one."""
        values = self.effects(rows).sum(axis=1) if target is None else target
        return table(self.name, rows, values)

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """First and second features of the pairs, to index matrices with."""
        first, second = np.array(self.pairs).T
        return first, second


def table(name: str, rows: np.ndarray, target: np.ndarray) -> Dataset:
    """Numeric features x1, x2, .. and the target y."""
    names = [f"x{place + 1}" for place in range(rows.shape[1])]
    frame = pd.DataFrame(rows, columns=names).assign(y=target)
    return assemble(frame, name=name, target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))


FALLING = tuple(float(size) * (1 if place % 2 == 0 else -1) for place, size in enumerate(range(10, 0, -1)))

PRODUCTS = Truth("products", 5, tuple(combinations(range(5), 2)), FALLING, ("multiply",) * 10)
"""y = 10 x1 x2 - 9 x1 x3 + 8 x1 x4 - .. - x4 x5 (equation 27)."""

EXTREMES = Truth(
    "extremes",
    5,
    PRODUCTS.pairs,
    (*FALLING[:-1], 1.0),
    ("maximum", "minimum", "minimum", *("maximum", "minimum") * 3, "maximum"),
)
"""y = 10 max(x1, x2) - 9 min(x1, x3) + 8 min(x1, x4) - .. + max(x4, x5) (equation 28).

Between the terms that the paper prints, maxima and minima take turns."""


def twenty_pairs(shape: str, seed: int = 0) -> Truth:
    """Ten features, twenty of their pairs with random coefficients that sum to 1 (appendix B.3.1)."""
    random = np.random.default_rng((seed, list(SHAPES).index(shape)))
    every = list(combinations(range(10), 2))
    chosen = sorted(random.choice(len(every), 20, replace=False).tolist())
    sizes = random.uniform(size=20)
    return Truth(shape, 10, tuple(every[place] for place in chosen), tuple(sizes / sizes.sum()), (shape,) * 20)


def ablated(truth: Truth, rows: np.ndarray, removed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Targets in which effects are multiplied by normal noise, (rows,) or (repetitions, rows).

    `removed` (rows, pairs of `truth`) says which, `draws` (.., rows, pairs) has the noise.
    """
    return (truth.effects(rows) * np.where(removed, draws, 1.0)).sum(axis=-1)
