"""A run small enough to watch, a report that keeps what it is told, and when two results are the same."""

import json

import numpy as np
import pandas as pd

from interaction_engine.core.errors import Cancelled
from interaction_engine.core.types import Report

TINY = {"epochs": 3, "checkpoints": 3, "samples": 4, "players": 4}


class Memory(Report):
    """Keeps what it is told, and stops a run at its `stop`-th checkpoint."""

    def __init__(self, stop=None, restored=None):
        self.stop, self.restored = stop, restored
        self.states, self.told = [], []

    def __call__(self, fraction, message, partial=None):
        self.told.append((fraction, message, json.loads(json.dumps(partial))))

    def checkpoint(self, state):
        self.states.append(
            {
                key: value.copy() if isinstance(value, np.ndarray) else json.loads(json.dumps(value))
                for key, value in state.items()
            }
        )
        if len(self.states) == self.stop:
            raise Cancelled("Stopped by its user.")


def assert_same(first, second):
    for name in ("checkpoints", "distribution", "theory", "ratios"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    for name in ("players", "turning_epoch", "phase_epoch", "n_samples", "label_noise", "unit"):
        assert getattr(first, name) == getattr(second, name)
    assert first.provenance.evaluations == second.provenance.evaluations
