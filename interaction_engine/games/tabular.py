"""A row of a table as a game: players are features, masked ones have the value of a baseline."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from ..data.dataset import Dataset
from ..errors import InputError
from ..models.scoring import scored_class
from ..numerics.compute import Compute
from ..types import Capability, Model, Perceptron, TargetKind
from .baselines import Chosen, baseline_of, checked_row
from .checking import check_log_odds
from .game import Sample, Watch, all_masks, present
from .players import features_of, judging_cost, mean_scores, strongest_features

ROWS_AT_ONCE = 65_536
"""Masked rows that are made and scored together at most: more make no call faster, and progress coarser."""


class TabularGame:
    """Some rows of a data set, whose features are masked by the values of a baseline; implements `Game`.

    The score is the model's own for regression; for classification the log-odds of the row's true class, of rows of
    several classes (`mixed`) each in those of its own. Features that belong to no player keep the row's value
    throughout. Networks compute in float64, of an ensemble the members' mean counts. `players` None means all features,
    or of more than `max_players` the strongest by first-order effect. `prepared` counts the scores that this took.
    Raises `InputError` for players, baselines or rows that cannot be used, and for a classifier whose scores are no
    log-odds.
    """

    def __init__(
        self,
        model: Model,
        data: Dataset,
        rows: Sequence[int],
        players: Sequence[str] | None = None,
        baseline: Chosen = "mean",
        *,
        max_players: int = 12,
        seed: int = 0,
        compute: Compute = Compute(),
    ) -> None:
        exact = cast(Perceptron, model).double() if Capability.MLP_WEIGHTS in model.capabilities else model
        self.model, self.data, self.compute = exact.to(compute.torch_device), data, compute
        self.rows = [checked_row(data, row, "row") for row in rows]
        self._baseline = baseline_of(data, baseline, seed)
        self.prepared = check_log_odds(self.model, data, seed, compute)
        self.proposed = players is None and len(data.space) > max_players
        if players is None:
            players = strongest_features(self.model, data, self._baseline, max_players, seed, compute)
            self.prepared += judging_cost(data) if self.proposed else 0
        self.players = tuple(players)
        self.members = features_of(data.space, self.players)
        self.label, self.baseline = data.name, self._baseline.label
        self.calls_per_mask = len(self._baseline.rows)
        self._classes = self._true_classes()
        self.samples = tuple(Sample(row, self._label(place)) for place, row in enumerate(self.rows))
        self.mixed = len(set(self._classes)) > 1
        target = self.model.target
        self.unit = f"log-odds of the row's own {target.name}" if self.mixed else target.unit(self._classes[0])

    def values(
        self, samples: Sequence[int], masks: Int64[Tensor, " masks"] | None = None, watch: Watch | None = None
    ) -> Float64[Tensor, "samples masks"]:
        """v of some samples on some masks (all 2^n where none are given): the score of the row with masked players at
        their baseline, averaged over the baseline's rows. Raises `ModelError` when the model does not score them."""
        shown = self._shown(all_masks(len(self.players)) if masks is None else masks)
        found = torch.zeros(len(samples), len(shown), dtype=torch.float64)
        total, done = found.numel() * self.calls_per_mask, 0
        for model, sign, some in self._by_class(samples):
            rows = torch.from_numpy(self.data.rows[[self.rows[samples[place]] for place in some]])
            for base in torch.from_numpy(self._baseline.rows):
                scores = torch.zeros(len(some) * len(shown), dtype=torch.float64)
                for part in self._parts(len(scores)):
                    sample, mask = part // len(shown), part % len(shown)
                    masked = torch.where(shown[mask], rows[sample], base)
                    scores[part] = mean_scores(model, masked, self.compute)
                    done += len(part)
                    if watch is not None:
                        watch(done / total)
                found[some] += sign / self.calls_per_mask * scores.reshape(len(some), len(shown))
        return found

    def _true_classes(self) -> tuple[int | None, ...]:
        """The class, in the model's order, whose log-odds are the score, by sample; None for regression."""
        target = self.model.target
        if target.kind is TargetKind.REGRESSION:
            return (None,) * len(self.rows)
        names = [self.data.target.classes[int(self.data.target_values[row])] for row in self.rows]
        unknown = set(names) - set(target.classes)
        if unknown:
            raise InputError(
                f"The model `{self.model.name}` knows the classes {', '.join(target.classes)}; a row is of class "
                f"{', '.join(sorted(unknown))}. Use a model of this target."
            )
        return tuple(target.classes.index(name) for name in names)

    def _label(self, place: int) -> str:
        index, target = self._classes[place], self.model.target
        said = f"row {self.rows[place]}"
        return said if index is None else f"{said}, {target.name} = {target.classes[index]}"

    def _by_class(self, samples: Sequence[int]) -> Iterator[tuple[Model, float, list[int]]]:
        """The samples of one class after the other, by their place among those asked for, with the model that scores
        them and the sign that makes its score theirs."""
        own = scored_class(self.model.target, getattr(self.model, "class_index", None))
        wanted = [self._classes[sample] for sample in samples]
        for index in dict.fromkeys(wanted):
            some = [place for place, one in enumerate(wanted) if one == index]
            if index == own or self.model.target.kind is TargetKind.BINARY:
                yield self.model, 1.0 if index == own else -1.0, some
            else:
                yield self._of_class(index), 1.0, some

    def _of_class(self, index: int | None) -> Model:
        if not hasattr(self.model, "for_class"):
            raise InputError(
                f"The model `{self.model.name}` scores one class of `{self.model.target.name}` only, and the row is of "
                "another; take a row of that class, or a model that scores them all."
            )
        return cast(Any, self.model).for_class(index)

    def _parts(self, count: int) -> Iterator[Int64[Tensor, " rows"]]:
        """Numbers 0 to `count`, in parts that can be scored together."""
        size = self.compute.rows_per_call(self.model.row_bytes + 24 * len(self.data.space))
        yield from torch.arange(count).split(min(size, ROWS_AT_ONCE))

    def _shown(self, masks: Int64[Tensor, " masks"]) -> Bool[Tensor, "masks features"]:
        """Which features have the row's own value, by mask."""
        shown = torch.ones(len(masks), len(self.data.space), dtype=torch.bool)
        by_player = present(masks, len(self.players))
        for player, places in enumerate(self.members):
            shown[:, list(places)] = by_player[:, player, None]
        return shown
