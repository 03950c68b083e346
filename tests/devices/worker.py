"""What the process with the simulated card does: PyTorch's table of devices can only be changed before it is used."""

import gc
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import Cancelled
from interaction_engine.core.types import Report
from interaction_engine.models.training import validated_trainer
from tests.devices import budgets, cases, simulated_card
from tests.devices.cases import Case

ON_CARD = Compute("auto")


def start() -> None:
    """Register the card and switch to one thread."""
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
    torch.set_num_threads(1)
    simulated_card.register()
    cases.small_compression()


def both(case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]:
    """The figures of a case on the CPU and on the card, and the lines where an index waited for a copy."""
    expected = cases.run_case(case, cases.ON_CPU)
    simulated_card.waits.clear()
    with simulated_card.simulated_card():
        found = cases.run_case(case, ON_CARD)
    return expected, found, sorted(simulated_card.waits)


class _Interrupted(Report):
    """Keeps the first state that it is given, and stops there."""

    state: Mapping[str, Any] | None = None

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        self.state = dict(state)
        raise Cancelled("Stopped by its user.")


def interrupted(case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The figures of a training on the card, and of one that went on from its first checkpoint."""
    first, again = _Interrupted(), Report()
    with simulated_card.simulated_card(), patch.object(validated_trainer, "CHECKPOINT_SECONDS", 0.0):
        whole = cases.run_case(case, ON_CARD)
        with suppress(Cancelled):
            cases.run_case(case, ON_CARD, first)
        assert first.state is not None
        again.restored = first.state
        return whole, cases.run_case(case, ON_CARD, again)


def explanations() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Single explanations, as the Explain screen asks for them, on the CPU and on the card."""
    expected = cases.run_explanation(cases.ON_CPU)
    with simulated_card.simulated_card():
        return expected, cases.run_explanation(ON_CARD)


def attempt(name: str) -> str:
    """What becomes of a planted mistake (see `planted`): the error's name and words, or "" where there was none."""
    from tests.devices import planted

    with simulated_card.simulated_card() as card:
        try:
            getattr(planted, name)(card)
        except Exception as problem:
            return f"{type(problem).__name__}: {problem}"
    return ""


def waited() -> list[str]:
    """The lines where a CPU tensor indexed one on the card, of a function that does so."""
    simulated_card.waits.clear()
    with simulated_card.simulated_card() as card:
        torch.ones(3, device=card)[torch.tensor([0, 1])]
    return sorted(simulated_card.waits)


def rounded_otherwise(case: Case, units: float) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The figures of a case on the CPU, and on a card whose products and sums are off by so many units in the last
    place."""
    expected = cases.run_case(case, cases.ON_CPU)
    with simulated_card.simulated_card(), simulated_card.other_rounding(units):
        return expected, cases.run_case(case, ON_CARD)


def peak(method: str, budget: str) -> tuple[int, int]:
    """The bytes that a detection takes on the card at most, and those that it leaves there."""
    data, model, memory = budgets.wide(), budgets.ensemble(64), simulated_card.memory
    with simulated_card.simulated_card():
        gc.collect()
        before = memory.now
        memory.reset()
        result = ie.detect(method, model, data, compute=Compute("auto", memory=budget), **budgets.METHODS[method])
        found = memory.peak - before
        del result
        gc.collect()
        return found, memory.now - before
