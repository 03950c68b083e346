"""Additive networks: their error beside the usual models, what ParaACE's interactions are worth, whether NIT takes
apart what belongs apart, and what each training takes.

`python -m benchmarks.additive` (`--quick` for fewer rows, folds and functions). Errors of real tables are root mean
squared errors of the standardised target (NIT paper, table 3), those of F1..F10 are NRMSE, over the range of the test
target (ParaACE paper, tables 6 and 9). Both readings of the choice of the epoch are printed: by rows kept aside, and by
the test rows, as the code of the ParaACE paper does.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch

import interaction_engine as ie
from benchmarks.harness import Line, arguments, publish
from interaction_engine.additive.choosing import Sets, random_pairs, strongest_pairs
from interaction_engine.additive.compression import PAPERS_TEACHER, compression
from interaction_engine.additive.ebm import train_ebm
from interaction_engine.additive.forest import train_forest
from interaction_engine.additive.gam import train_gam, train_linear
from interaction_engine.additive.nit import train_nit
from interaction_engine.additive.paraace_fit import ParaAceFit, ParaAceSettings
from interaction_engine.additive.plain_networks import Lesson, fit, plain_network
from interaction_engine.data.dataset import HELD_OUT, TRAIN, Dataset
from interaction_engine.data.reading import read_dataset
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.models.training import train_mlp
from interaction_engine.numerics.compute import Compute
from interaction_engine.types import silent

FOLDS = 5
ORDERS = (2, 3, 4)
CPU = Compute("cpu")

TABLE_3: dict[str, dict[str, float]] = {
    "california": {"nit 2": 0.448, "nit 3": 0.437, "nit 4": 0.430, "linear": 0.60, "gam": 0.506, "ebm": 0.435,
                   "forest": 0.435, "mlp": 0.445},
    "bike": {"nit 2": 0.31, "nit 3": 0.26, "nit 4": 0.240, "linear": 0.78, "gam": 0.55, "ebm": 0.307,
             "forest": 0.243, "mlp": 0.22},
}  # fmt: skip
"""Errors of the NIT paper's table 3."""

TABLE_6 = {"detected": 0.026, "random": 0.035, "curves": 0.046}
"""NRMSE of the ParaACE paper's tables 6 and 9, averages over F1..F10."""

TEACHERS_PARAMETERS = 4_959_461

METHODS = ("detected", "random", "curves", "curves, fix-up", "teacher")
"""Networks on F1..F10; "curves" are a plain sum (GANN), which the fix-up's residual can bend into interactions."""

PARAACE = {"hidden": (50, 8), "epochs": 120, "learning_rate": 1e-2, "weight_decay": 0.3, "batch": 256, "patience": 120}
"""Settings as `train_paraace` has them, without early stopping: every epoch is to be seen."""


def folds(data: Dataset, number: int, seed: int = 0) -> Iterator[Dataset]:
    """The data with one fifth held out after the other. Features stay standardised as in the first division."""
    places = np.random.default_rng(seed).permutation(len(data)) % FOLDS
    for fold in range(number):
        yield replace(data, split=np.where(places == fold, HELD_OUT, TRAIN).astype(np.int8))


def rmse(model: Any, data: Dataset) -> float:
    """Root mean squared error on held-out rows, in standard deviations of the target."""
    held = data.held_out_rows
    scores = model.scores(torch.tensor(data.rows[held])).double().mean(0).numpy()
    return float(np.sqrt(np.square(scores - data.target_values[held]).mean()) / data.target_values.std())


def table_3(name: str, quick: bool) -> list[Line]:
    """NIT for several K beside the models of the paper's table 3."""
    trainers: dict[str, Callable[[Dataset], Any]] = {
        "linear": lambda one: train_linear(one, bags=0),
        "gam": lambda one: train_gam(one, bags=0),
        "ebm": lambda one: train_ebm(one, bags=2 if quick else 8),
        "forest": train_forest,
        "mlp": lambda one: train_mlp(one, hidden=(64, 64) if quick else (256, 256), compute=CPU),
    }
    for order in ORDERS[: 1 if quick else None]:
        trainers[f"nit {order}"] = lambda one, order=order: train_nit(one, max_order=order, compute=CPU)
    whole = ie.load_sample(name, rows=3000 if quick else None)
    lines = []
    for method, train in trainers.items():
        errors, seconds = [], []
        for one in folds(whole, 1 if quick else FOLDS):
            began = time.perf_counter()
            model = train(one)
            seconds.append(time.perf_counter() - began)
            errors.append(rmse(model, one))
        paper, mean = TABLE_3[name][method], float(np.mean(errors))
        spread = f" ± {np.std(errors):.3f}" if len(errors) > 1 else ""
        figures: dict[str, Any] = {"errors": errors, "seconds": seconds}
        words, is_goal = f"{mean:.3f}{spread}, {np.mean(seconds):.0f} s", method.startswith("nit") and not quick
        lines.append(_beside(f"{name}, {method}", words, mean, paper, is_goal, figures))
    return lines


class Watched(ParaAceFit):
    """Notes the error on the test rows after every epoch."""

    def __init__(self, data: Dataset, members: Sets, units: int) -> None:
        settings: Mapping[str, Any] = PARAACE
        super().__init__(data, members, ParaAceSettings(**settings, fix_up=units, turn=0, seed=0), CPU)
        self.lesson, self.errors = Lesson(data, 0, torch.device("cpu")), []

    def _validate(self, epoch: int, train: float) -> None:
        super()._validate(epoch, train)
        with torch.inference_mode():
            self.errors.append(self.lesson.error(self.outputs(self.average, self.lesson.judged)))

    def readings(self) -> tuple[float, float, int]:
        """Error at the epoch that rows kept aside choose, at the one that the test rows choose, and parameters."""
        size = self.run(silent).n_parameters
        return self.errors[self.best_epoch], min(self.errors), size


def teacher(data: Dataset, hidden: tuple[int, ...], epochs: int) -> tuple[float, float, int]:
    """The same readings of an over-parameterised network."""
    lesson, errors = Lesson(data, 0, torch.device("cpu")), []
    network = plain_network(lesson, hidden, 0)
    fit(network, lesson, silent, epochs=epochs, learning_rate=1e-3, patience=epochs,
        watch=lambda one: errors.append(lesson.judge(one)))  # fmt: skip
    return lesson.judge(network), min(errors), sum(one.numel() for one in network.parameters())


def _runs(data: Dataset, fold: int, quick: bool) -> dict[str, Callable[[], tuple[float, float, int]]]:
    singles: Sets = tuple((place,) for place in range(len(data.space)))
    runs: dict[str, Callable[[], tuple[float, float, int]]] = {
        "detected": lambda: Watched(data, singles + strongest_pairs(data, 20, 0, CPU, silent), 15).readings(),
        "random": lambda: Watched(data, singles + random_pairs(len(singles), 20, fold), 15).readings(),
        "curves": lambda: Watched(data, singles, 0).readings(),
        "curves, fix-up": lambda: Watched(data, singles, 15).readings(),
    }
    if fold == 0:  # a minute a training: once a function
        runs["teacher"] = lambda: teacher(data, (400, 100, 30) if quick else PAPERS_TEACHER, 60)
    return runs


def best_sum_of_curves(name: str) -> float:
    """What no sum of curves can go below: the NRMSE of splines fitted to 20,000 rows without noise."""
    data = ie.load_sample(name)
    tested = data.target_values[data.held_out_rows[:200]]
    return rmse(train_gam(data, bags=0), data) * float(data.target_values.std() / np.ptp(tested))


def table_6(quick: bool) -> list[Line]:
    """F1..F10 with 1000 noisy rows: ParaACE with detected and random pairs, curves alone, and the teacher."""
    found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in METHODS}
    seconds: dict[str, float] = dict.fromkeys(found, 0.0)
    by_function: dict[str, list[float]] = {name: [] for name in found}
    names = ("F5", "F8") if quick else tuple(FUNCTIONS)
    for name in names:
        data = ie.load_sample(name, rows=1000, noise=0.1)
        before = {method: len(one) for method, one in found.items()}
        for fold, one in enumerate(folds(data, 1 if quick else FOLDS)):
            runs = _runs(one, fold, quick)
            for method, run in runs.items():
                began = time.perf_counter()
                found[method].append(run())
                seconds[method] += time.perf_counter() - began
        for method, results in found.items():
            by_function[method].append(float(np.mean([honest for honest, _, _ in results[before[method] :]])))
        print(name, {method: round(values[-1], 4) for method, values in by_function.items()}, flush=True)
    lines = []
    for method, results in found.items():
        honest, by_test = (float(np.mean([result[place] for result in results])) for place in (0, 1))
        size, paper = results[0][2], TABLE_6.get(method)
        words = f"{honest:.4f} ({by_test:.4f} by the test rows), {size:,} parameters"
        words += "" if method == "teacher" else f", CR {TEACHERS_PARAMETERS // size}"
        words += f", {seconds[method] / len(results):.1f} s"
        figures: dict[str, Any] = {"honest": by_function[method], "by_test": by_test, "parameters": size}
        lines.append(_beside(f"F1..F10, {method}", words, honest, paper, paper is not None and not quick, figures))
    limit = float(np.mean([best_sum_of_curves(name) for name in names]))
    words = f"{limit:.4f}, 20,000 rows without noise: about the least that a sum of curves can reach"
    return [*lines, _told("F1..F10, splines", words, "beside them", True, {"limit": limit})]


def disentangled(quick: bool) -> Line:
    """x1 x2 + x3 x4 at K = 2: every term is of features of one of the two products, in every seed."""
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(-1, 1, (3000, 4)), columns=["x1", "x2", "x3", "x4"])
    data = read_dataset(frame.assign(y=frame.x1 * frame.x2 + frame.x3 * frame.x4), target="y", name="two products")
    seeds, apart, seconds = range(2 if quick else 10), 0, []
    for seed in seeds:
        began = time.perf_counter()
        model = train_nit(data, max_order=2, seed=seed, compute=CPU)
        seconds.append(time.perf_counter() - began)
        sets = {frozenset(one) for one in model.subnets.members}
        whole = {frozenset({0, 1}), frozenset({2, 3})}
        apart += whole <= sets and all(any(one <= part for part in whole) for one in sets)
    words = f"{apart} of {len(seeds)} seeds, {np.mean(seconds):.1f} s each"
    return _told("x1 x2 + x3 x4 at K = 2", words, "all seeds", apart == len(seeds), {"apart": apart})


def known_shapes() -> Line:
    """y = sin(3 x0) + x1^2 + x2 x3: the largest distance of a curve from the truth, and the largest other term."""
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(-1, 1, (5000, 4)), columns=["x0", "x1", "x2", "x3"])
    truth = {("x0",): lambda v: np.sin(3 * v), ("x1",): lambda v: v**2, ("x2", "x3"): None}
    target = np.sin(3 * frame.x0) + frame.x1**2 + frame.x2 * frame.x3
    data = read_dataset(frame.assign(y=target), target="y", name="known")
    shapes = train_nit(data, max_order=2, compute=CPU).shapes(data)
    distances, others = [], 0.0
    variance = float(np.square(shapes.table["importance"]).sum())
    for term, (names, importance) in enumerate(zip(shapes.table["features"], shapes.table["importance"], strict=True)):
        if tuple(names) not in truth:
            others = max(others, importance**2 / variance)
            continue
        points, of_one = (shapes.curve(term), truth[names]) if len(names) == 1 else (shapes.map(term), None)
        right = of_one(points["value"]) if of_one else points["value_1"] * points["value_2"]
        weight = points["density"] / points["density"].sum()
        errors = points["effect"] - (right - (right * weight).sum())
        distances.append(math.sqrt(float((np.square(errors) * weight).sum())))
    met = len(distances) == 3 and max(distances) <= 0.05 and others <= 0.02 and shapes.identity_error <= 1e-5
    words = f"{max(distances):.4f} RMS, other terms {others:.2%}, sum to {shapes.identity_error:.0e}"
    return _told("sin(3 x0) + x1^2 + x2 x3", words, "<= 0.05, <= 2 %, <= 1e-5", met, {"distances": distances})


def california_time(quick: bool) -> Line:
    data = ie.load_sample("california", rows=3000 if quick else None)
    began = time.perf_counter()
    model = train_nit(data, max_order=2, compute=CPU)
    seconds = time.perf_counter() - began
    words = f"{seconds:.0f} s, {model.n_parameters:,} parameters"
    return _told("California housing, K = 2", words, "<= 180 s", seconds <= 180, {"seconds": seconds})


def compressed(quick: bool) -> list[Line]:
    """Every way of making a network smaller, on one function, from one run."""
    data = ie.load_sample("F8", rows=1000, noise=0.1)
    hidden = (400, 100, 30) if quick else PAPERS_TEACHER
    result = compression(data, teacher=hidden, epochs=30 if quick else 60, round_epochs=5 if quick else 10, compute=CPU)
    table, lines = result.to_frame(), []
    others = table.loc[~table["method"].isin(["paraace", "random", "gann"]), "error"].min()
    for row in table.itertuples():
        words = f"{row.error:.4f}, {row.n_parameters:,} parameters, CR {row.ratio:.0f}, {row.seconds:.0f} s"
        best = row.method == "paraace"
        goal, met = ("below all others", row.error < others) if best else ("beside it", True)
        figures: dict[str, Any] = {"error": row.error, "parameters": row.n_parameters, "ratio": row.ratio}
        lines.append(_told(f"F8, {row.title}", words, goal, bool(met), figures))
    return lines


def _beside(claim: str, words: str, value: float, paper: float | None, is_goal: bool, figures: dict[str, Any]) -> Line:
    """A figure beside the paper's. A quick run is of other rows than the paper's: there, none is a goal."""
    goal = "beside them" if paper is None else f"<= {paper}" if is_goal else f"paper {paper}"
    return _told(claim, words, goal, not is_goal or paper is None or value <= paper, figures)


def _told(claim: str, measured: str, goal: str, met: bool, figures: dict[str, Any]) -> Line:
    """A line, printed as soon as it is known."""
    print(f"{claim}: {measured} ({goal})", flush=True)
    return Line(claim, measured, goal, met, figures)


def main() -> None:
    asked = arguments(__doc__ or "")
    torch.set_num_threads(1)
    began = time.perf_counter()
    lines = [
        known_shapes(),
        disentangled(asked.quick),
        california_time(asked.quick),
        *table_6(asked.quick),
        *compressed(asked.quick),
        *(line for name in TABLE_3 for line in table_3(name, asked.quick)),
    ]
    publish("additive", lines, time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
