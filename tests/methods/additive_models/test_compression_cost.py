"""What a comparison will cost, and the rows that it learns from."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.additive_models.compression.compression_cost import (
    expected_seconds,
    paraace_parameters,
    step_seconds,
)
from interaction_engine.methods.registry import method
from interaction_engine.models.training.learning_rows import fewer_rows


@pytest.fixture(scope="module")
def data():
    return load_sample("F8", rows=1000, noise=0.1)


def options(**changes):
    return method("compression").read_options(changes)


def test_the_papers_network_has_about_the_papers_parameters(data):
    assert paraace_parameters(data, options()) == pytest.approx(17_486, rel=0.06)
    singles = paraace_parameters(data, options(n_pairs=0))
    assert singles == pytest.approx(5_171, rel=0.06)
    named = options(interactions=("x1 & x2", "x1 & x3", "x2 & x3"))
    assert paraace_parameters(data, named) == paraace_parameters(data, options(n_pairs=3))
    assert paraace_parameters(data, named | {"n_pairs": 1}) == paraace_parameters(data, options(n_pairs=1))


def test_time_grows_with_the_rows_the_teacher_and_the_epochs(data):
    usual = expected_seconds(data, options())
    assert usual == pytest.approx(290, rel=0.25), "as measured with 800 training rows"
    assert expected_seconds(data, options(most_rows=400)) < 0.6 * usual
    assert expected_seconds(data, options(most_rows=None)) == usual
    assert expected_seconds(data, options(teacher=(400, 100, 30))) < 0.2 * usual
    assert expected_seconds(data, options(round_epochs=20)) > 1.4 * usual


def test_a_lottery_takes_as_many_rounds_as_a_fifth_each_needs():
    # 0.8 ** 3 = 0.512, 0.8 ** 4 = 0.41: half of the weights are left after four rounds, and the last one trains them
    steps = step_seconds(1000, 2000, 1000, {"epochs": 1, "round_epochs": 1})
    assert steps["lottery"] == pytest.approx(5 * steps["synflow"])
    none_to_cut = step_seconds(1000, 100, 1000, {"epochs": 1, "round_epochs": 1})
    assert none_to_cut["lottery"] == pytest.approx(2 * none_to_cut["synflow"])


def test_fewer_rows_are_of_the_training_rows_and_the_same_for_the_same_seed(data):
    fewer = fewer_rows(data, 100, 0)
    assert len(fewer.train_rows) == 100
    assert set(fewer.train_rows) < set(data.train_rows)
    np.testing.assert_array_equal(fewer.held_out_rows, data.held_out_rows)
    np.testing.assert_array_equal(fewer.train_rows, fewer_rows(data, 100, 0).train_rows)
    assert set(fewer.train_rows) != set(fewer_rows(data, 100, 1).train_rows)
    assert fewer_rows(data, None, 0) is fewer_rows(data, 800, 0) is data


def test_a_rare_class_keeps_its_rows():
    source = np.random.default_rng(0)
    frame = pd.DataFrame({"a": source.normal(size=2000), "b": source.normal(size=2000)})
    frame["y"] = np.where(np.arange(2000) % 100 == 0, "rare", "common")
    data = read_dataset(frame, target="y", name="rare")
    counts = np.bincount(fewer_rows(data, 60, 0).target_values[fewer_rows(data, 60, 0).train_rows].astype(int))
    everywhere = np.bincount(data.target_values[data.train_rows].astype(int))
    assert sorted(counts) == [min(20, min(everywhere)), 60 - min(20, min(everywhere))]
