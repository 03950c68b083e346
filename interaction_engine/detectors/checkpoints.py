"""Checkpoints of a training that somebody brings: a folder of networks saved by this program."""

import re
from itertools import pairwise
from pathlib import Path

from ..data.dataset import Dataset
from ..errors import InputError
from ..models.loading import load_model
from ..models.networks import Mlp

SUFFIX = ".safetensors"
MOST = 200
"""More checkpoints than anybody looks at, each of which takes seconds."""

NUMBER = re.compile(r"\d+")


def brought_networks(folder: str, data: Dataset) -> list[tuple[int, Mlp]]:
    """The networks in `folder`, sorted by name with numbers in their order, and the epoch of each.

    The epoch is the last number in the name where these grow from file to file, else the place 0, 1, ... Raises
    `InputError` when there are fewer than two networks, or they differ in architecture, `ModelError` when one cannot be
    read or needs other features.
    """
    paths = sorted(_files(folder), key=lambda path: _natural(path.stem))
    networks: list[Mlp] = []
    for path in paths:
        network = load_model(path, data)
        if not isinstance(network, Mlp):
            raise InputError(f"`{path.name}` is no network of this program; bring files that it saved.")
        if networks and _architecture(network) != _architecture(networks[0]):
            raise InputError(
                f"Checkpoints of one training have the same architecture, but `{path.name}` has "
                f"{_shown(network)} and `{paths[0].name}` has {_shown(networks[0])}; bring those of one training."
            )
        networks.append(network)
    return list(zip(_epochs(paths), networks, strict=True))


def _files(folder: str) -> list[Path]:
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise InputError(f"`folder` must be a folder of {SUFFIX} files on this machine; there is none at {folder!r}.")
    found = [path for path in place.iterdir() if path.suffix.lower() == SUFFIX]
    if not 2 <= len(found) <= MOST:
        others = any(path.suffix.lower() == ".pt2" for path in place.iterdir())
        remark = " Files of torch.export (.pt2) can run code when opened and are not read here." if others else ""
        wanted = f"2 to {MOST} {SUFFIX} files, one per checkpoint"
        raise InputError(f"`folder` must have {wanted}; {place.name!r} has {len(found)}.{remark}")
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    """A key under which `epoch-9` comes before `epoch-10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def _epochs(paths: list[Path]) -> list[int]:
    numbers = [int(found[-1]) for path in paths if (found := NUMBER.findall(path.stem))]
    growing = all(first < second for first, second in pairwise(numbers))
    return numbers if len(numbers) == len(paths) and growing else list(range(len(paths)))


def _architecture(network: Mlp) -> tuple[object, ...]:
    return network.sizes, network.n_members, network.activation


def _shown(network: Mlp) -> str:
    layers = "-".join(map(str, network.sizes))
    members = f", {network.n_members} members" if network.n_members > 1 else ""
    return f"layers {layers} ({network.activation}{members})"
