"""What the Bayesian groups will cost, stated before they are computed: timed on a few rows."""

from dataclasses import replace

from ...core.compute import Compute
from ...core.plan import DerivativePlan
from ...core.timing import seconds_for, seconds_in_all, seconds_of
from ...core.types import Model, Report
from ...data.dataset import Dataset
from ...models.interval_calibration import MOST_ROWS, interval_calibration
from ...models.networks.mlp import ROWS_PER_CALL
from ...models.smoothing import smooth_model
from ...models.training.learning_rows import learning_rows
from ...numerics.derivatives.group_hessians import AT_ONCE, bytes_per_row
from ...numerics.derivatives.path_integrals import SmoothPerceptron
from ..common.derivative_cost import begin_plan, derivative_plan
from ..common.regions import divisions
from . import group_expected_hessian
from .null_models import AT_ONCE as SIDE_BY_SIDE
from .null_models import n_parts
from .null_targets import Null
from .posterior_study import PosteriorStudy

TIMED_ROWS = 1024
"""Rows at which drawn networks are timed, at most: their products are as fast as those of more."""

FIRST_DRAWS = 16


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
    """Estimate points, seconds and memory of `group_expected_hessian`.

    Its trainings on null targets are spread over `report.workers` workers. Raises what it raises for options that
    cannot be used.
    """
    run = begin_plan("group_expected_hessian", data, seed)
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
    return derivative_plan(run, model, data, steps, facts)


def _part_seconds(study: PosteriorStudy, permutations: int, dividing: float, measuring: float, report: Report) -> float:
    """Return the seconds of one part of the permutation test.

    Some trainings side by side, as many epochs as the model's own took, then the derivatives of each. Making their
    targets is quick beside that.
    """
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
