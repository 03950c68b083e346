"""Writes model files for the tests: small, known, and where wanted malicious."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn


class Payload:
    """Unpickling this makes the file `mark`."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def write_linear_onnx(path: Path, weight, bias, batch: str | int = "rows", *tail) -> Path:
    """y = x W + b with W (inputs, outputs); `tail` are further nodes from `sum` on."""
    weight = np.asarray(weight, np.float32)
    constants = [numpy_helper.from_array(weight, "W"), numpy_helper.from_array(np.asarray(bias, np.float32), "b")]
    nodes = [helper.make_node("Gemm", ["x", "W", "b"], ["sum" if tail else "y"]), *tail]
    return write_onnx(path, nodes, [("x", [batch, weight.shape[0]])], [("y", [batch, weight.shape[1]])], constants)


def write_onnx(path: Path, nodes, inputs, outputs, constants=()) -> Path:
    infos = [
        [
            helper.make_tensor_value_info(name, kind[0] if kind else TensorProto.FLOAT, shape)
            for name, shape, *kind in end
        ]
        for end in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "g", *infos, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return path


def external(model: onnx.ModelProto, location: str) -> onnx.ModelProto:
    """The model with its first constant kept in another file."""
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return model


def write_pt2(path: Path, module: nn.Module, n_inputs: int) -> Path:
    rows = {0: torch.export.Dim.AUTO}
    program = torch.export.export(module, (torch.randn(4, n_inputs),), dynamic_shapes=(rows,))
    torch.export.save(program, path)
    return path


def edited(path: Path, part: str, change) -> Path:
    """A copy of an archive in which the part whose name ends in `part` went through `change` (bytes to bytes)."""
    copy = path.with_name(f"edited-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename.endswith(part) else content)
    return copy


def edited_json(path: Path, part: str, change) -> Path:
    """A copy of an archive in which a JSON part was changed in place by `change`."""

    def through_json(content: bytes) -> bytes:
        value = json.loads(content)
        change(value)
        return json.dumps(value).encode()

    return edited(path, part, through_json)


def with_part(path: Path, name: str, content: bytes) -> Path:
    """A copy of an archive with one more part."""
    copy = path.with_name(f"more-{path.name}")
    copy.write_bytes(path.read_bytes())
    with zipfile.ZipFile(copy, "a") as archive:
        root = archive.namelist()[0].split("/")[0]
        archive.writestr(f"{root}/{name}", content)
    return copy


def pickled(mark: Path, protocol: int = 2) -> bytes:
    return pickle.dumps(Payload(mark), protocol)
