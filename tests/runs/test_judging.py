"""A detection and what is known of its model: certificates are withheld without skill, a second model is heard."""

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.skill import Agreement, SkillVerdict
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.methods import words
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.evidence import second_opinion as module
from interaction_engine.methods.results import load_result
from interaction_engine.runs.worker.judging import leading_pairs
from tests.plots.made import hierarchy, subsets

NAMES = list("abcdef")


def table(target, n=500):
    draw = np.random.default_rng(0)
    rows = pd.DataFrame(draw.normal(size=(n, 6)), columns=NAMES)
    frame = rows.assign(y=target(rows, draw))
    return assemble(frame, name="made", target="y", kinds=dict.fromkeys(NAMES, Kind.NUMERIC))


@pytest.fixture(scope="module")
def noise():
    return table(lambda rows, draw: draw.normal(size=len(rows)))


@pytest.fixture(scope="module")
def product():
    return table(lambda rows, draw: rows.a * rows.b + 0.5 * draw.normal(size=len(rows)))


@pytest.mark.parametrize("method", ["exact", "ucb", "cliques"])
def test_a_model_of_noise_certifies_nothing(method, noise):
    model = ie.wrap(lambda rows: rows[:, 0] * rows[:, 1] + rows[:, 2], noise)
    result = ie.detect(method, model, noise, background=100)
    assert result.skill.verdict is SkillVerdict.NOT_BETTER
    assert result.is_withheld
    assert set(result.to_frame()["status"]) == {"undecided"}
    assert result.second_opinion is None
    if method == "cliques":
        assert result.levels["accepted"].sum() == 0
        assert result.pairs().is_withheld


def test_rankings_and_explanations_are_withheld_too(noise):
    network = ie.train(noise, "mlp", hidden=(8,), epochs=3)
    for method in ("nid", "input_hessian"):
        result = ie.detect(method, network, noise)
        assert result.is_withheld
        assert not set(result.to_frame()["status"]) & {"certified", "excluded", "ranked", "significant"}


def test_patterns_stay_salient_and_the_headline_says_it(noise):
    model = ie.wrap(lambda rows: rows[:, 0] * rows[:, 1] + rows[:, 2], noise)
    result = ie.detect("and_or", model, noise)
    assert result.is_withheld
    assert "undecided" not in set(result.to_frame()["status"])
    assert "no better than the mean" in words.reserve(result)


def test_a_second_model_confirms_a_pair_that_is_in_the_data(product, tmp_path):
    model = ie.wrap(lambda rows: rows[:, 0] * rows[:, 1], product)
    result = ie.detect("exact", model, product, background=100)
    assert result.skill.verdict is SkillVerdict.BETTER
    assert result.to_frame()["status"].iloc[0] == "certified"
    second = result.second_opinion
    assert (second.verdict, second.strongest) == (Agreement.AGREES, ("a", "b"))
    attributes = result.to_frame().attrs
    assert attributes["skill"]["verdict"] == "better than the baseline"
    assert attributes["second_opinion"]["strongest"] == ("a", "b")
    assert attributes["interval"] == result.interval
    result.save(tmp_path / "saved")
    assert load_result(tmp_path / "saved").provenance == result.provenance


def test_a_pair_that_the_model_made_up_is_not_confirmed(product):
    model = ie.wrap(lambda rows: rows[:, 0] * rows[:, 1] + 1.5 * rows[:, 2] * rows[:, 3], product)
    result = ie.detect("exact", model, product, background=100)
    second = result.second_opinion
    assert (second.verdict, second.pairs[0].rank, second.pairs[1].rank) == (Agreement.DISAGREES, None, 1)
    assert result.to_frame()["status"].iloc[0] == "certified"


def test_the_second_model_is_fitted_once_and_only_when_it_is_wanted(product, monkeypatch):
    model = ie.wrap(lambda rows: rows[:, 0] * rows[:, 1], product)
    alone = ie.detect("exact", model, product, background=50, second_opinion=False)
    assert alone.skill.verdict is SkillVerdict.BETTER
    assert alone.second_opinion is None
    first = ie.detect("exact", model, product, background=50)
    monkeypatch.setattr(module, "_fit", None)
    again = ie.detect("ucb", model, product, background=60)
    assert again.second_opinion.pairs[0] == first.second_opinion.pairs[0]


def test_a_model_that_made_the_target_needs_no_second_one():
    data = table(lambda rows, draw: rows.a * rows.b)
    result = ie.detect("exact", ie.wrap(lambda rows: rows[:, 0] * rows[:, 1], data), data, background=50)
    assert (result.skill.verdict, result.second_opinion) == (SkillVerdict.UNKNOWN, None)
    assert result.to_frame()["status"].iloc[0] == "certified"


def test_the_pairs_that_are_looked_up_are_those_of_the_set_that_is_named():
    three = subsets([(0, 1), (2, 3), (2, 4), (3, 4), (2, 3, 4)], p=5)
    assert leading_pairs(three)[:3] == [("x3", "x4"), ("x3", "x5"), ("x4", "x5")]
    assert leading_pairs(subsets([(0, 1), (2, 3)], p=5))[0] == ("x1", "x2")
    assert set(leading_pairs(hierarchy())[0]) <= {"x3", "x4", "x6", "x7"}


def test_older_results_have_no_skill(product, tmp_path):
    result = ie.detect("exact", ie.wrap(lambda rows: rows[:, 0], product), product, background=50)
    result.save(tmp_path)
    import json

    header = json.loads((tmp_path / "result.json").read_text())
    del header["provenance"]["skill"], header["provenance"]["second_opinion"]
    (tmp_path / "result.json").write_text(json.dumps(header))
    old = load_result(tmp_path)
    assert isinstance(old, PairInteractions)
    assert (old.skill, old.is_withheld) == (None, False)
