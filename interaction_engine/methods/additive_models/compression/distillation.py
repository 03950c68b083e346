"""Making a network smaller by teaching a small one what the large one says, also of rows that nobody has measured."""

import math

import numpy as np
import torch
from torch import Tensor, nn

from ....core.types import Report, TargetKind
from ....models.networks.mlp import n_outputs
from ..paraace.plain_networks import PSEUDO, Lesson, PlainTrainer, computed, linear_layers, plain_network

PSEUDO_SHARE = 5
"""Rows labelled by the teacher, for each measured one (ParaACE paper, appendix L.1: 4000 for 800)."""

DEPTH = 4
"""Equal hidden layers of the student, before one that is as wide as the teacher's last."""

HINT = 0.5
"""Weight of the hint: the student's last hidden layer is to be like the teacher's."""


def student_sizes(n_inputs: int, n_outputs: int, last: int, budget: int) -> tuple[int, ...]:
    """Hidden layers of a student with about `budget` parameters: four of equal width, then one of `last` units.

    For 10 inputs and 17.5 thousand parameters: 70-70-70-70-30 of the paper, one unit more or less.
    """

    def parameters(width: int) -> int:
        equal = (n_inputs + 1) * width + (DEPTH - 1) * (width + 1) * width
        return equal + (width + 1) * last + (last + 1) * n_outputs

    widths = np.arange(1, 2 + math.isqrt(max(1, budget)))
    width = int(widths[np.argmin([abs(parameters(int(one)) - budget) for one in widths])])
    return (*(width,) * DEPTH, last)


def distilled(
    teacher: nn.Sequential,
    lesson: Lesson,
    budget: int,
    report: Report,
    *,
    epochs: int,
    learning_rate: float,
    patience: int,
) -> nn.Sequential:
    """A student of about `budget` parameters that learns from `teacher` and from the measured rows.

    Where the target is measured, the student is corrected only while it is worse than the teacher (the teacher-bounded
    loss of Chen et al., NeurIPS 2017); elsewhere the teacher's answer is the target. The hint asks its last hidden
    layer to be like the teacher's. For classes the teacher's probabilities take the place of the bound.
    """
    last = linear_layers(teacher)[-1].in_features
    sizes = student_sizes(lesson.inputs.shape[1], n_outputs(lesson.data.target), last, budget)
    student = plain_network(lesson, sizes, lesson.seed + 1)
    inputs = torch.cat([lesson.inputs, pseudo_rows(lesson)])
    with torch.no_grad():
        hints = computed(teacher[:-1], inputs)
        answers = teacher[-1](hints)
    measured = torch.arange(len(inputs), device=inputs.device) < len(lesson.inputs)
    targets = torch.zeros(len(inputs), dtype=lesson.targets.dtype, device=inputs.device)
    targets[: len(lesson.inputs)] = lesson.targets
    spread = hints.var().clamp_min(1e-6)

    def loss(network: nn.Sequential, values: Tensor, place: Tensor) -> Tensor:
        hidden = network[:-1](values)
        outputs = network[-1](hidden)
        known = {"target": targets[place], "answer": answers[place], "measured": measured[place]}
        return _taught(lesson, outputs, **known) + HINT * (hidden - hints[place]).square().mean() / spread

    places = torch.arange(len(inputs), device=inputs.device)
    PlainTrainer(student, lesson, learning_rate, loss, (inputs, places)).run(report, epochs, patience)
    return student


def pseudo_rows(lesson: Lesson) -> Tensor:
    """Rows that nobody has measured: every feature from one of two measured rows, encoded."""
    space, source = lesson.data.space, np.random.default_rng([lesson.seed, 0, PSEUDO])
    n_rows = PSEUDO_SHARE * len(lesson.inputs)
    first, second = (lesson.inputs[source.integers(len(lesson.inputs), size=n_rows)] for _ in range(2))
    owner = np.repeat(np.arange(len(space)), [feature.n_columns for feature in space.features])
    taken = torch.from_numpy(source.random((n_rows, len(space))) < 0.5)[:, owner].to(first.device)
    return torch.where(taken, first, second)


def _taught(lesson: Lesson, outputs: Tensor, target: Tensor, answer: Tensor, measured: Tensor) -> Tensor:
    kind = lesson.data.target.kind
    if kind is TargetKind.REGRESSION:
        bound = (answer[:, 0] - target).square()
        own = (outputs[:, 0] - target).square()
        return torch.where(measured, own.where(own > bound, 0.0), (outputs - answer).square()[:, 0]).mean()
    if kind is TargetKind.BINARY:
        expected = torch.where(measured, 0.5 * (target + answer[:, 0].sigmoid()), answer[:, 0].sigmoid())
        return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], expected)
    own = nn.functional.one_hot(target, answer.shape[1]).to(answer)
    likely = answer.softmax(1)
    return nn.functional.cross_entropy(outputs, torch.where(measured[:, None], 0.5 * (own + likely), likely))
