"""What all models over the user's columns do alike, however they compute their scores."""

from abc import ABC, abstractmethod
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from ..core.types import FeatureSpace, Target
from ..data.coordinates import encode_frame
from .scoring import network_scores, scored_class

Where = str | torch.device | torch.dtype
Own = TypeVar("Own", bound="TabularModel")


class TabularModel(ABC):
    """Base of all models; implements `Model`, but for the scores themselves.

    A subclass is a frozen dataclass. Its parameters are fields that are tensors, tuples of tensors, or dataclasses with
    a method `to` that returns a copy, so that a model on another device, of another precision or of another class is a
    copy with these fields changed.
    """

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def space(self) -> FeatureSpace: ...

        @property
        def target(self) -> Target: ...

        @property
        def class_index(self) -> int | None: ...

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
        """Numbers that were learnt; 0 where they cannot be counted."""
        return 0

    @property
    def unit(self) -> str:
        """What a score is measured in."""
        return self.target.unit(self.class_index)

    @property
    def device(self) -> torch.device:
        """Where the parameters are; a model without any computes on the CPU."""
        for value in self._parameters().values():
            first = value[0] if isinstance(value, tuple) else value
            return first.device
        return torch.device("cpu")

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
        """The fields that hold tensors."""
        held = {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in held.items() if _holds_tensors(value)}

    def _moved(self: Own, where: Where, parameters: dict[str, Any]) -> Own:
        moved = {name: _to(value, where) for name, value in parameters.items()}
        changed = {name: value for name, value in moved.items() if not _same(value, parameters[name])}
        return replace(self, **changed) if changed else self  # type: ignore[type-var]


def _holds_tensors(value: Any) -> bool:
    """Whether a field is one of parameters; the `to` of an object that somebody brought may change it in place."""
    if isinstance(value, tuple):
        return bool(value) and isinstance(value[0], Tensor)
    ours = (
        is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("interaction_engine.")
    )
    return isinstance(value, Tensor) or (ours and hasattr(value, "to") and hasattr(value, "device"))


def _to(value: Any, where: Where) -> Any:
    return tuple(tensor.to(where) for tensor in value) if isinstance(value, tuple) else value.to(where)


def _same(one: Any, other: Any) -> bool:
    """Whether nothing was moved: `to` gives back what is there already."""
    if isinstance(one, tuple):
        return all(new is old for new, old in zip(one, other, strict=True))
    return one is other
