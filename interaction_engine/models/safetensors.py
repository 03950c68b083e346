"""Our own networks brought as files: fitted to the features of a data set by name."""

from dataclasses import replace
from pathlib import Path

import torch

from ..errors import ModelError
from ..types import FeatureSpace, Target
from .networks import Mlp
from .scoring import scored_class
from .storing import load_network


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> Mlp:
    """The network in a safetensors file with its architecture, its inputs in the order of `space`.

    It keeps the standardisation that it was trained with. Raises `ModelError` when it needs a feature that `space`
    lacks, or predicts another target.
    """
    network = load_network(path)
    if _kind(network.target) != _kind(target):
        raise ModelError(
            f"`{path.name}` predicts `{network.target.name}` ({_kind(network.target)}), but the target is "
            f"`{target.name}` ({_kind(target)}); bring a network of this target."
        )
    network = network if network.space.names == space.names else _reordered(network, space, path.name)
    for ours, its in zip(space.features, network.space.features, strict=True):
        if ours.kind is not its.kind or ours.levels != its.levels:
            raise ModelError(
                f"`{path.name}` was trained with other levels or another kind of `{ours.name}`; "
                "prepare the column as it was in training."
            )
    return replace(network, target=target, class_index=scored_class(target, class_index))


def _reordered(network: Mlp, space: FeatureSpace, name: str) -> Mlp:
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
    first, features, columns = network.weights[0], [], []
    for feature in space.features:
        known = own.get(feature.name)
        features.append(known[0] if known else feature)
        unseen = first.new_zeros(*first.shape[:2], feature.n_columns)
        columns.append(first[..., known[1]] if known else unseen)
    return replace(
        network, space=FeatureSpace(tuple(features)), weights=(torch.cat(columns, dim=2), *network.weights[1:])
    )


def _kind(target: Target) -> str:
    return (
        f"{target.kind}: {', '.join(target.classes)}"
        if target.classes
        else f"{target.kind}, {target.transform} transform"
    )
