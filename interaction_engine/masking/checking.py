"""Whether the scores of a classifier can be log-odds."""

import torch
from torch import Tensor

from ..core.compute import Compute
from ..core.errors import ModelError
from ..core.types import Capability, Model, TargetKind
from ..data.dataset import Dataset
from .players import mean_scores

TRIED = 256
"""Rows on which the scores are looked at: log-odds of so many rows do not all lie between 0 and 1 by chance."""

DIFFERENT = 3
"""Fewer different scores than this, all of them whole numbers, are labels of classes."""


def check_log_odds(model: Model, data: Dataset, seed: int, compute: Compute) -> int:
    """How many rows were scored to see it; `ModelError` when a classifier's scores look like probabilities or labels.

    Networks trained or loaded here give log-odds by construction; a function may return anything.
    """
    if model.target.kind is TargetKind.REGRESSION or Capability.MLP_WEIGHTS in model.capabilities:
        return 0
    scores = mean_scores(model, torch.from_numpy(data.background(TRIED, seed)), compute)
    what = _looks_like(scores, len(model.target.classes))
    if what:
        raise ModelError(
            f"The scores of the model `{model.name}` for the classes of `{model.target.name}` must be log-odds, which "
            f"have no limits; on {len(scores)} rows they lie between {float(scores.min()):.3g} and "
            f"{float(scores.max()):.3g}, so they look like {what}. Return log(p / (1 - p)), or a column per class."
        )
    return len(scores)


def _looks_like(scores: Tensor, n_classes: int) -> str:
    different = scores.unique()
    if 1 < len(different) < max(DIFFERENT, n_classes + 1) and bool((different == different.round()).all()):
        return "labels of classes"
    inside = bool((scores >= 0.0).all()) and bool((scores <= 1.0).all())
    return "probabilities" if inside and len(different) > 1 else ""
