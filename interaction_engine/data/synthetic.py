"""The ten functions F1..F10 on which interaction detectors are measured, with their true interactions.

Source: Table 4 of the ParaACE supplement, first used as a suite by Tsang, Cheng & Liu (2018); F1 is from Hooker (2004)
as sampled by Sorokina et al. (2008). The features are x1..x10, independent and uniform on (-1, 1), except in F1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

N_FEATURES = 10


@dataclass(frozen=True)
class SyntheticFunction:
    """A function of ten features: `formula` in words, `interactions` the true sets of features, numbered from 1.

    `evaluate` takes the ten columns, each of shape (rows,), and returns the values, shape (rows,).
    """

    name: str
    formula: str
    evaluate: Callable[[Sequence[np.ndarray]], np.ndarray]
    interactions: tuple[tuple[int, ...], ...]

    @property
    def truth(self) -> frozenset[frozenset[str]]:
        """The true interactions as sets of feature names."""
        return frozenset(frozenset(f"x{number}" for number in members) for members in self.interactions)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Values at `rows` (rows, 10)."""
        return self.evaluate(tuple(np.moveaxis(np.asarray(rows, dtype=np.float64), -1, 0)))

    def draw(self, n_rows: int, generator: np.random.Generator) -> np.ndarray:
        """`n_rows` random rows of the function's domain, (rows, 10)."""
        if self.name != "F1":
            return generator.uniform(-1, 1, (n_rows, N_FEATURES))
        rows = generator.uniform(0, 1, (n_rows, N_FEATURES))
        for number in (4, 5, 8, 10):
            rows[:, number - 1] = 0.6 + 0.4 * rows[:, number - 1]
        return rows


def _f1(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, _, x7, x8, x9, x10 = x
    return (
        np.pi ** (x1 * x2) * np.sqrt(2 * x3) - np.arcsin(x4) + np.log(x3 + x5) - x9 / x10 * np.sqrt(x7 / x8) - x2 * x7
    )


def _f2(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, _, x7, x8, x9, x10 = x
    # The table prints the root of x7 / (1 + |x8|), not real on half of the domain; the suite's authors compute |x7|.
    product = x9 / (1 + np.abs(x10)) * np.sqrt(np.abs(x7) / (1 + np.abs(x8)))
    power = np.pi ** (x1 * x2) * np.sqrt(2 * np.abs(x3))
    return power - np.arcsin(0.5 * x4) + np.log(np.abs(x3 + x5) + 1) + product - x2 * x7


def _f3(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, _, x7, x8, x9, x10 = x
    power = (x3**2) ** np.abs(x4)
    return (
        np.exp(np.abs(x1 - x2))
        + np.abs(x2 * x3)
        - power
        + np.log(x4**2 + x5**2 + x7**2 + x8**2)
        + x9
        + 1 / (1 + x10**2)
    )


def _f4(x: Sequence[np.ndarray]) -> np.ndarray:
    return _f3(x) + (x[0] * x[3]) ** 2


def _f5(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, x6, x7, x8, x9, x10 = x
    return 1 / (1 + x1**2 + x2**2 + x3**2) + np.sqrt(np.exp(x4 + x5)) + np.abs(x6 + x7) + x8 * x9 * x10


def _f6(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, x6, _, x8, x9, x10 = x
    exponentials = np.exp(np.abs(x1 * x2) + 1) - np.exp(np.abs(x3 + x4) + 1)
    return exponentials + np.cos(x5 + x6 - x8) + np.sqrt(x8**2 + x9**2 + x10**2)


def _f7(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, x6, x7, x8, x9, _ = x
    first = (np.arctan(x1) + np.arctan(x2)) ** 2 + np.maximum(x3 * x4 + x6, 0)
    return first - 1 / (1 + (x4 * x5 * x6 * x7 * x8) ** 2) + (np.abs(x7) / (1 + np.abs(x9))) ** 5 + sum(x)


def _f8(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, x6, x7, x8, x9, x10 = x
    powers = 2 ** (x3 + x5 + x6) + 2 ** (x3 + x4 + x5 + x7)
    return x1 * x2 + powers + np.sin(x7 * np.sin(x8 + x9)) + np.arccos(0.9 * x10)


def _f9(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, x6, x7, x8, x9, x10 = x
    first = np.tanh(x1 * x2 + x3 * x4) * np.sqrt(np.abs(x5)) + np.exp(x5 + x6)
    return first + np.log((x6 * x7 * x8) ** 2 + 1) + x9 * x10 + 1 / (1 + np.abs(x10))


def _f10(x: Sequence[np.ndarray]) -> np.ndarray:
    x1, x2, x3, x4, x5, _, x7, _, x9, _ = x
    return np.sinh(x1 + x2) + np.arccos(np.tanh(x3 + x5 + x7)) + np.cos(x4 + x5) + 1 / np.cos(x7 * x9)


FUNCTIONS: dict[str, SyntheticFunction] = {
    function.name: function
    for function in (
        SyntheticFunction(
            "F1",
            "π^(x1·x2)·√(2·x3) − arcsin x4 + log(x3 + x5) − x9/x10·√(x7/x8) − x2·x7",
            _f1,
            ((1, 2, 3), (3, 5), (7, 8, 9, 10), (2, 7)),
        ),
        SyntheticFunction(
            "F2",
            "π^(x1·x2)·√(2·|x3|) − arcsin(x4/2) + log(|x3 + x5| + 1) + x9/(1 + |x10|)·√(|x7|/(1 + |x8|)) − x2·x7",
            _f2,
            ((1, 2, 3), (3, 5), (7, 8, 9, 10), (2, 7)),
        ),
        SyntheticFunction(
            "F3",
            "exp|x1 − x2| + |x2·x3| − (x3²)^|x4| + log(x4² + x5² + x7² + x8²) + x9 + 1/(1 + x10²)",
            _f3,
            ((1, 2), (2, 3), (3, 4), (4, 5, 7, 8)),
        ),
        SyntheticFunction(
            "F4",
            "exp|x1 − x2| + |x2·x3| − (x3²)^|x4| + (x1·x4)² + log(x4² + x5² + x7² + x8²) + x9 + 1/(1 + x10²)",
            _f4,
            ((1, 2), (2, 3), (3, 4), (1, 4), (4, 5, 7, 8)),
        ),
        SyntheticFunction(
            "F5",
            "1/(1 + x1² + x2² + x3²) + √exp(x4 + x5) + |x6 + x7| + x8·x9·x10",
            _f5,
            ((1, 2, 3), (4, 5), (6, 7), (8, 9, 10)),
        ),
        SyntheticFunction(
            "F6",
            "exp(|x1·x2| + 1) − exp(|x3 + x4| + 1) + cos(x5 + x6 − x8) + √(x8² + x9² + x10²)",
            _f6,
            ((1, 2), (3, 4), (5, 6, 8), (8, 9, 10)),
        ),
        SyntheticFunction(
            "F7",
            "(arctan x1 + arctan x2)² + max(x3·x4 + x6, 0) − 1/(1 + (x4·x5·x6·x7·x8)²) + (|x7|/(1 + |x9|))⁵ + Σ xi",
            _f7,
            ((1, 2), (3, 4, 6), (4, 5, 6, 7, 8), (7, 9)),
        ),
        SyntheticFunction(
            "F8",
            "x1·x2 + 2^(x3 + x5 + x6) + 2^(x3 + x4 + x5 + x7) + sin(x7·sin(x8 + x9)) + arccos(0.9·x10)",
            _f8,
            ((1, 2), (3, 5, 6), (3, 4, 5, 7), (7, 8, 9)),
        ),
        SyntheticFunction(
            "F9",
            "tanh(x1·x2 + x3·x4)·√|x5| + exp(x5 + x6) + log((x6·x7·x8)² + 1) + x9·x10 + 1/(1 + |x10|)",
            _f9,
            ((1, 2, 3, 4, 5), (5, 6), (6, 7, 8), (9, 10)),
        ),
        SyntheticFunction(
            "F10",
            "sinh(x1 + x2) + arccos(tanh(x3 + x5 + x7)) + cos(x4 + x5) + sec(x7·x9)",
            _f10,
            ((1, 2), (3, 5, 7), (4, 5), (7, 9)),
        ),
    )
}
"""The functions by name."""
