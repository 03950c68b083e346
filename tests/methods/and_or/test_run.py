"""A run: which rows are drawn, what it costs, how exact it is, and how it goes on after a stop."""

import json

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import Cancelled
from interaction_engine.core.types import Report
from interaction_engine.methods.and_or.decompose import cost, usual_gap
from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.models.adapters.wrapping import wrap
from tests.methods.and_or.made_games import rough
from tests.oracles import numeric_dataset


def test_rows_are_drawn_from_the_held_out_ones_and_the_same_seed_draws_the_same():
    data = numeric_dataset()
    model = wrap(rough, data)
    first, second, other = (and_or(model, data, rows=6, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.samples, second.samples)
    assert first.samples["row"].tolist() != other.samples["row"].tolist()
    assert set(first.samples["row"]) <= set(data.held_out_rows.tolist())


def test_the_cost_is_known_before_and_told_first():
    data, told = numeric_dataset(), []

    class Watch(Report):
        def __call__(self, fraction, message, partial=None):
            told.append((fraction, message, partial))

    result = and_or(wrap(rough, data), data, rows=4, report=Watch())
    evaluations, memory = cost(5, 4)
    assert told[0][1].startswith(f"32 masked samples of each of 4: {evaluations} model evaluations")
    assert result.provenance.evaluations == evaluations + 2 * 4
    assert memory == 4 * 480 * 32
    assert cost(20)[1] == 480 * 2**20
    assert cost(10, 50, 16) == (50 * 1024 * 16, 50 * 480 * 1024)
    fractions = [fraction for fraction, _, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("gap" in message for _, message, _ in told)


class Interrupt(Report):
    """Stops a run at its n-th report; keeps its last checkpoint as it would be read from a file."""

    def __init__(self, after, restored=None):
        self.after, self.kept, self.restored = after, None, restored

    def __call__(self, fraction, message, partial=None):
        self.after -= 1
        if self.after == 0:
            raise Cancelled("Stopped.")

    def checkpoint(self, state):
        self.kept = json.loads(json.dumps(state))


def test_a_stopped_run_goes_on_after_its_last_batch(monkeypatch):
    monkeypatch.setattr("interaction_engine.methods.and_or.decompose.CHECKPOINT_SECONDS", -1.0)
    data = numeric_dataset()
    model, compute = wrap(rough, data), Compute(memory="32KB")  # two rows at a time
    whole = and_or(model, data, rows=6, compute=compute)
    reports = Interrupt(10**6)
    and_or(model, data, rows=6, compute=compute, report=reports)
    first = Interrupt((10**6 - reports.after) * 2 // 3)
    with pytest.raises(Cancelled):
        and_or(model, data, rows=6, compute=compute, report=first)
    assert first.kept is not None
    assert first.kept["done"] in (2, 4)
    resumed = and_or(model, data, rows=6, compute=compute, report=Interrupt(10**6, first.kept))
    for name in ("table", "samples", "orders", "matching", "transfer"):
        pd.testing.assert_frame_equal(getattr(resumed, name), getattr(whole, name))
    together = and_or(model, data, rows=6)
    np.testing.assert_allclose(together.samples["primal"], whole.samples["primal"], rtol=0.004)


def test_the_gap_asked_for_is_coarser_for_many_players_and_always_told():
    assert [usual_gap(n) for n in (2, 12, 13, 16, 17, 20)] == [0.002, 0.002, 0.01, 0.01, 0.02, 0.02]
    data = numeric_dataset(n_features=13)
    model = wrap(lambda x: x.sum(1) + x[:, 0] * x[:, 1], data)
    assert and_or(model, data, row=0, players=data.space.names).provenance.options["tolerance"] == 0.01
    assert and_or(model, data, row=0, tolerance=0.1).provenance.options["tolerance"] == 0.1
