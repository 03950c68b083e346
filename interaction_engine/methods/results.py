"""The families of results: the class of each, and the functions that state its results in words."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..core.errors import RunError
from ..core.result import Result, read_header


@dataclass(frozen=True)
class ResultFamily:
    """What belongs to the results of one family, by dotted paths inside `interaction_engine`.

    Attributes:
        path: Their class.
        finding: The function that states in one sentence what was found; of a family without one, the title does.
        caveats: The function that states what a reader must know before believing it; without one, the notes do.
    """

    path: str
    finding: str = ""
    caveats: str = ""


PAIRS, SETS = "methods.common.pair_statements", "methods.finite_differences.set_summary"
ROWS, GROUPS = "methods.hessians.summary", "methods.bayesian.summary"
PATTERNS, TRAININGS = "methods.and_or.summary", "methods.training_dynamics.summary"
ADDITIVE = "methods.additive_models"

FAMILIES = {
    "pairs": ResultFamily("methods.common.pair_result.PairInteractions", f"{PAIRS}.finding", f"{PAIRS}.caveats"),
    "subsets": ResultFamily(
        "methods.finite_differences.set_result.SubsetInteractions", f"{SETS}.subset_finding", f"{SETS}.subset_caveats"
    ),
    "rows": ResultFamily("methods.hessians.result.RowExplanations", f"{ROWS}.rows_finding", f"{ROWS}.rows_caveats"),
    "group_hessians": ResultFamily(
        "methods.bayesian.result.GroupHessians", f"{GROUPS}.group_finding", f"{GROUPS}.group_caveats"
    ),
    "and_or": ResultFamily(
        "methods.and_or.result.AndOrPatterns", f"{PATTERNS}.and_or_finding", f"{PATTERNS}.and_or_caveats"
    ),
    "dynamics": ResultFamily(
        "methods.training_dynamics.result.Dynamics", f"{TRAININGS}.dynamics_finding", f"{TRAININGS}.dynamics_caveats"
    ),
    "model": ResultFamily("models.model_report.ModelReport", f"{ADDITIVE}.accuracy_summary.model_sentence"),
    "shapes": ResultFamily(
        "models.additive.shape_result.Shapes",
        f"{ADDITIVE}.shapes_summary.finding_of_one",
        f"{ADDITIVE}.shapes_summary.caveats_of_one",
    ),
    "compression": ResultFamily(
        "methods.additive_models.compression_result.Compression",
        f"{ADDITIVE}.compression_summary.whole_finding",
        f"{ADDITIVE}.compression_summary.compression_caveats",
    ),
    "sensitivity": ResultFamily("methods.finite_differences.sensitivity_result.StepSensitivity"),
    "pair_effect": ResultFamily("methods.partial_dependence.result.PairEffect"),
    "triple_effect": ResultFamily("methods.partial_dependence.result.TripleEffect"),
    "exported": ResultFamily("models.io.export.exported.Exported"),
    "plan": ResultFamily("core.plan.DetectionPlan"),
    "and_or_plan": ResultFamily("core.plan.AndOrPlan"),
    "derivative_plan": ResultFamily("core.plan.DerivativePlan"),
    "training_plan": ResultFamily("core.plan.TrainingPlan"),
}
"""The families of results by name; what belongs to one is imported when its first result is read."""


def result_class(family: str) -> type[Result] | None:
    """Return the class of the results of a family; None for a family that is not known."""
    return _imported(FAMILIES[family].path) if family in FAMILIES else None


def finding_of(result: Result) -> str:
    """Return what was found, in one sentence."""
    family = FAMILIES.get(result.family)
    if family is None or not family.finding:
        return f"{result.provenance.title} on {result.provenance.rows} rows."
    return _imported(family.finding)(result)


def caveats_of(result: Result) -> tuple[str, ...]:
    """Return what a reader must know before believing the finding, a sentence each, the weightiest first."""
    family = FAMILIES.get(result.family)
    if family is None or not family.caveats:
        return (*getattr(result, "warnings", ()), *result.provenance.notes)
    return tuple(_imported(family.caveats)(result))


def _imported(path: str) -> Any:
    """What a dotted path inside `interaction_engine` names."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(f"interaction_engine.{module}"), name)


def load_result(folder: str | Path) -> Result:
    """Return the result that `save` wrote into `folder`, of whatever family; older ones with today's status words.

    Raises:
        RunError: The folder holds no result, or one of an unknown family.
    """
    family = read_header(Path(folder)).get("family")
    result = result_class(str(family))
    if result is None:
        raise RunError(
            f"The result in `{Path(folder).name}` is of no kind known here ({family}); run the method again."
        )
    with_current_statuses = import_module("interaction_engine.methods.old_statuses").with_current_statuses
    return with_current_statuses(result.load(folder))
