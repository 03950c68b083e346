"""The evaluation engine: evaluations a second inside exact detection against the same model alone at its best batch.

Detection and the model alone take turns in one process, and the fastest turn of each counts: the ratio is what remains
of the model once rows are moved, built, scored and summed. Above 1 detection does less work than the model would on
rows of their own. With OMP_NUM_THREADS=1 processor time is measured, which other work on the machine hardly changes.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import lightgbm
import numpy as np
import torch
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from benchmarks.detection import ALONE, HIDDEN, noise_table
from benchmarks.harness import Line, parser, publish
from interaction_engine.core.types import Model
from interaction_engine.models.networks.mlp import Mlp

BATCHES = (512, 1024, 2048, 4096, 8192)
"""Rows per call at which a network is tried alone; a network of this size is slower below and above."""

CLOCK: Callable[[], float] = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
"""One thread is timed by the processor time that it takes, which other work on the machine hardly changes."""

TREE_BATCHES = (4096, 16_384, 65_536)
ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU}


class Opaque(nn.Module):
    """A module whose `forward` looks at the number of rows, so that it can only be called."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs: Tensor) -> Tensor:
        return self.net(inputs) if len(inputs) else inputs[:, 0]


@dataclass(frozen=True)
class Case:
    """A model, how many evaluations a second it makes alone at each batch size, and the ratio it should reach."""

    name: str
    model: Model
    alone: Callable[[np.ndarray], object]
    batches: tuple[int, ...]
    goal: float
    strict: bool = False


def network_cases(data: ie.Dataset, activation: str) -> list[Case]:
    """One network as ours, as a plain Sequential, as a .pt2 file and as a module that can only be called."""
    torch.manual_seed(0)
    sizes = (data.space.n_columns, *HIDDEN)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    plain = nn.Sequential(*layers, nn.Linear(sizes[-1], 1)).eval()
    linear = [layer for layer in plain if isinstance(layer, nn.Linear)]
    own = Mlp.of_layers(
        data.space,
        data.target,
        tuple(layer.weight.detach()[None] for layer in linear),
        tuple(layer.bias.detach()[None] for layer in linear),
        activation,
    )

    def alone(rows: np.ndarray) -> object:
        with torch.inference_mode():
            return plain(torch.from_numpy(rows))

    return [
        Case(f"own MLP, {activation}", own, alone, BATCHES, 1.0, strict=True),
        Case(f"nn.Sequential, {activation}", ie.wrap(plain, data), alone, BATCHES, 1.0, strict=True),
        Case(f".pt2 file, {activation}", _exported(plain, data), alone, BATCHES, 0.9),
        Case(f"opaque module, {activation}", ie.wrap(Opaque(plain), data), alone, BATCHES, 0.9),
    ]


def _exported(plain: nn.Module, data: ie.Dataset) -> Model:
    example = torch.zeros(4, data.space.n_columns)
    program = torch.export.export(plain, (example,), dynamic_shapes=({0: torch.export.Dim.AUTO},))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "module.pt2"
        torch.export.save(program, path)
        return ie.load_model(path, data, trust=True)


def tree_cases(data: ie.Dataset) -> list[Case]:
    """Boosted trees and a forest, trained on noise with an interaction: speed does not ask what they have learnt."""
    rows, n_threads = data.rows, torch.get_num_threads()
    target = rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2])
    boosted = xgboost.XGBRegressor(n_jobs=n_threads).fit(rows, target)
    light = lightgbm.LGBMRegressor(verbose=-1, n_jobs=n_threads).fit(rows, target)
    histogram = HistGradientBoostingRegressor().fit(rows, target)
    forest = RandomForestRegressor(50, max_depth=12, n_jobs=n_threads, random_state=0).fit(rows, target)
    with TemporaryDirectory() as folder:
        boosted.save_model(Path(folder) / "model.ubj")
        light.booster_.save_model(Path(folder) / "model.txt")
        brought = [ie.load_model(Path(folder) / name, data) for name in ("model.ubj", "model.txt")]
    return [
        Case("XGBoost, .ubj file", brought[0], boosted.predict, TREE_BATCHES, 1.0),
        Case("XGBoost, wrapped", ie.wrap(boosted, data), boosted.predict, TREE_BATCHES, 1.0),
        Case("LightGBM, .txt file", brought[1], light.booster_.predict, TREE_BATCHES, 1.0),
        Case("HistGradientBoosting", ie.wrap(histogram, data), histogram.predict, TREE_BATCHES, 1.0),
        Case("random forest", ie.wrap(forest, data), forest.predict, TREE_BATCHES, 1.0),
    ]


def measured(case: Case, data: ie.Dataset, scheme: str, evaluations: int, turns: int) -> Line:
    """The ratio of one model under one scheme."""
    n_pairs = len(data.space) * (len(data.space) - 1) // 2
    background = max(32, evaluations // (n_pairs * (4 if scheme == "central" else 1)))
    dtype = np.float64 if case.batches is TREE_BATCHES else np.float32
    draw = np.random.default_rng(0)
    rows = [draw.standard_normal((batch, len(data.space))).astype(dtype) for batch in case.batches]
    inside, alone = [], []
    for _ in range(turns):
        start = CLOCK()
        result = ie.detect("exact", case.model, data, background=background, scheme=scheme, **ALONE)
        inside.append(result.provenance.evaluations / (CLOCK() - start))
        alone.append(max(_rate(case.alone, batch, evaluations // 8) for batch in rows))
    ratio, between = max(inside) / max(alone), median(i / a for i, a in zip(inside, alone, strict=True))
    return Line(
        claim=f"p = {len(data.space)}, {scheme}: {case.name}",
        measured=f"{ratio:.2f} ({max(inside):,.0f} / {max(alone):,.0f} a second; median of turns {between:.2f})",
        goal=f"{'>' if case.strict else '>='} {case.goal:g}",
        met=ratio > case.goal if case.strict else ratio >= case.goal,
        figures={"ratio": ratio, "median": between, "inside": max(inside), "alone": max(alone)},
    )


def _rate(call: Callable[[np.ndarray], object], rows: np.ndarray, evaluations: int) -> float:
    """Rows a second of the model alone, over at least so many rows and one call that warms up."""
    call(rows)
    calls = max(1, evaluations // len(rows))
    start = CLOCK()
    for _ in range(calls):
        call(rows)
    return calls * len(rows) / (CLOCK() - start)


def main() -> None:
    options: argparse.ArgumentParser = parser(__doc__ or "")
    options.add_argument("--features", type=int, nargs="*", default=[60, 100], help="widths of the table")
    options.add_argument("--turns", type=int, default=5, help="turns that detection and the model alone take")
    options.add_argument("--only", default="", help="only models whose name contains this")
    asked = options.parse_args()
    began, lines = time.perf_counter(), []
    for n_features in asked.features:
        data = noise_table(n_features, 4000)
        cases = [*(case for name in ACTIVATIONS for case in network_cases(data, name)), *tree_cases(data)]
        for case in (one for one in cases if asked.only in one.name):
            evaluations = (100_000 if asked.quick else 400_000) * (4 if case.batches is TREE_BATCHES else 1)
            for scheme in ("central", "forward"):
                lines.append(measured(case, data, scheme, evaluations, asked.turns))
                print(lines[-1].claim, lines[-1].measured, flush=True)
    publish("evaluations", lines, time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
