"""What is said of a model before its findings."""

from dataclasses import replace

import pytest

from interaction_engine.cli.results import print_result, result_as_json
from interaction_engine.core.skill import Agreement, PairOpinion, SecondOpinion, Skill, SkillVerdict
from interaction_engine.methods import words
from interaction_engine.methods.common import skill_summary
from tests.plots.made import falling, pairs

R2 = Skill(
    target="count",
    metric="r2",
    value=0.71,
    lower=0.68,
    upper=0.74,
    ranking_metric="spearman",
    ranking=0.8,
    ranking_lower=0.78,
    ranking_upper=0.82,
    rows=2064,
    baseline="the mean of the training rows",
    p_loss=0.001,
    p_ranking=0.001,
    verdict=SkillVerdict.BETTER,
)
AUC = replace(
    R2,
    target="death = yes",
    metric="log_loss",
    value=0.05,
    ranking_metric="auc",
    ranking=0.625,
    ranking_lower=0.55,
    ranking_upper=0.7,
    rows=640,
    baseline="the class frequency of the training rows",
)
NONE = replace(R2, value=-0.03, lower=-0.09, upper=0.02, rows=120, verdict=SkillVerdict.NOT_BETTER)
FIRST = PairOpinion(feature_1="x1", feature_2="x2", strength=1.0, evidence=4.0, rank=1)
AGREES = SecondOpinion(
    model="boosted additive model",
    skill=R2,
    pairs=(FIRST, replace(FIRST, feature_2="x3", rank=None)),
    strongest=("x1", "x2"),
    n_pairs=6,
    leading=3,
    rows=500,
    seconds=1.0,
    verdict=Agreement.AGREES,
)
HIDDEN = replace(FIRST, evidence=0.3, rank=None)


@pytest.mark.parametrize(
    ("skill", "sentence"),
    [
        (R2, "The model explains 71 % (68 to 74 %) of the held-out variation of `count` (2,064 rows)."),
        (
            replace(R2, value=0.9999, lower=0.9998, upper=0.9999),
            "The model explains more than 99 % of the held-out variation of `count` (2,064 rows).",
        ),
        (
            replace(R2, value=-0.2),
            "The model orders held-out rows by `count` better than chance (rank correlation 0.800, 95 % interval 0.780 "
            "to 0.820, 2,064 held-out rows), but its values are no better than the mean of the training rows.",
        ),
        (
            AUC,
            "The model tells rows with `death = yes` from the others (ROC-AUC 0.625, 95 % interval 0.550 to 0.700, 640 "
            "held-out rows).",
        ),
        (
            replace(AUC, value=-0.1),
            "The model tells rows with `death = yes` from the others (ROC-AUC 0.625, 95 % interval 0.550 to 0.700, 640 "
            "held-out rows; its probabilities are no better than the class frequency).",
        ),
        (
            NONE,
            "The model predicts `count` no better than the mean of the training rows does (R² −0.030, 95 % interval "
            "−0.090 to 0.020, 120 held-out rows).",
        ),
        (
            replace(NONE, verdict=SkillVerdict.UNKNOWN, reason="there are no held-out rows"),
            "How well the model predicts `count` is not known: there are no held-out rows.",
        ),
    ],
)
def test_skill_in_one_sentence(skill, sentence):
    assert words.skill_sentence(skill) == sentence


def test_without_skill_the_finding_begins_with_it():
    result = pairs(falling(6)).judged(NONE)
    first, then = words.stated(result, words.finding(result))
    assert first == (
        "The model predicts `count` no better than the mean of the training rows does (R² −0.030, 95 % interval −0.090 "
        "to 0.020, 120 held-out rows), so none of its interactions is certified."
    )
    assert then.startswith("About this model alone: `x1` and `x2` ")
    assert words.skill_caveats(result) == ()
    assert not any("run ended" in caveat for caveat in words.caveats(result))


def test_with_skill_and_agreement_the_finding_stands_as_it_is():
    result = pairs(falling(6)).judged(R2, AGREES)
    assert words.stated(result, "So it is.") == ("So it is.",)
    assert words.skill_caveats(result) == (
        "The model explains 71 % (68 to 74 %) of the held-out variation of `count` (2,064 rows).",
        "A boosted additive model of the same rows shows `x1` and `x2` too (1st of 6 pairs, on rows that it was not "
        "fitted to).",
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"verdict": Agreement.DISAGREES, "pairs": (HIDDEN,), "strongest": None},
            "This model ranks `x1` and `x2` first, but a boosted additive model of the same rows does not show it: "
            "which pair interacts cannot be told from these data; more rows or a better model would tell.",
        ),
        (
            {"verdict": Agreement.DISAGREES, "pairs": (HIDDEN,), "strongest": ("x3", "x4")},
            "This model ranks `x1` and `x2` first, but a boosted additive model of the same rows does not show it (its "
            "strongest is `x3` and `x4`): which pair interacts cannot be told from these data; more rows or a better "
            "model would tell.",
        ),
        (
            {
                "verdict": Agreement.DISAGREES,
                "pairs": (HIDDEN, replace(FIRST, feature_1="x3", feature_2="x4", rank=2)),
                "strongest": ("x2", "x4"),
            },
            "This model ranks `x1` and `x2` first, but a boosted additive model of the same rows does not show it: "
            "whether they interact cannot be told from these data; both models show `x3` and `x4` (2nd here, 2nd "
            "there).",
        ),
        (
            {"verdict": Agreement.WEAKER, "pairs": (replace(FIRST, rank=5),), "strongest": ("x3", "x4")},
            "This model ranks `x1` and `x2` first, but a boosted additive model of the same rows ranks them 5th of 6 "
            "pairs (its strongest is `x3` and `x4`): that they interact is confirmed, that they interact most is not.",
        ),
        (
            {"verdict": Agreement.WEAKER, "stand_in": ("x0", "x1", "x2")},
            "This model ranks `x1` and `x2` first, but a boosted additive model of the same rows shows that `x0`, "
            "which goes with `x1`, interacts with `x2` about as strongly: which of the two interacts cannot be told "
            "from these data.",
        ),
        (
            {"verdict": Agreement.UNKNOWN, "reason": "it does not predict held-out rows itself"},
            "This model ranks `x1` and `x2` first, but a boosted additive model of the same rows cannot confirm it, as "
            "it does not predict held-out rows itself; more rows would tell.",
        ),
        (
            {"verdict": Agreement.UNKNOWN, "pairs": (), "reason": "40 training rows are too few for one"},
            "No second model could be fitted to confirm the pair that this model ranks first: 40 training rows are too "
            "few for one.",
        ),
    ],
)
def test_a_pair_that_is_not_confirmed_is_reserved(changes, sentence):
    result = pairs(falling(6)).judged(R2, replace(AGREES, **changes))
    assert words.reserve(result) == sentence
    assert dict(words.how_computed(result.provenance))["Second model"] == sentence


def test_a_second_model_that_was_not_wanted_is_named():
    result = pairs(falling(6), second_opinion=False).judged(R2)
    assert words.skill_caveats(result)[1] == "No second model of another kind was asked whether it shows the same pair."
    assert words.skill_caveats(pairs(falling(6))) == ()


def test_names_of_any_kind_stay_in_backticks():
    bad = replace(FIRST, feature_1="`<b>`\n", rank=None)
    result = pairs(falling(6)).judged(
        replace(R2, target="<i>`"), replace(AGREES, pairs=(bad,), strongest=None, verdict=Agreement.DISAGREES)
    )
    assert "`'<b>'` and `x2`" in words.reserve(result)
    assert "`<i>'`" in words.skill_caveats(result)[0]


def test_the_command_line_says_it_first(capsys):
    result = pairs(falling(6)).judged(NONE)
    print_result(result, 3)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == words.reserve(result)
    assert second.startswith(skill_summary.ALONE)
    written = result_as_json(result)
    assert written["finding"].startswith(first)
    assert written["skill"].verdict is SkillVerdict.NOT_BETTER
    skilled = pairs(falling(6)).judged(R2, AGREES)
    print_result(skilled, 3)
    assert capsys.readouterr().out.splitlines()[1] == words.skill_sentence(R2)


def test_how_it_was_computed_has_both_p_values():
    said = dict(words.how_computed(pairs(falling(6)).judged(R2).provenance))
    assert said["Model on held-out rows"].endswith("p = 0.001 for the loss, 0.001 for the order.")
