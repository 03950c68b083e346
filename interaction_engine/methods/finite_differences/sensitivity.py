"""Does the step matter? The ranking of the pairs over a grid of steps and of numbers of pulls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.stats import rankdata

from ...core.common_options import Conditioning, Cross, Scheme, Seed, Step
from ...core.compute import Compute
from ...core.errors import InputError
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from .perturbation import PerturbationOptions
from .racing.pair_race import PairRace
from .registration import SENSITIVITY
from .sensitivity_result import StepSensitivity

NUMBERS_PER_PULL = 6
"""Numbers kept per pair, row and member while strengths are computed: effects, their quotients and their sums."""

AT_ONCE = 512
"""Pairs between two looks at whether the run was cancelled."""

ASTRAY = 0.2
"""Share of moved values outside the data at the largest step that is worth a word."""

Pair = tuple[str, str]


@in_context(SENSITIVITY)
def sensitivity(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    steps: Annotated[
        tuple[Annotated[float, Field(gt=0, le=10)], ...],
        Field(title="Steps", description="In standard deviations.", min_length=1),
    ] = (0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 1.2, 1.6),
    pulls: Annotated[
        tuple[Annotated[int, Field(ge=2)], ...],
        Field(title="Pulls", description="Background rows on which every pair is evaluated.", min_length=1),
    ] = (10, 20, 50, 100, 200),
    step: Step = 0.75,
    scheme: Scheme = "auto",
    moves: Conditioning = "marginal",
    cross: Cross = True,
    top: Annotated[
        int, Field(ge=1, title="Strongest pairs", description="How many pairs are followed over the steps.")
    ] = 10,
    most_pairs: Annotated[
        int, Field(ge=2, title="Most pairs", description="Of more pairs than these, a random choice is ranked.")
    ] = 5000,
    include: Annotated[
        tuple[Pair, ...], Field(title="Pairs to include", description="Pairs that a random choice must have.")
    ] = (),
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> StepSensitivity:
    """Strengths of the pairs at each of `steps` (and at the reference `step`), ranked for each number of pulls.

    Every pair is evaluated once per step on as many background rows as the most pulls; the means of the first rows
    give the smaller numbers of pulls. Each cell's ranking is compared with the one at the reference step and the most
    pulls: Spearman's correlation, the share of the `top` strongest pairs (of strength above 0) found again, and, where
    the truth is known, the area under the ROC curve. True pairs and those of `include` are always ranked. Raises
    `InputError` for steps that are not above 0, for more pulls than training rows, and for fewer than two features.
    """
    rows, sizes = _checked_pulls(pulls, data), _checked_steps((*steps, step))
    options = replace(PerturbationOptions.of(run), background=rows[-1])
    race = PairRace(model, data, options, compute, use_structure=False)
    chosen = _Choice.of(race, data, most_pairs, include, seed)
    strengths, evaluations = np.empty((len(sizes), len(rows), len(chosen.arms))), 0
    lasting = _lasting(race, chosen.arms)
    for place, size in enumerate(sizes):
        at_step = race
        if size != step:
            freedom = race.context.moved.freedom
            at_step = PairRace(model, data, replace(options, step=size), compute, freedom, use_structure=False)
        same = lasting if place else np.zeros_like(lasting)
        watch = _Watch(report, place, len(sizes), size)
        strengths[place][:, same] = strengths[0][:, same]
        strengths[place][:, ~same] = _means(at_step, chosen.arms[~same], rows, compute, watch)
        evaluations += at_step.context.evaluations
    reference = strengths[sizes.index(step), -1]
    top = min(top, int((reference > 0).sum()))
    notes = _notes(race, chosen, lasting, sizes[-1])
    return StepSensitivity(
        provenance=replace(
            race.context.provenance(run, *notes),
            evaluations=evaluations,
        ),
        table=_table(strengths, reference, top, chosen.is_true, sizes, rows),
        ranks=_ranks(race, chosen.arms, strengths[:, -1], reference, top, sizes),
        step=float(step),
        pulls=rows[-1],
        top=top,
        n_pairs=len(chosen.arms),
        truth_known=chosen.judged,
    )


@dataclass(frozen=True)
class _Choice:
    """The pairs that are ranked.

    Their arms in ascending order, which of them are true interactions, the number of all pairs, and of those that
    were not left to chance.
    """

    arms: np.ndarray
    is_true: np.ndarray | None
    n_all: int
    n_kept: int

    @classmethod
    def of(cls, race: PairRace, data: Dataset, most_pairs: int, include: Sequence[Pair], seed: int) -> "_Choice":
        """All pairs, or `most_pairs` at random, the true pairs and those to include always among them."""
        n_features, pairs = len(data.space), race.pairs.numpy()
        place = np.zeros((n_features, n_features), dtype=np.int64)
        place[pairs[:, 0], pairs[:, 1]] = place[pairs[:, 1], pairs[:, 0]] = np.arange(len(pairs))
        kept, true = np.zeros(len(pairs), dtype=bool), np.zeros(len(pairs), dtype=bool)
        for members in data.truth or ():
            result = np.array([data.space.index(name) for name in members])
            true[place[result[:, None], result][~np.eye(len(result), dtype=bool)]] = True
        for first, second in include:
            if first == second:
                raise InputError(f"A pair to include needs two different features; got `{first}` twice.")
            kept[place[data.space.index(first), data.space.index(second)]] = True
        kept |= true
        others = np.random.default_rng(seed).permutation(np.flatnonzero(~kept))
        arms = np.sort(np.concatenate([np.flatnonzero(kept), others[: max(0, most_pairs - int(kept.sum()))]]))
        return cls(arms, None if data.truth is None else true[arms], len(pairs), int(kept.sum()))

    @property
    def judged(self) -> bool:
        """Whether a ranking can be right or wrong: true pairs and others are known."""
        return self.is_true is not None and bool(self.is_true.any()) and not bool(self.is_true.all())


def _checked_steps(steps: Sequence[float]) -> list[float]:
    wrong = [one for one in steps if not 0 < one < np.inf]
    if wrong:
        raise InputError(
            f"`steps` must be above 0 standard deviations; got {wrong[0]:g}. The paper advises 0.6 to 0.9."
        )
    return sorted({float(one) for one in steps})


def _checked_pulls(pulls: Sequence[int], data: Dataset) -> list[int]:
    n_rows = len(data.train_rows)
    if not pulls or min(pulls) < 2 or max(pulls) > n_rows:
        given = ", ".join(map(str, pulls)) or "none"
        raise InputError(
            f"`pulls` must be numbers of background rows from 2 to the {n_rows:,} training rows of `{data.name}`; "
            f"got {given}."
        )
    return sorted(set(pulls))


def _lasting(race: PairRace, arms: np.ndarray) -> np.ndarray:
    """Which of the `arms` have the same strength at every step: both features are moved by swapping."""
    swapped = np.array([kind == "swap" for kind in race.context.moved.schemes])
    return np.all(swapped[race.pairs.numpy()[arms]], axis=1)


@dataclass(frozen=True)
class _Watch:
    """Tells progress within one of several steps."""

    report: Report
    place: int
    n_steps: int
    size: float

    def __call__(self, share: float) -> None:
        self.report((self.place + share) / self.n_steps, f"Step {self.size:g}, {self.place + 1} of {self.n_steps}")


def _means(race: PairRace, arms: np.ndarray, pulls: Sequence[int], compute: Compute, watch: _Watch) -> np.ndarray:
    """Mean strengths (pulls, arms) over the first rows, from one evaluation of each row."""
    per_arm = 8 * NUMBERS_PER_PULL * pulls[-1] * (race.context.model.n_members + 1)
    together = min(AT_ONCE, compute.rows_per_call(per_arm))
    result = np.empty((len(pulls), len(arms)))
    for start in range(0, len(arms), together):
        watch(start / len(arms))
        sums = np.cumsum(race.pull(arms[start : start + together], 0, pulls[-1]), axis=1)
        result[:, start : start + together] = (sums[:, np.array(pulls) - 1] / np.array(pulls)).T
    return result


def _table(
    strengths: np.ndarray,
    reference: np.ndarray,
    top: int,
    is_true: np.ndarray | None,
    steps: Sequence[float],
    pulls: Sequence[int],
) -> pd.DataFrame:
    """A row per step and number of pulls."""
    cells = strengths.reshape(-1, strengths.shape[-1])
    leading = np.argsort(-cells, axis=1, kind="stable")[:, :top]
    result = np.take_along_axis(cells, leading, axis=1) > 0  # pairs of strength 0 are in no order
    ours = np.argsort(-reference, kind="stable")[:top]
    return pd.DataFrame(
        {
            "step": np.repeat(steps, len(pulls)),
            "pulls": np.tile(pulls, len(steps)),
            "auc": _areas(cells, is_true),
            "correlation": _correlations(cells, reference),
            "overlap": (np.isin(leading, ours) & result).mean(1) if top else np.nan,
        }
    )


def _areas(cells: np.ndarray, is_true: np.ndarray | None) -> np.ndarray:
    """The area under the ROC curve of each ranking; NaN where there is no truth, or all pairs are alike in it."""
    from sklearn.metrics import roc_auc_score

    if is_true is None or is_true.all() or not is_true.any():
        return np.full(len(cells), np.nan)
    return np.array([roc_auc_score(is_true, strength) for strength in cells])


def _correlations(cells: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each ranking with the reference; NaN where one of them ranks nothing."""
    ranks = rankdata(np.vstack([cells, reference]), axis=1)
    ranks -= ranks.mean(1, keepdims=True)
    lengths = np.linalg.norm(ranks, axis=1)
    with np.errstate(invalid="ignore"):
        return np.clip(ranks[:-1] @ ranks[-1] / (lengths[:-1] * lengths[-1]), -1.0, 1.0)


def _ranks(
    race: PairRace, arms: np.ndarray, strengths: np.ndarray, reference: np.ndarray, top: int, steps: Sequence[float]
) -> pd.DataFrame:
    """The reference's strongest pairs at each step, by their rank there."""
    followed = np.argsort(-reference, kind="stable")[:top]
    ranks = rankdata(-strengths, axis=1, method="ordinal")[:, followed]
    names = [race.names(int(arm)) for arm in arms[followed]]
    return pd.DataFrame(
        {
            "feature_1": pd.Series([first for first, _ in names] * len(steps), dtype="str"),
            "feature_2": pd.Series([second for _, second in names] * len(steps), dtype="str"),
            "step": np.repeat(steps, top),
            "strength": strengths[:, followed].ravel(),
            "rank": ranks.ravel().astype(np.int64),
        }
    )


def _notes(race: PairRace, chosen: _Choice, lasting: np.ndarray, largest: float) -> tuple[str, ...]:
    """What must be known before the figures are believed."""
    sentences = []
    if len(chosen.arms) < chosen.n_all:
        sentences.append(
            f"{len(chosen.arms):,} of the {chosen.n_all:,} pairs were ranked: {chosen.n_kept:,} that had to be among "
            "them, the others drawn at random."
            if chosen.n_kept
            else f"{len(chosen.arms):,} of the {chosen.n_all:,} pairs were ranked, drawn at random."
        )
    if lasting.all():
        sentences.append("All features are moved by swapping values between rows: no strength depends on the step.")
    elif lasting.any():
        sentences.append(
            f"Features moved by swapping values between rows do not depend on the step: {int(lasting.sum()):,} of the "
            f"{len(lasting):,} pairs have the same strength at every step."
        )
    if chosen.is_true is not None and not chosen.judged:
        sentences.append("The truth is known, but it does not divide these pairs, so there is no ROC curve.")
    outside = _outside(race, largest)
    if outside > ASTRAY:
        sentences.append(
            f"At the step {largest:g}, {outside:.0%} of the moved values lie outside the range of your data: what "
            "the model says there is a guess."
        )
    return tuple(sentences)


def _outside(race: PairRace, step: float) -> float:
    """Return the share of the values moved by a step that lie outside the range of the data.

    Over the features of plain steps.
    """
    data, moved = race.context.data, race.context.moved
    stepped = [at for at, shift in enumerate(moved.shift) if shift is not None]
    if not stepped:
        return 0.0
    rows, low, high = race.rows.numpy()[:, stepped], data.rows[:, stepped].min(0), data.rows[:, stepped].max(0)
    free = 1.0 if moved.freedom is None else moved.freedom.spread[stepped]
    shift = step * free * data.space.scales[stepped]
    forward = moved.schemes[stepped[0]] == "forward"
    ends = [rows + shift > high] if forward else [rows + shift > high, rows - shift < low]
    return float(np.mean(ends))
