"""A second model, of another kind and quickly fitted: does it show the pair that the first model ranks first?

Curves of single features are boosted, out of fold; what they leave over is laid on a grid for every pair of features,
freed of the two features' own effects, shrunk, and compared with what is left over of rows that the grid has not seen.
A model's strongest pair that is nothing but its noise, or stands in for a curve that it did not learn, is not there.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from scipy.stats import rankdata

from ...core.skill import Agreement, PairOpinion, SecondOpinion, Skill, SkillVerdict
from ...core.types import Kind
from ...models.checking import held_out_rows
from ...models.scoring import scored_class
from ...models.skill import scores_skill
from .pair_grids import BINS, Grid, shrunk_term, smooth_bases, sums_of_pairs, tested_pairs

if TYPE_CHECKING:
    from ...data.dataset import Dataset

KIND = "boosted additive model"

EVIDENCE = 1.8
"""z value from which a pair counts as shown. Chosen, like `LEADING`, on simulated tables: from 1.3 to 2.0 it changes
how many false pairs are confirmed (7 to 5 %), and not how many true ones."""

LEADING = 3
"""A pair is among the second model's strongest up to this rank."""

CLOSE, ALIKE = 0.8, 0.7
"""A feature of this rank correlation may stand in for another, where its own pair has this share of the strength."""

REPORTED = 10
"""Leading pairs of the first model that are looked up."""

FEW_ROWS, FEW_FEATURES = 1000, 40
FOLDS, FOLDS_OF_FEW = 4, 10
REPEATS, REPEATS_OF_FEW = 2, 5
"""Folds, and divisions into folds: their mean depends less on which rows fell together. Few rows take more of both, as
curves that were fitted without a quarter of them are too poor."""

MOST_ROWS = 6000
MOST_FEATURES = 100
"""Rows and features of the second model: more would take longer than the few seconds that it may take."""

FEWEST_ROWS = 50
FEWEST_OF_A_CLASS = 10

LEARNING_RATE = 0.1
MOST_ROUNDS = 600
PATIENCE = 30

MAPS = 10
"""Strongest pairs that the second model adds to its curves where its own skill is tested."""


def second_opinion(
    data: "Dataset", pairs: Sequence[tuple[str, str]], *, class_index: int | None = None, seed: int = 0
) -> SecondOpinion | None:
    """Fit a boosted additive model with pairs to the training rows of `data`, and look `pairs` up in it.

    The verdict is `AGREES` if the first pair is among the `LEADING` strongest of all pairs whose term predicts rows
    that it was not fitted to (z value of at least `EVIDENCE`).

    Args:
        data: The data set of the first model.
        pairs: The leading pairs of the first model, its strongest first.
        class_index: The class whose log-odds the first model's score is.
        seed: Seed of the choice of rows and of the folds.

    Returns:
        What the second model makes of the pairs; None where no pair was given, or where the features are places of
        words, which no curve describes.
    """
    if not pairs or any(feature.word_of for feature in data.space.features):
        return None
    began = time.perf_counter()
    requested = [(data.space.index(first), data.space.index(second)) for first, second in pairs[:REPORTED]]
    problem = _Problem.of(data, scored_class(data.target, class_index), seed)
    reason = problem.too_small()
    if reason:
        return SecondOpinion(
            model=KIND,
            skill=None,
            pairs=(),
            strongest=None,
            n_pairs=0,
            leading=LEADING,
            rows=len(problem.values),
            seconds=time.perf_counter() - began,
            verdict=Agreement.UNKNOWN,
            reason=reason,
        )
    fitted = _fitted(data, problem, tuple(sorted({feature for pair in requested for feature in pair})))
    ranks = fitted.ranks()
    stand_in = _stand_in(data, problem, fitted, requested[0], ranks)
    result = tuple(fitted.opinion(first, second, ranks) for first, second in requested)
    strongest = next((pair for pair, rank in ranks.items() if rank == 1), None)
    names = data.space.names
    return SecondOpinion(
        model=KIND,
        skill=fitted.skill,
        pairs=result,
        strongest=None if strongest is None else (names[strongest[0]], names[strongest[1]]),
        n_pairs=len(fitted.features) * (len(fitted.features) - 1) // 2,
        leading=LEADING,
        rows=len(problem.values),
        seconds=time.perf_counter() - began,
        verdict=_verdict(fitted.skill, result[0].rank, stand_in),
        reason="" if fitted.skill.verdict is SkillVerdict.BETTER else "it does not predict held-out rows itself",
        stand_in=stand_in,
    )


def _verdict(skill: Skill, rank: int | None, stand_in: tuple[str, str, str] | None) -> Agreement:
    if skill.verdict is not SkillVerdict.BETTER:
        return Agreement.UNKNOWN
    if rank is None:
        return Agreement.DISAGREES
    return Agreement.WEAKER if rank > LEADING or stand_in else Agreement.AGREES


def _stand_in(
    data: "Dataset",
    problem: "_Problem",
    fitted: "_Fitted",
    pair: tuple[int, int],
    ranks: Mapping[tuple[int, int], int],
) -> tuple[str, str, str] | None:
    """A feature that one of the pair may stand in for, that one, and the other of the pair; None where there is none.

    The feature is so closely correlated that it, too, is shown to interact with the other, about as strongly.
    """
    if tuple(sorted(pair)) not in ranks:
        return None
    own, names = fitted.strength_of(*pair), data.space.names
    for here, partner in (pair, pair[::-1]):
        for other in fitted.features.tolist():
            if other in pair or tuple(sorted((other, partner))) not in ranks:
                continue
            is_alike = fitted.strength_of(other, partner) >= ALIKE * own
            if is_alike and abs(_rank_correlation(problem, here, other)) >= CLOSE:
                return names[other], names[here], names[partner]
    return None


def _rank_correlation(problem: "_Problem", first: int, second: int) -> float:
    """Rank correlation of two numbers over the training rows; 0 where one of the features is no number."""
    if problem.categorical[first] or problem.categorical[second]:
        return 0.0
    ranks = [rankdata(problem.rows[:, feature]) for feature in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1]) if all(np.ptp(rank) > 0 for rank in ranks) else 0.0


@dataclass(frozen=True)
class _Problem:
    """The rows to fit, (rows, features), and their targets: standardised numbers, or 1 for rows of the class."""

    rows: np.ndarray
    values: np.ndarray
    categorical: np.ndarray
    class_index: int | None
    centre: float
    scale: float
    seed: int

    @classmethod
    def of(cls, data: "Dataset", class_index: int | None, seed: int) -> "_Problem":
        chosen = np.random.default_rng(seed).permutation(data.train_rows)[:MOST_ROWS]
        values, centre, scale = data.target_values[chosen], 0.0, 1.0
        if class_index is None and len(values):
            centre, scale = float(values.mean()), float(values.std()) or 1.0
        categorical = np.array([feature.kind is Kind.CATEGORICAL for feature in data.space.features])
        raw = cls(data.rows[chosen], values, categorical, class_index, centre, scale, seed)
        return replace(raw, values=raw.scaled(values))

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Target values of the data set as those that are fitted."""
        if self.class_index is None:
            return (values - self.centre) / self.scale
        return (values == self.class_index).astype(np.float64)

    def too_small(self) -> str:
        """Why no second model can be fitted; empty where one can."""
        n = len(self.values)
        if n < FEWEST_ROWS:
            return f"{n} training rows are too few for one"
        if self.class_index is not None and min(self.values.sum(), n - self.values.sum()) < FEWEST_OF_A_CLASS:
            return f"one of the classes has fewer than {FEWEST_OF_A_CLASS} training rows"
        return ""

    def residuals(self, scores: np.ndarray, values: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return what `scores` leave over of the targets, and the weight of each row.

        The weight is the variance of its target by the score.
        """
        values = self.values if values is None else values
        if self.class_index is None:
            return values - scores, np.ones(len(scores))
        expected = 0.5 * (1.0 + np.tanh(0.5 * scores))
        return values - expected, np.maximum(expected * (1.0 - expected), 1e-6)


@dataclass(frozen=True)
class _Fitted:
    """The second model: for all pairs of `features`, strength and evidence (features, features), and its own skill."""

    names: tuple[str, ...]
    features: np.ndarray
    strength: np.ndarray
    evidence: np.ndarray
    scale: float
    skill: Skill

    def ranks(self) -> dict[tuple[int, int], int]:
        """Place by strength of every pair with enough evidence."""
        first, second = np.triu_indices(len(self.features), 1)
        shown = self.evidence[first, second] >= EVIDENCE
        first, second = first[shown], second[shown]
        order = np.argsort(-self.strength[first, second], kind="stable")
        pairs = zip(self.features[first[order]].tolist(), self.features[second[order]].tolist(), strict=True)
        return {pair: rank for rank, pair in enumerate(pairs, start=1)}

    def strength_of(self, first: int, second: int) -> float:
        return float(self.strength[tuple(np.searchsorted(self.features, (first, second)))])

    def opinion(self, first: int, second: int, ranks: dict[tuple[int, int], int]) -> PairOpinion:
        low, high = sorted((first, second))
        place = tuple(np.searchsorted(self.features, (low, high)))
        return PairOpinion(
            feature_1=self.names[first],
            feature_2=self.names[second],
            strength=float(self.strength[place]) * self.scale,
            evidence=float(self.evidence[place]),
            rank=ranks.get((low, high)),
        )


_KNOWN: "WeakKeyDictionary[Dataset, dict[Any, _Fitted]]" = WeakKeyDictionary()
"""Second models by data set, so that several detections on the same rows fit it once."""


def _fitted(data: "Dataset", problem: _Problem, needed: tuple[int, ...]) -> _Fitted:
    """The second model of a data set; of very many features, with those that are `needed`."""
    few = len(data.space) <= MOST_FEATURES
    key = (problem.class_index, problem.seed, () if few else needed)
    known = _KNOWN.setdefault(data, {})
    if key not in known:
        features = np.arange(len(data.space)) if few else _strongest_features(problem, needed)
        known[key] = _fit(data, problem, features)
    return known[key]


def _fit(data: "Dataset", problem: _Problem, features: np.ndarray) -> _Fitted:
    """Test all pairs over several divisions into folds, then the second model itself on the held-out rows."""
    curves = _Curves(problem, features)
    grid = Grid.of(problem.rows[:, features], problem.categorical[features])
    cells = grid.one_hot(problem.rows[:, features])
    bases = smooth_bases(cells, problem.categorical[features])
    rows, values = held_out_rows(data)
    beyond = _Beyond.of(problem, rows, values, curves, grid)
    strength, evidence = np.zeros((len(features), len(features))), np.zeros((len(features), len(features)))
    scores = np.zeros(len(problem.values))
    is_small = len(scores) <= FEW_ROWS and len(features) <= FEW_FEATURES
    folds, repeats = (FOLDS_OF_FEW, REPEATS_OF_FEW) if is_small else (FOLDS, REPEATS)
    for repeat in range(repeats):
        fold = np.random.default_rng((problem.seed, repeat)).permutation(len(scores)) % folds
        out_of_fold = curves.out_of_fold(fold)
        mean, z = tested_pairs(cells, bases, fold, *problem.residuals(out_of_fold), (beyond.sums, beyond.squares))
        strength, evidence = strength + mean / repeats, evidence + z / repeats
        scores += out_of_fold / repeats
    shown = np.where(evidence >= EVIDENCE, strength, 0.0)
    held_out = beyond.scores + _maps(problem, grid, cells, scores, shown, rows[:, features])
    skill = scores_skill(problem.centre + problem.scale * held_out, data, values, problem.class_index)
    return _Fitted(data.space.names, features, strength, evidence, problem.scale, skill)


@dataclass(frozen=True)
class _Beyond:
    """The held-out rows: scores of the curves of all training rows, and what these leave over, by cell."""

    scores: np.ndarray
    sums: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, problem: _Problem, rows: np.ndarray, values: np.ndarray, curves: "_Curves", grid: "Grid") -> "_Beyond":
        scores = curves.predict(curves.whole(), rows) if len(rows) else np.empty(0)
        tested = slice(0, MOST_ROWS // FOLDS)
        left_over, _ = problem.residuals(scores[tested], problem.scaled(values[tested]))
        cells = grid.one_hot(rows[tested][:, curves.features])
        size = len(curves.features)
        return cls(scores, sums_of_pairs(cells, left_over, size), sums_of_pairs(cells, np.square(left_over), size))


# Curves of single features


@dataclass
class _Curves:
    """Trees of one feature each, boosted; the number of rounds is settled once, on a quarter of the rows."""

    problem: _Problem
    features: np.ndarray
    rounds: int = field(init=False)

    def __post_init__(self) -> None:
        order = np.random.default_rng(self.problem.seed).permutation(len(self.problem.values))
        aside, rest = np.split(order, [len(order) // 4])
        self.rounds = MOST_ROUNDS
        self.rounds = max(5, int(1.2 * self._boost(rest, aside).best_iteration))

    def out_of_fold(self, fold: np.ndarray) -> np.ndarray:
        """Scores of all rows, each by curves that were fitted without its fold."""
        scores = np.empty(len(fold))
        for one in np.unique(fold):
            inside = fold == one
            scores[inside] = self.predict(self._boost(np.flatnonzero(~inside)), self.problem.rows[inside])
        return scores

    def whole(self) -> Any:
        """Curves fitted to all rows."""
        return self._boost(np.arange(len(self.problem.values)))

    def predict(self, booster: Any, rows: np.ndarray) -> np.ndarray:
        return np.asarray(booster.predict(rows[:, self.features], raw_score=True))

    def _boost(self, rows: np.ndarray, aside: np.ndarray | None = None) -> Any:
        import lightgbm  # only here: the catalog imports this module, and most of its users fit nothing

        parameters = {
            "objective": "regression" if self.problem.class_index is None else "binary",
            "learning_rate": LEARNING_RATE,
            "num_leaves": 4,
            "min_data_in_leaf": int(np.clip(len(rows) // 50, 5, 20)),
            "lambda_l2": 1.0,
            "interaction_constraints": [[column] for column in range(len(self.features))],
            "num_threads": torch.get_num_threads(),
            "deterministic": True,
            "force_row_wise": True,
            "seed": self.problem.seed,
            "verbosity": -1,
            "max_bin": 63,
        }
        categorical = np.flatnonzero(self.problem.categorical[self.features]).tolist()
        binning = {"verbosity": -1, "max_bin": 63}

        def part(of: np.ndarray) -> Any:
            inputs = self.problem.rows[np.ix_(of, self.features)]
            return lightgbm.Dataset(inputs, self.problem.values[of], categorical_feature=categorical, params=binning)

        if aside is None:
            return lightgbm.train(parameters, part(rows), self.rounds)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        return lightgbm.train(parameters, part(rows), self.rounds, valid_sets=[part(aside)], callbacks=[stop])


def _strongest_features(problem: _Problem, needed: tuple[int, ...]) -> np.ndarray:
    """The features that are `needed`, and those that follow the target most, `MOST_FEATURES` in all."""
    rows = problem.rows - problem.rows.mean(axis=0)
    follows = np.abs(problem.values @ rows) / np.maximum(np.sqrt(np.square(rows).sum(axis=0)), 1e-12)
    follows[list(needed)] = np.inf
    return np.sort(np.argsort(-follows, kind="stable")[:MOST_FEATURES])


def _maps(
    problem: _Problem, grid: Grid, cells: np.ndarray, scores: np.ndarray, shown: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """What the maps of the strongest pairs that are `shown` add to the scores of other `rows`, one after the other."""
    places = cells.reshape(len(cells), -1, BINS).argmax(axis=2)
    beyond, added = grid.cells(rows), np.zeros(len(rows))
    first, second = np.triu_indices(len(shown), 1)
    for pair in np.argsort(-shown[first, second], kind="stable")[:MAPS]:
        ends = [int(first[pair]), int(second[pair])]
        if not shown[ends[0], ends[1]] > 0:
            break
        left_over, weights = problem.residuals(scores)
        own = np.concatenate([cells[:, end * BINS : (end + 1) * BINS] for end in ends], axis=1)
        noise = float(np.square(left_over).mean() / weights.mean())
        term = shrunk_term(sums_of_pairs(own, left_over, 2), sums_of_pairs(own, weights, 2), noise)[0, :, 1, :]
        scores = scores + term[places[:, ends[0]], places[:, ends[1]]]
        added += term[beyond[:, ends[0]], beyond[:, ends[1]]]
    return added
