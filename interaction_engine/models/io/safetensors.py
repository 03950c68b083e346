"""Our own networks imported as files: fitted to the features of a data set by name."""

from dataclasses import replace
from pathlib import Path

import torch

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Target
from ..additive.editing.edited import Edited
from ..additive.editing.placing import Additive, at_places_of
from ..networks.mlp import Mlp
from ..networks.words import WordNet
from ..scoring import scored_class
from .stored.files import Network, load_network


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
    if isinstance(network, Edited):
        network = replace(network, base=replace(network.base, target=target))
        return replace(network, class_index=scored_class(target, class_index))
    return replace(network, target=target, class_index=scored_class(target, class_index))


def _fitted(network: Network, space: FeatureSpace, name: str) -> Network:
    """The network on the features of `space`."""
    if isinstance(network, Mlp | Additive):
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


def _reordered(network: Mlp | Additive, space: FeatureSpace, name: str) -> Network:
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
    if not isinstance(network, Mlp):
        return at_places_of(network, space)
    first, features, columns = network.weights[0], [], []
    for feature in space.features:
        known = own.get(feature.name)
        features.append(known[0] if known else feature)
        unseen = first.new_zeros(*first.shape[:2], feature.n_columns)
        columns.append(first[..., known[1]] if known else unseen)
    weights = (torch.cat(columns, dim=2), *network.weights[1:])
    return network.with_layers(weights, network.biases, space=FeatureSpace(tuple(features)))


def _kind(target: Target) -> str:
    return (
        f"{target.kind}: {', '.join(target.classes)}"
        if target.classes
        else f"{target.kind}, {target.transform} transform"
    )
