"""The tables of a result about AND and OR patterns, from the splits of some samples, all of them at once."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from ...core.status import PatternStatus
from ...numerics.hypercube.and_or_split import AndOrSplit
from ...numerics.hypercube.interaction_indices import k_shapley_interactions, shapley_values
from ...numerics.hypercube.subset_transforms import and_or_values, by_order, moebius
from .result import PATTERN_COLUMNS

MOST_KEPT = 1000
"""Salient patterns of a sample that are listed by name; counts and sums are over all of them."""

BEYOND = 20
"""Patterns below the threshold that are listed too, to show where the salient ones end."""

NOTHING = 1e-9
"""Effects smaller than this share of the strongest are rounding errors."""

CURVE_POINTS = 15
"""Numbers of kept patterns at which the matching error is measured, each at the cost of two transforms."""

RANKS = 60
"""Ranks at which the sparsity curve is kept."""

MOST_TRANSFERRED = 500
"""Patterns in the table over samples: those found in most of them."""

KINDS = ("and", "or")

Tables = dict[str, pd.DataFrame]


def tables_of(
    values: Float64[Tensor, "samples subsets"], split: AndOrSplit, threshold: float, first: int, players: Sequence[str]
) -> Tables:
    """The tables by name (see `AndOrPatterns`) of samples numbered from `first`, all but `transfer`."""
    effects = torch.stack([split.and_effects, split.or_effects], 1)
    effects[:, :, 0] = 0.0  # the base is no pattern
    smallest = NOTHING * effects.abs().amax((1, 2), keepdim=True)
    salient = (effects.abs() >= threshold) & (effects.abs() > smallest)
    numbers = first + np.arange(len(values))
    ranks, strengths, places = _ranked(effects)
    return {
        "samples": _samples(values, split, effects, salient, numbers),
        "table": _patterns(effects, strengths, places, salient, smallest.flatten(), numbers, players),
        "orders": _orders(effects, salient, numbers),
        "matching": _matching(values, effects, ranks, numbers),
        "sparsity": _sparsity(effects, numbers),
        "attributions": _attributions(values, numbers, players),
        "indices": _indices(values, numbers, players),
    }


def transfer(table: pd.DataFrame, n_samples: int) -> pd.DataFrame:
    """How often each salient pattern recurs over samples, and whether it pushes the same way (see `AndOrPatterns`)."""
    result = table[table["status"] == PatternStatus.SALIENT]
    rows = []
    for (features, kind, order), effects in result.groupby(["features", "kind", "order"], sort=False)["effect"]:
        up = float((effects > 0).mean())
        rows.append((features, kind, order, len(effects) / n_samples, float(effects.mean()), max(up, 1.0 - up)))
    columns = ["features", "kind", "order", "share", "effect", "agreement"]
    frame = pd.DataFrame(rows, columns=columns)
    size = frame["effect"].abs() * frame["share"]
    most = np.lexsort([-size, -frame["share"]])[:MOST_TRANSFERRED]
    return frame.iloc[most].reset_index(drop=True)


def joined(parts: Sequence[Mapping[str, pd.DataFrame]]) -> Tables:
    """The tables of several batches of samples as one."""
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}


def _ranked(
    effects: Float64[Tensor, "samples kinds subsets"],
) -> tuple[Int64[Tensor, "samples _"], Float64[Tensor, "samples _"], Int64[Tensor, "samples _"]]:
    """The rank of every effect of a sample by strength, AND and OR together, and the strengths and places by rank."""
    strengths, places = effects.abs().flatten(1).sort(dim=1, descending=True, stable=True)
    ranks = torch.empty_like(places).scatter_(
        1, places, torch.arange(places.shape[1], device=places.device).expand_as(places)
    )
    return ranks, strengths, places


def _samples(values: Tensor, split: AndOrSplit, effects: Tensor, salient: Tensor, numbers: np.ndarray) -> pd.DataFrame:
    explained = and_or_values(split.and_effects, split.or_effects) + split.noise
    columns = {
        "score": values[:, -1],
        "base": values[:, 0],
        "salient": salient.sum((1, 2)),
        "primal": split.primal,
        "dual": split.dual,
        "gap": split.gap,
        "matching_error": (values - explained).abs().amax(1),
        "noise": split.noise[:, -1],
        "iterations": split.iterations,
        "carried": (effects.abs() * salient).sum((1, 2)) / split.primal.where(split.primal > 0.0, 1.0),
    }
    return pd.DataFrame({"sample": numbers} | {name: column.cpu().numpy() for name, column in columns.items()})


def _patterns(
    effects: Tensor,
    strengths: Tensor,
    places: Tensor,
    salient: Tensor,
    smallest: Tensor,
    numbers: np.ndarray,
    players: Sequence[str],
) -> pd.DataFrame:
    counts = salient.sum((1, 2))
    kept = (counts.clamp(max=MOST_KEPT) + BEYOND).minimum((strengths > smallest[:, None]).sum(1))
    rows, names = [], {}
    n_subsets = effects.shape[2]
    for sample, (count, n_salient, number) in enumerate(zip(kept.tolist(), counts.tolist(), numbers, strict=True)):
        chosen = places[sample, :count]
        signed = effects[sample].flatten()[chosen].tolist()
        for rank, (place, effect) in enumerate(zip(chosen.tolist(), signed, strict=True), start=1):
            kind, subset = divmod(place, n_subsets)
            if subset not in names:
                names[subset] = tuple(name for bit, name in enumerate(players) if subset >> bit & 1)
            status = PatternStatus.SALIENT if rank <= n_salient else PatternStatus.BELOW_THRESHOLD
            result, size = names[subset], abs(effect)
            rows.append((int(number), result, len(result), KINDS[kind], size, effect, size, size, status.value, rank))
    return pd.DataFrame(rows, columns=list(PATTERN_COLUMNS))


def _orders(effects: Tensor, salient: Tensor, numbers: np.ndarray) -> pd.DataFrame:
    parts = []
    for kind, of_kind in enumerate(KINDS):
        for sign in ("+", "-"):
            mine = salient[:, kind] & ((effects[:, kind] > 0) == (sign == "+"))
            sums = by_order(effects[:, kind].abs() * mine)[:, 1:].cpu().numpy()
            counts = by_order(mine.double())[:, 1:].cpu().numpy()
            n = sums.shape[1]
            parts.append(
                pd.DataFrame(
                    {
                        "sample": np.repeat(numbers, n),
                        "order": np.tile(np.arange(1, n + 1), len(numbers)),
                        "kind": of_kind,
                        "sign": sign,
                        "strength": sums.ravel(),
                        "count": counts.ravel().round().astype(int),
                    }
                )
            )
    return pd.concat(parts).sort_values(["sample", "order"], kind="stable", ignore_index=True)


def _matching(values: Tensor, effects: Tensor, ranks: Tensor, numbers: np.ndarray) -> pd.DataFrame:
    """The error of the strongest patterns over all masks.

    Where score and base are the same, it is a share of the largest distance of any masked sample from the base.
    """
    far = (values - values[:, :1]).abs().amax(1)
    unit = (values[:, -1] - values[:, 0]).abs()
    unit = unit.where(unit > NOTHING * far, far)
    unit = unit.where(unit > 0.0, 1.0)
    kept = [0, *_log_grid(2 * (values.shape[1] - 1), CURVE_POINTS - 1)]
    errors = []
    for count in kept:
        some = effects.flatten(1).where(ranks < count, 0.0).view_as(effects)
        result = values[:, :1] + and_or_values(some[:, 0], some[:, 1])
        errors.append((values - result).square().mean(1).sqrt() / unit)
    return pd.DataFrame(
        {
            "sample": np.repeat(numbers, len(kept)),
            "kept": np.tile(kept, len(numbers)),
            "error": torch.stack(errors, 1).flatten().cpu().numpy(),
        }
    )


def _sparsity(effects: Tensor, numbers: np.ndarray) -> pd.DataFrame:
    chosen = np.array(_log_grid(effects.shape[2] - 1, RANKS))
    sorted_ones = effects.abs().sort(dim=2, descending=True).values[:, :, torch.from_numpy(chosen - 1)]
    n = len(chosen)
    return pd.DataFrame(
        {
            "sample": np.repeat(numbers, 2 * n),
            "kind": np.tile(np.repeat(KINDS, n), len(numbers)),
            "rank": np.tile(chosen, 2 * len(numbers)),
            "strength": sorted_ones.flatten().cpu().numpy(),
        }
    )


def _attributions(values: Tensor, numbers: np.ndarray, players: Sequence[str]) -> pd.DataFrame:
    result = shapley_values(moebius(values))
    return pd.DataFrame(
        {
            "sample": np.repeat(numbers, len(players)),
            "player": list(players) * len(numbers),
            "shapley": result.flatten().cpu().numpy(),
        }
    )


def _indices(values: Tensor, numbers: np.ndarray, players: Sequence[str]) -> pd.DataFrame:
    n = len(players)
    first, second = np.triu_indices(n, 1)
    result = k_shapley_interactions(moebius(values), 2)[:, torch.from_numpy(2**first + 2**second)]
    return pd.DataFrame(
        {
            "sample": np.repeat(numbers, len(first)),
            "player_1": [players[int(place)] for place in first] * len(numbers),
            "player_2": [players[int(place)] for place in second] * len(numbers),
            "k_sii": result.flatten().cpu().numpy(),
        }
    )


def _log_grid(last: int, points: int) -> list[int]:
    """Whole numbers from 1 to `last`, evenly spaced on a logarithmic scale, each once."""
    return sorted(set(np.geomspace(1, last, points).round().astype(int).tolist()))
