"""Which pairs are raced at all: those that are allowed, and of very many those that a quick screen finds worth it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import torch
from jaxtyping import Bool, Int
from pydantic import BeforeValidator, Field
from torch import Tensor

from ...core.errors import InputError
from ...core.types import FeatureSpace
from ..common.feature_sets import sets_of, written

if TYPE_CHECKING:
    from .racing.pair_race import PairRace


def as_groups(given: Any) -> Any:
    """Return pairs or groups of any form as `a & b`: one of them, a list, a table or a result."""
    if isinstance(given, str) and given.strip() and " & " in given:
        return (given,)
    try:
        return written(given)
    except TypeError:
        raise InputError(
            f"Pairs must be tuples of feature names, or written as `a & b`; got {given!r}. Pass a list of those."
        ) from None


Pairs = Annotated[
    tuple[str, ...],
    BeforeValidator(as_groups),
    Field(
        title="Pairs to consider",
        description="Only these, each written as `a & b`; `a & b & c` stands for all pairs of the group. Empty: all.",
        json_schema_extra={"placeholder": "all; type a & b"},
    ),
]
Exclude = Annotated[
    tuple[str, ...],
    BeforeValidator(as_groups),
    Field(
        title="Pairs to leave out",
        description="Each written as `a & b`; `a & b & c` leaves out all pairs of the group.",
        json_schema_extra={"placeholder": "none; type a & b"},
    ),
]
Candidates = Annotated[
    int | None,
    Field(
        ge=1,
        title="Candidate pairs",
        description="Race only so many pairs, those of the features that move the prediction most. Empty: all.",
        json_schema_extra={"placeholder": "all"},
    ),
]

SCREENED_ROWS = 256
"""Rows on which single features are moved: their order hardly changes with more."""

EXPLORED = 0.05
"""Share of the pairs left out that is tried all the same (ParaACE paper, appendix F)."""


def allowed_pairs(space: FeatureSpace, pairs: tuple[str, ...], exclude: tuple[str, ...]) -> Int[Tensor, "pairs 2"]:
    """Return the pairs to consider, in the order of the features.

    Args:
        space: The features.
        pairs: Pairs or groups that are allowed, each written as `a & b`; none for all.
        exclude: Pairs or groups that are not.

    Raises:
        InputError: A feature does not exist, a group has fewer than two features, or no pair is left.
    """
    n_features = len(space)
    allowed = torch.full((n_features, n_features), not pairs)
    for given, value in ((pairs, True), (exclude, False)):
        for members in sets_of(space, given) if given else ():
            places = torch.tensor(members)
            allowed[places[:, None], places] = value
    chosen = torch.combinations(torch.arange(n_features))
    chosen = chosen[allowed[chosen[:, 0], chosen[:, 1]]]
    if not len(chosen):
        raise InputError("`pairs` and `exclude` leave no pair to consider; allow at least one that is not left out.")
    return chosen


@dataclass(frozen=True)
class Screening:
    """What a screen chose.

    Attributes:
        chosen: Which of the pairs are candidates, shape (pairs,).
        explored: Pairs outside the screen's choice that were tried on `rows` rows.
        promoted: Those of them that would have been among the strongest, and became candidates.
        rows: Rows on which they were tried.
    """

    chosen: Bool[Tensor, " pairs"]
    explored: int
    promoted: int
    rows: int

    def sentence(self, level: float) -> str:
        """Return how many pairs were left out, and how many of these may belong to the strongest all the same."""
        left_out = int((~self.chosen).sum())
        tried = f"Of {self.explored:,} of these, drawn at random and tried on {self.rows:,} rows each, "
        result = "none was" if not self.promoted else "1 was" if self.promoted == 1 else f"{self.promoted:,} were"
        most = _most_missed(self.explored, self.promoted, level)
        missed = f"{100 * most:.1f} % of those left out ({math.ceil(most * left_out):,} pairs)"
        return (
            f"Only {int(self.chosen.sum()):,} candidate pairs were raced, chosen by how far their features move the "
            f"prediction; {left_out:,} were left out. {tried}{result} as strong there as the weakest looked for: at "
            f"most {missed} would be on those rows, with {level:.0%} confidence; what acts on few rows may be missed."
        )


def screen(race: "PairRace", count: int, top_k: int, seed: int) -> Screening:
    """Choose `count` candidates among the pairs of a race, and try a random share of the others.

    The joint effect of two features is the difference of two effects of either of them alone, so a pair can only be
    strong where both features move the prediction: pairs are ordered by the weaker of the two total effects, the mean
    squares of the change of the prediction when one feature moves and the others stay as they are (no averaging: a
    feature that acts only together with others counts too).

    References:
        ParaACE paper, appendix F: candidates, about log n pulls of each pair, 5 % exploration.
    """
    n_pairs, context = len(race.subsets), race.context
    if count >= n_pairs:
        return Screening(torch.ones(n_pairs, dtype=torch.bool), 0, 0, 0)
    with torch.inference_mode():
        features = torch.arange(len(context.data.space))[:, None]
        moves = context.differences(1)(features, 0, min(SCREENED_ROWS, len(race.rows)))
        total = (moves.mean(0) / context.span(features)[:, None]).square().mean(1)
    weaker = torch.minimum(total[race.subsets[:, 0]], total[race.subsets[:, 1]])
    chosen = torch.zeros(n_pairs, dtype=torch.bool)
    chosen[torch.argsort(-weaker, stable=True)[:count]] = True
    others = (~chosen).nonzero()[:, 0].numpy()
    draw = np.random.default_rng([seed, n_pairs])
    explored = np.sort(draw.permutation(others)[: max(1, round(EXPLORED * len(others)))])
    rows = min(len(race.rows), max(2, math.ceil(math.log2(n_pairs))))
    candidates = chosen.nonzero()[:, 0].numpy()
    bar = np.sort(race.pull(candidates, 0, rows).mean(1))[-min(top_k, len(candidates))]
    means = race.pull(explored, 0, rows).mean(1)
    promoted = explored[(means >= bar) & (means > 0.0)]
    chosen[torch.from_numpy(promoted)] = True
    return Screening(chosen, len(explored), len(promoted), rows)


def _most_missed(explored: int, found: int, level: float) -> float:
    """Upper end of the exact (Clopper-Pearson) interval of a share of which `found` among `explored` were seen."""
    from scipy.stats import beta

    return 1.0 if found >= explored else float(beta.ppf(level, found + 1, explored - found))
