"""ONNX files: run by onnxruntime from memory, so that nothing outside the file is ever read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from google.protobuf.message import DecodeError, Message

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Kind, Target, TargetKind
from ...data.coordinates import decode_rows
from ..adapters.black_box import BlackBox
from ..adapters.mapping import InputMapping, map_inputs
from ..scoring import Reading

DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(string)": np.object_,
}
ERRORS_ONLY = 3
"""Level at which onnxruntime writes to standard error; its warnings speak of graphs, not to users."""


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> BlackBox:
    """Open the model in an ONNX file.

    It has one matrix input (table values, or standardised if `takes` is "encoded"), or one input per feature.
    Raises `ModelError` for external data, several outputs, or inputs that the features cannot feed.
    """
    content = path.read_bytes()
    _refuse_external_data(content, path.name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    feed, mapping = _feeder(session, space, path.name, takes == "encoded")
    output = _output(session, target, path.name)

    def function(rows: np.ndarray) -> np.ndarray:
        return np.concatenate([_matrix(session.run([output], inputs)[0], target)[:n] for inputs, n in feed(rows)])

    return BlackBox(path.name, space, target, function, Reading.UNKNOWN, class_index, mapping.pairs())


def _refuse_external_data(content: bytes, name: str) -> None:
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError:
        raise ModelError(f"`{name}` is no ONNX file; export the model to ONNX again.") from None
    if not model.graph.node:
        raise ModelError(f"`{name}` holds no ONNX graph; export the model to ONNX again.")
    if any(tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model)):
        raise ModelError(
            f"`{name}` keeps weights in other files, which are never read; export it as one file (no external data)."
        )


def _tensors(message: Message) -> Iterator[onnx.TensorProto]:
    """Every tensor anywhere inside a message: initial values, attributes, subgraphs, functions."""
    if isinstance(message, onnx.TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for item in [value] if isinstance(value, Message) else value:
                yield from _tensors(item)


def _feeder(session: Any, space: FeatureSpace, name: str, standardised: bool) -> tuple[Any, InputMapping]:
    """A function from rows to (inputs of one call, how many of its rows count), and which feature feeds which input."""
    inputs = session.get_inputs()
    unknown = [item for item in inputs if item.type not in DTYPES]
    if unknown:
        raise ModelError(f"`{name}` takes a {unknown[0].type} as `{unknown[0].name}`; inputs must be numbers or text.")
    if len(inputs) == 1:
        return _matrix_feeder(inputs[0], space, name, standardised)
    if standardised:
        raise ModelError(f"`{name}` takes one input per feature, which are never standardised.")
    mapping = map_inputs(space, [item.name for item in inputs], len(inputs), name)

    def feed(rows: np.ndarray) -> Iterator[tuple[dict[str, np.ndarray], int]]:
        numbers, texts = mapping.inputs(rows), decode_rows(space, rows)
        columns = {}
        for position, (item, source) in enumerate(zip(inputs, mapping.sources, strict=True)):
            dtype = DTYPES[item.type]
            values = texts[space.names[source.feature]].to_numpy() if dtype is np.object_ else numbers[:, position]
            columns[item.name] = values.astype(dtype).reshape((-1,) + (1,) * (len(item.shape) - 1))
        yield columns, len(rows)

    return feed, mapping


def _matrix_feeder(item: Any, space: FeatureSpace, name: str, standardised: bool) -> tuple[Any, InputMapping]:
    if len(item.shape) != 2 or item.type == "tensor(string)":
        raise ModelError(
            f"`{name}` takes a {item.type} of shape {item.shape}; it must take numbers of shape (rows, inputs)."
        )
    batch, width = item.shape
    encoded = standardised and any(feature.kind is Kind.CATEGORICAL for feature in space.features)
    n_inputs = width if isinstance(width, int) else space.n_columns if encoded else len(space)
    mapping = map_inputs(space, None, n_inputs, name, standardised=standardised)

    def feed(rows: np.ndarray) -> Iterator[tuple[dict[str, np.ndarray], int]]:
        values = mapping.inputs(rows).astype(DTYPES[item.type])
        step = batch if isinstance(batch, int) and batch > 0 else len(rows)
        for start in range(0, len(rows), step):
            part = values[start : start + step]
            missing = step - len(part)
            yield {item.name: np.pad(part, ((0, missing), (0, 0)), mode="edge") if missing else part}, len(part)

    return feed, mapping


def _output(session: Any, target: Target, name: str) -> str:
    """The output that holds the score: the only one, or beside a label the one that holds numbers per class."""
    outputs = session.get_outputs()
    numbers = [item for item in outputs if "float" in item.type or "double" in item.type]
    if len(outputs) == 1:
        return outputs[0].name
    if len(numbers) == 1 and target.kind is not TargetKind.REGRESSION:
        return numbers[0].name
    names = ", ".join(f"`{item.name}`" for item in outputs)
    raise ModelError(
        f"`{name}` has {len(outputs)} outputs ({names}), but one score per row is needed; export it with one output."
    )


def _matrix(output: Any, target: Target) -> np.ndarray:
    """An output as (n,) or (n, classes); scikit-learn's exporter gives a dictionary per row, label to probability."""
    if not isinstance(output, list):
        return np.asarray(output)
    labels = list(output[0])
    by_name = {str(label): label for label in labels}
    order = [by_name[name] for name in target.classes] if set(by_name) == set(target.classes) else sorted(labels)
    return np.array([[row[label] for label in order] for row in output])
