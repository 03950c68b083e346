"""Additive models on a table with other columns around: each feature at its new place, those never seen in no term."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ....core.types import FeatureSpace
from ....numerics.hats import Hats
from ..network import AdditiveNetwork, Members
from ..paraace import FixedUp, ParaAce
from ..purification import Moved, PureTerms
from ..shapes import Terms
from ..terms import TermModel
from .edited import Edited
from .edits import Edit
from .patching import Base

Additive = AdditiveNetwork | ParaAce | TermModel | Edited
"""Models that are a sum of terms."""


def at_places_of(model: Additive, space: FeatureSpace) -> Additive:
    """The model with the places of its features in `space`, which has them all; it keeps its own standardisation."""
    if isinstance(model, Edited):
        base = _placed(model.base, space)
        pure = _placed_terms(model.pure, base, _places(model.space, space))
        return replace(model, base=base, pure=pure, edits=tuple(_placed_edit(one, model, space) for one in model.edits))
    return _placed(model, space)


def _placed(model: Base, space: FeatureSpace) -> Base:
    own = {feature.name: feature for feature in model.space.features}
    whole = FeatureSpace(tuple(own.get(feature.name, feature) for feature in space.features))
    place = _places(model.space, whole)
    if isinstance(model, TermModel):
        pairs = tuple((place[first], place[second]) for first, second in model.pairs)
        return replace(model, space=whole, mains=tuple(place[main] for main in model.mains), pairs=pairs)
    members = _mapped(model.subnets.members, place)
    return replace(model, space=whole, subnets=model.subnets.at_places(whole, members))


def _placed_terms(pure: Terms, base: Base, place: Sequence[int]) -> Terms:
    """The frozen terms of an edited model, of its base at the new places."""
    if isinstance(base, TermModel):
        return base
    if isinstance(pure, FixedUp):
        assert isinstance(base, ParaAce)
        terms = _placed_pure(pure.terms, base.double().additive(), place)
        return replace(pure, network=base.double(), terms=terms)
    assert isinstance(pure, PureTerms)
    assert isinstance(base, AdditiveNetwork)
    return _placed_pure(pure, base, place)


def _placed_edit(edit: Edit, model: Edited, space: FeatureSpace) -> Edit:
    """The edit; the term of all features, what the fix-up of ParaACE adds, is one of all features wherever it is."""
    of_all = isinstance(model.base, ParaAce) and set(edit.features) == set(model.space.names)
    return replace(edit, features=space.names) if of_all and edit.kind == "off" else edit


def _placed_pure(pure: PureTerms, network: AdditiveNetwork, place: Sequence[int]) -> PureTerms:
    hats: dict[int, Hats] = {}
    moves = []
    for move in pure.moves:
        moved = hats.setdefault(id(move.hats), _placed_hats(move.hats, place, len(network.space)))
        moves.append(_placed_move(move, moved, place))
    members = _mapped(pure.members, place)
    return replace(pure, members=members, evaluate=network.functions(), moves=tuple(moves))


def _placed_move(move: Moved, hats: Hats, place: Sequence[int]) -> Moved:
    return replace(move, hats=hats, sets=torch.tensor(place, device=move.sets.device)[move.sets])


def _placed_hats(hats: Hats, place: Sequence[int], n_features: int) -> Hats:
    """The hats of each feature at its new place; a feature without any has one level."""
    at = list(place)

    def spread(values: Tensor, empty: float) -> Tensor:
        whole = values.new_full((n_features, *values.shape[1:]), empty)
        whole[at] = values
        return whole

    return Hats(hats.n_knots, spread(hats.knots, float("inf")), spread(hats.used, 1), spread(hats.places, 0))


def _places(own: FeatureSpace, whole: FeatureSpace) -> list[int]:
    return [whole.index(name) for name in own.names]


def _mapped(members: Members, place: Sequence[int]) -> Members:
    return tuple(tuple(place[old] for old in one) for one in members)
