"""How well the model behind a result predicts rows that it has not seen, and whether another kind of model agrees.

An interaction of a model that predicts nothing is no finding about the data, however exactly it was computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class SkillVerdict(StrEnum):
    """Whether a model predicts held-out rows better than a baseline that knows only the training targets.

    BETTER: better by more than chance. NOT_BETTER: not shown to be better. UNKNOWN: it could not be tested (no or too
    few held-out rows, or a target that is the model's own output).
    """

    BETTER = "better than the baseline"
    NOT_BETTER = "not better than the baseline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Skill:
    """How well a model predicts the held-out rows of a data set, compared with a baseline fitted to the training rows.

    Attributes:
        target: What is predicted, in words: the target, or "target = class".
        metric: "r2" (regression) or "log_loss" (classes): the loss of which `value` is a share.
        value: Share of the baseline's loss that the model removes: 1 is perfect, 0 no better, negative worse.
        lower: Lower end of the bootstrap interval of `value`.
        upper: Upper end of the bootstrap interval of `value`.
        ranking_metric: "spearman" (regression) or "auc" (classes).
        ranking: How well the scores order the rows, whatever their scale; None where it is not defined.
        ranking_lower: Lower end of the interval of `ranking`.
        ranking_upper: Upper end of the interval of `ranking`.
        level: Level of both intervals.
        rows: Number of held-out rows.
        baseline: What the model is compared with, in words.
        p_loss: One-sided permutation p value of the loss.
        p_ranking: One-sided permutation p value of `ranking`.
        verdict: The conclusion from both p values.
        reason: Why the verdict is unknown; empty otherwise.
        brought: Whether the model was trained elsewhere, so that it may have seen the held-out rows.
    """

    target: str
    metric: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    ranking_metric: str
    ranking: float | None = None
    ranking_lower: float | None = None
    ranking_upper: float | None = None
    level: float = 0.95
    rows: int
    baseline: str
    p_loss: float | None = None
    p_ranking: float | None = None
    verdict: SkillVerdict
    reason: str = ""
    brought: bool = False

    @classmethod
    def read(cls, saved: Mapping[str, Any] | None) -> "Skill | None":
        """Return the skill that was saved as a dictionary; None where a result has none."""
        return None if saved is None else cls(**{**saved, "verdict": SkillVerdict(saved["verdict"])})


class Agreement(StrEnum):
    """Whether a second model, of another kind, shows the pair that the first one ranks first.

    AGREES: it is among the strongest pairs of both. WEAKER: the second model shows it, but not among its strongest.
    DISAGREES: the second model does not show it. UNKNOWN: there is no second model that predicts.
    """

    AGREES = "agrees"
    WEAKER = "weaker"
    DISAGREES = "disagrees"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class PairOpinion:
    """What the second model makes of one pair.

    Attributes:
        feature_1: First feature.
        feature_2: Second feature.
        strength: Root mean square of the pair's term in the second model, in units of its score.
        evidence: z value of that term on rows that it was not fitted to.
        rank: Place by strength among the pairs with enough evidence; None without it.
    """

    feature_1: str
    feature_2: str
    strength: float
    evidence: float
    rank: int | None


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    """What a second model, of another kind and fitted to the same rows, makes of the leading pairs of the first.

    Attributes:
        model: The kind of the second model, in words.
        skill: How well the second model predicts held-out rows; None where none could be fitted.
        pairs: The leading pairs of the first model, its strongest first.
        strongest: The strongest pair of the second model with enough evidence; None where there is none.
        n_pairs: Number of pairs that the second model ranked.
        leading: A pair is among the strongest of the second model up to this rank.
        rows: Number of training rows behind it.
        seconds: How long it took.
        verdict: Whether it shows the first of `pairs`.
        reason: Why the verdict is unknown; empty otherwise.
        stand_in: A feature that goes with one of the first pair and interacts about as strongly with the other: itself,
            the one that may stand in for it, and the other; None where there is none.
    """

    model: str
    skill: Skill | None
    pairs: tuple[PairOpinion, ...]
    strongest: tuple[str, str] | None
    n_pairs: int
    leading: int
    rows: int
    seconds: float
    verdict: Agreement
    reason: str = ""
    stand_in: tuple[str, str, str] | None = None

    @classmethod
    def read(cls, saved: Mapping[str, Any] | None) -> "SecondOpinion | None":
        """Return the opinion that was saved as a dictionary; None where a result has none."""
        if saved is None:
            return None
        pairs = tuple(PairOpinion(**one) for one in saved["pairs"])
        verdict = Agreement(saved["verdict"])
        return cls(**{**saved, "skill": Skill.read(saved["skill"]), "pairs": pairs, "verdict": verdict})
