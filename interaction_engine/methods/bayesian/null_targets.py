"""Targets that chance alone makes: those of the table shuffled, or what the features do separately with noise."""

from typing import Annotated, Literal

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import Field
from torch import Tensor

from ...core.types import TargetKind
from ...data.dataset import Dataset
from ..additive_models.gam import train_gam

DRAWING = 11
"""Purpose of the random numbers that draw targets."""

Null = Annotated[
    Literal["additive", "shuffled"],
    Field(
        title="What chance keeps",
        description="additive: what every feature does by itself, with the rest shuffled among the rows. shuffled: "
        "nothing, the target itself is shuffled, as in the paper; then hardly any network finds anything.",
    ),
]


def chance_targets(data: Dataset, null: str, seed: int, places: range) -> Float64[Tensor, "networks rows"]:
    """Targets of the training rows in which no features act together, one list for each of `places`.

    Numbers are standardised as the target is, classes are their places. Shuffled are the targets themselves (GEH paper,
    section 5.2). Additive is the reference distribution of Friedman & Popescu (Predictive learning via rule ensembles,
    AOAS 2008, section 8.3): the curves of an additive model fitted to the target, plus its residuals in a random order;
    classes are drawn with the probabilities that this model gives them. Raises `InputError` for an additive model where
    the training rows, or those of a class, are too few for one.
    """
    sources = [np.random.default_rng([seed, DRAWING, place]) for place in places]
    values = data.target_values[data.train_rows].astype(np.float64)
    if null == "shuffled":
        drawn = [source.permutation(values) for source in sources]
    elif data.target.kind is TargetKind.REGRESSION:
        fitted = _curves(data, seed)[:, 0]
        drawn = [fitted + source.permutation(values - fitted) for source in sources]
    else:
        reached = _curves(data, seed).cumsum(1)
        drawn = [(source.random((len(values), 1)) > reached[:, :-1]).sum(1) for source in sources]
    targets = np.stack(drawn).astype(np.float64)
    if data.target.kind is TargetKind.REGRESSION:
        targets = (targets - values.mean()) / (float(values.std()) or 1.0)
    return torch.from_numpy(targets)


def _curves(data: Dataset, seed: int) -> Float64[np.ndarray, "rows outputs"]:
    """What an additive model says of the training rows: the expected number, or the probability of every class."""
    model = train_gam(data, bags=0, seed=seed)
    rows = torch.tensor(data.rows[data.train_rows])
    if data.target.kind is TargetKind.REGRESSION:
        return model.scores(rows).T.numpy()
    with torch.inference_mode():
        raw = model.intercept + model.contributions(rows).sum(1)
    second = torch.sigmoid(raw)
    shares = torch.softmax(raw, 1) if raw.shape[1] > 1 else torch.cat([1.0 - second, second], 1)
    return shares.numpy()
