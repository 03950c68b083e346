"""Names and numbers as labels."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.plots.style.labels import (
    distinct_labels,
    label,
    log_ticks,
    number,
    pair_label,
    plain,
    shortened,
)
from tests.plots.made import NASTY

pytestmark = pytest.mark.slow


@given(st.text(max_size=80))
def test_a_label_shows_exactly_the_name_and_is_no_markup(name):
    text = label(name, 10_000)
    assert not set("<>$") & set(text)
    assert html.unescape(text) == plain(name)


@given(st.text(alphabet=st.characters(max_codepoint=0x24F), max_size=300), st.integers(4, 60))
def test_a_shortened_name_keeps_its_width(name, width):
    assert len(shortened(name, width)) <= width


@given(st.lists(st.text(max_size=40), unique_by=plain, min_size=1, max_size=12))
def test_different_names_have_different_labels(names):
    assert len(set(distinct_labels(names, 9))) == len(names)


def test_names_that_differ_at_their_end_stay_apart():
    first, second = NASTY[7:9]
    assert shortened(first, 20) == "temperature_…nsor_01"
    assert shortened(second, 20) == "temperature_…nsor_02"


def test_a_short_name_leaves_its_room_to_the_other():
    assert pair_label("hour", "a" * 30, 40) == f"hour × {'a' * 30}"
    assert len(pair_label("b" * 50, "a" * 50, 40)) == 40


def test_a_name_cannot_turn_or_break_its_label():
    assert plain(NASTY[6]) == "line break" + "turned"
    assert plain("\n\t") == "(no name)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (61.23, "61.2"), (12_431.0, "12,400"), (0.04213, "0.0421"), (-0.3, "−0.3"), (2.0, "2"),
        (999.96, "1,000"), (4.2e-6, "4.20 × 10⁻⁶"), (float("nan"), "unknown"), (float("inf"), "unlimited"),
    ],
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


def test_ticks_of_a_logarithmic_scale():
    assert log_ticks(0.0, 2.0) == (
        pytest.approx([0, 0.30103, 0.69897, 1, 1.30103, 1.69897, 2]),
        ["1", "2", "5", "10", "20", "50", "100"],
    )
    assert log_ticks(-1.0, 3.0)[1] == ["0.1", "1", "10", "100", "1,000"]
