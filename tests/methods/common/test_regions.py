"""Regions of rows: how they are found, how many suffice, and what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

from interaction_engine.core.types import Feature, FeatureSpace, Kind
from interaction_engine.methods.common.regions import MOST_TRIED, changes, divisions, regions_table, settled

HOUR = Feature("hour", Kind.NUMERIC, discrete=True)
TEMP = Feature("temp", Kind.NUMERIC)
DAY = Feature("working day", Kind.CATEGORICAL, ("no", "yes"))
SPACE = FeatureSpace((HOUR, TEMP, DAY))


@pytest.fixture
def rows():
    source = np.random.default_rng(0)
    columns = (source.integers(0, 24, 300), source.normal(15, 5, 300), source.integers(0, 2, 300))
    return np.stack(columns, axis=1).astype(np.float64)


def described(rows, inside):
    table = regions_table(SPACE, rows, (~inside).astype(np.int64))
    return table["description"].iloc[0]


def test_regions_are_found_where_the_rows_lie_in_heaps():
    source = np.random.default_rng(0)
    heaps = np.repeat(np.arange(3), (60, 30, 10))
    encoded = np.array([[0.0, 0], [9, 0], [0, 9]])[heaps] + source.normal(0, 0.3, (100, 2))
    tried, labels = divisions(encoded, 0, seed=0)
    assert tried == list(range(1, MOST_TRIED + 1))
    assert (labels[0] == 0).all()
    assert (labels[2] == heaps).all()  # the largest first


def test_as_many_regions_as_rows_are_the_rows_themselves():
    encoded = np.random.default_rng(0).normal(size=(30, 2))
    tried, labels = divisions(encoded, 30, seed=0)
    assert tried[-2:] == [29, 30]
    assert sorted(labels[-1]) == list(range(30))


def test_equal_rows_make_no_more_regions_than_there_are_values():
    encoded = np.repeat(np.eye(3), 20, axis=0)
    tried, labels = divisions(encoded, 0, seed=0)
    assert tried == [1, 2, 3]
    tried, labels = divisions(encoded, 7, seed=0)
    assert tried == [1, 2, 3, 7]
    assert labels[-1].max() == 2


def test_the_same_seed_gives_the_same_regions():
    encoded = np.random.default_rng(0).normal(size=(80, 3))
    first, again = (divisions(encoded, 5, seed=4)[1] for _ in range(2))
    assert all((one == other).all() for one, other in zip(first, again, strict=True))


def test_the_change_of_a_ranking_is_the_papers_equation():
    strengths = np.array([[4.0, 3.0, 2.0, 1.0], [8.0, 2.0, 6.0, 4.0], [4.0, 1.0, 3.0, 2.0]])
    # shares 4 3 2 1 then 4 1 3 2 of 10; ranks 1 2 3 4 then 1 4 2 3
    assert changes(strengths) == pytest.approx([0.2**2 * 2**2 + 0.1**2 + 0.1**2, 0.0])


def test_changes_that_leave_the_ranks_alone_do_not_count():
    assert changes(np.array([[3.0, 2.0], [9.0, 1.0]])) == pytest.approx([0.0])
    assert changes(np.array([[0.0, 0.0], [0.0, 0.0]])) == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("delta", "groups"),
    [([0.5, 0.2, 0.001, 0.0], 3), ([0.5, 0.001, 0.2, 0.0], 4), ([0.0, 0.0, 0.0, 0.0], 1), ([0.1, 0.1, 0.1, 0.1], 5)],
)
def test_the_regions_are_as_few_as_leave_the_ranking_at_rest(delta, groups):
    assert settled([1, 2, 3, 4, 5], np.array(delta), np.ones((5, 3))) == groups


def test_where_the_ranking_cannot_change_the_strengths_must_be_at_rest():
    strengths = np.array([[0.2], [0.9], [1.2], [1.21], [1.22]])
    assert settled([1, 2, 3, 4, 5], changes(strengths), strengths) == 3


def test_a_region_is_told_in_the_users_values(rows):
    assert described(rows, rows[:, 0] >= 16) == "hour 16 or more"
    assert described(rows, rows[:, 0] <= 6) == "hour 6 or less"
    assert described(rows, rows[:, 2] == 1) == "working day = yes"
    assert described(rows, (rows[:, 0] >= 7) & (rows[:, 0] <= 9)) == "hour from 7 to 9"
    warm = described(rows, rows[:, 1] > 20)
    assert warm.startswith("temp above ")
    assert float(warm.split()[-1]) == pytest.approx(20.0, abs=0.5)
    both = described(rows, (rows[:, 0] >= 16) & (rows[:, 2] == 0))
    assert set(both.split(", ")) == {"hour 16 or more", "working day = no"}


def test_levels_of_many_are_named_or_excluded():
    tier = Feature("tier", Kind.CATEGORICAL, ("low", "mid", "top"))
    space, rows = FeatureSpace((tier,)), np.arange(60.0)[:, None] % 3
    table = regions_table(space, rows, (rows[:, 0] == 1).astype(np.int64))
    assert table["description"].tolist() == ["tier not mid", "tier = mid"]
    assert table["rows"].tolist() == [40, 20]
    assert table["share"].sum() == 1.0


def test_what_conditions_tell_only_roughly_is_said_to_be_so(rows):
    scattered = np.random.default_rng(1).random(300) < 0.3
    assert described(rows, scattered).startswith("mostly ")
    assert described(rows, np.ones(300, dtype=bool)) == "all rows"


def test_a_number_of_one_value_is_told_as_it():
    flag = replace(HOUR, name="flag")
    rows = (np.arange(50.0) % 2)[:, None]
    table = regions_table(FeatureSpace((flag,)), rows, rows[:, 0].astype(np.int64))
    assert table["description"].tolist() == ["flag = 0", "flag = 1"]


def test_large_numbers_are_written_out():
    weight = FeatureSpace((replace(TEMP, name="weight"),))
    rows = np.linspace(0.0, 453_400.0, 201)[:, None]
    table = regions_table(weight, rows, (rows[:, 0] > 226_700).astype(np.int64))
    assert table["description"].tolist() == ["weight at most 227,800", "weight above 227,800"]
