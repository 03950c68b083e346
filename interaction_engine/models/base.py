"""What all models over the user's columns do alike, however they compute their scores."""

import copy
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..core.types import FeatureSpace, Target
from ..data.coordinates import encode_frame
from .scoring import network_scores, scored_class

Where = str | torch.device | torch.dtype
Own = TypeVar("Own", bound="TabularModel")
Net = TypeVar("Net", bound=nn.Module)


class TabularModel(ABC):
    """Base of all models: the adapter between the user's columns and what computes scores; implements `Model`.

    A subclass is a frozen dataclass. `learnt` names the fields that hold what was learnt: modules, tensors, or objects
    whose `to` returns a copy. A model on another device, of another precision or of another class is a copy with these
    fields changed.
    """

    learnt: ClassVar[tuple[str, ...]] = ()

    name: str
    space: FeatureSpace
    target: Target
    class_index: int | None

    not_scored = frozenset[str]()
    """Fields that take no part in the score: they keep their precision."""

    predicts_in_double = False
    """Whether `predict` computes in float64 whatever the precision of the parameters."""

    @property
    def n_members(self) -> int:
        """Networks of an ensemble; 1 of any other model."""
        return 1

    @property
    def n_parameters(self) -> int:
        """Numbers that were learnt and take part in the score; 0 where they cannot be counted."""
        return sum(_count(getattr(self, name)) for name in self.learnt if name not in self.not_scored)

    @property
    def unit(self) -> str:
        """What a score is measured in."""
        return self.target.unit(self.class_index)

    @property
    def device(self) -> torch.device:
        """Where the parameters are; a model without any computes on the CPU."""
        return next((_tensors(value)[0].device for value in self._parameters().values()), torch.device("cpu"))

    @abstractmethod
    def scores(self, rows: Float[Tensor, "rows features"]) -> Float[Tensor, "members rows"]:
        """Return the scores of float64 `rows`, without gradients."""

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the scores of the rows of a table, the members' mean, shape (n,).

        Raises:
            InputError: A column is missing (columns are found by name), or holds what the model cannot read.
        """
        rows = torch.from_numpy(encode_frame(self.space, frame))
        model = self.double() if self.predicts_in_double else self
        return model.scores(rows).double().mean(dim=0).cpu().numpy()

    def for_class(self: Own, index: int) -> Own:
        """Return the same model scoring another class; the parameters are shared.

        Raises:
            InputError: There is no such class.
        """
        return replace(self, class_index=scored_class(self.target, index))  # type: ignore[type-var]

    def to(self: Own, device: str) -> Own:
        """Return the same model computing on another device."""
        return self._moved(device, self._parameters())

    def double(self: Own) -> Own:
        """Return the same model computing in float64."""
        scored = {name: value for name, value in self._parameters().items() if name not in self.not_scored}
        return self._moved(torch.float64, scored)

    def head(self, raw: Float[Tensor, "*batch outputs"]) -> Float[Tensor, "*batch"]:
        """Return the scores made of a network's outputs."""
        scale, shift = getattr(self, "scale", 1.0), getattr(self, "shift", 0.0)
        return network_scores(raw, self.target, self.class_index, scale, shift)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "__repr__" not in cls.__dict__:  # a dataclass would print all parameters
            cls.__repr__ = TabularModel.__repr__

    def __repr__(self) -> str:
        members = f"{self.n_members:,} x " if self.n_members > 1 else ""
        size = f", {self.n_parameters:,} parameters" if self.n_parameters else ""
        return (
            f"{members}{type(self).__name__}({self.name!r}, {len(self.space):,} features -> {self.target.name!r} "
            f"({self.target.kind.value}){size}, {self.device})"
        )

    def _parameters(self) -> dict[str, Any]:
        """What was learnt, by field; without fields that hold nothing."""
        held = {name: getattr(self, name) for name in self.learnt}
        return {name: value for name, value in held.items() if _tensors(value)}

    def _moved(self: Own, where: Where, parameters: dict[str, Any]) -> Own:
        """Return a copy with these parameters elsewhere, or of another precision; itself where that changes nothing."""
        changed = {name: _to(value, where) for name, value in parameters.items() if not _is_at(value, where)}
        return replace(self, **changed) if changed else self  # type: ignore[type-var]


def copied_to(network: Net, where: Where) -> Net:
    """Return a copy on another device, or of another precision; a module's own `to` moves the module itself."""
    moved: dict[int, Any] = {
        id(one): nn.Parameter(one.detach().to(where), requires_grad=one.requires_grad) for one in network.parameters()
    }
    for one in network.buffers():
        keeps = isinstance(where, torch.dtype) and not one.is_floating_point()
        moved[id(one)] = one if keeps else one.to(where)
    return copy.deepcopy(network, moved)


def _tensors(value: Any) -> list[Tensor]:
    """The tensors that a field of a model holds."""
    if isinstance(value, nn.Module):
        return list(value.parameters())
    if isinstance(value, tuple | Tensor):
        return list(value) if isinstance(value, tuple) else [value]
    return []


def _count(value: Any) -> int:
    return getattr(value, "n_parameters", None) or sum(tensor.numel() for tensor in _tensors(value))


def _is_at(value: Any, where: Where) -> bool:
    """Whether all tensors are on this device, or of this precision, already."""
    if isinstance(where, torch.dtype):
        return all(tensor.dtype == where for tensor in _tensors(value))
    return all(tensor.device == torch.device(where) for tensor in _tensors(value))


def _to(value: Any, where: Where) -> Any:
    if isinstance(value, nn.Module):
        return copied_to(value, where)
    return tuple(tensor.to(where) for tensor in value) if isinstance(value, tuple) else value.to(where)
