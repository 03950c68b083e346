"""The log-odds of each row's own class, and the loss that they make: of networks of ours, and of any other model."""

from typing import Any, cast

import torch
from jaxtyping import Float64, Int
from torch import Tensor
from torch.nn import functional

from ...core.types import Model
from ..networks.layered import Layered
from .watched_trainer import class_logits, mean_loss, network_inputs, true_log_odds


def own_log_odds(
    model: Model, rows: Float64[Tensor, "rows features"], labels: Int[Tensor, " rows"]
) -> Float64[Tensor, " rows"]:
    """Log-odds of each row's own class against all others, of an ensemble of ours those of its mean outputs."""
    with torch.inference_mode():
        if isinstance(model, Layered):
            return true_log_odds(class_logits(model, network_inputs(model, rows)), labels.to(model.device)).cpu()
        result = torch.zeros(len(rows), dtype=torch.float64)
        for label in labels.unique().tolist():
            own = labels == label
            result[own] = cast(Any, model).for_class(label).scores(rows[own]).double().mean(0).cpu()
        return result


def own_loss(model: Model, rows: Float64[Tensor, "rows features"], labels: Int[Tensor, " rows"]) -> float:
    """The mean cross-entropy of the labels, in nats."""
    if isinstance(model, Layered):
        return mean_loss(model, network_inputs(model, rows), labels.to(model.device))
    return float(functional.softplus(-own_log_odds(model, rows, labels)).mean())
