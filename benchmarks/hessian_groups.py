"""What is measured of the group expected Hessian: true effects covered, null effects left alone, pairs known found."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

import interaction_engine as ie
from benchmarks.hessian_truths import table
from interaction_engine.core.compute import Compute
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.encoding import encode
from interaction_engine.methods.common.regions import divisions
from interaction_engine.models.networks.bayesian import BayesianNetwork
from interaction_engine.models.smoothing import smooth_model
from interaction_engine.numerics.derivatives.feature_blocks import FeatureBlocks, robust_steps
from interaction_engine.numerics.derivatives.group_hessians import Moments, contour_probabilities, group_hessians
from interaction_engine.numerics.derivatives.path_integrals import SmoothPerceptron

Figures = dict[str, Any]

CPU = Compute("cpu")
DRAWS, ROWS = 200, 768
GROUPS = {"simulation": 11, "california": 10, "bike": 9, "diabetes": 15}
"""Regions of the paper: 11 for its simulation, 10, 9 and 15 for its tables, of which `diabetes` replaces the small one
(energy efficiency, which is not at hand)."""

MEASURES = ("aeh", "geh", "eah")
RULES = (*MEASURES, "contour")
"""How pairs are called significant: mean and two deviations of a measure leave 0 out, as in the paper, or the contour
probability is below 5 %, as the product has it."""

N_FEATURES, HIGH = 8, (0, 2, 4, 5, 7)
"""Features of equation 8, and those that are uniform on (0.5, 1.5); the others on (-0.5, 0.5)."""

FORMS = (
    lambda a, b: a * b,
    lambda a, b: a * a * b,
    lambda a, b: torch.exp(a * b),
    lambda a, b: torch.sin(3.0 * a) * b,
    lambda a, b: torch.log(a + b),
    lambda a, b: a * torch.cos(3.0 * b),
    lambda a, b: a / b,
)
"""Interactions of neighbours in equation 8. The paper draws its own in figure 1 alone; as there, the second and sixth
are symmetric, so that their mean Hessian over all rows is about 0, and the sixth and fourth the largest."""

SPREADS = (0.6, 0.7, 0.7, 0.9, 0.5, 1.0, 0.6)
"""Standard deviations of the seven interactions."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """Rows of equation 8 with the factors that give each interaction its standard deviation, and the main effects."""

    rows: np.ndarray
    main: np.ndarray
    factors: np.ndarray

    @classmethod
    def drawn(cls, n_rows: int, seed: int) -> "Simulation":
        random = np.random.default_rng(seed)
        rows = random.uniform(-0.5, 0.5, (n_rows, N_FEATURES))
        rows[:, HIGH] += 1.0
        values = [form(*_ends(torch.from_numpy(rows), place)).numpy() for place, form in enumerate(FORMS)]
        factors = np.array(SPREADS) / np.std(values, axis=1) * random.choice([-1.0, 1.0], len(FORMS))
        return cls(rows, random.normal(0.0, 2.0, N_FEATURES), factors)

    def interaction(self, rows: Tensor) -> Tensor:
        parts = [self.factors[place] * form(*_ends(rows, place)) for place, form in enumerate(FORMS)]
        return torch.stack(parts).sum(0)

    def data(self, noise_share: float, seed: int) -> Dataset:
        """With normal noise of that share of the signal's variance."""
        signal = self.rows @ self.main + self.interaction(torch.from_numpy(self.rows)).numpy()
        noise = np.random.default_rng((seed, 1)).standard_normal(len(signal)) * np.sqrt(noise_share) * signal.std()
        return table("equation 8", self.rows, signal + noise)

    def hessians(self, rows: np.ndarray) -> np.ndarray:
        """The true Hessian at each row, (rows, features, features)."""
        points = torch.from_numpy(rows)
        return torch.func.vmap(torch.func.hessian(self.interaction))(points).numpy()


def _ends(rows: Tensor, place: int) -> tuple[Tensor, Tensor]:
    return rows[..., place], rows[..., place + 1]


@dataclass(frozen=True, eq=False)
class Measures:
    """AEH, M-GEH and EAH of all pairs over the networks drawn, by name, the contour probabilities, and the rows with
    their regions."""

    pairs: np.ndarray
    found: dict[str, Moments]
    contours: np.ndarray
    rows: np.ndarray
    regions: np.ndarray
    steps: np.ndarray


def measures(model: BayesianNetwork, data: Dataset, groups: int, draws: int = DRAWS) -> Measures:
    """The three measures as `group_expected_hessian` computes them."""
    rows, space = data.background(ROWS, 0), data.space
    encoded = encode(space, torch.tensor(rows))
    tried, labels = divisions(encoded.numpy(), groups, 0)
    finest, regions, learnt = labels[-1], labels[tried.index(groups)], data.rows[data.train_rows]
    steps = robust_steps(space, learnt)
    blocks = FeatureBlocks.of(space, learnt, torch.float32, steps)
    score = smooth_model(model.draws(draws, 0), 1.0).score
    assert isinstance(score, SmoothPerceptron)
    memory = CPU.memory_bytes
    with torch.inference_mode():
        found = group_hessians(score, encoded, blocks, [np.zeros_like(regions), regions, finest], memory)
        centres = found.centres[-int(finest.max()) - 1 :]
        contours = contour_probabilities(score, encoded, blocks, finest, centres, memory)
    by_division = [Moments(found.strength.mean[place], found.strength.deviation[place]) for place in range(2)]
    named: dict[str, Moments] = dict(zip(MEASURES, (*by_division, found.eah), strict=True))
    return Measures(found.pairs, named, contours, rows, regions, steps)


def significant(seen: Measures, rule: str) -> np.ndarray:
    """Which pairs are, by one of RULES."""
    return seen.contours < 0.05 if rule == "contour" else _certainty(seen.found[rule]) > 2.0


def simulated(seed: int, quick: bool) -> Figures:
    """One data set of equation 8: true effects inside the 95 % intervals, and how well true pairs are told.

    Pairs are told by the decision rule of section 4.1.3: the ROC curve goes over the intervals' widths, that is over
    mean / deviation; by the means alone besides. Rows (20,000 of them to learn from) and learning rate are the paper's.
    """
    simulation = Simulation.drawn(1500 if quick else 25_000, seed)
    data = simulation.data(0.25, seed)
    began = time.perf_counter()
    model = ie.train(data, "bayesian", epochs=6 if quick else 60, learning_rate=1e-3, seed=seed)
    seconds = time.perf_counter() - began
    assert isinstance(model, BayesianNetwork)
    seen = measures(model, data, GROUPS["simulation"], 20 if quick else DRAWS)
    true, geh = true_strengths(simulation, seen, data), seen.found["geh"]
    is_true = (seen.pairs[1] == seen.pairs[0] + 1).astype(int)
    lower = np.where(significant(seen, "contour"), geh.mean - 2.0 * geh.deviation, 0.0)
    covered = (lower <= true) & (true <= geh.mean + 2.0 * geh.deviation)
    figures: Figures = {
        "covered": float(covered[is_true == 1].mean()), "covered_all": float(covered.mean()),
        "bias": float(((geh.mean - true)[is_true == 1] / true[is_true == 1]).mean()), "seconds": seconds,
    }  # fmt: skip
    for name, moments in seen.found.items():
        figures[f"auc_{name}"] = float(roc_auc_score(is_true, _certainty(moments)))
        figures[f"auc_{name}_mean"] = float(roc_auc_score(is_true, moments.mean))
    figures["auc_contour"] = float(roc_auc_score(is_true, -seen.contours))
    for rule in RULES:
        figures[f"found_{rule}"] = float(significant(seen, rule)[is_true == 1].mean())
        figures[f"false_{rule}"] = float(significant(seen, rule)[is_true == 0].mean())
    return figures


def true_strengths(simulation: Simulation, seen: Measures, data: Dataset) -> np.ndarray:
    """M-GEH of the true function over the same rows and regions, in the same units, (pairs,)."""
    steps = seen.steps * data.space.scales
    hessians = simulation.hessians(seen.rows)[:, *seen.pairs] * np.multiply.outer(steps, steps)[*seen.pairs]
    shares = [np.abs(hessians[seen.regions == region].sum(0)) for region in np.unique(seen.regions)]
    return np.sum(shares, axis=0) / len(hessians)


def _certainty(moments: Moments) -> np.ndarray:
    """Means in their own standard deviations: above 2, the 95 % interval leaves 0 out."""
    return moments.mean / np.maximum(moments.deviation, np.finfo(float).tiny)


def null_rates(name: str, index: int, quick: bool) -> Figures:
    """Shares of pairs called significant in a network of the usual options on permuted targets, where none is true."""
    data = real(name, 300 if quick else None)
    permuted = np.random.default_rng(index).permutation(data.target_values)
    shuffled = replace(data, frame=data.frame.assign(**{data.target.name: permuted}))
    began = time.perf_counter()
    model = ie.train(shuffled, "bayesian", seed=index, epochs=2 if quick else 60)
    assert isinstance(model, BayesianNetwork)
    seen = measures(model, shuffled, GROUPS[name], 20 if quick else DRAWS)
    rates = {rule: float(significant(seen, rule).mean()) for rule in RULES}
    return {"seconds": time.perf_counter() - began, **rates}


def chance_rates(seed: int, quick: bool) -> Figures:
    """The permutation test where curves are true and interactions are not: the share of pairs with a p of at most 5 %,
    and whether any has, which is what that p speaks of."""
    random = np.random.default_rng(seed)
    rows = random.uniform(-1.0, 1.0, (250 if quick else 700, 5))
    curves = np.sin(3.0 * rows[:, 0]) + 2.0 * rows[:, 1] ** 2 + np.exp(rows[:, 2]) - rows[:, 3]
    data = table("curves", rows, curves + random.normal(0.0, 0.5, len(rows)))
    model = ie.train(data, "bayesian", seed=seed, epochs=4 if quick else 60)
    options: Figures = {"groups": 5, "draws": 20 if quick else DRAWS, "permutations": 4 if quick else 39, "seed": seed}
    found = ie.detect("group_expected_hessian", model, data, **options).table
    by_test, by_contour = (found[name].to_numpy() <= 0.05 for name in ("p_value", "bayes_p"))
    return {"any": float(by_test.any()), "pairs": float(by_test.mean()), "contour": float(by_contour.mean())}


def strongest(name: str, quick: bool) -> Figures:
    """The strongest pairs of a real table, by defaults."""
    data = real(name, 1000 if quick else None)
    began = time.perf_counter()
    model = ie.train(data, "bayesian", epochs=3 if quick else 60, seed=0)
    trained = time.perf_counter() - began
    result = ie.detect("group_expected_hessian", model, data)
    top = result.table.head(5)
    words = [
        f"{a} x {b} {strength:.3g} ({low:.3g}, {high:.3g})"
        for a, b, strength, low, high in zip(
            top.feature_1, top.feature_2, top.strength, top.lower, top.upper, strict=True
        )
    ]
    return {"top": words, "groups": result.groups, "seconds": time.perf_counter() - began, "seconds_training": trained}


def real(name: str, rows: int | None) -> Dataset:
    """A real table by name, of so many rows at most."""
    if name != "diabetes":
        return ie.load_sample(name, rows=rows)
    from sklearn.datasets import load_diabetes

    loaded: Any = load_diabetes(as_frame=True, scaled=False)
    return ie.read_dataset(loaded.frame, target="target")


def places(words: Sequence[str], *features: str) -> int | None:
    """The place of a pair among some that `strongest` told, from 1 on; None where it is not there."""
    for place, told in enumerate(words, start=1):
        if set(told.rsplit(" ", 3)[0].split(" x ")) == set(features):
            return place
    return None
