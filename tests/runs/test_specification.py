"""The id of a run is its content."""

from dataclasses import replace

import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.runs.specification import Specification, checked_id

DATA = "0123456789abcdef"


def spec(**changes):
    return replace(
        Specification(kind="detect", method="ucb", data=DATA, options={"top_k": 20, "step": 0.75}), **changes
    )


def test_the_same_content_is_the_same_run_whenever_it_was_asked_for():
    assert spec(created=1.0).run_id == spec(created=2.0).run_id
    assert spec().run_id == spec(options={"step": 0.75, "top_k": 20}).run_id
    assert spec(options={"top_k": 20, "step": 0.75, "seed": 4}).run_id == spec(seed=4).run_id
    assert spec(options={"hidden": (64, 64)}).run_id == spec(options={"hidden": [64, 64]}).run_id


@pytest.mark.parametrize(
    "change",
    [
        {"method": "exact"}, {"kind": "view"}, {"data": "f" * 16}, {"model": "f" * 16}, {"seed": 1}, {"attempt": 2},
        {"owner": "ada"}, {"class_index": 1}, {"options": {"top_k": 21, "step": 0.75}}, {"compute": {"device": "cpu"}},
    ],
)  # fmt: skip
def test_any_other_content_is_another_run(change):
    assert spec(**change).run_id != spec().run_id


def test_a_specification_survives_being_stored():
    stored = Specification.from_json(spec(owner="Zoë\n<b>", seed=3).to_json())
    assert stored == spec(owner="Zoë\n<b>", seed=3, created=stored.created)


def test_the_next_attempt_is_a_run_of_its_own():
    assert spec().again().attempt == 2
    assert spec().again().again().run_id != spec().again().run_id != spec().run_id


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "guess"},
        {"data": "../../etc/passwd"},
        {"model": "A" * 16},
        {"options": {"x": float("nan")}},
        {"options": {"x": object()}},
    ],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence(change):
    with pytest.raises(InputError, match=r"must|is 16"):
        spec(**change)


@pytest.mark.parametrize(
    "value", ["", "0" * 15, "0" * 17, "0123456789abcdeg", "0123456789abcdef\n", "../0123456789abc"]
)
def test_only_an_id_is_an_id(value):
    with pytest.raises(InputError):
        checked_id(value, "run")
    assert checked_id(DATA, "run") == DATA
