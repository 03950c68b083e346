"""How far each feature is moved in a mixed difference: the low and the high value of every feature in every row.

All schemes are one formula. With low and high values l and u of the features i and j, and the row's own values
elsewhere,

    joint effect  = F(u_i, u_j) - F(u_i, l_j) - F(l_i, u_j) + F(l_i, l_j)
    mixed difference D_ij = joint effect / (span_i span_j)

- central: l = x - h, u = x + h, span = 2h in standard deviations (ParaACE paper, Theorem 3.1);
- forward: l = x, u = x + h, span = h;
- swap: l = x, u = the value of another background row, span = sqrt(2): two independent draws of a variable differ by
  sqrt(2) standard deviations (root mean square), so strengths of swapped and of shifted features compare.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..types import Feature, FeatureSpace, Kind

SCHEMES = ("auto", "central", "forward", "swap")


@dataclass(frozen=True)
class Moves:
    """`low`, `high`: table values by row and feature; `span` in standard deviations.

    `still` marks features whose low value is the row's own, so that evaluations are shared between pairs; `shift` is
    the distance (low, high) in table units from the row's own value where that is the same in every row.
    """

    low: Float[Tensor, "rows features"]
    high: Float[Tensor, "rows features"]
    span: Float[Tensor, " features"]
    still: Bool[Tensor, " features"]
    shift: tuple[tuple[float, float] | None, ...]


def moves(space: FeatureSpace, rows: Float[Tensor, "rows features"], scheme: str, step: float) -> Moves:
    """The moves of every feature in every one of the background `rows` (in random order), with steps of `step`
    standard deviations. Categorical features are swapped under every scheme, discrete ones under "auto" too."""
    low, high = rows.clone(), rows.clone()
    span = torch.empty(len(space), dtype=torch.float64)
    shift: list[tuple[float, float] | None] = []
    partners = rows.roll(1, 0)
    for index, feature in enumerate(space.features):
        kind = scheme_of(feature, scheme)
        if kind == "swap":
            high[:, index] = partners[:, index]
            span[index] = math.sqrt(2.0)
            shift.append(None)
            continue
        below, above = (-step, step) if kind == "central" else (0.0, step)
        low[:, index] += below * feature.scale
        high[:, index] += above * feature.scale
        span[index] = above - below
        shift.append((below * feature.scale, above * feature.scale))
    still = torch.tensor([scheme_of(feature, scheme) != "central" for feature in space.features])
    return Moves(low=low, high=high, span=span, still=still, shift=tuple(shift))


def scheme_of(feature: Feature, scheme: str) -> str:
    """The scheme by which one feature is moved: what "auto" means for it, and "swap" for every categorical feature."""
    if feature.kind is Kind.CATEGORICAL or (scheme == "auto" and feature.discrete):
        return "swap"
    return "central" if scheme == "auto" else scheme
