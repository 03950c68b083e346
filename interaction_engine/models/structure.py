"""Which sets of features a model can combine at all: the joint effect of every other set is exactly zero.

A score that is a sum of terms, each a function of some of the features, has no joint effect of a set that no term
contains: all mixed differences of it vanish (ParaACE paper, Theorem 3.1). Terms are the paths of trees, the terms of
additive models, and the units of sparse networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, singledispatch

import numpy as np
import torch
from jaxtyping import Bool, Int, UInt8
from torch import Tensor

from ..core.types import FeatureSpace, Model, TargetKind
from .adapters.black_box import BlackBox
from .adapters.modules import ModuleModel
from .additive.editing.edited import Edited
from .additive.network import AdditiveNetwork
from .additive.paraace import ParaAce
from .additive.terms import TermModel
from .inspection.ensemble import Link
from .inspection.reading import composition, probe_rows
from .inspection.sequential import layers_of
from .networks.bayesian import AVERAGED, BayesianNetwork
from .networks.mlp import Mlp

TRIED_PAIRS, TRIED_ROWS = 48, 8
"""Excluded pairs, and rows for each, on which the reading of another library's model is tried before it is used."""

ZERO = 1e-3
"""Joint effects of excluded pairs must stay below this share of the spread of the scores: float32 leaves rounding."""

TINY = 1e-3
"""Share of the scores' size below which their spread is rounding."""

BYTES = 1 << 26
"""Working memory for subsets looked up at a time."""

UNUSED = "the model does not use all of them"
NO_PATH = "no tree has them together on one path"
NO_TERM = "no term of the model has them together"
NO_UNIT = "no unit of the network sees them together"


@dataclass(frozen=True, eq=False)
class Structure:
    """What a model can combine. `reason` says, as part of a sentence, why it cannot combine the other sets.

    Row t of `terms` marks the features of one term: a set of features can have a joint effect only if one term has all
    of them.
    """

    reason: str
    terms: Bool[Tensor, "terms features"]

    def allows(self, subsets: Int[Tensor, "subsets order"]) -> Bool[Tensor, " subsets"]:
        """Return which sets of features can have a joint effect; that of all others is zero for every row and move.

        Args:
            subsets: The places of the features of each set.
        """
        allowed = torch.zeros(len(subsets), dtype=torch.bool)
        if not len(self.terms):
            return allowed
        step = max(1, BYTES // (self._bits.shape[1] * max(1, subsets.shape[1])))
        for start in range(0, len(subsets), step):
            part = subsets[start : start + step].cpu()
            together = self._bits[part[:, 0]]
            for position in range(1, part.shape[1]):
                together = together & self._bits[part[:, position]]
            allowed[start : start + step] = together.any(1)
        return allowed

    @cached_property
    def _bits(self) -> UInt8[Tensor, "features words"]:
        """Of each feature, the terms that have it, a bit each."""
        return torch.from_numpy(np.packbits(self.terms.cpu().numpy().T, axis=1))


def combinable(model: Model) -> Structure | None:
    """Return which sets of features `model` can combine.

    What is returned holds for the score that `model.scores` gives, for all rows and moves. Models of other libraries
    are read, and some of the sets found to be excluded are tried on the model itself.

    Returns:
        None where nothing is known, or nothing is excluded: then every set must be evaluated.
    """
    result = _structure(model)
    if result is None or bool(result.terms.all(1).any()):
        return None
    return result if not isinstance(model, BlackBox) or _confirmed(model, result) else None


@singledispatch
def _structure(model: Model) -> Structure | None:
    """Of anything else nothing is known."""
    return None


@_structure.register
def _of_black_box(model: BlackBox) -> Structure | None:
    made = composition(model)
    if made is None:
        return None
    terms = torch.from_numpy(made.terms)
    if made.link is not Link.IDENTITY:
        return Structure(UNUSED, terms.any(0, keepdim=True))
    return Structure(NO_PATH if made.what == "tree" else NO_TERM, terms)


@_structure.register
def _of_perceptron(model: Mlp) -> Structure | None:
    return _of_layers(model.space, model.target.kind, model.weights)


@_structure.register
def _of_bayesian(model: BayesianNetwork) -> Structure | None:
    if model.target.kind is TargetKind.MULTICLASS:
        return _structure(model.averaged)
    return _structure(model.draws(AVERAGED, 0, main=False))  # the linear main effect adds no joint effect


@_structure.register
def _of_module(model: ModuleModel) -> Structure | None:
    weights = layers_of(model.module)
    if weights is None or weights[0].shape[1] != model.space.n_columns:
        return None
    return _of_layers(model.space, model.target.kind, [weight[None] for weight in weights])


@_structure.register
def _of_additive(model: AdditiveNetwork) -> Structure:
    return _of_terms(model.space, model.target.kind, model.subnets.members)


@_structure.register
def _of_term_model(model: TermModel) -> Structure:
    return _of_terms(model.space, model.target.kind, model.members)


@_structure.register
def _of_paraace(model: ParaAce) -> Structure:
    return _of_terms(model.space, model.target.kind, _fixed_up(model))


@_structure.register
def _of_edited(model: Edited) -> Structure:
    patch, space = model.patch, model.space
    rest = _fixed_up(patch.rest) if isinstance(patch.rest, ParaAce) else _members(patch.rest)
    removed = patch.removed.members if patch.removed else ()
    owners = _owners(space).tolist()
    moved = [
        tuple(owners[column] for column in product.columns[one].tolist())
        for product in patch.corrections.products
        for one in product.sets
    ]
    return _of_terms(space, model.target.kind, (*rest, *removed, *moved))


def _members(model: AdditiveNetwork | TermModel) -> tuple[tuple[int, ...], ...]:
    return model.members if isinstance(model, TermModel) else model.subnets.members


def _fixed_up(model: ParaAce) -> tuple[tuple[int, ...], ...]:
    """The features of each subnet, and of each unit of the fix-up that adds to the output."""
    first, second, last = ((weight != 0).cpu() for weight in model.fix_up.weights)
    seen = _marked(model.subnets.members, len(model.space))
    heard = last.any(0)
    units = _reached(second[heard], _reached(first, seen)) if len(first) else seen[:0]
    subnets = [one for one, is_heard in zip(model.subnets.members, heard.tolist(), strict=True) if is_heard]
    return (*subnets, *(tuple(unit.nonzero()[:, 0].tolist()) for unit in units))


def _of_terms(space: FeatureSpace, kind: TargetKind, members: Sequence[Sequence[int]]) -> Structure:
    """Of a sum of terms of these features; the log-odds of one of several classes bend the sums of all of them."""
    terms = _marked(members, len(space))
    if kind is TargetKind.MULTICLASS:
        return Structure(UNUSED, terms.any(0, keepdim=True))
    return Structure(NO_TERM, terms)


def _of_layers(space: FeatureSpace, kind: TargetKind, weights: Sequence[Tensor]) -> Structure:
    """Of perceptrons (members, outputs, inputs) with an activation after every layer but the last."""
    features = torch.nn.functional.one_hot(_owners(space), len(space)).bool()
    matches = []
    for member in range(len(weights[0])):
        links = [(weight[member] != 0).cpu() for weight in weights]
        heard = [links[-1].any(0)]  # by layer, the units that the output depends on
        for link in reversed(links[1:-1]):
            heard.insert(0, link[heard[0]].any(0))
        seen = features
        for link, used in zip(links[:-1], heard, strict=False):
            seen = _reached(link, seen)
            matches.append(seen[used])
        seen = _reached(links[-1], seen)
        if kind is TargetKind.MULTICLASS:
            matches.append(seen.any(0, keepdim=True))
    terms = torch.cat(matches) if matches else features[:0]
    return Structure(NO_UNIT, terms.unique(dim=0))


def _reached(
    links: Bool[Tensor, "outputs inputs"], seen: Bool[Tensor, "inputs features"]
) -> Bool[Tensor, "outputs features"]:
    """The features that reach each output."""
    return links.float() @ seen.float() > 0


def _marked(members: Sequence[Sequence[int]], n_features: int) -> Bool[Tensor, "terms features"]:
    terms = torch.zeros(len(members), n_features, dtype=torch.bool)
    for place, features in enumerate(members):
        terms[place, list(features)] = True
    return terms


def _owners(space: FeatureSpace) -> Int[Tensor, " columns"]:
    """The feature of each encoded column."""
    sizes = torch.tensor([feature.n_columns for feature in space.features])
    return torch.arange(len(space)).repeat_interleave(sizes)


def _confirmed(model: BlackBox, structure: Structure) -> bool:
    """Whether excluded pairs, drawn at random, have no joint effect on rows drawn at random."""
    pairs = torch.combinations(torch.arange(len(model.space)))
    pairs = pairs[~structure.allows(pairs)]
    drawn = np.random.default_rng(0).permutation(len(pairs))[:TRIED_PAIRS]
    if not len(drawn):
        return True
    tried = pairs[drawn].numpy()
    low, high = np.array_split(probe_rows(model.space, 2 * TRIED_ROWS), 2)
    rows = np.tile(low, (4, len(tried), 1, 1))
    for corner, (first, second) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        for moved, features in ((first, tried[:, 0]), (second, tried[:, 1])):
            if moved:
                rows[corner, np.arange(len(tried)), :, features] = high[:, features].T
    scores = model.scores(torch.from_numpy(rows.reshape(-1, rows.shape[-1])))[0].numpy().reshape(rows.shape[:-1])
    effects = scores[0] - scores[1] - scores[2] + scores[3]
    return bool(np.abs(effects).max() <= ZERO * max(float(np.ptp(scores)), TINY * float(np.abs(scores).max())))
