"""What of a large result is drawn, in which order, and how much is thereby hidden."""

from collections.abc import Sequence

import numpy as np

from ..core.errors import InputError
from ..methods.common.pair_result import PairInteractions
from ..methods.common.pair_words import words_of


def leading_features(result: PairInteractions, top: int) -> tuple[str, ...]:
    """The `top` features that the strongest pairs are made of, in the order of the table's columns."""
    if top < 2:
        raise InputError(f"`top` must be at least 2 features; got {top}.")
    if len(result.features) <= top:
        return result.features
    chosen: set[str] = set()
    for pair in zip(result.table["feature_1"], result.table["feature_2"], strict=True):
        if len(chosen | set(pair)) <= top:
            chosen |= set(pair)
        if len(chosen) == top:
            break
    return tuple(name for name in result.features if name in chosen)


def ordered(result: PairInteractions, names: Sequence[str], order: str) -> tuple[str, ...]:
    """`names` as given, by the strength that each takes part in, or with features that act together side by side."""
    if order not in ("strength", "given", "cluster"):
        raise InputError(f'`order` must be "strength", "given" or "cluster"; got {order!r}.')
    if order == "given" or len(names) < 3:
        return tuple(names)
    strength = result.matrix("strength").loc[list(names), list(names)].to_numpy(dtype=float).copy()
    strength = np.nan_to_num(strength).clip(min=0)
    places = np.argsort(-strength.sum(axis=0), kind="stable") if order == "strength" else _neighbours(strength)
    return tuple(names[int(place)] for place in places)


def hidden_share(result: PairInteractions, n_drawn: int | None = None, names: Sequence[str] | None = None) -> float:
    """The share of the total strength in pairs beyond the `n_drawn` strongest, or beyond those among `names`."""
    strength = result.table["strength"].clip(lower=0).to_numpy(dtype=float)
    if names is None:
        drawn = np.arange(len(strength)) < (len(strength) if n_drawn is None else n_drawn)
    else:
        drawn = (result.table["feature_1"].isin(names) & result.table["feature_2"].isin(names)).to_numpy()
    total = strength.sum()
    return float(strength[~drawn].sum() / total) if total > 0 else 0.0


def share(value: float) -> str:
    """A share as a percentage that is never rounded to nothing or to everything."""
    if value == 0:
        return "none"
    if value < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < value < 1 else f"{100 * value:.0f} %"


def counted(result: PairInteractions) -> str:
    """What the column `pulls` counts."""
    return "rows" if words_of(result).has_unit else "networks"


def effect_title(result: PairInteractions) -> str:
    """What an effect is, without its unit: weights make none."""
    return "joint effect" if words_of(result).has_unit else "score"


def _neighbours(strength: np.ndarray) -> np.ndarray:
    """The leaves of a tree that joins the features of strongest mutual strength first."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    root = np.sqrt(strength / strength.max()) if strength.max() > 0 else strength
    return leaves_list(linkage(squareform(1 - root, checks=False), "average", optimal_ordering=len(root) <= 100))
