"""A simulated accelerator for machines without one: real values, computed on the CPU, on a device of its own.

Why not `FakeTensorMode`: fake tensors have no values, so nothing that reads one (`.item()`, `nonzero`, early stopping,
a race that ends when it is certain) can run, and this build of PyTorch cannot differentiate tensors that claim to be on
CUDA without its CUDA library. Here PyTorch's extension backend (`privateuseone`) is registered under the name "card",
and a tensor on it is a wrapper around a CPU tensor. `tensor.device` is "card" in Python, in C++, under autograd, `vmap`
and forward differentiation, exactly where a CUDA tensor's would be "cuda".

A program fails on it where it would fail on a card:

- an operation on tensors of both devices, except for what CUDA allows (`copy_`, moves, 0-dimensional CPU operands);
- `numpy()` or `np.asarray` of a tensor on the card;
- a CPU generator that draws into a tensor on the card;
- a kernel that only the CPU has (oneDNN, `lstsq` by a driver other than "gels").

It also fails on numbers drawn on the card itself: a card draws others than the CPU from the same seed. A CPU tensor
that indexes one on the card works, as on CUDA, but makes it wait for a copy; `waits` names the lines that do so.

`memory` counts the bytes of the tensors on the card, and `other_rounding` puts errors of the size of a card's own into
products and sums. What it does not simulate: a card's kernels themselves, streams, and the memory that kernels take.
"""

import traceback
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "card"
CPU = torch.device("cpu")

aten = torch.ops.aten
MOVES = {aten._to_copy, aten.copy_, aten.copy, aten._copy_from, aten.lift_fresh}
"""Operations between devices."""
INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._unsafe_index, aten._unsafe_index_put}
"""Operations that take CPU indices on a real card, and wait for their copy."""
JOINING = {aten.cat, aten.stack, aten.hstack, aten.vstack}
"""Operations for which a 0-dimensional CPU tensor is no scalar."""


class DeviceError(RuntimeError):
    """A program did what would fail, or wait, on a card."""


def register() -> None:
    """Make the device "card" known to PyTorch. Once per process, before its first backward pass: autograd counts the
    devices when it starts."""
    _setup_privateuseone_for_python_backend(NAME)


class Memory:
    """Bytes of the tensors on the card: `now`, and the `peak` since `reset`. What a kernel takes for itself between its
    inputs and its outputs is not known."""

    def __init__(self) -> None:
        self.now = self.peak = 0
        self._holders: dict[int, int] = {}

    def reset(self) -> None:
        self.peak = self.now

    def hold(self, tensor: "CardTensor") -> None:
        """Count the storage of a tensor, once for all views of it, until the last of them is gone."""
        storage = tensor.inner.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        self._holders[key] = self._holders.get(key, 0) + 1
        if self._holders[key] == 1:
            self.now += size
            self.peak = max(self.peak, self.now)
        weakref.finalize(tensor, self._release, key, size)

    def _release(self, key: int, size: int) -> None:
        self._holders[key] -= 1
        if not self._holders[key]:
            del self._holders[key]
            self.now -= size


memory = Memory()


class CardTensor(Tensor):
    """A tensor on the simulated card; `inner` has its values."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> "CardTensor":
        with torch.inference_mode(inner.is_inference()):  # in inference mode a view of an ordinary tensor is ordinary
            made = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
                cls,
                inner.size(),
                strides=inner.stride(),
                storage_offset=inner.storage_offset(),
                dtype=inner.dtype,
                device=f"{NAME}:0",
            )
        made.inner = inner
        memory.hold(made)
        return made

    def __init__(self, inner: Tensor) -> None:
        """Everything is done by `__new__`."""

    def __repr__(self) -> str:  # type: ignore[override]
        return f"CardTensor({self.inner!r})"

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class _Operations(TorchDispatchMode):
    """Checks and runs every operation, those that make tensors from nothing included."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and what would keep the compiler away takes seconds to import

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if _is_whole(func):
            with self:
                return func.decompose(*args, **(kwargs or {}))
        return _run(func, args, kwargs or {})


class _Reading(TorchFunctionMode):
    """What PyTorch answers in C++ before any operation begins: reading values, and tensors made of Python's numbers."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (Tensor.numpy, Tensor.__array__) and isinstance(args[0], CardTensor):
            raise TypeError("can't convert a tensor on the card to numpy. Use Tensor.cpu() to copy it first.")
        if func is Tensor.tolist and isinstance(args[0], CardTensor):
            return args[0].cpu().tolist()
        if func in (torch.tensor, torch.as_tensor, torch.asarray) and _is_card(kwargs.get("device")):
            device = kwargs.pop("device")
            return func(*args, **kwargs).to(device)
        if func in (Tensor.__getitem__, Tensor.__setitem__) and isinstance(args[0], CardTensor):
            args = (args[0], _on_card(args[1]), *args[2:])
        return func(*args, **kwargs)


def _on_card(index: Any) -> Any:
    """An index whose lists and arrays are tensors on the card, as CUDA makes them."""
    if isinstance(index, tuple):
        return tuple(_on_card(one) for one in index)
    if isinstance(index, (list, np.ndarray)):
        return (torch.tensor(index) if len(index) else torch.zeros(0, dtype=torch.long)).to(NAME)
    return index


waits: set[str] = set()
"""Lines of the engine, as "module.py:function", in which a CPU tensor indexed one on the card."""


SUMMED = {aten.mm, aten.addmm, aten.bmm, aten.baddbmm, aten.mv, aten.addmv, aten.dot, aten.convolution, aten.sum}
"""Operations whose result depends on the order of summation."""

_noise: list[tuple[float, torch.Generator]] = []


@contextmanager
def other_rounding(size: float) -> Iterator[None]:
    """Inside, products and sums on the card are off by up to `size` units in the last place, at random, as those of
    another device's kernels are."""
    _noise.append((size, torch.Generator().manual_seed(0)))
    try:
        yield
    finally:
        _noise.pop()


def _rounded(result: Tensor) -> Tensor:
    size, source = _noise[-1]
    random = torch.rand(result.shape, generator=source, dtype=torch.float64) * 2.0 - 1.0
    return result.mul_((1.0 + size * torch.finfo(result.dtype).eps * random).to(result.dtype))


@contextmanager
def simulated_card() -> Iterator[str]:
    """Inside, `Compute("auto")` means the simulated card, whose name is given."""
    from interaction_engine.core.compute import Compute

    chosen = patch.object(Compute, "torch_device", property(lambda self: NAME if self.device == "auto" else "cpu"))
    with chosen, torch.autograd.set_multithreading_enabled(False), _Reading(), _Operations():
        yield NAME


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """The operation on the values, and its outputs on the device on which they belong."""
    packet, asked = func.overloadpacket, kwargs.get("device")
    tensors: list[Tensor] = []
    inner_args, inner_kwargs = _inner(args, tensors), _inner(kwargs, tensors)
    wrappers = {id(one.inner): one for one in tensors if isinstance(one, CardTensor)}
    if not wrappers and not _is_card(asked):
        return func(*args, **kwargs)
    _check(func, args, kwargs, tensors)
    if "device" in inner_kwargs:
        inner_kwargs["device"] = CPU if asked is not None else None
    if packet is aten._efficientzerotensor:
        func = aten.zeros.default  # a wrapper cannot show that its values are not stored
    result = func(*inner_args, **inner_kwargs)
    if _noise and packet in SUMMED and result.is_floating_point():
        result = _rounded(result)
    if torch.Tag.inplace_view in func.tags:
        with no_dispatch():  # the wrapper takes the new shape too
            func(*args, **kwargs)
    to_cpu = asked is not None and not _is_card(asked)
    to_cpu = to_cpu or (packet is aten.copy_ and not isinstance(args[0], CardTensor))
    return _placed(result, wrappers, to_cpu)


def _inner(value: Any, met: list[Tensor]) -> Any:
    """An argument with the values of tensors on the card in their place; all tensors are noted in `met`."""
    if isinstance(value, Tensor):
        met.append(value)
        return value.inner if isinstance(value, CardTensor) else value
    if isinstance(value, (list, tuple)):
        return type(value)(_inner(one, met) for one in value)
    if isinstance(value, dict):
        return {name: _inner(one, met) for name, one in value.items()}
    return value


def _placed(result: Any, wrappers: dict[int, CardTensor], to_cpu: bool) -> Any:
    """Outputs on their device; an input that was written to is the same tensor as before."""
    if isinstance(result, Tensor):
        if id(result) in wrappers:
            return wrappers[id(result)]
        return result if to_cpu else CardTensor(result)
    if isinstance(result, (list, tuple)):
        return type(result)(_placed(one, wrappers, to_cpu) for one in result)
    return result


@cache
def _is_whole(func: Any) -> bool:
    """Whether an operation is made of others, which are what a device runs; inference mode hands it over whole."""
    if func.namespace == "prim":
        return False
    return torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), "CompositeImplicitAutograd")


def _check(func: Any, args: Any, kwargs: dict[str, Any], tensors: list[Tensor]) -> None:
    """Raise `DeviceError` for what a card refuses, or does badly."""
    packet = func.overloadpacket
    elsewhere = [one for one in tensors if not isinstance(one, CardTensor)]
    if func.namespace in ("mkldnn", "mkl", "onednn", "quantized") or "mkldnn" in func.name():
        raise DeviceError(f"{func} exists on the CPU only; its input is on the card.")
    if packet is aten.linalg_lstsq and kwargs.get("driver") not in (None, "gels"):
        raise DeviceError(f"{func}: a card only has the driver 'gels'; got {kwargs['driver']!r}.")
    if isinstance(kwargs.get("generator"), torch.Generator):
        raise DeviceError(f"{func} draws on the card with a generator of the CPU.")
    if torch.Tag.nondeterministic_seeded in func.tags:
        raise DeviceError(f"{func} draws on the card, which draws other numbers than the CPU from the same seed.")
    if packet in MOVES or not elsewhere:
        return
    written = [
        value
        for value, argument in zip([*args, *kwargs.values()], func._schema.arguments, strict=False)
        if argument.alias_info is not None and argument.alias_info.is_write and isinstance(value, Tensor)
    ]
    if packet in INDEXING and isinstance(args[0], CardTensor):
        waits.add(_place())
        elsewhere = [one for one in elsewhere if not any(one is index for index in args[1])]
        if not elsewhere:
            return
    wide = [one for one in elsewhere if one.ndim > 0]
    if wide or packet in JOINING or any(not isinstance(one, CardTensor) for one in written):
        raise DeviceError(
            f"{func}: expected all tensors to be on the same device; "
            f"{len(elsewhere)} on the CPU of shapes {[tuple(one.shape) for one in elsewhere]}, the others on the card."
        )


def _place() -> str:
    """The innermost line of the engine that is being run."""
    for frame in reversed(traceback.extract_stack()):
        if "interaction_engine" in frame.filename:
            return f"{frame.filename.rpartition('interaction_engine/')[2]}:{frame.name}:{frame.lineno}"
    return "elsewhere"


def _is_card(device: Any) -> bool:
    if isinstance(device, str):
        return device.split(":")[0] == NAME
    return isinstance(device, torch.device) and device.type == NAME


def on_cpu(value: Tensor) -> np.ndarray:
    """The values of a tensor of either device, for comparisons."""
    return value.detach().cpu().numpy()
