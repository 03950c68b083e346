"""Which graphics cards this machine has and how much of their memory is free, without PyTorch and without a process.

NVIDIA's management library answers in milliseconds. It comes with the driver, so a machine without it has no card that
PyTorch could use.
"""

import ctypes
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LIBRARY = "nvml.dll" if os.name == "nt" else "libnvidia-ml.so.1"
NAME_BYTES = 96
"""The longest name or identifier that the library writes."""


@dataclass(frozen=True)
class Card:
    """A graphics card: its name, and its memory in bytes, free and in all."""

    name: str
    free: int
    total: int


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def cards(environment: Mapping[str, str] | None = None) -> tuple[Card, ...]:
    """The NVIDIA cards that a run on this machine can use; none where there is no driver.

    Args:
        environment: Where `CUDA_VISIBLE_DEVICES` may hide cards; by default this process's.
    """
    shown = (os.environ if environment is None else environment).get("CUDA_VISIBLE_DEVICES")
    library = _library()
    if library is None or library.nvmlInit_v2() != 0:
        return ()
    try:
        count = ctypes.c_uint()
        if library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
            return ()
        matches = [_card(library, place) for place in range(count.value)]
    finally:
        library.nvmlShutdown()
    known = [(card, identifier) for card, identifier in filter(None, matches)]
    return tuple(card for place, (card, identifier) in enumerate(known) if _visible(shown, place, identifier))


def torch_uses_cards() -> bool:
    """Whether the installed PyTorch was built for NVIDIA cards, read from its files without importing it."""
    result = find_spec("torch")
    if result is None or not result.submodule_search_locations:
        return False
    written = Path(result.submodule_search_locations[0]) / "version.py"
    if not written.exists():
        return False
    return re.search(r"^cuda\b[^=]*=\s*['\"]", written.read_text(encoding="utf-8"), re.MULTILINE) is not None


def _library() -> Any:
    """The management library of the driver; None where there is none."""
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        return None


def _card(library: Any, place: int) -> tuple[Card, str] | None:
    """A card and its identifier; None for one that does not answer."""
    handle, memory = ctypes.c_void_p(), _Memory()
    name, identifier = (ctypes.create_string_buffer(NAME_BYTES) for _ in range(2))
    answers = (
        library.nvmlDeviceGetHandleByIndex_v2(place, ctypes.byref(handle)) == 0
        and library.nvmlDeviceGetName(handle, name, NAME_BYTES) == 0
        and library.nvmlDeviceGetUUID(handle, identifier, NAME_BYTES) == 0
        and library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) == 0
    )
    if not answers:
        return None
    return Card(name.value.decode(errors="replace"), memory.free, memory.total), identifier.value.decode()


def _visible(shown: str | None, place: int, identifier: str) -> bool:
    """Whether CUDA_VISIBLE_DEVICES, a list of places or of beginnings of identifiers, leaves a card to be seen."""
    if shown is None:
        return True
    listed = [one.strip() for one in shown.split(",") if one.strip()]
    return any(one == str(place) or (not one.isdigit() and identifier.startswith(one)) for one in listed)
