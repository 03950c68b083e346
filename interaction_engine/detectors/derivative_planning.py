"""What pairs by derivatives or weights will cost, told before they are computed: timed on a few rows, with the user's
own model and options."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from ..additive.rows import learning_rows
from ..data.dataset import Dataset
from ..games.baselines import baseline_of, drawn_baseline
from ..models.networks.mlp import ROWS_PER_CALL
from ..models.predictive import MOST_ROWS, interval_calibration
from ..models.smoothing import smooth_model
from ..numerics.compute import Compute
from ..numerics.group_hessians import AT_ONCE, bytes_per_row
from ..numerics.path_integrals import Quadrature, SmoothPerceptron
from ..results import DerivativePlan, Provenance
from ..types import Model, Perceptron, Report
from ..version import VERSION
from . import expected_hessians, group_expected_hessian, input_hessian, integrated_hessians, nid
from .chance_networks import AT_ONCE as SIDE_BY_SIDE
from .chance_networks import n_parts
from .chance_targets import Null
from .explaining import Explainer, check_slopes
from .pair_tables import check_features, pair_places
from .posterior_study import PosteriorStudy
from .regions import divisions
from .row_explanations import SWEPT_ROWS, accuracy_of, chosen_rows
from .timing import seconds_for, seconds_in_all, seconds_of

TITLE = "Cost of pairs by derivatives"
SOURCE = "timed on a few rows of these data with this model"

TIMED_ROWS = 1024
"""Rows at which drawn networks are timed, at most: their products are as fast as those of more."""

FIRST_DRAWS = 16

COLUMNS = ["step", "evaluations", "seconds", "by"]
Step = tuple[str, int, float, str]


def plan_integrated(
    model: Model,
    data: Dataset,
    *,
    rows: int,
    row: int | None,
    baseline: integrated_hessians.BaselineChoice,
    beta: float,
    nodes: int | None,
    quadrature: Quadrature,
    seed: int,
    compute: Compute,
) -> DerivativePlan:
    """Points, seconds and memory of `integrated_hessians`; raises what it raises for options that cannot be used."""
    began = time.perf_counter()
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    explainer = Explainer(model, data, baseline_of(data, baseline, seed), beta, nodes, quadrature, compute)
    return _explanations("integrated_hessians", explainer, places, seed, began)


def plan_expected(
    model: Model,
    data: Dataset,
    *,
    rows: int,
    row: int | None,
    baseline: expected_hessians.BaselineChoice,
    baselines: int,
    beta: float,
    nodes: int | None,
    quadrature: Quadrature,
    seed: int,
    compute: Compute,
) -> DerivativePlan:
    """Points, seconds and memory of `expected_hessians`; raises what it raises for options that cannot be used."""
    began = time.perf_counter()
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    drawn = drawn_baseline(data, baselines, seed, held_out=baseline == "held_out")
    explainer = Explainer(model, data, drawn, beta, nodes, quadrature, compute)
    return _explanations("expected_hessians", explainer, places, seed, began)


def plan_input(
    model: Model, data: Dataset, *, rows: int, row: int | None, beta: float, seed: int, compute: Compute
) -> DerivativePlan:
    """Points, seconds and memory of `input_hessian`; raises what it raises for options that cannot be used."""
    began = time.perf_counter()
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    smooth = smooth_model(model.to(compute.torch_device), beta)
    points = check_slopes(smooth, model, data, compute)
    prepared = time.perf_counter() - began
    hessians = input_hessian.Hessians(smooth, data, compute)
    at_once = min(len(places), hessians.at_once)
    seconds = seconds_for(lambda some: hessians(data.rows[places[:some]]), at_once, first=8) * len(places) / at_once
    steps = [("preparation", points, prepared, ""), ("derivatives", len(places), seconds, _rows(places))]
    facts = {"n_rows": len(places), "n_networks": model.n_members, "memory_bytes": at_once * hessians.bytes_per_row}
    return _plan("input_hessian", model, data, seed, began, steps, facts)


def plan_nid(model: Model, data: Dataset, *, seed: int) -> DerivativePlan:
    """Seconds and memory of `nid`."""
    began = time.perf_counter()
    check_features(data)
    network = cast(Perceptron, model)
    n_units = network.weights[0].shape[1]
    seconds = seconds_for(lambda some: nid.strengths(network, data, some), n_units, first=16)
    weights = sum(weight.numel() for weight in network.weights)
    memory = 8 * (2 * weights + 4 * model.n_members * len(pair_places(len(data.space))[0]))
    facts = {"n_networks": model.n_members, "memory_bytes": memory}
    return _plan("nid", model, data, seed, began, [("weights", 0, seconds, "")], facts)


def plan_groups(
    model: Model,
    data: Dataset,
    *,
    draws: int,
    groups: int,
    rows: int,
    permutations: int,
    null: Null,
    most_features: int,
    seed: int,
    compute: Compute,
    report: Report,
) -> DerivativePlan:
    """Points, seconds and memory of `group_expected_hessian`, whose trainings on chance targets are spread over
    `report.workers` workers; raises what it raises for options that cannot be used."""
    began = time.perf_counter()
    study = PosteriorStudy(model, data, draws, groups, rows, most_features, seed, compute)
    if permutations and null == "additive":
        learning_rows(data)  # what the additive model would refuse
    n_rows = len(study.values)
    few = study if n_rows <= TIMED_ROWS else replace(study, n_rows=max(TIMED_ROWS, groups))
    larger = n_rows / len(few.values)
    divisions(few.encoded.cpu().numpy()[:FIRST_DRAWS], 0, seed)  # the first call sets things up
    dividing = larger * seconds_of(lambda: few.divided)
    measuring = larger * seconds_in_all(lambda watch: few.measured(few.model, lambda share: watch(share, "")), report)
    calibrating = seconds_for(
        lambda some: interval_calibration(few.model, few.model.draws(some, seed), data, seed), draws, first=FIRST_DRAWS
    )
    by = "rows or networks drawn"
    steps = [
        ("preparation", 0, dividing, "rows"),
        ("derivatives", draws * n_rows, measuring / group_expected_hessian.FIRST_PASS, by),
        ("accuracy", 0, calibrating, "networks drawn"),
    ]
    if permutations:
        trained = _part_seconds(few, permutations, dividing, measuring, report)
        rounds = -(-n_parts(permutations) // report.workers)
        by = "permutations" if rounds > 1 else ""  # all at once otherwise
        steps.insert(1, ("trainings", permutations * draws * n_rows, rounds * trained, by))
    facts = {"n_rows": n_rows, "n_networks": draws, "memory_bytes": _group_memory(study)}
    facts |= {"permutations": permutations, "workers": report.workers, "n_features": len(study.features)}
    return _plan("group_expected_hessian", model, data, seed, began, steps, facts)


def _part_seconds(study: PosteriorStudy, permutations: int, dividing: float, measuring: float, report: Report) -> float:
    """Seconds of one part of the permutation test: some trainings side by side, as many epochs as the model's own took,
    then the derivatives of each. Making their targets is quick beside that."""
    training = seconds_in_all(lambda watch: study.chance("shuffled", 0, permutations, watch), report)
    record = study.model.record
    taken = len(record.epoch) / max(1, int(str(record.options.get("epochs", 0)))) if record else 1.0
    return training * min(1.0, taken) + dividing + min(permutations, SIDE_BY_SIDE) * measuring


def _group_memory(study: PosteriorStudy) -> int:
    """Working memory of the larger step: a round of derivatives, or the predictions of all networks at once."""
    memory, score = study.compute.memory_bytes, smooth_model(study.networks, 1.0).score
    assert isinstance(score, SmoothPerceptron)
    one = len(study.values) * bytes_per_row(score, len(study.blocks), study.encoded.element_size())
    derivatives = min(study.n_draws * one, memory, max(AT_ONCE, one))
    judged = min(len(study.data.held_out_rows), MOST_ROWS)
    return max(derivatives, study.networks.row_bytes * min(judged, ROWS_PER_CALL) + 24 * study.n_draws * judged)


def _explanations(method: str, explainer: Explainer, places: np.ndarray, seed: int, began: float) -> DerivativePlan:
    """The plan of rows explained from one or several baselines."""
    prepared, points = time.perf_counter() - began, explainer.evaluations
    rows, n_rows, n_baselines = explainer.data.rows[places], len(places), len(explainer.baseline.rows)
    timed, nodes = [0], [1]

    def explain(some: int) -> None:
        nodes[0] = max(nodes[0], int(explainer(rows[:some]).nodes.max()))
        timed[0] += some

    seconds = seconds_for(explain, n_rows)
    per_row = (explainer.evaluations - points) / timed[0]
    swept = min(n_rows, SWEPT_ROWS)
    steps = [
        ("preparation", points, prepared, ""),
        ("derivatives", round(per_row * n_rows), seconds, _rows(places) if n_baselines == 1 else "rows or baselines"),
        ("accuracy", 0, seconds_for(lambda some: accuracy_of(explainer, rows[:some]), swept, first=4, least=0.1), ""),
    ]
    facts = {"n_rows": n_rows, "n_networks": explainer.model.n_members, "n_baselines": n_baselines}
    facts["memory_bytes"] = explainer.bytes_at_once(n_rows * n_baselines, nodes[0])
    return _plan(method, explainer.model, explainer.data, seed, began, steps, facts)


def _rows(places: np.ndarray) -> str:
    return "rows" if len(places) > 1 else ""


def _plan(
    method: str, model: Model, data: Dataset, seed: int, began: float, steps: Sequence[Step], facts: dict[str, Any]
) -> DerivativePlan:
    n_features = facts.pop("n_features", len(data.space))
    return DerivativePlan(
        provenance=Provenance(
            method=method,
            title=TITLE,
            options={},
            seed=seed,
            data=data.name,
            model=model.name,
            rows=facts.get("n_rows", 0),
            evaluations=0,
            seconds=time.perf_counter() - began,
            device=str(model.device),
            version=VERSION,
            source=SOURCE,
        ),
        table=pd.DataFrame(steps, columns=COLUMNS),
        n_pairs=n_features * (n_features - 1) // 2,
        **facts,
    )
