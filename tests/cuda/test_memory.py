"""A run on a card stays within its budget of memory, and says what helps where the card itself has too little."""

import pytest
import torch

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import RunError
from interaction_engine.runs.worker.tasks import _explain
from tests.devices.budgets import METHODS, ensemble, wide

MB = 10**6
BUDGETS = ("20MB", "100MB")


@pytest.fixture(scope="module")
def data():
    return wide()


@pytest.fixture(scope="module")
def model():
    return ensemble(256).to("cuda")


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("method", METHODS)
def test_a_detection_stays_within_its_budget(data, model, method, budget):
    compute = Compute("cuda", memory=budget)
    ie.detect(method, model, data, compute=compute, **METHODS[method])  # the libraries' workspaces stay from now on
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    ie.detect(method, model, data, compute=compute, **METHODS[method])
    taken = torch.cuda.max_memory_allocated() - before
    assert taken <= 1.25 * compute.memory_bytes + 5 * MB  # the rows and weights of float64 come on top


def test_a_smaller_budget_takes_less(data, model):
    peaks = []
    for budget in BUDGETS:
        torch.cuda.reset_peak_memory_stats()
        ie.detect("exact", model, data, compute=Compute("cuda", memory=budget), **METHODS["exact"])
        peaks.append(torch.cuda.max_memory_allocated())
    assert peaks[0] <= peaks[1]


def test_too_small_a_card_is_one_sentence_with_remedies(data, model):
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 8 * MB) / total)
    try:
        with pytest.raises(RunError) as raised:
            ie.detect("exact", model, data, compute=Compute("cuda", memory="4GB"), top_k=5, background=2000)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    sentence = str(raised.value)
    assert sentence.startswith("The graphics card has too little free memory")
    assert all(remedy in sentence for remedy in ("smaller `memory`", "fewer background rows", '`device="cpu"`'))
    assert _explain(raised.value.__cause__) == sentence
