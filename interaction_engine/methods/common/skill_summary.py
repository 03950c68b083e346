"""What must be said of a model before its findings: how well it predicts, and whether another kind of model agrees."""

from collections.abc import Callable
from typing import Any

from ...core.result import Provenance, Result
from ...core.skill import Agreement, SecondOpinion, Skill, SkillVerdict
from .phrases import count, named, ordinal, percent, score

ALONE = "About this model alone:"
"""What begins a finding that is not about the data."""


def reserve(result: Result) -> str:
    """Return the sentence that must stand before the finding of a result; empty where it needs none.

    It stands there when the model predicts no better than a baseline, or when a second model does not show the pair
    that this one ranks first.
    """
    skill, second = result.skill, result.second_opinion
    if skill is not None and skill.verdict is SkillVerdict.NOT_BETTER:
        return (
            f"The model predicts {_target(skill)} no better than {skill.baseline} does ({_figure(skill)}), so none of "
            "its interactions is certified."
        )
    return _not_shared(second) if second is not None else ""


def stated(result: Result, finding: str) -> tuple[str, ...]:
    """Return what stands on top of a result: its finding, after the reserve where there is one."""
    before = reserve(result)
    return (before, f"{ALONE} {finding}") if before else (finding,)


def skill_sentence(skill: Skill) -> str:
    """Return how well a model predicts held-out rows, with its uncertainty, in one sentence."""
    target, rows = _target(skill), count(skill.rows, "row")
    if skill.verdict is SkillVerdict.UNKNOWN:
        return f"How well the model predicts {target} is not known: {skill.reason}."
    if skill.verdict is SkillVerdict.NOT_BETTER:
        return f"The model predicts {target} no better than {skill.baseline} does ({_figure(skill)})."
    helps = skill.value is not None and skill.value > 0
    if skill.metric == "r2" and helps:
        share, ends = percent(skill.value or 0), _ends(skill.lower, skill.upper, _share)
        share = share if share.startswith("more than") else f"{share} ({ends} %)"
        return f"The model explains {share} of the held-out variation of {target} ({rows})."
    if skill.metric == "r2":
        return (
            f"The model orders held-out rows by {target} better than chance ({_figure(skill)}), but its values are no "
            f"better than {skill.baseline}."
        )
    off = "" if helps else "; its probabilities are no better than the class frequency"
    return f"The model tells rows with {target} from the others ({_figure(skill)}{off})."


def skill_caveats(result: Result) -> tuple[str, ...]:
    """Return what is known of the model and of the second one, a sentence each, without what `reserve` says already."""
    skill, second = result.skill, result.second_opinion
    sentences = []
    if skill is not None and skill.verdict is not SkillVerdict.NOT_BETTER:
        sentences.append(skill_sentence(skill))
        if skill.brought and skill.verdict is SkillVerdict.BETTER:
            sentences.append(
                "The model was trained elsewhere: if it saw these held-out rows, its score proves nothing."
            )
    if second is not None and second.verdict is Agreement.AGREES:
        sentences.append(second_sentence(second))
    elif result.provenance.options.get("second_opinion") is False:
        sentences.append("No second model of another kind was asked whether it shows the same pair.")
    return tuple(sentences)


def second_sentence(second: SecondOpinion) -> str:
    """Return what a second model makes of the pair that the first one ranks first, in one sentence."""
    if second.verdict is not Agreement.AGREES:
        return _not_shared(second)
    first = second.pairs[0]
    pair = _both((first.feature_1, first.feature_2))
    place = f"{ordinal(first.rank or 1)} of {count(second.n_pairs, 'pair')}"
    return f"A {second.model} of the same rows shows {pair} too ({place}, on rows that it was not fitted to)."


def judgements(provenance: Provenance) -> list[tuple[str, str]]:
    """Return labels and sentences on the model's skill and the second opinion, for "how was this computed"."""
    sentences = []
    if provenance.skill is not None:
        tested = f"{skill_sentence(provenance.skill)} {_tests(provenance.skill)}"
        sentences.append(("Model on held-out rows", tested.strip()))
    if provenance.second_opinion is not None:
        sentences.append(("Second model", second_sentence(provenance.second_opinion)))
    return sentences


# Parts of sentences


def _not_shared(second: SecondOpinion) -> str:
    """That the second model does not confirm the first one's pair, what both show instead, and what would tell."""
    if second.verdict is Agreement.AGREES:
        return ""
    if not second.pairs:
        return f"No second model could be fitted to confirm the pair that this model ranks first: {second.reason}."
    first = second.pairs[0]
    pair = _both((first.feature_1, first.feature_2))
    begin = f"This model ranks {pair} first, but a {second.model} of the same rows"
    if second.verdict is Agreement.UNKNOWN:
        return f"{begin} cannot confirm it, as {second.reason}; more rows would tell."
    shared = _shared(second)
    other = "" if shared or second.strongest is None else f" (its strongest is {_both(second.strongest)})"
    if second.verdict is Agreement.WEAKER:
        if second.stand_in:
            feature, goes_with, partner = map(named, second.stand_in)
            shown = f"{feature}, which goes with {goes_with}, interacts with {partner} about as strongly"
            return f"{begin} shows that {shown}: which of the two interacts cannot be told from these data."
        rank = f"{ordinal(first.rank or 0)} of {count(second.n_pairs, 'pair')}"
        end = "that they interact is confirmed, that they interact most is not"
        return f"{begin} ranks them {rank}{other}: {end}{shared}."
    if shared:
        return f"{begin} does not show it: whether they interact cannot be told from these data{shared}."
    end = "which pair interacts cannot be told from these data; more rows or a better model would tell"
    return f"{begin} does not show it{other}: {end}."


def _shared(second: SecondOpinion) -> str:
    """The strongest pair of this model that is among the strongest of the second one, as the end of a sentence."""
    for place, pair in enumerate(second.pairs[1:], start=2):
        if pair.rank is not None and pair.rank <= second.leading:
            ranks = f"{ordinal(place)} here, {ordinal(pair.rank)} there"
            return f"; both models show {_both((pair.feature_1, pair.feature_2))} ({ranks})"
    return ""


def _both(pair: tuple[str, str]) -> str:
    return f"{named(pair[0])} and {named(pair[1])}"


def _target(skill: Skill) -> str:
    return named(skill.target)


def _figure(skill: Skill) -> str:
    """The score with its interval and the rows behind it."""
    rows = count(skill.rows, "held-out row")
    if skill.metric == "log_loss" or (skill.verdict is SkillVerdict.BETTER and not (skill.value or 0) > 0):
        name = "ROC-AUC" if skill.ranking_metric == "auc" else "rank correlation"
        value, low, high = skill.ranking, skill.ranking_lower, skill.ranking_upper
    else:
        name, value, low, high = "R²", skill.value, skill.lower, skill.upper
    if value is None:
        return rows
    return f"{name} {_decimal(value)}, {percent(skill.level)} interval {_ends(low, high, _decimal)}, {rows}"


def _tests(skill: Skill) -> str:
    if skill.p_loss is None or skill.p_ranking is None:
        return ""
    return f"Permutation tests there: p = {skill.p_loss:.3g} for the loss, {skill.p_ranking:.3g} for the order."


def _ends(low: float | None, high: float | None, shown: Callable[[Any], str]) -> str:
    return "unknown" if low is None or high is None else f"{shown(low)} to {shown(high)}"


def _decimal(value: float) -> str:
    return score(value) if abs(value) < 10 else f"{value:,.0f}".replace("-", "−")


def _share(value: float) -> str:
    """One end of an interval, in percent."""
    return percent(value).removesuffix(" %") if value >= 0 else f"−{percent(-value).removesuffix(' %')}"
