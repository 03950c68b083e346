"""From what a model puts out to one score per row: log-odds for classes, and the checks that every output must pass."""

from enum import StrEnum

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..core.errors import InputError, ModelError
from ..core.types import Target, TargetKind

SMALLEST_PROBABILITY = 1e-6
"""Probabilities are clipped here before the logarithm: forests return exact zeros, whose log-odds are infinite."""


class Reading(StrEnum):
    """What the numbers of a model are; UNKNOWN is settled on the first rows that it scores."""

    UNKNOWN = "unknown"
    VALUES = "values"
    LOG_ODDS = "log-odds"
    PROBABILITIES = "probabilities"


def log_odds(logits: Float[Tensor, "*batch classes"], index: int) -> Float[Tensor, "*batch"]:
    """Log-odds of class `index` against all others, from unnormalised log-probabilities."""
    others = torch.cat([logits[..., :index], logits[..., index + 1 :]], dim=-1)
    return logits[..., index] - others.logsumexp(dim=-1)


def scored_class(target: Target, index: int | None) -> int | None:
    """The class whose log-odds are the score: `index`, or the second of two, or the first; None for regression."""
    if target.kind is TargetKind.REGRESSION:
        return None
    if index is None:
        return 1 if target.kind is TargetKind.BINARY else 0
    if not 0 <= index < len(target.classes):
        raise InputError(
            f"`class_index` must be 0 to {len(target.classes) - 1}, one of {', '.join(target.classes)}; got {index}."
        )
    return index


def network_scores(
    outputs: Float[Tensor, "*batch outputs"],
    target: Target,
    class_index: int | None,
    scale: float = 1.0,
    shift: float = 0.0,
) -> Float[Tensor, "*batch"]:
    """Return the scores made of a network's outputs.

    Args:
        outputs: One number: of a regression the standardised target, of two classes the log-odds of the second; or the
            unnormalised log-probabilities of several classes.
        target: What is predicted.
        class_index: The class scored; None for the second of two and the first of several.
        scale: Standard deviation by which the target was divided.
        shift: Mean that was taken from the target.
    """
    if target.kind is TargetKind.MULTICLASS:
        return log_odds(outputs, class_index or 0)
    if target.kind is TargetKind.BINARY:
        return -outputs[..., 0] if class_index == 0 else outputs[..., 0]
    return outputs[..., 0] * scale + shift


def reading_of(outputs: np.ndarray, target: Target) -> Reading:
    """What `outputs` on a sample of rows are, judged by their range: probabilities lie in [0, 1] and sum to 1."""
    if target.kind is TargetKind.REGRESSION:
        return Reading.VALUES
    columns = _columns(outputs)
    inside = columns.min() >= 0 and columns.max() <= 1
    complete = columns.shape[1] == 1 or np.allclose(columns.sum(axis=1), 1, atol=1e-3)
    return Reading.PROBABILITIES if inside and complete else Reading.LOG_ODDS


def to_scores(outputs: np.ndarray, target: Target, class_index: int | None, reading: Reading, name: str) -> np.ndarray:
    """One score per row from outputs (n,) or (n, outputs), float64; `ModelError` if the target does not fit them."""
    columns = _columns(outputs).astype(np.float64)
    index = scored_class(target, class_index)
    expected = 1 if index is None else len(target.classes)
    if columns.shape[1] == 1 and expected <= 2:
        scores = columns[:, 0]
        if reading is Reading.PROBABILITIES:
            scores = _logit(scores)
        return -scores if index == 0 else scores
    if columns.shape[1] != expected or index is None:
        raise ModelError(
            f"The model `{name}` returns {columns.shape[1]} numbers per row, but the target `{target.name}` needs "
            f"{expected}; bring a model of this target."
        )
    if reading is Reading.PROBABILITIES:
        return _logit(columns[:, index])
    return log_odds(torch.from_numpy(columns), index).numpy()


def checked(outputs: object, n: int, name: str) -> np.ndarray:
    """`outputs` as an array of finite numbers for `n` rows, (n,) or (n, outputs); `ModelError` says what is wrong."""
    try:
        values = np.asarray(outputs)
    except ValueError:
        raise ModelError(f"The model `{name}` must return one number per row; it returned a ragged list.") from None
    if values.dtype.kind not in "fiub":
        kind = (
            "text"
            if values.dtype.kind in "US" or isinstance(values.flat[0] if values.size else None, str)
            else str(values.dtype)
        )
        raise ModelError(f"The model `{name}` must return numbers; it returned {kind}, such as {_example(values)}.")
    if values.ndim == 0 or values.shape[0] != n:
        raise ModelError(
            f"The model `{name}` must return one number per row, shape ({n},); it returned shape {values.shape}."
        )
    if not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(_columns(values)).all(axis=1))
        raise ModelError(
            f"The model `{name}` must return finite numbers; it returned NaN or infinity for {len(bad)} of {n} rows."
        )
    return values


def _columns(outputs: np.ndarray) -> np.ndarray:
    return outputs[:, None] if outputs.ndim == 1 else outputs.reshape(len(outputs), int(np.prod(outputs.shape[1:])))


def _example(values: np.ndarray) -> str:
    return (
        repr(values.flat[0].item() if hasattr(values.flat[0], "item") else values.flat[0])[:40]
        if values.size
        else "nothing"
    )


def _logit(probabilities: np.ndarray) -> np.ndarray:
    inside = np.clip(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return np.log(inside) - np.log1p(-inside)
