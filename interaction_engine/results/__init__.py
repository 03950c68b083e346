"""Results: one module per family, all of one kind (`base.Result`), saved to Parquet + JSON, never pickled."""

from pathlib import Path

from ..errors import RunError
from .and_or import PART_COLUMNS, PATTERN_COLUMNS, AndOrPatterns
from .base import Provenance, Result, read_header
from .compression import Compression
from .dynamics import Dynamics
from .explanations import RowExplanations
from .exported import Exported
from .group_hessians import GroupHessians
from .models import ModelReport
from .old_statuses import with_current_statuses
from .pairs import PAIR_COLUMNS, PairInteractions
from .plan import AndOrPlan, DerivativePlan, DetectionPlan, StepsPlan, TrainingPlan
from .sensitivity import StepSensitivity
from .shapes import Shapes
from .skill import Agreement, PairOpinion, SecondOpinion, Skill, SkillVerdict
from .status import BayesianStatus, PatternStatus, RaceStatus, RankStatus, Vocabulary, vocabulary_of
from .subsets import SUBSET_COLUMNS, SubsetInteractions
from .surfaces import PairEffect, TripleEffect

__all__ = [
    "FAMILIES",
    "PAIR_COLUMNS",
    "PART_COLUMNS",
    "PATTERN_COLUMNS",
    "SUBSET_COLUMNS",
    "Agreement",
    "AndOrPatterns",
    "AndOrPlan",
    "BayesianStatus",
    "Compression",
    "DerivativePlan",
    "DetectionPlan",
    "Dynamics",
    "Exported",
    "GroupHessians",
    "ModelReport",
    "PairEffect",
    "PairInteractions",
    "PairOpinion",
    "PatternStatus",
    "Provenance",
    "RaceStatus",
    "RankStatus",
    "Result",
    "RowExplanations",
    "SecondOpinion",
    "Shapes",
    "Skill",
    "SkillVerdict",
    "StepSensitivity",
    "StepsPlan",
    "SubsetInteractions",
    "TrainingPlan",
    "TripleEffect",
    "Vocabulary",
    "load_result",
    "vocabulary_of",
]

FAMILIES: dict[str, type[Result]] = {
    kind.family: kind
    for kind in (
        PairInteractions,
        SubsetInteractions,
        PairEffect,
        TripleEffect,
        StepSensitivity,
        AndOrPatterns,
        Dynamics,
        DetectionPlan,
        AndOrPlan,
        DerivativePlan,
        TrainingPlan,
        ModelReport,
        Shapes,
        Compression,
        Exported,
        RowExplanations,
        GroupHessians,
    )
}
"""The families of results by name."""


def load_result(folder: str | Path) -> Result:
    """The result that `save` wrote into `folder`, of whatever family it is; older ones with today's words of status."""
    family = read_header(Path(folder)).get("family")
    if family not in FAMILIES:
        raise RunError(
            f"The result in `{Path(folder).name}` is of no kind known here ({family}); run the method again."
        )
    return with_current_statuses(FAMILIES[family].load(folder))
