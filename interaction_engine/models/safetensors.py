"""Our own networks brought as files: fitted to the features of a data set by name."""

from dataclasses import replace
from pathlib import Path

import torch

from ..errors import ModelError
from ..types import Feature, FeatureSpace, Target
from .additive_network import AdditiveNetwork
from .networks import Mlp
from .paraace import ParaAce
from .scoring import scored_class
from .storing import Network, load_network
from .storing_terms import at_places_of
from .terms import TermModel
from .word_network import WordNet


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> Network:
    """The network in a safetensors file with its architecture, its inputs in the order of `space`.

    It keeps the standardisation that it was trained with; a network of words takes texts of any vocabulary and length.
    Raises `ModelError` when it needs a feature that `space` lacks, or predicts another target; a network of images or
    words also when there are others, or they stand in another order.
    """
    network = load_network(path)
    if _kind(network.target) != _kind(target):
        raise ModelError(
            f"`{path.name}` predicts `{network.target.name}` ({_kind(network.target)}), but the target is "
            f"`{target.name}` ({_kind(target)}); bring a network of this target."
        )
    network = _fitted(network, space, path.name)
    for ours, its in zip(space.features, network.space.features, strict=True):
        if ours.kind is not its.kind or ours.levels != its.levels:
            raise ModelError(
                f"`{path.name}` was trained with other levels or another kind of `{ours.name}`; "
                "prepare the column as it was in training."
            )
    return replace(network, target=target, class_index=scored_class(target, class_index))


def _fitted(network: Network, space: FeatureSpace, name: str) -> Network:
    """The network on the features of `space`."""
    if isinstance(network, Mlp | AdditiveNetwork | ParaAce | TermModel):
        return network if network.space.names == space.names else _reordered(network, space, name)
    needed, given = _columns(network.space), _columns(space)
    if needed != given:
        first = next((column for column in needed if column not in given), None)
        lacking = f"which the data set lacks (`{first}` for one)" if first else "in this order and no others"
        shown = ", ".join(f"`{column}`" for column in needed[:5]) + (", ..." if len(needed) > 5 else "")
        raise ModelError(f"`{name}` needs the columns {shown}, {lacking}; bring the data it was trained for.")
    if not isinstance(network, WordNet):
        return network
    own = {feature.name: feature for feature in network.space.features}
    return network.for_space(FeatureSpace(tuple(one if one.word_of else own[one.name] for one in space.features)))


def _columns(space: FeatureSpace) -> list[str]:
    """The columns of the table that the features come from."""
    return list(dict.fromkeys(feature.word_of or feature.name for feature in space.features))


def _reordered(network: Mlp | AdditiveNetwork | ParaAce | TermModel, space: FeatureSpace, name: str) -> Network:
    """The network with its first layer's columns in the order of `space`; a feature it never saw weighs nothing."""
    own = {
        feature.name: (feature, group)
        for feature, group in zip(network.space.features, network.space.groups, strict=True)
    }
    missing = [feature for feature in own if feature not in space.names]
    if missing:
        raise ModelError(
            f"`{name}` needs the feature `{missing[0]}`, which the data set lacks; "
            "add the column or bring another network."
        )
    if isinstance(network, ParaAce | TermModel):
        return at_places_of(network, space)
    if isinstance(network, AdditiveNetwork):
        return _at_places_of(network, space, {one: feature for one, (feature, _) in own.items()})
    first, features, columns = network.weights[0], [], []
    for feature in space.features:
        known = own.get(feature.name)
        features.append(known[0] if known else feature)
        unseen = first.new_zeros(*first.shape[:2], feature.n_columns)
        columns.append(first[..., known[1]] if known else unseen)
    return replace(
        network, space=FeatureSpace(tuple(features)), weights=(torch.cat(columns, dim=2), *network.weights[1:])
    )


def _at_places_of(network: AdditiveNetwork, space: FeatureSpace, own: dict[str, Feature]) -> AdditiveNetwork:
    """The network with the places of its features in `space`; a feature that it never saw is in no term."""
    whole = FeatureSpace(tuple(own.get(feature.name, feature) for feature in space.features))
    place = {old: whole.index(one) for old, one in enumerate(network.space.names)}
    members = tuple(tuple(place[old] for old in one) for one in network.subnets.members)
    return replace(network, space=whole, subnets=replace(network.subnets, space=whole, members=members))


def _kind(target: Target) -> str:
    return (
        f"{target.kind}: {', '.join(target.classes)}"
        if target.classes
        else f"{target.kind}, {target.transform} transform"
    )
