"""Blocks after disentangling: equal ones merged, nested ones given to the larger, those that say nothing dropped."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ...models.additive.network import ROWS_PER_CALL, AdditiveNetwork
from ...models.additive.shapes import some

if TYPE_CHECKING:
    from ...data.dataset import Dataset

DEAD = 1e-4
"""Share of the largest subnet's spread below which a subnet says nothing."""

NOTHING = 1e-4
"""Share of the variance of all terms together below which a pure term is taken for what training left over."""

Sets = tuple[tuple[int, ...], ...]
"""The places of the features of each block."""


def kept_sets(gates: Float[Tensor, "blocks features"] | Bool[Tensor, "blocks features"], max_order: int) -> Sets:
    """Return the features of each block whose gates are open, in the features' order.

    At most the `max_order` widest open ones; an empty set where all are shut.
    """
    numbers = gates.double()
    places = numbers.topk(min(max_order, gates.shape[1]), dim=1).indices.tolist()
    return tuple(
        tuple(sorted(place for place in some if row[place] > 0))
        for some, row in zip(places, numbers.tolist(), strict=True)
    )


def merged(sets: Sets) -> tuple[Sets, tuple[int, ...]]:
    """Return the distinct sets that are neither empty nor part of another, larger ones first.

    Beside them the one to which each given set goes: its equal, or the first that contains it; -1 for an empty set,
    whose block is dead.
    """
    distinct = sorted({one for one in sets if one}, key=lambda one: (-len(one), one))
    largest: list[tuple[int, ...]] = []
    for one in distinct:
        if not any(set(one) <= set(other) for other in largest):
            largest.append(one)
    goes_to = tuple(
        next((place for place, other in enumerate(largest) if one and set(one) <= set(other)), -1) for one in sets
    )
    return tuple(largest), goes_to


def without_dead(network: AdditiveNetwork, encoded: Float[Tensor, "rows columns"]) -> AdditiveNetwork:
    """The network without subnets that (nearly) never change over the rows; what they put out joins the intercept."""
    with torch.inference_mode():
        values = torch.cat([network.subnets(part) for part in encoded.split(ROWS_PER_CALL)]).double()
        spread = values.std(dim=0).amax(dim=1)
        kept = [subnet for subnet, width in enumerate(spread.tolist()) if width > DEAD * float(spread.max())]
        dropped = [subnet for subnet in range(len(spread)) if subnet not in kept]
        if not dropped or not kept:
            return network
        intercept = network.intercept + values[:, dropped].mean(dim=0).sum(dim=0).to(network.intercept)
        return replace(network, subnets=network.subnets.chosen(kept), intercept=intercept.clone())


def telling_sets(network: AdditiveNetwork, data: "Dataset") -> Sets:
    """The sets of features of the subnets whose pure terms say something.

    In the place of a set that does not, those of its parts that do. Equal to the network's own where all of them
    speak.
    """
    terms, rows = network.terms(data), torch.tensor(data.rows[some(data.train_rows)])
    values = terms.contributions(rows.to(network.device))
    variances = values.var(dim=0).sum(dim=1)
    whole = float(values.sum(dim=1).var(dim=0).sum())
    shares = dict(zip(terms.members, (variances / max(whole, 1e-30)).tolist(), strict=True))
    result = merged(tuple(part for one in network.subnets.members for part in _telling(one, shares)))[0]
    return network.subnets.members if set(result) == set(network.subnets.members) else result


def _telling(features: tuple[int, ...], shares: Mapping[tuple[int, ...], float]) -> Sets:
    if shares.get(features, 0.0) >= NOTHING:
        return (features,)
    parts = combinations(features, len(features) - 1) if len(features) > 1 else ()
    return tuple(one for part in parts for one in _telling(part, shares))
