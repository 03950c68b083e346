"""Hierarchical detection: pairs, then the cliques of their graph, order by order, each set proven on its own."""

from typing import Annotated, Literal

from pydantic import Field

from ...core.common_options import Conditioning, Cross, Population, Scheme, SecondOpinion, Seed, Step
from ...core.compute import Compute
from ...core.errors import InputError
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from .hierarchical_search import HierarchicalSearch, given_pairs, next_candidates
from .perturbation import PerturbationContext, PerturbationOptions
from .racing.rules import Rules
from .registration import CLIQUES
from .screening import Exclude, Pairs, allowed_pairs
from .set_result import SubsetInteractions
from .ucb import Budget, Initial, Level, TailFactor, Tie

USUAL_ORDER = 4
"""The paper advises against more: uneconomical to compute, hard to interpret."""

MaxOrder = Annotated[
    int | None,
    Field(
        ge=2,
        le=10,
        title="Highest order",
        description="Features in the largest sets that are tried. Empty: 4. A set of k costs 2^k model calls a row.",
        json_schema_extra={"placeholder": "4"},
    ),
]
TopKOfOrder = Annotated[
    int,
    Field(
        ge=1,
        title="Strongest sets of each order",
        description="At most so many pairs make the graph, and so many sets of each order go on to the next.",
    ),
]
Smallest = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Smallest effect that counts",
        description="As a share of the standard deviation of the prediction. Weaker sets count as none.",
    ),
]
MaxCandidates = Annotated[
    int,
    Field(
        ge=1,
        title="Candidates of one order at most",
        description="A dense graph has more cliques than can be tried; those of the strongest pairs stay.",
    ),
]

ProvingBound = Annotated[
    Literal["betting", "bernstein"],
    Field(title="Confidence interval", description="betting: the narrowest that holds; bernstein: holds too, wider."),
]
Complete = Annotated[
    bool,
    Field(
        title="Exact strengths",
        description="Evaluate the accepted sets on all background rows, once it is certain that they are accepted.",
    ),
]


@in_context(CLIQUES)
def cliques(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    max_order: MaxOrder = None,
    top_k: TopKOfOrder = 100,
    smallest: Smallest = 0.04,
    pairs: Pairs = (),
    exclude: Exclude = (),
    background: Population = None,
    budget: Budget = None,
    bound: ProvingBound = "betting",
    scheme: Scheme = "auto",
    step: Step = 0.75,
    moves: Conditioning = "marginal",
    level: Level = 0.95,
    tail_factor: TailFactor = 2.0,
    tie: Tie = 0.02,
    cross: Cross = True,
    initial: Initial = 32,
    max_candidates: MaxCandidates = 2000,
    complete: Complete = False,
    second_opinion: SecondOpinion = True,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> SubsetInteractions:
    """Sets of features that act together, order by order (ParaACE paper, Algorithm 2).

    The accepted pairs make a graph; a clique of it is a candidate of its order if all its subsets one smaller were
    accepted, and accepted if its own mixed difference is proven above its reference: the strength of an effect of
    `smallest` times the prediction's standard deviation and, for an ensemble, the noise of a single network (the
    variance of the mixed difference between members). Strength is the mean squared mixed difference of that order per
    standard deviation of each feature, effect the root mean square joint effect in the score's unit. Intervals hold
    together within an order. Raises `InputError` for fewer than two features or rows or a `max_order` above the number
    of features, `ModelError` when the model does not score the rows.
    """
    highest = _highest(max_order, data)
    context = PerturbationContext(model, data, PerturbationOptions.of(run), compute)
    rules = Rules.of(run.options, len(context.rows), context.crossed, budget=None)  # that is of all orders together
    search = HierarchicalSearch(context, rules, budget, smallest * context.spread, report)
    search.level(2, given_pairs(allowed_pairs(data.space, pairs, exclude).tolist()))
    for order in range(3, highest + 1):
        result = next_candidates(search.accepted(2), search.accepted(order - 1), order, max_candidates)
        search.level(order, result)
        if not result.candidates:
            break
    report(1.0, "Finished", search.partial)
    return search.result(context.provenance(run, *search.notes()))


def _highest(max_order: int | None, data: Dataset) -> int:
    n_features = len(data.space)
    if max_order is not None and max_order > n_features:
        raise InputError(
            f"`max_order` must be at most the number of features ({n_features}); got {max_order}. "
            "Lower it, or make features of more columns."
        )
    return max_order or min(USUAL_ORDER, n_features)
