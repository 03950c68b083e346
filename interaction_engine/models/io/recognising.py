"""The file formats of models: how each is recognised, and which module opens it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ...core.errors import InputError, ModelError, no_file
from ...core.types import FeatureSpace, Model, Target

LONGEST_HEAD = 64
"""Bytes by which a file is recognised."""


@dataclass(frozen=True)
class Format:
    """`begins` tells from a file's first bytes whether it can be of this format; `module` opens it.

    `takes` are the readings of the inputs to try, the usual one first: "array" for table values, "encoded" for
    standardised ones.
    """

    title: str
    module: str
    begins: Callable[[bytes], bool]
    takes: tuple[str, ...] = ("array",)


def _is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def _is_object(head: bytes) -> bool:
    return head.lstrip().startswith(b"{")


FORMATS: dict[str, Format] = {
    ".onnx": Format(
        "ONNX", "onnx", lambda head: head[:1] in (b"\x08", b"\x12", b"\x3a", b"\x42"), ("array", "encoded")
    ),
    ".safetensors": Format("safetensors", "safetensors", lambda head: head[8:9] == b"{"),
    ".skops": Format("skops", "skops", _is_zip),
    ".json": Format("XGBoost JSON", "xgboost", _is_object),
    ".ubj": Format("XGBoost UBJ", "xgboost", _is_object),
    ".txt": Format("LightGBM text", "lightgbm", lambda head: head.startswith(b"tree")),
    ".pt2": Format("torch.export", "pt2", _is_zip, ("encoded", "array")),
}
"""Formats by suffix."""

TRUSTED_ONLY = frozenset({".pt2"})
"""Formats that can run code when they are opened; a check stands before them, and the caller's word."""

SAFE = frozenset({".safetensors"})
"""Formats whose reader cannot be crashed by a malformed file; the others are tried in a process of their own first."""


def recognise(path: Path) -> Format:
    """The format of a file, by its suffix and its first bytes; `InputError` or `ModelError` when it is none of ours."""
    known = FORMATS.get(path.suffix.lower())
    if known is None:
        listed = ", ".join(FORMATS)
        raise InputError(
            f"A model file must end in one of {listed}; got `{path.name[:80]}`. "
            "Pickles and joblib files are never opened."
        )
    if not path.is_file():
        raise no_file(path.name)
    with path.open("rb") as file:
        head = file.read(LONGEST_HEAD)
    if not known.begins(head):
        raise ModelError(
            f"`{path.name}` is no {known.title} file ({_what_else(head)}); export the model to this format."
        )
    return known


def open_model(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> Model:
    """The model in a file of a known format, opened in this process; `ModelError` when it cannot be."""
    chosen = recognise(path)
    return import_module(f".{chosen.module}", __package__).load(path, space, target, class_index, takes)


def _what_else(head: bytes) -> str:
    """What a file may be instead. Binary pickles start with a mark; text ones with a code such as that of a global."""
    if not head:
        return "it is empty"
    if head[:1] in (b"\x80", b"c", b"(", b"]", b"}"):
        return "it may be a pickle, which is never opened"
    return "it begins otherwise"
