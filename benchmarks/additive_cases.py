"""What the benchmark of additive networks measures, case by case: a key, and a function that gives figures."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.types import silent
from interaction_engine.data.dataset import HELD_OUT, TRAIN, Dataset
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.methods.additive_models.compression.compression import PAPERS_TEACHER, compression
from interaction_engine.methods.additive_models.ebm import train_ebm
from interaction_engine.methods.additive_models.forest import train_forest
from interaction_engine.methods.additive_models.gam import train_gam, train_linear
from interaction_engine.methods.additive_models.interactions import random_pairs, strongest_pairs
from interaction_engine.methods.additive_models.nit.nit import train_nit
from interaction_engine.methods.additive_models.paraace.paraace_trainer import Networks, ParaAceSettings, ParaAceTrainer
from interaction_engine.methods.additive_models.paraace.plain_networks import Lesson, PlainTrainer, plain_network
from interaction_engine.methods.common.feature_sets import Sets
from interaction_engine.models.training.mlp import train_mlp
from interaction_engine.models.training.rows import TrainingRows

FOLDS = 5
ORDERS = (2, 3, 4)
TABLES = ("california", "bike")
CPU = Compute("cpu")

NETWORKS = ("detected", "random", "curves", "curves, fix-up", "teacher")
"""Networks on F1..F10; "curves" are a plain sum (GANN), which the fix-up's residual can bend into interactions."""

PARAACE = {"hidden": (50, 8), "epochs": 120, "learning_rate": 1e-2, "weight_decay": 0.3, "batch": 256, "patience": 120}
"""Settings as `train_paraace` has them, without early stopping: every epoch is to be seen."""

FOUR_TOGETHER = {"bike": {"blocks": 40}}
"""Sets of four features of the hour and the weather are many: 20 blocks do not hold those that matter."""

Figures = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One measurement. Those of a lower `turn` are made first: a run that is cut short has the most of each kind."""

    key: str
    measure: Callable[[], Figures]
    turn: int


def cases(quick: bool) -> list[Case]:
    """All of them, in the order in which they are worth their time."""
    found = [
        Case("known shapes", known_shapes, 3),
        Case("california time", partial(whole_training, quick), 3),
        *(Case(f"disentangled/{seed}", partial(disentangled, seed), 3) for seed in range(2 if quick else 10)),
        Case("compression", partial(compressed, quick), 6),
    ]
    for table in TABLES:
        for fold in range(1 if quick else FOLDS):
            for name, train, turn in _trainers(table, quick):
                measure = partial(table_3, table, fold, train, quick)
                found.append(Case(f"{table}/{name}/{fold}", measure, turn + (fold if turn < 5 else 0)))
    for function in ("F5", "F8") if quick else tuple(FUNCTIONS):
        for fold in range(1 if quick else FOLDS):
            for name in NETWORKS if fold == 0 else NETWORKS[:-1]:  # a teacher takes a minute: once a function
                turn = {"teacher": 4, "curves, fix-up": 9}.get(name, 2 if fold == 0 else 7)
                found.append(Case(f"{function}/{name}/{fold}", partial(table_6, function, fold, name, quick), turn))
        found.append(Case(f"{function}/splines/0", partial(best_sum_of_curves, function), 8))
    return sorted(found, key=lambda case: case.turn)


def _trainers(table: str, quick: bool) -> Iterator[tuple[str, Callable[[Dataset], Any], int]]:
    for order in ORDERS[: 1 if quick else None]:
        more = FOUR_TOGETHER.get(table, {}) if order == 4 else {}
        yield f"nit {order}", partial(train_nit, max_order=order, refits=0, compute=CPU, **more), 0
    yield "linear", partial(train_linear, bags=0), 5
    yield "gam", partial(train_gam, bags=0), 5
    yield "forest", train_forest, 5
    yield "mlp", partial(train_mlp, hidden=(64, 64) if quick else (256, 256), compute=CPU), 5
    yield "ebm", partial(train_ebm, bags=2 if quick else 8), 8


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


def table_3(name: str, fold: int, train: Callable[[Dataset], Any], quick: bool) -> Figures:
    """One model of one fold of a table of the NIT paper."""
    data = list(folds(ie.load_sample(name, rows=3000 if quick else None), fold + 1))[fold]
    began = time.perf_counter()
    model = train(data)
    seconds = time.perf_counter() - began
    return {"error": rmse(model, data), "seconds": seconds, "parameters": getattr(model, "n_parameters", 0)}


class Watched(ParaAceTrainer):
    """Notes the error on the test rows after every epoch."""

    def __init__(self, data: Dataset, members: Sets, units: int) -> None:
        settings: Mapping[str, Any] = PARAACE
        rows = TrainingRows(data, 1, 0, torch.device("cpu"))
        super().__init__(data, rows, members, ParaAceSettings(**settings, fix_up=units, turn=0, seed=0))
        self.lesson, self.errors = Lesson(data, 0, torch.device("cpu")), []

    def validation_losses(self, network: Networks) -> torch.Tensor:
        """Note the error of the averaged network as well."""
        with torch.inference_mode():
            self.errors.append(self.lesson.error(network(self.lesson.judged[None])[0]))
        return super().validation_losses(network)

    def readings(self) -> Figures:
        """Error at the epoch that rows kept aside choose, at the one that the test rows choose, and parameters."""
        size = self.run("paraace", silent).n_parameters
        return {"honest": self.errors[int(self.best_epoch[0])], "by_test": min(self.errors), "parameters": size}


def teacher(data: Dataset, hidden: tuple[int, ...], epochs: int) -> Figures:
    """The same readings of an over-parameterised network."""
    lesson, errors = Lesson(data, 0, torch.device("cpu")), []
    network = plain_network(lesson, hidden, 0)
    trainer = PlainTrainer(network, lesson, learning_rate=1e-3)
    trainer.run(silent, epochs, patience=epochs, watch=lambda one: errors.append(lesson.judge(one)))
    size = sum(one.numel() for one in network.parameters())
    return {"honest": lesson.judge(network), "by_test": min(errors), "parameters": size}


def table_6(function: str, fold: int, network: str, quick: bool) -> Figures:
    """One network on one fold of 1000 noisy rows of one of F1..F10."""
    data = list(folds(ie.load_sample(function, rows=1000, noise=0.1), fold + 1))[fold]
    singles: Sets = tuple((place,) for place in range(len(data.space)))
    began = time.perf_counter()
    if network == "teacher":
        found = teacher(data, (400, 100, 30) if quick else PAPERS_TEACHER, 60)
    else:
        pairs: Sets = ()
        if network == "detected":
            pairs = strongest_pairs(data, 20, 0, CPU, silent)
        if network == "random":
            pairs = random_pairs(len(singles), 20, fold)
        found = Watched(data, singles + pairs, 0 if network == "curves" else 15).readings()
    return found | {"seconds": time.perf_counter() - began}


def best_sum_of_curves(function: str) -> Figures:
    """What no sum of curves can go far below: the NRMSE of splines fitted to 20,000 rows without noise."""
    data = ie.load_sample(function)
    tested = data.target_values[data.held_out_rows[:200]]
    return {"honest": rmse(train_gam(data, bags=0), data) * float(data.target_values.std() / np.ptp(tested))}


def disentangled(seed: int) -> Figures:
    """x1 x2 + x3 x4 at K = 2: is every term of features of one of the two products, and each product there?"""
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(-1, 1, (3000, 4)), columns=["x1", "x2", "x3", "x4"])
    data = read_dataset(frame.assign(y=frame.x1 * frame.x2 + frame.x3 * frame.x4), target="y", name="two products")
    began = time.perf_counter()
    model = train_nit(data, max_order=2, refits=0, seed=seed, compute=CPU)
    seconds = time.perf_counter() - began
    sets, whole = {frozenset(one) for one in model.subnets.members}, {frozenset({0, 1}), frozenset({2, 3})}
    apart = whole <= sets and all(any(one <= part for part in whole) for one in sets)
    return {"apart": int(apart), "seconds": seconds}


def known_shapes() -> Figures:
    """y = sin(3 x0) + x1^2 + x2 x3: how far each curve is from the truth, and how large the largest other term is."""
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
            others = max(others, float(importance**2 / variance))
            continue
        points, of_one = (shapes.curve(term), truth[names]) if len(names) == 1 else (shapes.map(term), None)
        right = of_one(points["value"]) if of_one else points["value_1"] * points["value_2"]
        weight = points["density"] / points["density"].sum()
        errors = points["effect"] - (right - (right * weight).sum())
        distances.append(math.sqrt(float((np.square(errors) * weight).sum())))
    return {"distances": distances, "others": others, "identity": float(shapes.identity_error)}


def whole_training(quick: bool) -> Figures:
    """NIT on California housing as it is offered, its uncertainty included."""
    data = ie.load_sample("california", rows=3000 if quick else None)
    began = time.perf_counter()
    model = train_nit(data, max_order=2, compute=CPU)
    return {"seconds": time.perf_counter() - began, "parameters": model.n_parameters}


def compressed(quick: bool) -> Figures:
    """Every way of making a network smaller, on one function, from one run: a list of the rows of its table."""
    data = ie.load_sample("F8", rows=1000, noise=0.1)
    sizes = {"teacher": (400, 100, 30), "epochs": 30, "round_epochs": 5} if quick else {}
    result = compression(data, compute=CPU, **sizes)
    return {"rows": result.to_frame().to_dict("records")}
