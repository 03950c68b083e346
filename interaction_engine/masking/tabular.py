"""Rows of the feature space as a game: players are features, or groups of them, masked by the values of a baseline."""

from collections.abc import Iterator, Sequence

import pandas as pd
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from ..core.types import Capability, Model
from ..models.networks.mlp import ROWS_PER_CALL
from .drawing import parts_of
from .game import Watch, all_masks, states
from .masked_network import network_scores
from .masking_task import MaskingTask
from .players import PlayerSet, mean_scores

ROWS_AT_ONCE = 65_536
"""Masked rows that are made and scored together at most: more make no call faster, and progress coarser."""


class TabularGame:
    """The samples of a task, whose players are masked by the values of its baseline; implements `Game`.

    The score is the model's own for regression; for classification the log-odds of the sample's class, of samples of
    several classes each in those of its own. Of an ensemble the members' mean counts. `prepared` counts the scores that
    it took to get here, `notes` is what a reader must know.
    """

    def __init__(self, task: MaskingTask, player_set: PlayerSet) -> None:
        self.task, self.player_set = task, player_set
        self.players, self.members = player_set.names, player_set.members
        self.samples, self.unit, self.mixed = task.samples, task.unit, task.mixed
        self.label, self.model_name = task.data.name, task.model.name
        self.device = str(task.model.device)
        self.baseline, self.calls_per_mask = task.baseline.label, len(task.baseline.rows)
        self.prepared = task.evaluations + player_set.evaluations
        sampled = task.data.sampling
        self.notes = (*player_set.notes, *task.notes, *(() if sampled is None else (sampled.sentence,)))
        self._owner = _owners(task, player_set)

    def parts(self) -> pd.DataFrame | None:
        """What can be drawn of the samples (see `AndOrPatterns`)."""
        return parts_of(self.task, self.player_set)

    @property
    def call_bytes(self) -> int:
        """Working memory in bytes that the largest call of the model takes."""
        return min(self._at_once(self.task.model), 2 ** len(self.players) * len(self.samples)) * self._mask_bytes

    @property
    def _mask_bytes(self) -> int:
        """Bytes of a masked row; a perceptron keeps all members' sums and activations of its first layer at once."""
        model = self.task.model
        passes = 2 if Capability.MLP_WEIGHTS in model.capabilities else 1
        return passes * model.row_bytes + 25 * len(self.task.data.space)

    def _at_once(self, model: Model) -> int:
        """How many masked rows are scored together."""
        most = ROWS_PER_CALL if Capability.MLP_WEIGHTS in model.capabilities else ROWS_AT_ONCE
        return min(self.task.compute.rows_per_call(self._mask_bytes), most)

    def values(
        self, samples: Sequence[int], masks: Int64[Tensor, " masks"] | None = None, watch: Watch | None = None
    ) -> Float64[Tensor, "samples masks"]:
        """Return v of some samples on some masks, all 2^n where none are given.

        v is the score of the row with masked players at their baseline, averaged over the baseline's rows.
        Raises `ModelError` when the model does not score them.
        """
        requested = all_masks(len(self.players)) if masks is None else masks
        result = torch.zeros(len(samples), len(requested), dtype=torch.float64)
        total, done = result.numel() * self.calls_per_mask, 0
        for model, sign, some in self.task.by_class(samples):
            rows = torch.from_numpy(self.task.rows[[samples[place] for place in some]])
            for base in torch.from_numpy(self.task.baseline.rows):
                scores = torch.zeros(len(some) * len(requested), dtype=torch.float64)
                for start, part in self._scores(model, rows, base, requested):
                    scores[start : start + len(part)] = part
                    done += len(part)
                    if watch is not None:
                        watch(done / total)
                result[some] += sign / self.calls_per_mask * scores.reshape(len(some), len(requested))
        return result

    def _scores(
        self, model: Model, rows: Float64[Tensor, "some features"], base: Float64[Tensor, " features"], masks: Tensor
    ) -> Iterator[tuple[int, Float64[Tensor, " part"]]]:
        """The scores of some rows on masks, row after row, in parts with the place where each begins."""
        size = self._at_once(model)
        if Capability.MLP_WEIGHTS in model.capabilities:
            yield from network_scores(model, rows, base, self._owner, masks, len(self.players), size)
            return
        for part in torch.arange(len(rows) * len(masks)).split(size):
            shown = states(masks[part % len(masks)], len(self.players))[:, self._owner]
            masked = torch.where(shown, rows[part // len(masks)], base)
            yield int(part[0]), mean_scores(model, masked, self.task.compute)


def _owners(task: MaskingTask, player_set: PlayerSet) -> Int64[Tensor, " features"]:
    """Return the player of every feature.

    It is its number, or that of one who is always there (its row's own value is kept), or that of one who never is.
    """
    always, never = len(player_set.names), len(player_set.names) + 1
    owner = torch.where(torch.from_numpy(task.kept), always, never)
    for player, places in enumerate(player_set.members):
        owner[list(places)] = player
    return owner
