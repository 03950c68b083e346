"""torch.export archives (.pt2): checked part by part, rebuilt from the parts that passed, and only then loaded.

Loading such an archive can run code: pickled weights, constants and sample inputs, expressions that sympy evaluates,
guards and names that become Python source. The check is a second wall and no proof: the caller must trust the file too.
"""

import io
import json
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torch.export.pt2_archive._package import PT2ArchiveWriter

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Kind, Target
from ..adapters.mapping import map_inputs
from ..adapters.modules import ModuleModel

PARTS = re.compile(
    r"models/model\.json|data/(weights|constants)/model_(weights|constants)_config\.json"
    r"|data/weights/weight_\d+|data/constants/tensor_\d+"
)
"""What is taken over into the rebuilt archive."""

IGNORED = re.compile(
    r"archive_format|archive_version|byteorder|version|\.data/.*|data/sample_inputs/model\.pt|extra/.*"
)
"""What an honest archive also holds and no model needs; sample inputs are pickled."""

SYMBOL = r"Symbol\('[su]\d+'(, (positive|integer|nonnegative)=True)*\)"
EXPRESSION = re.compile(rf"({SYMBOL}|Mul\(Integer\(\d+\), {SYMBOL}\)|[su]\d+|-?\d+)")
"""A number of rows, or so many times it: where rows do not stand first in memory, that is the way from one to the
next."""

OPERATOR = re.compile(
    r"torch\.ops\.aten\.[a-zA-Z_]\w*\.\w+|_operator\.(getitem|add|sub|mul|floordiv|mod|neg|eq|ne|ge|gt|le|lt)"
)
PLAIN_TEXT = re.compile(r"[\w.+:-]*")
"""Names of nodes, weights and devices; nothing that could leave a name when it becomes source code."""

PLAIN_TREES = (None, "builtins.tuple", "builtins.list", "builtins.dict")
"""Containers of inputs and outputs; others name a class to import."""


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> ModuleModel:
    """The module in a .pt2 archive, differentiable. Raises `ModelError` naming what the check refuses.

    It takes one tensor: encoded inputs, or table values if `takes` is "array".
    """
    program = torch.export.load(_rebuilt(path))
    inputs = program.graph_signature.user_inputs
    nodes = [node for node in program.graph.nodes if node.op == "placeholder" and node.name in inputs]
    shape = nodes[0].meta["val"].shape if len(nodes) == 1 else ()
    if len(shape) != 2:
        raise ModelError(
            f"`{path.name}` must take one tensor (rows, inputs); it takes {len(nodes)}. Export it that way."
        )
    if isinstance(shape[0], int):
        raise ModelError(
            f"`{path.name}` only takes {shape[0]} rows at a time; export it with a dynamic first dimension."
        )
    n_inputs, as_array = int(shape[1]), takes == "array"
    expected = len(space) if as_array else space.n_columns
    numeric = all(feature.kind is Kind.NUMERIC for feature in space.features)
    if n_inputs != expected or (as_array and not numeric):
        kind = "features, all numeric" if as_array else "encoded columns"
        raise ModelError(
            f"`{path.name}` has {n_inputs} inputs, but the data set has {expected} {kind}; "
            "ignore columns or export another model."
        )
    mapping = map_inputs(space, None, n_inputs, path.name, standardised=not as_array)
    module = program.module(check_guards=False).requires_grad_(False)
    return ModuleModel(path.name, space, target, module, as_array, class_index, mapping.pairs())


def _rebuilt(path: Path) -> io.BytesIO:
    """A new archive of the parts that passed the check, without sample inputs, guards and metadata."""
    parts = _parts(path)
    model = _json(parts, "models/model.json", path.name)
    for node in _nodes(model):
        node["metadata"] = {}
    model["guards_code"] = []
    _check(model, path.name)
    for kind in ("weights", "constants"):
        _check(_json(parts, f"data/{kind}/model_{kind}_config.json", path.name), path.name)
    buffer = io.BytesIO()
    with PT2ArchiveWriter(buffer) as archive:
        for name, content in parts.items():
            archive.write_bytes(name, json.dumps(model).encode() if name == "models/model.json" else content)
        archive.write_bytes("data/sample_inputs/model.pt", b"")
    buffer.seek(0)
    return buffer


def _parts(path: Path) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for item in archive.infolist():
                name = str(PurePosixPath(*PurePosixPath(item.filename).parts[1:]))
                if IGNORED.fullmatch(name):
                    continue
                if not PARTS.fullmatch(name) or name in parts:
                    raise ModelError(
                        f"`{path.name}` holds `{name[:80]}`, which no exported program needs; export the model again."
                    )
                parts[name] = archive.read(item)
    except zipfile.BadZipFile:
        raise ModelError(f"`{path.name}` is no .pt2 archive; export the model with `torch.export.save`.") from None
    return parts


def _json(parts: dict[str, bytes], name: str, file: str) -> Any:
    try:
        return json.loads(parts[name])
    except (KeyError, ValueError, RecursionError):
        raise ModelError(f"`{file}` lacks a readable `{name}`; export the model with `torch.export.save`.") from None


def _nodes(model: Any) -> list[dict[str, Any]]:
    try:
        return model["graph_module"]["graph"]["nodes"]
    except (KeyError, TypeError):
        return []


def _check(value: Any, file: str, key: str = "") -> None:
    """Every text in the archive's JSON must be of the kind that an honest export writes in its place."""
    if isinstance(value, dict):
        for name, item in value.items():
            if not PLAIN_TEXT.fullmatch(name):
                raise _refused(file, "name", name)
            _check(item, file, name)
    elif isinstance(value, list):
        for item in value:
            _check(item, file, key)
    elif key == "use_pickle" and value:
        raise _refused(file, "pickled part", "use_pickle")
    elif isinstance(value, str):
        _check_text(value, file, key)


def _check_text(text: str, file: str, key: str) -> None:
    if key in ("in_spec", "out_spec"):
        _check_tree(_tree(text, file), file)
    elif key == "expr_str" and not EXPRESSION.fullmatch(text):
        raise _refused(file, "expression", text)
    elif key == "target" and not OPERATOR.fullmatch(text):
        raise _refused(file, "operator", text)
    elif key != "expr_str" and not PLAIN_TEXT.fullmatch(text):
        raise _refused(file, "text", text)


def _check_tree(tree: Any, file: str) -> None:
    """The description of nested inputs or outputs: plain containers only, dictionaries without odd keys."""
    if isinstance(tree, list):
        for item in tree:
            _check_tree(item, file)
    elif isinstance(tree, dict):
        if tree.get("type") not in PLAIN_TREES:
            raise _refused(file, "container", str(tree.get("type")))
        context = _tree(tree.get("context") or "null", file)
        keys = context if isinstance(context, list) else [context]
        if not all(item is None or (isinstance(item, str) and PLAIN_TEXT.fullmatch(item)) for item in keys):
            raise _refused(file, "container", str(context))
        _check_tree(tree.get("children_spec", []), file)


def _tree(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        raise _refused(file, "container", str(text)) from None


def _refused(file: str, kind: str, text: str) -> ModelError:
    return ModelError(
        f"`{file}` was refused: it holds the {kind} {text[:60]!r}; export the model again with plain operations."
    )
