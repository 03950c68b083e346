"""A detection with what is known of its model: its skill on held-out rows, and the opinion of a second model.

The one place where the results of detectors are made for `detect` and for runs.
"""

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from ...core.result import Result
from ...core.skill import SecondOpinion, Skill, SkillVerdict
from ...core.types import Model
from ...data.dataset import Dataset
from ...methods.common.pair_result import PairInteractions
from ...methods.finite_differences.set_result import SubsetInteractions

if TYPE_CHECKING:
    from ...methods.registry import Method


def detect_judged(chosen: "Method", model: Model, data: Dataset, keywords: dict[str, Any]) -> Result:
    """Run a detector, and attach the skill of `model` on `data` and, where the method has it, a second opinion.

    A result about a model that predicts no better than the baseline loses its certificates. Methods that bring or
    train a model of their own are not judged by `model`.

    Args:
        chosen: The registered detector.
        model: The model that it studies.
        data: The data set.
        keywords: Options of the detector, with `compute` and `report`.
    """
    result = chosen.function(model, data, **keywords)
    if not chosen.studies_model or keywords.get("folder") is not None:
        return result
    report = keywords["report"]
    report(1.0, "Testing the model on held-out rows")
    skill = _skill(model, data)
    second = None
    if keywords.get("second_opinion") and skill.verdict is SkillVerdict.BETTER:
        report(1.0, "Fitting a second model of another kind")
        second = _second_opinion(result, model, data)
    report(1.0, "Finished")
    return result.judged(skill, second)


_KNOWN: "WeakKeyDictionary[Dataset, dict[int, tuple[ref[Any], Skill]]]" = WeakKeyDictionary()
"""Skill by data set and model, so that several detections of one model test it once. Models need not be hashable."""


def _skill(model: Model, data: Dataset) -> Skill:
    from ...models.skill import model_skill

    known = _KNOWN.setdefault(data, {})
    result = known.get(id(model))
    if result is None or result[0]() is not model:  # an id is given anew once its model is gone
        result = known[id(model)] = (ref(model), model_skill(model, data))
    return result[1]


def _second_opinion(result: Result, model: Model, data: Dataset) -> SecondOpinion | None:
    """What the second model makes of the pairs that the result names first; None where it names none."""
    from ...methods.evidence.second_opinion import second_opinion

    pairs = leading_pairs(result)
    return second_opinion(data, pairs, class_index=model.class_index) if pairs else None


def leading_pairs(result: Result) -> list[tuple[str, str]]:
    """The pairs of a result that have any strength, strongest first.

    Where the result names a larger set first, the pairs inside that set come first.
    """
    if isinstance(result, SubsetInteractions):
        accepted = result.accepted()
        pairs = _strong(result.pairs())
        if accepted.empty or accepted["order"].max() == 2:
            return pairs
        named = set(result.accepted(int(accepted["order"].max()))["features"].iloc[0])
        return sorted(pairs, key=lambda pair: not named.issuperset(pair))
    return _strong(result) if isinstance(result, PairInteractions) else []


def _strong(result: PairInteractions) -> list[tuple[str, str]]:
    table = result.table[result.table["strength"] > 0]
    return list(zip(table["feature_1"], table["feature_2"], strict=True))
