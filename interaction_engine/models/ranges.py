"""How strong a joint effect a model can have at most: bounds that are read from it, not learnt from its scores.

The joint effect of a set is the alternating sum of the score over the corners that its features' low and high values
span (`numerics.differences`). A bound holds for every row and for all values between the given ends, whatever was
evaluated before; it can be much larger than any effect that the data show.
"""

from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from ..core.errors import InputError
from ..core.types import FeatureSpace, Kind, Model, TargetKind
from ..numerics.difference_intervals import SHAPES, DifferenceIntervals, Shape, clipped, clipped_log_odds
from .adapters.black_box import BlackBox
from .additive.network import AdditiveNetwork, Subnets
from .additive.paraace import ParaAce
from .additive.terms import TermModel
from .inspection.ensemble import Link
from .inspection.reading import LARGEST_LOG_ODDS, Composition, composition
from .inspection.tree_ranges import SetBounds, set_codes, tree_bounds
from .networks.bayesian import AVERAGED, BayesianNetwork
from .networks.mlp import Mlp
from .scoring import SMALLEST_PROBABILITY

if TYPE_CHECKING:
    from ..numerics.moves import Moves

BYTES = 1 << 28
"""Working memory for the bounds of pairs on all units of a layer, of which about `COPIES` are held at a time."""

COPIES = 16

Box = tuple[Float64[Tensor, " features"], Float64[Tensor, " features"], Float64[Tensor, " features"]]
"""The smallest and the largest value of each feature, and the largest distance between two values in one row."""


def effect_bound(
    model: Model,
    subsets: Int[Tensor, "subsets order"],
    low: Float[Tensor, " features"],
    high: Float[Tensor, " features"],
    *,
    span: Float[Tensor, " features"] | None = None,
) -> Float64[Tensor, " subsets"] | None:
    """Bound the absolute joint effect of sets of features, in the unit of the score.

    Args:
        model: The model; of an ensemble, the bound holds for each member.
        subsets: The places of the features of each set, at least two.
        low: The smallest value of each feature in the table's unit, over all rows and all values moved to. Categorical
            features may take any level.
        high: The largest value of each feature.
        span: The largest distance between the low and the high value of a feature in one row; `high - low` if None.

    Returns:
        A bound for each set, 0 where the set cannot be combined, up to rounding of the model's own arithmetic. None for
        models whose inside is not known.

    Raises:
        InputError: If the sets have fewer than two features, or an end is no number or the ends are out of order.
    """
    if subsets.shape[1] < 2:
        raise InputError(f"`subsets` must be of at least two features; got {subsets.shape[1]}. Pass pairs.")
    low, high = low.double().cpu(), high.double().cpu()
    if not bool((low <= high).all()):
        raise InputError("`low` must be at most `high` for every feature; take both over all rows and moved values.")
    box = (low, high, high - low if span is None else torch.minimum(span.double().cpu(), high - low))
    with torch.inference_mode():
        return _bound(model, subsets.cpu(), box)


def box_of(rows: Float[Tensor, "rows features"], moved: "Moves") -> Box:
    """Return the smallest and largest value of each feature over `rows` and their moves, and the longest move."""
    ends = torch.stack([rows.double(), moved.low.double(), moved.high.double()]).cpu()
    return ends.amin((0, 1)), ends.amax((0, 1)), (ends[2] - ends[1]).abs().amax(0)


@singledispatch
def _bound(model: Model, subsets: Tensor, box: Box) -> Tensor | None:
    """Of anything else nothing is known."""
    return None


@_bound.register
def _of_black_box(model: BlackBox, subsets: Tensor, box: Box) -> Tensor | None:
    made = composition(model)
    if made is None or made.link is Link.UNKNOWN:
        return None
    if made.trees is None:
        return _of_tables(made, subsets) if made.link is Link.IDENTITY else None
    order = subsets.shape[1] if made.link is Link.IDENTITY else 2
    bounds = tree_bounds(made.trees, order, box[0].numpy(), box[1].numpy())
    if bounds is None:
        return None
    if made.link is Link.IDENTITY:
        codes = set_codes(subsets.numpy(), made.terms.shape[1])
        largest = 2.0 ** (order - 1) * (made.high - made.low)
        return torch.from_numpy(bounds[-1].of(codes)).clamp(max=largest)
    return _of_pairs(subsets, lambda pairs: _linked(made, bounds, pairs).largest()[:, 0], width=1)


@_bound.register
def _of_perceptron(model: Mlp, subsets: Tensor, box: Box) -> Tensor:
    return _members(model, subsets, box).amax(0)


@_bound.register
def _of_bayesian(model: BayesianNetwork, subsets: Tensor, box: Box) -> Tensor:
    bent = model.target.kind is TargetKind.MULTICLASS  # only then does the linear main effect take part
    return _members(model.draws(AVERAGED, 0, main=bent), subsets, box).mean(0)


@_bound.register
def _of_additive(model: AdditiveNetwork, subsets: Tensor, box: Box) -> Tensor:
    n_subnets, n_outputs = len(model.subnets), len(model.intercept)
    sums = torch.eye(n_outputs, dtype=torch.float64).repeat(1, n_subnets)

    def of_pairs(pairs: Tensor) -> Tensor:
        layer = _subnets(model.subnets, pairs, box).linear(sums, model.intercept.double().cpu())
        return _headed(model, layer)

    return _of_pairs(subsets, of_pairs, width=n_subnets * n_outputs)


@_bound.register
def _of_paraace(model: ParaAce, subsets: Tensor, box: Box) -> Tensor:
    weights, biases = ([one.double().cpu() for one in many] for many in (model.fix_up.weights, model.fix_up.biases))

    def of_pairs(pairs: Tensor) -> Tensor:
        values = _subnets(model.subnets, pairs, box)
        hidden = values.linear(weights[0], biases[0]).activated(SHAPES["relu"])
        residual = hidden.linear(weights[1], biases[1]).activated(SHAPES["relu"])
        return _headed(model, values.plus(residual).linear(weights[2], biases[2]))

    return _of_pairs(subsets, of_pairs, width=len(model.subnets))


@_bound.register
def _of_term_model(model: TermModel, subsets: Tensor, box: Box) -> Tensor | None:
    if model.target.kind is TargetKind.MULTICLASS:
        return None
    bounds = torch.zeros(len(subsets), dtype=torch.float64)
    if subsets.shape[1] > 2:
        return bounds
    for place, pair in enumerate(model.pairs):
        own = (subsets.sort(1).values == torch.tensor(sorted(pair))).all(1)
        if not bool(own.any()):
            continue
        cuts = [ends[place][ends[place].isfinite()] for ends in (model.first_cuts, model.second_cuts)]
        cells = [_cells(one, model.space, feature, box) for one, feature in zip(cuts, pair, strict=True)]
        bounds[own] += largest_mixed_difference(model.maps[place, cells[0], cells[1], 0].cpu())
    return bounds


def largest_mixed_difference(table: Float64[Tensor, "first second"]) -> float:
    """Return the largest alternating sum over the corners of any rectangle of cells."""
    largest = 0.0
    for row in table:
        steps = table - row
        largest = max(largest, float((steps.amax(1) - steps.amin(1)).max()))
    return largest


def _cells(cuts: Tensor, space: FeatureSpace, feature: int, box: Box) -> slice:
    """The cells of an axis that values between the ends fall into."""
    if space.features[feature].kind is Kind.CATEGORICAL:
        return slice(0, len(cuts) + 1)
    low, high = (int(torch.searchsorted(cuts, end[feature].to(cuts), right=True)) for end in box[:2])
    return slice(low, high + 1)


def _of_tables(made: Composition, subsets: Tensor) -> Tensor | None:
    """Of the terms of an additive model, each a function of the features of its own."""
    bounds = torch.zeros(len(subsets), dtype=torch.float64)
    if (made.terms.sum(axis=1) > 1).any() and not made.tables:
        return None
    order = subsets.shape[1]
    for table in made.tables:
        inside = torch.isin(subsets, torch.tensor(table.features)).all(1)
        if not bool(inside.any()):
            continue
        if len(table.features) == order == 2:
            bounds[inside] += largest_mixed_difference(torch.from_numpy(table.values))
        else:
            bounds[inside] += 2.0 ** (order - 1) * float(np.ptp(table.values))
    return bounds


def _linked(made: Composition, bounds: Sequence[SetBounds], pairs: Tensor) -> DifferenceIntervals:
    """The bounds of a sum of trees, behind the function that makes it a score."""
    n_features = made.terms.shape[1]
    first = torch.from_numpy(bounds[0].of(np.arange(n_features)))[:, None]
    second = torch.from_numpy(bounds[1].of(set_codes(pairs.numpy(), n_features)))[:, None]
    value = (torch.tensor([made.low], dtype=torch.float64), torch.tensor([made.high], dtype=torch.float64))
    return DifferenceIntervals(value, (-first, first), (-second, second), pairs).activated(_shape(made.link))


def _shape(link: Link) -> Shape:
    if link is Link.EXPONENTIAL:
        return SHAPES["exponential"]
    return clipped_log_odds(SMALLEST_PROBABILITY) if link is Link.LOG_ODDS else clipped(LARGEST_LOG_ODDS)


def _members(model: Mlp, subsets: Tensor, box: Box) -> Float64[Tensor, "members subsets"]:
    """The bounds of each member of an ensemble of perceptrons."""
    shape = SHAPES[model.activation]
    matches = []
    for member in range(model.n_members):
        weights, biases = ([one[member].double().cpu() for one in many] for many in (model.weights, model.biases))

        def of_pairs(pairs: Tensor, weights: list[Tensor] = weights, biases: list[Tensor] = biases) -> Tensor:
            layer = _entered(model.space, weights[0], biases[0], box, pairs)
            for weight, bias in zip(weights[1:], biases[1:], strict=True):
                layer = layer.activated(shape).linear(weight, bias)
            return _headed(model, layer)

        matches.append(_of_pairs(subsets, of_pairs, width=max(model.sizes)))
    return torch.stack(matches)


def _headed(model: Mlp | AdditiveNetwork | ParaAce, layer: DifferenceIntervals) -> Float64[Tensor, " pairs"]:
    """The bounds of the score, from those of a network's outputs."""
    if model.target.kind is TargetKind.MULTICLASS:
        return layer.log_odds(model.class_index or 0).largest()[:, 0]
    scale = abs(model.scale) if model.target.kind is TargetKind.REGRESSION else 1.0
    return layer.largest()[:, 0] * scale


def _of_pairs(subsets: Tensor, of_pairs: Callable[[Tensor], Tensor], *, width: int) -> Float64[Tensor, " subsets"]:
    """The bounds of sets from those of the pairs in them: with each feature more, at most twice that of any pair."""
    order = subsets.shape[1]
    inside = subsets[:, torch.combinations(torch.arange(order))].sort(2).values  # subsets, pairs of each, 2
    pairs, place = torch.unique(inside.flatten(0, 1), dim=0, return_inverse=True)
    step = max(1, BYTES // (8 * COPIES * width))
    bounds = torch.cat([of_pairs(part) for part in pairs.split(step)]) if len(pairs) else torch.zeros(0)
    return 2.0 ** (order - 2) * bounds.double()[place].reshape(inside.shape[:2]).amin(1)


def _entered(space: FeatureSpace, weight: Tensor, bias: Tensor, box: Box, pairs: Tensor) -> DifferenceIntervals:
    """The bounds behind a network's first layer: each numeric feature moves up by at most its span."""
    low, high, span = box
    least, most = bias.clone(), bias.clone()
    first = torch.zeros(2, len(space), len(weight), dtype=torch.float64)
    for place, (feature, group) in enumerate(zip(space.features, space.groups, strict=True)):
        columns = weight[:, group]
        if feature.kind is Kind.CATEGORICAL:
            ends = columns.amin(1), columns.amax(1)
            if feature.n_columns == 1:  # a level unknown to the network would leave its only column at 0
                ends = ends[0].clamp(max=0.0), ends[1].clamp(min=0.0)
            first[0, place], first[1, place] = ends[0] - ends[1], ends[1] - ends[0]
        else:
            values = torch.stack([(end[place] - feature.mean) / feature.scale * columns[:, 0] for end in (low, high)])
            ends = values.amin(0), values.amax(0)
            step = span[place] / feature.scale * columns[:, 0]
            first[0, place], first[1, place] = step.clamp(max=0.0), step.clamp(min=0.0)
        least, most = least + ends[0], most + ends[1]
    none = torch.zeros(len(pairs), len(weight), dtype=torch.float64)
    return DifferenceIntervals((least, most), (first[0], first[1]), (none, none), pairs)


def _subnets(subnets: Subnets, pairs: Tensor, box: Box) -> DifferenceIntervals:
    """The bounds of what all subnets put out, one after the other."""
    shape, n_features, n_outputs = SHAPES[subnets.activation], len(subnets.space), subnets.sizes[-1]
    weights, biases = ([one.double().cpu() for one in many] for many in (subnets.weights, subnets.biases))
    n_units = len(subnets) * n_outputs
    values = torch.zeros(2, n_units, dtype=torch.float64)
    first = torch.zeros(2, n_features, n_units, dtype=torch.float64)
    second = torch.zeros(2, len(pairs), n_units, dtype=torch.float64)
    for subnet, members in enumerate(subnets.members):
        own = torch.tensor(members, dtype=torch.long)
        space = FeatureSpace(tuple(subnets.space.features[place] for place in members))
        rows = torch.isin(pairs, own).all(1).nonzero()[:, 0]
        local = (pairs[rows][..., None] == own).long().argmax(2) if len(own) else pairs[rows]
        entry = (weights[0][subnet][:, : space.n_columns], biases[0][subnet])
        layer = _entered(space, *entry, (box[0][own], box[1][own], box[2][own]), local)
        for weight, bias in zip(weights[1:], biases[1:], strict=True):
            layer = layer.activated(shape).linear(weight[subnet], bias[subnet])
        place = slice(subnet * n_outputs, (subnet + 1) * n_outputs)
        for end in range(2):
            values[end, place] = layer.value[end]
            first[end, own, place] = layer.first[end]
            second[end, rows, place] = layer.second[end]
    return DifferenceIntervals((values[0], values[1]), (first[0], first[1]), (second[0], second[1]), pairs)
