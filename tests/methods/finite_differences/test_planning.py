"""The plan tells the evaluations that a detection then takes."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.methods.finite_differences.cost import plan_detection
from interaction_engine.methods.finite_differences.exact import exact_pairs
from interaction_engine.methods.finite_differences.ucb import ucb_pairs
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import mixed_dataset


@pytest.mark.parametrize("scheme", ["auto", "central", "forward", "swap"])
def test_evaluations_are_told_before_the_run(scheme):
    data = mixed_dataset()
    model = wrap(lambda x: x[:, 0] * x[:, 1], data, takes="array")
    plan = plan_detection(model, data, background=100, scheme=scheme, probe_seconds=0.01)
    told = plan.table.set_index("method")
    assert (
        exact_pairs(model, data, background=100, scheme=scheme).provenance.evaluations == told.evaluations_most["exact"]
    )
    raced = ucb_pairs(model, data, background=100, scheme=scheme, top_k=1).provenance.evaluations
    assert told.evaluations_least["ucb"] <= raced <= told.evaluations_most["ucb"]
    assert plan.rate > 0
    assert plan.memory_bytes > 0
    assert plan.n_pairs == 10


def test_a_slow_model_is_advised_to_race():
    import time

    data = mixed_dataset()

    def slow(x):
        time.sleep(0.001 * len(x) ** 0.5)
        return x[:, 0]

    model = wrap(slow, data, takes="array")
    fast = wrap(lambda x: x[:, 0], data, takes="array")
    assert plan_detection(fast, data, background=100, probe_seconds=0.01).recommended == "exact"
    plan = plan_detection(model, data, background=300, probe_seconds=0.05)
    assert plan.recommended == ("exact" if plan.table.seconds_most[0] <= 5 else "ucb")


def test_a_race_slowed_down_by_a_heavy_tail_is_not_promised_at_less_than_half_its_cost():
    """The strength of one pair is log-normal over the rows: all intervals are as wide as its largest value makes them,
    which the first rows seldom show."""
    names = [f"x{index}" for index in range(6)]
    x = np.random.default_rng(0).normal(size=(8000, 6))
    frame = pd.DataFrame(x, columns=names).assign(y=x[:, 0])
    data = assemble(frame, name="made", target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))
    weights = np.linspace(0.1, 0.6, 5)

    def predict(x):
        return (weights * np.sin(x[:, :-1]) * np.sin(x[:, 1:])).sum(1) + 0.3 * np.exp(0.6 * (x[:, 0] + x[:, 1]))

    model = wrap(predict, data, takes="array")
    alone = {"second_opinion": False, "support": False}
    for seed in range(5):
        foreseen = plan_detection(model, data, probe_seconds=0.01, seed=seed).table.set_index("method")
        made = ucb_pairs(model, data, seed=seed, **alone).provenance.evaluations
        assert foreseen.evaluations_expected["ucb"] >= 0.5 * made
