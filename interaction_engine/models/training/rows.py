"""The rows a training learns from: encoded once, divided anew for each member, in a new order every epoch."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.errors import InputError
from ...core.random_streams import DIVISION, FIRST_EPOCH, random_stream
from ...core.types import FeatureSpace, TargetKind
from ...data.encoding import encode

if TYPE_CHECKING:
    from ...data.dataset import Dataset

Inputs = Callable[[FeatureSpace, Tensor], Tensor]
"""From rows of the table to what a network sees."""

FEWEST_ROWS = 10
VALIDATION_SHARE = 0.15
MOST_VALIDATION_ROWS = 20_000
"""More validation rows do not make the choice of an epoch better, only slower."""


class TrainingRows:
    """Training rows of `data` on a device, as tensors that are only ever indexed.

    `inputs` are what `inputs_of` makes of them, encoded columns by default; `targets` are class indices, or numbers
    standardised by `scale` and `shift`. Each member keeps validation rows of its own aside, so that together the
    members learn from all rows. Raises `InputError` when there are too few.
    """

    def __init__(
        self, data: "Dataset", members: int, seed: int, device: torch.device, inputs_of: Inputs = encode
    ) -> None:
        self.members, self.seed = members, seed
        rows = data.train_rows
        if len(rows) < FEWEST_ROWS:
            raise InputError(
                f"Training needs at least {FEWEST_ROWS} training rows; got {len(rows)}. Add rows to the table."
            )
        self.inputs: Float[Tensor, "rows columns"] = inputs_of(data.space, torch.tensor(data.rows[rows])).to(device)
        values = data.target_values[rows]
        is_number = data.target.kind is TargetKind.REGRESSION
        self.shift, self.scale = (float(values.mean()), float(values.std()) or 1.0) if is_number else (0.0, 1.0)
        targets = torch.from_numpy((values - self.shift) / self.scale).to(device)
        self.targets: Tensor = targets.long() if data.target.kind is TargetKind.MULTICLASS else targets.float()
        self.train, self.validation = self._divided()

    def order(self, epoch: int) -> Int[Tensor, "members train"]:
        """The training rows of each member in this epoch's order, which seed, member and epoch alone decide."""
        return self.train.gather(1, self._permutations(self.train.shape[1], FIRST_EPOCH + epoch))

    def _divided(self) -> tuple[Int[Tensor, "members train"], Int[Tensor, "members validation"]]:
        n_rows = len(self.inputs)
        n_validation = min(max(1, int(n_rows * VALIDATION_SHARE)), MOST_VALIDATION_ROWS)
        orders = self._permutations(n_rows, DIVISION)
        return orders[:, n_validation:], orders[:, :n_validation]

    def _permutations(self, n_rows: int, purpose: int) -> Int[Tensor, "members rows"]:
        sources = [random_stream(self.seed, member, purpose) for member in range(self.members)]
        orders = np.stack([source.permutation(n_rows) for source in sources])
        return torch.from_numpy(orders).to(self.inputs.device)
