"""Every registered method on every kind of model that it may meet, small: the same on the CPU and on a card."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.result import Provenance
from interaction_engine.core.types import Kind, Model, Report, silent
from interaction_engine.data.dataset import Dataset
from interaction_engine.masking.baselines import baseline_of
from interaction_engine.methods.additive_models.compression import compression
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace
from interaction_engine.methods.hessians.explainer import Explainer
from interaction_engine.methods.registry import METHODS
from interaction_engine.models.additive.editing.edits import Edit
from interaction_engine.models.checking import check_model

ON_CPU = Compute("cpu")
TRAINING = {"epochs": 2, "batch": 64}
NIT = {"blocks": 3, "rounds": 1, "penalty": 0.05, "hidden": (8, 6), "refits": 1, **TRAINING}
PARAACE = {"n_pairs": 2, "hidden": (8, 4), "refits": 1, **TRAINING}
WORDS = {"dimensions": 4, "filters": 6, "units": 6, **TRAINING}


@dataclass(frozen=True)
class Case:
    """A method with options, on a data set and (unless it trains) a model, both by name; `mode` is what is called: the
    method itself, or the plan that tells its cost."""

    method: str
    data: str
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "run"

    @property
    def id(self) -> str:
        given = [f"{name}={value}" for name, value in self.options.items() if name in NAMED]
        return "-".join([self.mode, self.method, self.data, *([self.model] if self.model else []), *given])


NAMED = ("scheme", "baseline", "quadrature", "measure", "null", "fix_up", "training", "gates", "activation", "network")
"""Options that tell two cases of one method apart."""


def run_case(case: Case, compute: Compute, report: Report = silent) -> dict[str, np.ndarray]:
    """The figures of a case, by name."""
    made = case_result(case, compute, report)
    if case.mode == "plan":
        return {}
    if METHODS[case.method].role in ("trainer", "editor"):
        return dict(model_figures(made, data_set(case.data), compute))
    return dict(figures(made))


def case_result(case: Case, compute: Compute, report: Report = silent) -> Any:
    """Return what the method of a case returns: a result or a model, or its plan."""
    data, method = data_set(case.data), METHODS[case.method]
    subjects = (data,) if case.model is None else (model(case.model), data)
    seed = {"seed": 0} if "seed" in method.options.model_fields else {}
    options = method.read_options({**case.options, **seed})
    call = method.cost if case.mode == "plan" else method.function
    return call(*subjects, **options, compute=compute, report=report)


def model_figures(made: Model, data: Dataset, compute: Compute) -> Iterator[tuple[str, np.ndarray]]:
    """What is done to a model after its training: it predicts, is judged, scores another class, and is stored."""
    yield "predictions", made.predict(data.frame[:20])
    rows = torch.tensor(data.rows[:20])
    yield "scores", made.scores(rows).double().cpu().numpy()
    if len(data.target.classes) > 2 and hasattr(made, "for_class"):
        yield "class", made.for_class(1).scores(rows).double().cpu().numpy()
    yield from figures(check_model(made, data), "check")
    if hasattr(made, "shapes"):
        yield from figures(METHODS["shapes"].function(made, data, compute=compute), "shapes")


TIMES = ("seconds", "planned_seconds", "evaluations")
"""Figures that depend on the clock: a search of sets evaluates more where it has the time."""


def figures(value: Any, name: str = "result") -> Iterator[tuple[str, np.ndarray]]:
    """All numbers of a result except for how long it took and where."""
    if isinstance(value, Provenance):
        return
    elif isinstance(value, pd.DataFrame):
        for column in value.select_dtypes(["number", "bool"]).columns.difference(TIMES):
            yield f"{name}.{column}", value[column].to_numpy(np.float64)
    elif is_dataclass(value):
        for item in fields(value):
            if item.name not in TIMES:
                yield from figures(getattr(value, item.name), f"{name}.{item.name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from figures(one, f"{name}.{key}")
    elif isinstance(value, (list, tuple)):
        for place, one in enumerate(value):
            yield from figures(one, f"{name}.{place}")
    elif isinstance(value, (int, float, np.ndarray)):
        yield name, np.asarray(value, np.float64)


@cache
def data_set(name: str) -> Dataset:
    """A small data set with a target of one kind, of numbers and a category, of pixels, or of words."""
    if name == "digits":
        return ie.load_sample("digits", rows=120)
    if name == "words":
        return ie.read_dataset(_sentences(), target="answer", kinds={"text": Kind.TEXT}, name="words")
    target = {"number": "y", "binary": "answer", "multiclass": "tier"}[name]
    return ie.read_dataset(_table()[["a", "b", "d", "c", target]], target=target, name=name)


def _table(n: int = 100) -> pd.DataFrame:
    source = np.random.default_rng(0)
    a, b = source.normal(5.0, 2.0, n), source.normal(-1.0, 0.5, n)
    d, c = source.integers(0, 3, n).astype(float), source.choice(["low", "mid", "top"], n)
    y = a * b + d + np.array([{"low": 0.0, "mid": 1.0, "top": 3.0}[level] for level in c])
    frame = pd.DataFrame({"a": a, "b": b, "d": d, "c": c, "y": y})
    tiers = np.array(["basic", "middle", "upper"])[np.digitize(y, np.quantile(y, [0.3, 0.7]))]
    return frame.assign(answer=np.where(y > np.median(y), "yes", "no"), tier=tiers)


def _sentences(n: int = 100) -> pd.DataFrame:
    source = np.random.default_rng(0)
    rows = []
    for _ in range(n):
        good, negated = bool(source.integers(2)), bool(source.integers(2))
        ends = ["not" if negated else "so", "good" if good else "bad"]
        rows.append(
            (" ".join([*source.choice(["it", "is", "a", "film"], source.integers(1, 4)), *ends]), good != negated)
        )
    frame = pd.DataFrame(rows, columns=["text", "right"])
    return frame.assign(answer=np.where(frame.right, "yes", "no")).drop(columns="right")


class _Product(nn.Module):
    """A network that is none of ours."""

    def __init__(self, n_inputs: int) -> None:
        super().__init__()
        source = torch.Generator().manual_seed(0)
        self.first, self.last = nn.Linear(n_inputs, 6), nn.Linear(6, 1)
        for one in self.parameters():
            one.data = 0.5 * torch.randn(one.shape, generator=source)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.last(torch.tanh(self.first(rows)) * rows[:, :1])


@cache
def model(name: str) -> Any:
    """A small model on the CPU, named by its kind and its data set: "ensemble/number"."""
    kind, where = name.split("/")
    data = data_set(where)
    train: Callable[..., Model] = partial(ie.train, data, seed=0, compute=ON_CPU)
    if kind == "function":
        return ie.wrap(lambda rows: rows[:, 0] * rows[:, 1], data, takes="array")
    if kind == "module":
        return ie.wrap(_Product(data.space.n_columns), data)
    if kind == "edited":
        return METHODS["edit"].function(model(f"nit/{where}"), data, edits=EDITS, compute=ON_CPU)
    options = {
        "mlp": {"hidden": (8, 20), "activation": "relu", **TRAINING},
        "ensemble": {"members": 3, "hidden": (20, 6), **TRAINING},
        "bayesian": {"members": 2, **TRAINING},
        "words": WORDS,
        "nit": NIT,
        "paraace": PARAACE,
        "ebm": {"pairs": 2, "bags": 2, "rounds": 40},
        "gam": {"bags": 2, "knots": 5},
    }
    return train(kind, **options[kind])


EDITS = (Edit(("a",), "clip", low=-0.05, high=0.1), Edit(("b",), "monotone", direction="increasing"))
RACE = {"top_k": 3, "background": 40}
CLIQUES = {**RACE, "max_order": 3}
EXPLAIN = {"rows": 6}
SURFACE = {"cells": 4, "background": 20}
WATCHED = {"epochs": 2, "checkpoints": 2, "samples": 3, "players": 3}
NETWORKS = ("mlp/number", "ensemble/number", "ensemble/multiclass", "nit/number", "paraace/number", "module/number")
MODELS = (*NETWORKS, "bayesian/number", "edited/number", "gam/number", "function/number", "words/words")


def _on(models: tuple[str, ...], method: str, options: Mapping[str, Any], mode: str = "run") -> list[Case]:
    return [Case(method, name.split("/")[1], name, options, mode) for name in models]


DETECTIONS: list[Case] = [
    *_on(MODELS, "exact", RACE),
    *_on(("ensemble/number", "ensemble/multiclass", "nit/number", "words/words"), "ucb", RACE),
    *_on(("mlp/number", "ensemble/binary"), "exact", {**RACE, "scheme": "swap"}),
    *_on(("ensemble/number", "function/number", "nit/number"), "cliques", CLIQUES),
    *_on((*NETWORKS, "bayesian/number", "edited/number", "words/words"), "integrated_hessians", EXPLAIN),
    *_on(("mlp/number",), "integrated_hessians", {**EXPLAIN, "quadrature": "riemann", "nodes": 8}),
    *_on(("ensemble/number", "module/number"), "expected_hessians", {**EXPLAIN, "baselines": 3}),
    *_on((*NETWORKS, "words/words"), "input_hessian", EXPLAIN),
    *_on(("mlp/number", "ensemble/multiclass"), "nid", {}),
    *_on(("bayesian/number",), "group_expected_hessian", {"draws": 6, "rows": 40, "groups": 2, "permutations": 2}),
    *_on((*MODELS[:-1], "ensemble/binary"), "and_or", {"rows": 2}),
    *_on(("words/words",), "and_or", {"row": 0}),
    *_on(("mlp/number",), "and_or", {"rows": 2, "baseline": "data", "delta": 0.01}),
    *_on(("mlp/multiclass", "words/words"), "dynamics", WATCHED),
    *_on(("mlp/digits",), "dynamics", {**WATCHED, "epochs": 1}),
]
TRAININGS: list[Case] = [
    *[Case("mlp", name, None, {"hidden": (8, 20), **TRAINING}) for name in ("number", "binary")],
    *[Case("ensemble", name, None, {"hidden": (8, 6), **TRAINING}) for name in ("number", "multiclass")],
    *[Case("bayesian", name, None, {"members": 2, **TRAINING}) for name in ("number", "multiclass")],
    Case("words", "words", None, WORDS),
    Case("nit", "number", None, NIT),
    Case("nit", "multiclass", None, {**NIT, "gates": "all", "blocks": 2, "refits": 0}),
    Case("paraace", "multiclass", None, PARAACE),
    Case("paraace", "number", None, {**PARAACE, "fix_up": "linear", "training": "alternating", "epochs": 4}),
    Case("ebm", "number", None, {"pairs": 2, "bags": 2, "rounds": 40}),
    Case("gam", "number", None, {"bags": 2, "knots": 5}),
    Case("linear", "number", None, {"bags": 2}),
    Case("forest", "number", None, {"trees": 5}),
]
OTHERS: list[Case] = [
    *_on(MODELS[:-1], "pair_effect", {"feature_1": "a", "feature_2": "c", "cells": 4, "background": 20}),
    *_on(("mlp/number",), "triple_effect", {"feature_1": "a", "feature_2": "b", "feature_3": "c", **SURFACE}),
    *_on(("ensemble/number",), "sensitivity", {"steps": (0.5, 0.75), "pulls": (10, 20)}),
    *_on(("nit/number", "paraace/number", "gam/number"), "edit", {"edits": EDITS}),
    *_on(("nit/number", "paraace/number", "gam/number", "edited/number"), "shapes", {}),
    *_on(("ensemble/number",), "export", {}),
    Case("compression", "number", None, {"teacher": (12, 8), "epochs": 2, "round_epochs": 1, "most_rows": 100}),
]
CASES = [*DETECTIONS, *TRAININGS, *OTHERS]

PLANS: list[Case] = [
    Case(one.method, one.data, one.model, one.options, "plan")
    for one in {case.method: case for case in reversed(CASES)}.values()
    if METHODS[one.method].plan is not None
]


def run_explanation(compute: Compute) -> dict[str, np.ndarray]:
    """What the Explain screen asks a worker for, row by row."""
    data = data_set("number")
    explainer = Explainer(model("ensemble/number"), data, baseline_of(data, "mean", 0), compute=compute)
    return dict(figures(explainer(data.rows[:3])))


def small_compression() -> None:
    """Have the comparison train small ParaACE networks."""
    compression.train_paraace = partial(train_paraace, hidden=(6, 4), epochs=3)  # type: ignore[assignment]
