"""An exported torch program written as an ONNX file, operation by operation: those that additive models are made of."""

import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, fx

from ....core.errors import ModelError

OPSET, IR_VERSION = 20, 10
"""Versions that onnxruntime has read since 2024."""

INPUT, OUTPUT = "rows", "scores"

TYPES: dict[torch.dtype, int] = {
    torch.float32: TensorProto.FLOAT,
    torch.float64: TensorProto.DOUBLE,
    torch.int64: TensorProto.INT64,
    torch.bool: TensorProto.BOOL,
}


def write_onnx(program: torch.export.ExportedProgram, about: Mapping[str, str]) -> bytes:
    """`program`, of one tensor (rows, inputs) with a free number of rows, as an ONNX file.

    `about` stands in it as metadata. `ModelError` names an operation that is none of those known here.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own internals
        core = program.run_decompositions()
    return _Writer(core).content(about)


class _Writer:
    """Goes through a program's nodes; `names` has what each is called in the file, a constant once it is used."""

    def __init__(self, program: torch.export.ExportedProgram) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.names: dict[fx.Node, str] = {}
        signature = program.graph_signature
        held = {**program.state_dict, **program.constants}
        kept = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        kept |= dict(signature.inputs_to_lifted_tensor_constants)
        for node in program.graph.nodes:
            if node.op == "placeholder" and node.name in kept:
                self.names[node] = self.constant(held[kept[node.name]])
            elif node.op == "placeholder":
                self.names[node], self.width = INPUT, int(node.meta["val"].shape[1])
            elif node.op == "output":
                (result,) = node.args[0]
                self.nodes.append(helper.make_node("Identity", [self.names[result]], [OUTPUT]))
                self.shape = ["n", *map(int, result.meta["val"].shape[1:])]
            else:
                self.names[node] = self.written(node)

    def content(self, about: Mapping[str, str]) -> bytes:
        given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", self.width])
        made = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, self.shape)
        graph = helper.make_graph(self.nodes, "model", [given], [made], list(self.constants.values()))
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="interaction-atlas")
        helper.set_model_props(model, dict(about))
        onnx.checker.check_model(model)
        return model.SerializeToString()

    def written(self, node: fx.Node) -> str:
        """The operation of a node, and the name of its result."""
        name = getattr(node.target, "__name__", str(node.target)).split(".")[0]
        if node.target is operator.mul or name in _SILENT:
            return ""
        if name not in _OPERATIONS:
            raise ModelError(f"The model has the operation `{name}`, which cannot be written as ONNX; export a `.pt2`.")
        return _OPERATIONS[name](self, node)

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node of the file; its result's name."""
        result = f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [result], **attributes))
        return result

    def constant(self, value: Any, dtype: torch.dtype | None = None) -> str:
        """A tensor that stands in the file; its name."""
        tensor = value.detach().cpu() if isinstance(value, Tensor) else torch.tensor(value, dtype=dtype)
        name = f"constant_{len(self.constants)}"
        array = tensor.contiguous().numpy() if tensor.numel() else np.empty(tuple(tensor.shape), tensor.numpy().dtype)
        self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def operand(self, value: Any, like: fx.Node) -> str:
        """A node's name, or a plain number as a constant of the other operand's kind."""
        if isinstance(value, fx.Node):
            return self.names[value]
        return self.constant(value, like.meta["val"].dtype)

    def cast(self, value: str, dtype: torch.dtype) -> str:
        return self.add("Cast", value, to=TYPES[dtype])


def _dtype(node: Any) -> torch.dtype:
    return node.meta["val"].dtype


def _same(kind: str, **attributes: Any) -> Callable[[_Writer, fx.Node], str]:
    """One operand, the same meaning under another name."""
    return lambda writer, node: writer.add(kind, writer.names[_first(node)], **attributes)


def _two(kind: str) -> Callable[[_Writer, fx.Node], str]:
    """Two operands of one precision, one of which may be a number."""

    def write(writer: _Writer, node: fx.Node) -> str:
        first, second = node.args[:2]
        compares = _dtype(node) == torch.bool
        known = next(one for one in (first, second) if isinstance(one, fx.Node))
        expected = known.meta["val"].dtype if compares else _dtype(node)
        sides = []
        for one in (first, second):
            name = writer.operand(one, node if not compares else known)
            differs = isinstance(one, fx.Node) and _dtype(one) != expected
            sides.append(writer.cast(name, expected) if differs else name)
        return writer.add(kind, *sides)

    return write


def _first(node: fx.Node) -> fx.Node:
    first = node.args[0]
    assert isinstance(first, fx.Node)
    return first


def _pass(writer: _Writer, node: fx.Node) -> str:
    return writer.names[_first(node)]


def _index(writer: _Writer, node: fx.Node) -> str:
    places: Any = node.args[1]
    (axis,) = [axis for axis, one in enumerate(places) if one is not None]
    return writer.add("Gather", writer.names[_first(node)], writer.names[places[axis]], axis=axis)


def _sum(writer: _Writer, node: fx.Node) -> str:
    axes, keep = node.args[1], bool(node.args[2]) if len(node.args) > 2 else False
    return writer.add("ReduceSum", writer.names[_first(node)], writer.constant(axes), keepdims=int(keep))


def _mean(writer: _Writer, node: fx.Node) -> str:
    axes, keep = node.args[1], bool(node.args[2]) if len(node.args) > 2 else False
    return writer.add("ReduceMean", writer.names[_first(node)], writer.constant(axes), keepdims=int(keep))


def _slice(writer: _Writer, node: fx.Node) -> str:
    axis, start, end = (*node.args[1:], *(0, 0, None)[len(node.args) - 1 :])[:3]
    last = end if isinstance(end, int) else np.iinfo(np.int64).max
    ends = ([start], [last], [axis])
    return writer.add("Slice", writer.names[_first(node)], *(writer.constant(one) for one in ends))


def _select(writer: _Writer, node: fx.Node) -> str:
    axis: Any = node.args[1]
    return writer.add("Gather", writer.names[_first(node)], writer.constant(node.args[2]), axis=axis)


def _shape(writer: _Writer, node: fx.Node) -> str:
    sizes: Any = node.args[1]
    expected = [size if isinstance(size, int) else -1 for size in sizes]
    return writer.add("Reshape", writer.names[_first(node)], writer.constant(expected))


def _expand(writer: _Writer, node: fx.Node) -> str:
    sizes: Any = node.args[1]
    expected = [size if isinstance(size, int) and size > 0 else 1 for size in sizes]
    return writer.add("Expand", writer.names[_first(node)], writer.constant(expected))


def _axes(kind: str) -> Callable[[_Writer, fx.Node], str]:
    def write(writer: _Writer, node: fx.Node) -> str:
        axes: Any = node.args[1] if isinstance(node.args[1], list | tuple) else [node.args[1]]
        return writer.add(kind, writer.names[_first(node)], writer.constant(list(axes)))

    return write


def _permute(writer: _Writer, node: fx.Node) -> str:
    order: Any = node.args[1]
    return writer.add("Transpose", writer.names[_first(node)], perm=list(order))


def _addmm(writer: _Writer, node: fx.Node) -> str:
    added, first, second = (writer.names[one] for one in node.args if isinstance(one, fx.Node))
    return writer.add("Add", writer.add("MatMul", first, second), added)


def _clamp(writer: _Writer, node: fx.Node) -> str:
    low, high = (*node.args[1:], None)[:2]
    bounds = [writer.constant(one, _dtype(node)) if one is not None else "" for one in (low, high)]
    return writer.add("Clip", writer.names[_first(node)], *bounds)


def _cat(writer: _Writer, node: fx.Node) -> str:
    parts: Any = node.args[0]
    axis: Any = node.args[1] if len(node.args) > 1 else 0
    return writer.add("Concat", *(writer.names[one] for one in parts), axis=axis)


def _copy(writer: _Writer, node: fx.Node) -> str:
    return writer.cast(writer.names[_first(node)], _dtype(node))


def _arange(writer: _Writer, node: fx.Node) -> str:
    bounds: Any = node.args
    return writer.constant(torch.arange(*bounds, dtype=_dtype(node)))


def _where(writer: _Writer, node: fx.Node) -> str:
    names = [writer.operand(one, node) for one in node.args]
    return writer.add("Where", *names)


def _pad(writer: _Writer, node: fx.Node) -> str:
    """Translate a padding: torch counts from the last axis, before and after; ONNX has all befores, then all afters."""
    pads: Any = node.args[1]
    value = node.args[2] if len(node.args) > 2 else 0.0
    n_axes = node.meta["val"].ndim
    both = [[0, 0] for _ in range(n_axes)]
    for place in range(len(pads) // 2):
        both[n_axes - 1 - place] = list(pads[2 * place : 2 * place + 2])
    whole = [one for one, _ in both] + [other for _, other in both]
    return writer.add("Pad", writer.names[_first(node)], writer.constant(whole), writer.constant(value, _dtype(node)))


def _softplus(writer: _Writer, node: fx.Node) -> str:
    sharpness = node.args[1] if len(node.args) > 1 else 1
    if sharpness != 1:
        raise ModelError(f"A softplus of sharpness {sharpness} cannot be written as ONNX; export a `.pt2`.")
    return writer.add("Softplus", writer.names[_first(node)])


def _log1p(writer: _Writer, node: fx.Node) -> str:
    return writer.add("Log", writer.add("Add", writer.names[_first(node)], writer.constant(1.0, _dtype(node))))


def _gelu(writer: _Writer, node: fx.Node) -> str:
    return writer.add("Gelu", writer.names[_first(node)], approximate=node.kwargs.get("approximate", "none"))


def _elu(writer: _Writer, node: fx.Node) -> str:
    alpha: Any = node.args[1] if len(node.args) > 1 else 1.0
    return writer.add("Elu", writer.names[_first(node)], alpha=float(alpha))


def _leaky(writer: _Writer, node: fx.Node) -> str:
    slope: Any = node.args[1] if len(node.args) > 1 else 0.01
    return writer.add("LeakyRelu", writer.names[_first(node)], alpha=float(slope))


_SILENT = ("sym_size", "_assert_tensor_metadata")
"""A number of rows: whoever asks for it keeps the rows as they are; and a remark of torch's to itself."""

_SAME = {
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "exp": "Exp", "log": "Log", "neg": "Neg", "abs": "Abs",
    "erf": "Erf", "sqrt": "Sqrt", "logical_not": "Not",
}  # fmt: skip
_PAIRED = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "maximum": "Max", "minimum": "Min", "mm": "MatMul",
    "bmm": "MatMul", "ge": "GreaterOrEqual", "gt": "Greater", "le": "LessOrEqual", "lt": "Less", "eq": "Equal",
    "logical_and": "And", "logical_or": "Or",
}  # fmt: skip

_OPERATIONS: dict[str, Callable[[_Writer, fx.Node], str]] = {
    **{name: _same(kind) for name, kind in _SAME.items()},
    **{name: _two(kind) for name, kind in _PAIRED.items()},
    **dict.fromkeys(("clone", "alias", "detach", "lift_fresh_copy"), _pass),
    "addmm": _addmm, "arange": _arange, "cat": _cat, "clamp": _clamp, "constant_pad_nd": _pad, "elu": _elu,
    "expand": _expand, "gelu": _gelu, "index": _index, "leaky_relu": _leaky, "log1p": _log1p, "mean": _mean,
    "permute": _permute, "select": _select, "slice": _slice, "softplus": _softplus, "squeeze": _axes("Squeeze"),
    "sum": _sum, "unsqueeze": _axes("Unsqueeze"), "view": _shape, "reshape": _shape, "where": _where,
    "_to_copy": _copy,
}  # fmt: skip
"""Core operations of torch by name, and how each is written."""
