"""What a run will cost, in words."""

from dataclasses import replace

import pandas as pd
import pytest

from interaction_engine.core.plan import DerivativePlan, TrainingPlan
from interaction_engine.methods import words
from tests.plots.made import provenance


def plan(steps=(("preparation", 0, 0.1, ""), ("derivatives", 600, 8.0, "rows")), **changes) -> DerivativePlan:
    table = pd.DataFrame(steps, columns=["step", "evaluations", "seconds", "by"])
    facts = {"n_rows": 200, "n_networks": 1, "n_baselines": 1, "n_pairs": 28, "memory_bytes": 1000}
    return DerivativePlan(provenance=provenance(method="integrated_hessians"), table=table, **(facts | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Derivatives of 1 network on the way to 200 rows from 1 baseline, for 28 pairs."),
        (
            {"n_baselines": 16, "n_networks": 2},
            "Derivatives of 2 networks on the way to 200 rows from 16 baselines each, for 28 pairs.",
        ),
        ({"n_baselines": 0, "n_rows": 1}, "Derivatives of 1 network at 1 row, for 28 pairs."),
        ({"n_rows": 0}, "The weights of 1 network, for 28 pairs; no predictions are asked for."),
    ],
)
def test_what_is_computed_is_said(changes, says):
    assert words.plan_sentence(plan(**changes)) == says


def test_trainings_are_told_for_themselves():
    steps = (("trainings", 1600, 120.0, "permutations"), ("derivatives", 600, 8.0, "rows"))
    told = plan(steps, n_baselines=0, n_networks=200, permutations=8, workers=2)
    assert words.plan_sentence(told) == (
        "Derivatives of 200 networks at 200 rows, for 28 pairs. Before that, training 8 networks on targets without "
        "interactions takes about 2 minutes on 2 workers."
    )
    assert "about 2 minutes." in words.plan_sentence(replace(told, workers=1))
    assert words.savings_sentence(told) == "With half as many permutations it would take about 68 seconds."


def test_savings_are_told_where_it_is_long_and_something_can_be_chosen():
    assert words.savings_sentence(plan()) == ""
    long = (("preparation", 0, 2.0, ""), ("derivatives", 600, 50.0, "rows"))
    assert words.savings_sentence(plan(long)) == "With half as many rows it would take about 27 seconds."
    fixed = (("preparation", 0, 50.0, ""), ("derivatives", 600, 2.0, "rows"))
    assert words.savings_sentence(plan(fixed)) == ""


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0.2, "This takes less than a second on this machine."),
        (40.0, "This takes about 40 seconds on this machine, and less where it stops improving before."),
    ],
)
def test_a_training_takes_so_long_at_most(seconds, says):
    assert words.training_cost_sentence(TrainingPlan(provenance=provenance(), seconds=seconds)) == says
