"""How far each feature is moved in a mixed difference: the low and the high value of every feature in every row.

All schemes are one formula. With low and high values l and u of the features i and j, and the row's own values
elsewhere,

    joint effect  = F(u_i, u_j) - F(u_i, l_j) - F(l_i, u_j) + F(l_i, l_j)
    mixed difference D_ij = joint effect / (span_i span_j)

- central: l = x - h, u = x + h, span = 2h in standard deviations (ParaACE paper, Theorem 3.1);
- forward: l = x, u = x + h, span = h;
- quantile: l and u are the training values whose normal scores (see `ranks`) are that of x -+ h, span = 2h: of a normal
  feature the same values as central ones, of any other one never outside its range;
- swap: l = x, u = the value of another background row, span = sqrt(2): two independent draws of a variable differ by
  sqrt(2) standard deviations (root mean square), so strengths of swapped and of shifted features compare.

"auto" chooses per feature; see `schemes_of`.

Conditional moves use as h the share of it that the other features leave free, and swap with a row that is alike in the
other features. Their spans are 2h and sqrt(2) in *residual* standard deviations, so that a strength is what the pair
does within the freedom that the data leave it. Divided by the distance in standard deviations instead, the joint effect
of nearly determined features is multiplied by the fourth power of that distance's inverse: with b = a + .2 noise and
y = a + b + c a random forest then has a x b as its strongest pair on the data too, made of the steps of its trees.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..core.types import Feature, FeatureSpace, Kind
from .dependence import Dependence, dependence
from .ranks import move_scores

SCHEMES = ("auto", "central", "forward", "quantile", "swap")

USUAL_STEP = 0.75
"""The step at which "auto" judges features, whatever the step used: a ranking over steps compares like with like."""

OUTSIDE = 0.3
"""Largest share of values that a step may lead beyond one end of the range: of a uniform feature it is .217, of the
halved normal .35, of an exponential .53."""

STRETCHED = 1.2
"""Largest standard deviation over that of the bulk (half the distance of the 16 % and 84 % quantiles): a step of .75
then is at most .9 of the bulk's, the end of the range of steps that the ParaACE paper advises. Of a uniform feature it
is .85, normal 1, t with five degrees of freedom 1.18, three 1.46, lognormal 1.9."""

HEAPED = 0.3
"""Largest share of rows at one value: a quantile step of .75 from the middle of a heap covers 27 % of the rows on
either side, and so leaves a heap of 30 % wherever it lies."""

FEWEST_ROWS = 50
"""With fewer rows the ends and the bulk of a feature are not known, and it takes plain steps."""


@dataclass(frozen=True)
class Moves:
    """`low`, `high`: table values by row and feature.

    `span` in standard deviations (of normal scores, where ranked; of what the other features leave free, where
    conditional).

    `still` marks features whose low value is the row's own, so that evaluations are shared between pairs; `shift` is
    the distance (low, high) in table units from the row's own value where that is the same in every row. `schemes` says
    how each feature was moved. Of conditional moves, `freedom` says how far the others determine each feature.
    """

    low: Float[Tensor, "rows features"]
    high: Float[Tensor, "rows features"]
    span: Float[Tensor, " features"]
    still: Bool[Tensor, " features"]
    shift: tuple[tuple[float, float] | None, ...]
    schemes: tuple[str, ...] = ()
    freedom: Dependence | None = None


def moves(
    space: FeatureSpace,
    rows: Float[Tensor, "rows features"],
    scheme: str,
    step: float,
    reference: Float[np.ndarray, "reference features"] | None = None,
    *,
    conditional: bool = False,
    freedom: Dependence | None = None,
    seed: int = 0,
) -> Moves:
    """Return the moves of every feature in every row.

    Args:
        space: The features.
        rows: Table values of the background rows, in random order.
        scheme: One of SCHEMES. Categorical features are swapped under every scheme.
        step: In standard deviations.
        reference: Table values of all training rows, by which "auto" decides and ranks are counted; default `rows`.
        conditional: Whether features move only as far as the other features leave them free.
        freedom: That of conditional moves of the same rows at another step, if known; else it is learnt here.
        seed: Which of the alike rows gives its value to a conditional swap.
    """
    known = rows.numpy() if reference is None else reference
    schemes = schemes_of(space, scheme, known)
    if conditional and freedom is None:
        freedom = _freedom(space, rows.numpy(), known, schemes, seed)
    low, high = rows.clone(), rows.clone()
    span = torch.empty(len(space), dtype=torch.float64)
    shift: list[tuple[float, float] | None] = []
    partners = rows.roll(1, 0)
    for index, (feature, kind) in enumerate(zip(space.features, schemes, strict=True)):
        size = step * (1.0 if freedom is None else float(freedom.spread[index]))
        shift.append(None)
        if kind == "swap":
            high[:, index] = partners[:, index]
            span[index] = math.sqrt(2.0)
            if freedom is not None:
                high[:, index] = torch.from_numpy(known[freedom.matched[index], index])
        elif kind == "quantile":
            ordered, values = np.sort(known[:, index]), rows[:, index].numpy()
            low[:, index] = torch.from_numpy(move_scores(ordered, values, -size))
            high[:, index] = torch.from_numpy(move_scores(ordered, values, size))
            span[index] = 2.0 * step
        else:
            below, above = (-size, size) if kind == "central" else (0.0, size)
            low[:, index] += below * feature.scale
            high[:, index] += above * feature.scale
            span[index] = 2.0 * step if kind == "central" else step
            shift[-1] = (below * feature.scale, above * feature.scale)
    return Moves(
        low=low,
        high=high,
        span=span,
        still=torch.tensor([kind in ("forward", "swap") for kind in schemes]),
        shift=tuple(shift),
        schemes=schemes,
        freedom=freedom,
    )


def schemes_of(space: FeatureSpace, scheme: str, reference: Float[np.ndarray, "reference features"]) -> tuple[str, ...]:
    """Return the scheme by which each feature is moved: "central", "forward", "quantile" or "swap".

    Under "auto", categorical features, discrete ones and those with more than HEAPED of the rows at one value (zeros,
    a 999 for "none") are swapped. Other numbers take quantile steps when a plain step of .75 standard deviations would
    lead more than OUTSIDE of the rows beyond one end of the range, or when their standard deviation is that of their
    outliers (STRETCHED), by more than two standard errors either way; all others take plain steps.

    Args:
        space: The features.
        scheme: One of SCHEMES.
        reference: Table values of the training rows.
    """
    if scheme != "auto":
        return tuple("swap" if one.kind is Kind.CATEGORICAL else scheme for one in space.features)
    return tuple(_usual(one, reference[:, index]) for index, one in enumerate(space.features))


def _usual(feature: Feature, values: Float[np.ndarray, " reference"]) -> str:
    """What "auto" means for one feature."""
    if feature.kind is Kind.CATEGORICAL or feature.discrete:
        return "swap"
    n, ordered = len(values), np.sort(values)
    if n < FEWEST_ROWS:
        return "central"
    ends = np.append(np.flatnonzero(np.diff(ordered)), n - 1)
    if np.diff(ends, prepend=-1).max() > HEAPED * n:
        return "swap"
    step = USUAL_STEP * feature.scale
    outside = max((values - step < ordered[0]).mean(), (values + step > ordered[-1]).mean())
    lower, upper = np.quantile(ordered, [0.16, 0.84])
    error = 1.0 / math.sqrt(n)
    if outside > OUTSIDE + error or feature.scale > (STRETCHED + 2.0 * error) * (upper - lower) / 2.0:
        return "quantile"
    return "central"


def _freedom(
    space: FeatureSpace, rows: np.ndarray, reference: np.ndarray, schemes: Sequence[str], seed: int
) -> Dependence:
    swapped = np.array([kind == "swap" for kind in schemes])
    ranked = np.array([kind not in ("central", "forward") for kind in schemes])
    return dependence(space, rows, reference, ranked, swapped, seed)
