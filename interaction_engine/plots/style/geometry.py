"""Shapes of the plane that the interaction graph is drawn with; every function takes and returns places (n, 2)."""

import math

import numpy as np

CORNERS = np.stack([np.cos(np.arange(24) * math.pi / 12), np.sin(np.arange(24) * math.pi / 12)], axis=1)
"""A circle as a polygon of so many corners that nobody sees them."""

ROUNDS = 60
"""Rounds in which marks that lie on each other are moved apart."""


def rounded_hull(places: np.ndarray, radius: float) -> np.ndarray:
    """The closed outline around discs of `radius` at `places`: their convex hull with rounded corners."""
    from scipy.spatial import ConvexHull

    rims = (np.asarray(places)[:, None] + radius * CORNERS[None]).reshape(-1, 2)
    outline = rims[ConvexHull(rims).vertices]
    return np.concatenate([outline, outline[:1]])


def bent(start: np.ndarray, end: np.ndarray, bend: float, points: int = 11) -> np.ndarray:
    """A line from `start` to `end`; `bend` pulls its middle towards the origin, from 0 (straight) to 1."""
    along = np.linspace(0.0, 1.0, points if bend else 5)[:, None]
    pull = (start + end) / 2 * (1 - bend)
    return (1 - along) ** 2 * start + 2 * along * (1 - along) * pull + along**2 * end


def apart(places: np.ndarray, distance: float) -> np.ndarray:
    """`places` moved until no two are nearer than about `distance`; those that are far enough stay."""
    moved = np.array(places, dtype=float).reshape(-1, 2)
    # Marks at the very same place part along a direction of their own.
    turns = np.arange(len(moved)) * 2.399963  # the golden angle: neighbours in the list leave in different directions
    moved += 1e-3 * distance * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    for _ in range(ROUNDS):
        between = moved[:, None] - moved[None]
        length = np.hypot(between[..., 0], between[..., 1])
        near = (length < distance) & ~np.eye(len(moved), dtype=bool)
        if not near.any():
            break
        push = np.where(near, (distance - length) / 2 / np.maximum(length, 1e-12), 0.0)
        moved += 0.6 * (push[..., None] * between).sum(axis=1)
    return moved


def spread(angles: np.ndarray, gap: float) -> np.ndarray:
    """Angles on a circle moved as little as possible until neighbours are `gap` apart; evenly where none fits."""
    from scipy.optimize import isotonic_regression

    n = len(angles)
    if n < 2:
        return np.array(angles, dtype=float)
    order = np.argsort(angles, kind="stable")
    gap = min(gap, 2 * math.pi / n)
    # Cut the circle in the middle of its widest gap; on the line, order and distance make an isotonic regression.
    sorted_angles = np.asarray(angles, dtype=float)[order]
    gaps = np.diff(sorted_angles, append=sorted_angles[0] + 2 * math.pi)
    first = (int(np.argmax(gaps)) + 1) % n
    unrolled = np.roll(sorted_angles, -first)
    unrolled[n - first :] += 2 * math.pi if first else 0.0
    steps = gap * np.arange(n)
    begin = unrolled[0] - gaps.max() / 2 + gap / 2
    fitted = np.clip(isotonic_regression(unrolled - steps).x, begin, max(begin, begin + 2 * math.pi - n * gap)) + steps
    placed = np.empty(n)
    placed[order[(np.arange(n) + first) % n]] = fitted
    return placed
