"""What is masked, before the players are chosen: rows, the values that replace features, and the class scored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from ..core.compute import Compute
from ..core.errors import InputError, ModelError
from ..core.types import Capability, Model, Perceptron, TargetKind
from ..data.dataset import Dataset
from ..models.scoring import scored_class
from .baselines import Baseline, Chosen, baseline_of, checked_row
from .game import Sample
from .players import mean_scores


@dataclass(frozen=True, eq=False)
class MaskingTask:
    """Samples as rows of the feature space, with the class that each is scored for.

    Rows are float64 [samples, features]; the score of each is the log-odds of its class, by its place in the
    model's order (None for regression).

    Networks of ours compute in float64 where they can. `kept` says which features have the row's own value wherever no
    player of theirs is masked; the others have that of the baseline. `words` are typed words by place in the feature
    space, where a text was typed. `evaluations` counts the scores that it took so far.
    """

    model: Model
    data: Dataset
    rows: np.ndarray
    classes: tuple[int | None, ...]
    samples: tuple[Sample, ...]
    baseline: Baseline
    kept: np.ndarray
    compute: Compute
    evaluations: int = 0
    words: dict[int, str] | None = None
    notes: tuple[str, ...] = ()

    @property
    def mixed(self) -> bool:
        """Whether the samples are of several classes."""
        return len(set(self.classes)) > 1

    @property
    def unit(self) -> str:
        """What a score is measured in."""
        target = self.model.target
        return f"log-odds of the row's own {target.name}" if self.mixed else target.unit(self.classes[0])

    def by_class(self, samples: Sequence[int]) -> Iterator[tuple[Model, float, list[int]]]:
        """Yield the samples of one class after the other.

        Each comes as the places of its samples among those requested, the model that scores them, and the sign
        that makes its score theirs.
        """
        own = own_class(self.model)
        requested = [self.classes[sample] for sample in samples]
        for index in dict.fromkeys(requested):
            some = [place for place, one in enumerate(requested) if one == index]
            if index == own or self.model.target.kind is TargetKind.BINARY:
                yield self.model, 1.0 if index == own else -1.0, some
            else:
                yield _of_class(self.model, index), 1.0, some


def task_of_rows(
    model: Model, data: Dataset, rows: Sequence[int], baseline: Chosen, seed: int, compute: Compute
) -> MaskingTask:
    """Rows of the data, each scored by the log-odds of its true class."""
    rows = [checked_row(data, row, "row") for row in rows]
    standing = baseline_of(data, baseline, seed)
    exact = exact_model(model, compute)
    checked = check_log_odds(exact, data, seed, compute)
    classes = _true_classes(exact, data, rows)
    target = exact.target
    labels = [
        f"row {row}" + ("" if index is None else f", {target.name} = {target.classes[index]}")
        for row, index in zip(rows, classes, strict=True)
    ]
    mixed = ("The rows are of several classes; the score of each is the log-odds of its own.",)
    return MaskingTask(
        model=exact,
        data=data,
        rows=data.rows[rows],
        classes=classes,
        samples=tuple(map(Sample, rows, labels)),
        baseline=standing,
        kept=np.ones(len(data.space), dtype=bool),
        compute=compute,
        evaluations=checked,
        notes=mixed if len(set(classes)) > 1 else (),
    )


def own_class(model: Model) -> int | None:
    """The class whose log-odds the model's scores are."""
    return scored_class(model.target, model.class_index)


def scorable_classes(model: Model) -> tuple[int | None, ...]:
    """The classes whose log-odds the model can give; None for regression."""
    target = model.target
    if target.kind is TargetKind.REGRESSION:
        return (None,)
    if target.kind is TargetKind.BINARY or hasattr(model, "for_class"):
        return tuple(range(len(target.classes)))
    return (own_class(model),)


def exact_model(model: Model, compute: Compute) -> Model:
    """The model on its device, in float64 where it can compute so."""
    exact = cast(Perceptron, model).double() if Capability.MLP_WEIGHTS in model.capabilities else model
    return exact.to(compute.torch_device)


def _true_classes(model: Model, data: Dataset, rows: Sequence[int]) -> tuple[int | None, ...]:
    target = model.target
    if target.kind is TargetKind.REGRESSION:
        return (None,) * len(rows)
    names = [data.target.classes[int(data.target_values[row])] for row in rows]
    unknown = set(names) - set(target.classes)
    if unknown:
        raise InputError(
            f"The model `{model.name}` knows the classes {', '.join(target.classes)}; a row is of class "
            f"{', '.join(sorted(unknown))}. Use a model of this target."
        )
    return tuple(target.classes.index(name) for name in names)


def _of_class(model: Model, index: int | None) -> Model:
    if not hasattr(model, "for_class"):
        raise InputError(
            f"The model `{model.name}` scores one class of `{model.target.name}` only, and the row is of "
            "another; take a row of that class, or a model that scores them all."
        )
    return cast(Any, model).for_class(index)


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
