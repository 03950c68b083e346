"""A model that can only be asked: any function from rows to numbers, its outputs checked on every call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ...core.errors import InteractionError, ModelError
from ...core.types import Capability, FeatureSpace, Target
from ..base import TabularModel
from ..scoring import Reading, checked, to_scores
from .mapping import InputMapping


@dataclass(frozen=True, eq=False)
class Origin:
    """The object of another library that a black box asks, kept so that what it is made of can be read.

    `inputs` gives what `estimator` is asked about for rows (n, p) of table values, and `mapping` which feature feeds
    each of its inputs. `class_order` has the place of each of the target's classes among those of the estimator.
    """

    estimator: Any
    inputs: Callable[[np.ndarray], Any]
    mapping: InputMapping
    class_order: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class BlackBox(TabularModel):
    """A model that can only be asked: `function` gives outputs (n,) or (n, outputs) for float64 rows (n, p).

    `reading` says what the outputs are, `mapping` which feature feeds which input, `notes` what a reader of its
    scores must know. `origin` is the library's object behind `function`, where it is one whose parts can be read.
    `row_dtype` is the precision in which the function reads rows; with `keeps_rows` it leaves its argument as it is,
    so that it is given no copy. `rows_at_once` is the number of rows per call at which it is fastest, where that is
    not a large one.
    """

    name: str
    space: FeatureSpace
    target: Target
    function: Callable[[np.ndarray], Any]
    reading: Reading = Reading.VALUES
    class_index: int | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    origin: Origin | None = None
    row_dtype: torch.dtype = torch.float64
    keeps_rows: bool = False
    rows_at_once: int | None = None

    capabilities = frozenset({Capability.QUERIES})

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        return 64 * len(self.space) + 256

    def scores(self, rows: Float[Tensor, "rows features"]) -> Float64[Tensor, "1 rows"]:
        """Scores of `rows`, float64; `ModelError` when the function raises or returns anything but numbers."""
        values = rows.to("cpu", self.row_dtype).numpy()
        outputs = self.outputs(values if self.keeps_rows else values.copy())
        return torch.from_numpy(to_scores(outputs, self.target, self.class_index, self.reading, self.name))[None]

    def outputs(self, rows: np.ndarray) -> np.ndarray:
        """What the function returns for `rows`, checked."""
        try:
            outputs = self.function(rows)
        except InteractionError:
            raise
        except Exception as problem:
            raise ModelError(f"The model `{self.name}` failed on {len(rows)} rows: {first_line(problem)}.") from problem
        return checked(outputs, len(rows), self.name)


def first_line(problem: Exception) -> str:
    """An exception as part of a sentence: its kind and the first line of its text, not too long."""
    text = str(problem).strip().split("\n")[0][:200].rstrip(".")
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__
