"""Whether a model predicts at all: the size of the test without skill, its power with some, and what it says then."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor

from interaction_engine.core.skill import SkillVerdict
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.dataset import HELD_OUT, TRAIN
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.skill import model_skill, scores_skill

pytestmark = pytest.mark.slow

NAMES = list("abc")


def table(target, seed=0, n=400):
    """Three normal features, and a target made of them and of the generator."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(n, 3))
    frame = pd.DataFrame(rows, columns=NAMES).assign(y=target(rows, draw))
    return assemble(frame, name="made", target="y", kinds=dict.fromkeys(NAMES, Kind.NUMERIC))


def classes(share):
    return lambda rows, draw: np.where(draw.random(len(rows)) < share, "yes", "no")


NOISE = {
    "normal": lambda rows, draw: draw.normal(size=len(rows)),
    "cauchy": lambda rows, draw: draw.standard_cauchy(len(rows)),
    "lognormal": lambda rows, draw: np.exp(1.5 * draw.normal(size=len(rows))),
    "80 to 20": classes(0.2),
    "95 to 5": classes(0.05),
    "three classes": lambda rows, draw: draw.choice(["u", "v", "w"], len(rows), p=[0.6, 0.3, 0.1]),
}


@pytest.mark.parametrize("target", NOISE.values(), ids=NOISE)
def test_scores_that_know_nothing_of_the_rows_are_seldom_called_skilful(target):
    """At most 2.5 % by construction: of 50 tables 6 or more have a probability of about 0.1 %."""
    draw, called = np.random.default_rng(1), 0
    for seed in range(50):
        data = table(target, seed=seed, n=200)
        values = data.target_values[data.held_out_rows]
        class_index = 0 if data.target.classes else None
        scores = draw.normal(size=len(values)) * (1.0 + 20.0 * (seed % 2))
        called += scores_skill(scores, data, values, class_index).verdict is SkillVerdict.BETTER
    assert called < 6


def test_a_forest_of_heavy_tailed_noise_is_no_better_than_the_mean():
    data = table(NOISE["cauchy"], n=300)
    train = data.train_rows
    forest = RandomForestRegressor(20, random_state=0).fit(data.rows[train], data.target_values[train])
    skill = model_skill(wrap(forest, data), data)
    assert skill.verdict is SkillVerdict.NOT_BETTER
    assert (skill.rows, skill.baseline) == (60, "the mean of the training rows")
    assert skill.lower <= skill.value <= skill.upper


def test_a_weak_signal_is_found():
    """5 % of the variation on 400 held-out rows: z is 4.5."""
    found = 0
    for seed in range(10):
        data = table(lambda rows, draw: 0.23 * rows[:, 0] + draw.normal(size=len(rows)), seed=seed, n=2000)
        found += model_skill(wrap(lambda rows: 0.23 * rows[:, 0], data), data).verdict is SkillVerdict.BETTER
    assert found == 10


def test_the_share_explained_and_its_interval():
    data = table(lambda rows, draw: rows[:, 0] + 0.5 * draw.normal(size=len(rows)), n=4000)
    skill = model_skill(wrap(lambda rows: rows[:, 0], data), data)
    assert skill.metric == "r2"
    assert skill.lower < 0.8 < skill.upper
    assert 0.02 < skill.upper - skill.lower < 0.08
    assert skill.ranking_lower < skill.ranking < skill.ranking_upper


def test_a_good_order_on_a_wrong_scale_is_skill():
    """Log-odds ten times too large lose more than the class frequency does, and still tell the classes apart."""
    data = table(lambda rows, draw: np.where(rows[:, 0] + draw.normal(size=len(rows)) > 0, "yes", "no"))
    skill = model_skill(wrap(lambda rows: 30.0 * rows[:, 0], data), data)
    assert skill.value < 0
    assert skill.ranking > 0.7
    assert skill.verdict is SkillVerdict.BETTER
    exponential = table(lambda rows, draw: rows[:, 0] + draw.normal(size=len(rows)))
    skill = model_skill(wrap(lambda rows: 1000.0 + np.exp(rows[:, 0]), exponential), exponential)
    assert (skill.value < 0, skill.verdict) == (True, SkillVerdict.BETTER)


def test_scores_against_the_target_are_no_skill():
    data = table(lambda rows, draw: rows[:, 0] + 0.1 * draw.normal(size=len(rows)))
    skill = model_skill(wrap(lambda rows: -rows[:, 0], data), data)
    assert skill.verdict is SkillVerdict.NOT_BETTER
    assert skill.ranking < -0.9


def test_the_same_score_for_every_row_is_no_skill():
    data = table(lambda rows, draw: rows[:, 0])
    skill = model_skill(wrap(lambda rows: np.full(len(rows), 0.1), data), data)
    assert (skill.verdict, skill.ranking) == (SkillVerdict.NOT_BETTER, None)


def test_held_out_rows_of_one_class_show_no_skill():
    """A model that always says "no" has a lower loss than the class frequency there, and knows nothing."""
    data = table(classes(0.1))
    split = np.where(data.target_values == 1, TRAIN, HELD_OUT).astype(np.int8)
    split[np.flatnonzero(split == HELD_OUT)[:50]] = TRAIN
    lopsided = type(data)(
        name="made", frame=data.frame, space=data.space, target=data.target, split=split, source=data.source
    )
    skill = model_skill(wrap(lambda rows: rows[:, 0] - 20.0, lopsided), lopsided)
    assert skill.verdict is SkillVerdict.NOT_BETTER


def test_the_class_that_is_scored_is_judged():
    data = table(lambda rows, draw: np.where(rows[:, 0] > 0.7, "w", draw.choice(["u", "v"], len(rows))))
    model = wrap(lambda rows: np.stack([0 * rows[:, 0], 0 * rows[:, 0], 9 * (rows[:, 0] - 0.7)], axis=1), data)
    of_class = [model_skill(model.for_class(index), data) for index in range(3)]
    assert [one.target for one in of_class] == ["y = u", "y = v", "y = w"]
    assert of_class[2].ranking == 1.0
    assert of_class[2].value > 0.5 > of_class[0].value


def test_without_rows_nothing_is_concluded():
    data = table(NOISE["normal"], n=40)
    skill = model_skill(wrap(lambda rows: rows[:, 0], data), data)
    assert (skill.verdict, skill.reason) == (SkillVerdict.UNKNOWN, "too few rows were held out (8)")


def test_a_target_that_the_model_made_judges_nothing():
    data = table(lambda rows, draw: rows[:, 0] * rows[:, 1])
    skill = model_skill(wrap(lambda rows: rows[:, 0] * rows[:, 1], data), data)
    assert (skill.verdict, skill.reason) == (SkillVerdict.UNKNOWN, "the target is the model's own output")


def test_a_model_that_fails_on_held_out_rows_is_not_judged():
    data = table(lambda rows, draw: rows[:, 0])
    unlucky = data.rows[data.held_out_rows[0], 0]
    model = wrap(lambda rows: np.where(rows[:, 0] == unlucky, np.nan, rows[:, 0]), data)
    skill = model_skill(model, data)
    assert (skill.verdict, skill.reason) == (SkillVerdict.UNKNOWN, "the model does not score the held-out rows")


def test_copies_of_training_rows_are_no_test_of_a_model():
    """A table of noise in which every row stands twice: a model has seen half of what was held out."""
    draw = np.random.default_rng(0)
    once = pd.DataFrame(draw.normal(size=(250, 3)), columns=NAMES).assign(y=draw.normal(size=250))
    twice = pd.concat([once, once], ignore_index=True)
    data = assemble(twice, name="twice", target="y", kinds=dict.fromkeys(NAMES, Kind.NUMERIC))
    forest = RandomForestRegressor(50, random_state=0).fit(
        data.rows[data.train_rows], data.target_values[data.train_rows]
    )
    skill = model_skill(wrap(forest, data), data)
    assert skill.rows < len(data.held_out_rows)
    assert skill.verdict is not SkillVerdict.BETTER


def test_a_model_that_was_brought_may_have_seen_the_held_out_rows():
    data = table(lambda rows, draw: rows[:, 0] * rows[:, 1] + 0.1 * draw.normal(size=len(rows)))
    forest = RandomForestRegressor(50, random_state=0).fit(data.rows, data.target_values)
    assert model_skill(wrap(forest, data), data).brought
