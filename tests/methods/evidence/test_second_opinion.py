"""A second model of another kind: it shows planted pairs, and neither curves, noise nor stand-ins."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.skill import Agreement, SkillVerdict
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.evidence.second_opinion import LEADING, second_opinion

pytestmark = pytest.mark.slow

NAMES = list("abcdef")


def table(signal, *, n=600, seed=0, names=NAMES, kinds=None, binary=False):
    """Normal features; the target is the signal with noise of variance 1, or a class with the signal as log-odds."""
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame(draw.normal(size=(n, len(names))), columns=names)
    score = signal(rows)
    chance = draw.random(n) < 1.0 / (1.0 + np.exp(-score))
    target = np.where(chance, "yes", "no") if binary else score + draw.normal(size=n)
    return assemble(
        rows.assign(y=target), name="made", target="y", kinds=dict.fromkeys(names, Kind.NUMERIC) | (kinds or {})
    )


def test_a_planted_pair_is_shown_and_others_are_not():
    data = table(lambda rows: rows.a + rows.b * rows.c)
    first = second_opinion(data, [("c", "b"), ("a", "d")])
    assert (first.verdict, first.strongest, first.pairs[0].rank) == (Agreement.AGREES, ("b", "c"), 1)
    assert first.skill.verdict is SkillVerdict.BETTER
    assert first.pairs[0].strength == pytest.approx(1.0, abs=0.3)
    assert (first.pairs[1].rank, first.n_pairs, first.rows) == (None, 15, 480)
    other = second_opinion(data, [("a", "d"), ("b", "c")])
    assert (other.verdict, other.strongest) == (Agreement.DISAGREES, ("b", "c"))


def test_curves_are_no_pairs():
    """Of 2 tables of strong curves and 15 pairs each, hardly one pair is shown."""

    def curves(rows):
        return 2.0 * (rows.a > 0.3) + np.sin(3 * rows.b) + rows.c.abs() + 2 * np.tanh(4 * rows.d)

    shown = 0
    for seed in range(2):
        data = table(curves, seed=seed)
        pairs = [(one, two) for place, one in enumerate(NAMES) for two in NAMES[place + 1 :]]
        found = [second_opinion(data, pairs[begin : begin + 5]) for begin in (0, 5, 10)]
        shown += sum(pair.rank is not None for part in found for pair in part.pairs)
    assert shown <= 3


def test_classes_and_levels():
    def signal(rows):
        rows["f"] = np.where(rows.f > 0, "high", "low")
        return rows.a + 1.5 * rows.b * np.where(rows.f == "high", 1.0, -1.0)

    data = table(signal, n=1500, binary=True, kinds={"f": Kind.CATEGORICAL})
    for class_index in (None, 0, 1):
        second = second_opinion(data, [("b", "f")], class_index=class_index)
        assert (second.verdict, second.pairs[0].rank) == (Agreement.AGREES, 1)
        assert second.skill.target == f"y = {'no' if class_index == 0 else 'yes'}"


def test_a_pair_that_many_others_exceed_is_weaker():
    def signal(rows):
        return 2 * (rows.a * rows.b + rows.c * rows.d + rows.a * rows.e + rows.b * rows.f) + 0.7 * rows.d * rows.e

    second = second_opinion(table(signal, n=2000), [("d", "e")])
    assert second.verdict is Agreement.WEAKER
    assert second.pairs[0].rank > LEADING


def test_a_feature_that_goes_with_another_is_named():
    def signal(rows):
        rows["b"] = 0.95 * rows.a + 0.31 * rows.b
        return rows.d + 1.5 * rows.a * rows.c

    for first in ("a", "b"):
        second = second_opinion(table(signal), [(first, "c")])
        assert second.verdict is Agreement.WEAKER
        assert second.stand_in == ("b" if first == "a" else "a", first, "c")


def test_noise_has_no_second_opinion_worth_having():
    second = second_opinion(table(lambda rows: 0 * rows.a), [("a", "b")])
    assert (second.verdict, second.reason) == (Agreement.UNKNOWN, "it does not predict held-out rows itself")


def test_too_few_rows_are_named():
    assert (
        second_opinion(table(lambda rows: rows.a, n=50), [("a", "b")]).reason == "40 training rows are too few for one"
    )
    rare = table(lambda rows: 0 * rows.a - 5.0, n=300, binary=True)
    assert "fewer than 10" in second_opinion(rare, [("a", "b")]).reason


def test_words_have_no_curves():
    assert second_opinion(load_sample("reviews", rows=200), [("word 1", "word 2")]) is None
    assert second_opinion(table(lambda rows: rows.a), []) is None


def test_of_very_many_features_the_ones_asked_for_are_there():
    names = [f"x{index}" for index in range(130)]
    data = table(lambda rows: 2 * rows.x128 * rows.x129 + rows.x0, names=names)
    second = second_opinion(data, [("x128", "x129")])
    assert second.verdict is Agreement.AGREES
    assert second.n_pairs == 100 * 99 // 2


def test_the_same_data_give_the_same_opinion():
    made = [second_opinion(table(lambda rows: rows.a * rows.b), [("a", "b")]) for _ in range(2)]
    assert made[0].pairs == made[1].pairs
