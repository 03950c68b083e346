"""Saved results of all families: which class each is read as."""

from importlib import import_module
from pathlib import Path

from ..core.errors import RunError
from ..core.result import Result, read_header

CLASSES = {
    "pairs": "methods.common.pair_result.PairInteractions",
    "subsets": "methods.finite_differences.set_result.SubsetInteractions",
    "sensitivity": "methods.finite_differences.sensitivity_result.StepSensitivity",
    "pair_effect": "methods.partial_dependence.result.PairEffect",
    "triple_effect": "methods.partial_dependence.result.TripleEffect",
    "rows": "methods.hessians.result.RowExplanations",
    "group_hessians": "methods.bayesian.result.GroupHessians",
    "and_or": "methods.and_or.result.AndOrPatterns",
    "dynamics": "methods.training_dynamics.result.Dynamics",
    "model": "models.model_report.ModelReport",
    "shapes": "models.additive.shape_result.Shapes",
    "compression": "methods.additive_models.compression_result.Compression",
    "exported": "models.io.export.exported.Exported",
    "plan": "core.plan.DetectionPlan",
    "and_or_plan": "core.plan.AndOrPlan",
    "derivative_plan": "core.plan.DerivativePlan",
    "training_plan": "core.plan.TrainingPlan",
}
"""The class of each family, imported when the first result of the family is read."""


def result_class(family: str) -> type[Result] | None:
    """Return the class of the results of a family; None for a family that is not known."""
    if family not in CLASSES:
        return None
    module, _, name = CLASSES[family].rpartition(".")
    return getattr(import_module(f"interaction_engine.{module}"), name)


def load_result(folder: str | Path) -> Result:
    """Return the result that `save` wrote into `folder`, of whatever family; older ones with today's status words.

    Raises:
        RunError: The folder holds no result, or one of an unknown family.
    """
    family = read_header(Path(folder)).get("family")
    found = result_class(str(family))
    if found is None:
        raise RunError(
            f"The result in `{Path(folder).name}` is of no kind known here ({family}); run the method again."
        )
    with_current_statuses = import_module("interaction_engine.methods.old_statuses").with_current_statuses
    return with_current_statuses(found.load(folder))
