"""A report that keeps what it is told."""

from copy import deepcopy

from interaction_engine.core.types import Report


class Notes(Report):
    """Keeps what a training tells; stops it after `stop` checkpoints."""

    def __init__(self, restored=None, stop=None):
        self.restored, self.stop = restored, stop
        self.states, self.partials, self.fractions = [], [], []

    def __call__(self, fraction, message, partial=None):
        self.fractions.append(fraction)
        if partial:
            self.partials.append(partial)

    def checkpoint(self, state):
        self.states.append(deepcopy(dict(state)))  # the arrays go on changing
        if self.stop and len(self.states) == self.stop:
            raise KeyboardInterrupt
