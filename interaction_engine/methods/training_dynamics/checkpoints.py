"""Checkpoints of a training that somebody brings: a folder of networks saved by this program, or by torch.export."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from ...core.errors import InputError
from ...core.types import Model
from ...data.dataset import Dataset
from ...models.adapters.modules import ModuleModel
from ...models.io.loading import load_model
from ...models.networks.layered import Layered
from ...models.networks.mlp import Mlp

SUFFIXES = (".safetensors", ".pt2")
MOST = 200
"""More checkpoints than anybody looks at, each of which takes seconds."""

NUMBER = re.compile(r"\d+")


def brought_networks(
    folder: str, data: Dataset, trust: bool = False, progress: Callable[[float, str], None] = lambda share, name: None
) -> list[tuple[int, Model]]:
    """The networks in `folder`, sorted by name with numbers in their order, and the epoch of each.

    The epoch is the last number in the name where these grow from file to file, else the place 0, 1, ... Files of
    torch.export can run code, and are opened with `trust` only. `progress` receives the share that is read, and the
    name of the file that is next.

    Raises:
        InputError: There are fewer than two networks, or they differ in architecture.
        ModelError: One cannot be read, or needs other features.
    """
    paths = sorted(_files(folder, trust), key=lambda path: _natural(path.stem))
    networks: dict[Path, Model] = {}
    takes = "auto"
    for path in reversed(paths):  # what the inputs are shows best in the network that has learnt most
        progress(len(networks) / len(paths), path.name)
        network = load_model(path, data, trust=trust, takes=takes)
        networks[path] = network
        if isinstance(network, ModuleModel):
            takes = "array" if network.takes_array else "encoded"
    first = networks[paths[0]]
    for path in paths:
        if _architecture(networks[path]) != _architecture(first):
            raise InputError(
                f"Checkpoints of one training have the same architecture, but `{path.name}` has "
                f"{_shown(networks[path])} and `{paths[0].name}` has {_shown(first)}; bring those of one training."
            )
    return list(zip(_epochs(paths), (networks[path] for path in paths), strict=True))


def _files(folder: str, trust: bool) -> list[Path]:
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise InputError(f"`folder` must be a folder of checkpoints on this machine; there is none at {folder!r}.")
    result = {suffix: [path for path in place.iterdir() if path.suffix.lower() == suffix] for suffix in SUFFIXES}
    kinds = [suffix for suffix in SUFFIXES if result[suffix]]
    if len(kinds) > 1:
        raise InputError(
            f"`folder` must have files of one kind, {' or '.join(SUFFIXES)}; {place.name!r} has both. Move one away."
        )
    suffix = kinds[0] if kinds else SUFFIXES[0]
    if not 2 <= len(result[suffix]) <= MOST:
        expected = f"2 to {MOST} files, one per checkpoint, that end in {' or '.join(SUFFIXES)}"
        raise InputError(
            f"`folder` must have {expected}; {place.name!r} has {len(result[suffix])}. Name another folder."
        )
    if suffix == ".pt2" and not trust:
        raise InputError(
            f"The .pt2 files in {place.name!r} can run code when they are opened; set `trust_files` only if you know "
            "who made them."
        )
    return result[suffix]


def _natural(name: str) -> list[tuple[int, str]]:
    """A key under which `epoch-9` comes before `epoch-10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def _epochs(paths: list[Path]) -> list[int]:
    numbers = [int(result[-1]) for path in paths if (result := NUMBER.findall(path.stem))]
    growing = all(first < second for first, second in pairwise(numbers))
    return numbers if len(numbers) == len(paths) and growing else list(range(len(paths)))


def _architecture(network: Model) -> tuple[object, ...]:
    """What two checkpoints of one training have in common."""
    if isinstance(network, Mlp):
        return "Mlp", network.sizes, network.n_members, network.activation
    return type(network).__name__, *_shapes(network)


def _shapes(network: Model) -> tuple[tuple[int, ...], ...]:
    if not isinstance(network, ModuleModel | Layered):
        return ()
    module = network.module if isinstance(network, ModuleModel) else network.network
    return tuple(tuple(parameter.shape) for parameter in module.parameters() if parameter.ndim > 1)


def _shown(network: Model) -> str:
    if isinstance(network, Mlp):
        layers = "-".join(map(str, network.sizes))
        members = f", {network.n_members} members" if network.n_members > 1 else ""
        return f"layers {layers} ({network.activation}{members})"
    shapes = ", ".join(" x ".join(map(str, shape)) for shape in _shapes(network)[:6])
    return f"weights of {shapes}"
