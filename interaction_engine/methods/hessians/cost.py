"""The cost of pairs by derivatives or weights, before they are computed.

Timed on a few rows, with the user's own model and options.
"""

from typing import cast

import numpy as np

from ...core.compute import Compute
from ...core.plan import DerivativePlan
from ...core.run_context import RunContext
from ...core.timing import seconds_for
from ...core.types import Model, Perceptron
from ...data.dataset import Dataset
from ...masking.baselines import baseline_of, drawn_baseline
from ...models.smoothing import smooth_model
from ...numerics.derivatives.path_integrals import Quadrature
from ..common.derivative_cost import begin_plan, derivative_plan
from ..common.pair_tables import check_features, pair_places
from . import expected_hessians, input_hessian, integrated_hessians, nid
from .explainer import Explainer, check_slopes
from .row_explanations import SWEPT_ROWS, accuracy_of, chosen_rows


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
    run = begin_plan("integrated_hessians", data, seed)
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    explainer = Explainer(model, data, baseline_of(data, baseline, seed), beta, nodes, quadrature, compute)
    return _explanations(run, explainer, places)


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
    run = begin_plan("expected_hessians", data, seed)
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    drawn = drawn_baseline(data, baselines, seed, held_out=baseline == "held_out")
    explainer = Explainer(model, data, drawn, beta, nodes, quadrature, compute)
    return _explanations(run, explainer, places)


def plan_input(
    model: Model, data: Dataset, *, rows: int, row: int | None, beta: float, seed: int, compute: Compute
) -> DerivativePlan:
    """Points, seconds and memory of `input_hessian`; raises what it raises for options that cannot be used."""
    run = begin_plan("input_hessian", data, seed)
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    smooth = smooth_model(model.to(compute.torch_device), beta)
    points = check_slopes(smooth, model, data, compute)
    prepared = run.seconds
    hessians = input_hessian.Hessians(smooth, data, compute)
    at_once = min(len(places), hessians.at_once)
    seconds = seconds_for(lambda some: hessians(data.rows[places[:some]]), at_once, first=8) * len(places) / at_once
    steps = [("preparation", points, prepared, ""), ("derivatives", len(places), seconds, _rows(places))]
    facts = {"n_rows": len(places), "n_networks": model.n_members, "memory_bytes": at_once * hessians.bytes_per_row}
    return derivative_plan(run, model, data, steps, facts)


def plan_nid(model: Model, data: Dataset, *, seed: int) -> DerivativePlan:
    """Seconds and memory of `nid`."""
    run = begin_plan("nid", data, seed)
    check_features(data)
    network = cast(Perceptron, model)
    n_units = network.weights[0].shape[1]
    seconds = seconds_for(lambda some: nid.strengths(network, data, some), n_units, first=16)
    weights = sum(weight.numel() for weight in network.weights)
    memory = 8 * (2 * weights + 4 * model.n_members * len(pair_places(len(data.space))[0]))
    facts = {"n_networks": model.n_members, "memory_bytes": memory}
    return derivative_plan(run, model, data, [("weights", 0, seconds, "")], facts)


def _explanations(run: RunContext, explainer: Explainer, places: np.ndarray) -> DerivativePlan:
    """The plan of rows explained from one or several baselines."""
    prepared, points = run.seconds, explainer.evaluations
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
    return derivative_plan(run, explainer.model, explainer.data, steps, facts)


def _rows(places: np.ndarray) -> str:
    return "rows" if len(places) > 1 else ""
