"""A run on a card stays within its budget of memory, and says what helps where the card itself has too little."""

import numpy as np
import pandas as pd
import pytest
import torch

import interaction_engine as ie
from interaction_engine.errors import RunError
from interaction_engine.numerics.compute import Compute
from interaction_engine.runs.tasks import _explain
from interaction_engine.types import Kind

MB = 10**6
BUDGETS = ("50MB", "400MB")
METHODS = {
    "exact": {"top_k": 5, "background": 2000},
    "ucb": {"top_k": 5, "background": 2000},
    "cliques": {"top_k": 5, "background": 2000, "max_order": 3},
    "integrated_hessians": {"rows": 200, "nodes": 32},
    "expected_hessians": {"rows": 100, "nodes": 32, "baselines": 4},
    "input_hessian": {"rows": 2000},
    "and_or": {"rows": 4},
}


@pytest.fixture(scope="module")
def data():
    rows = np.random.default_rng(0).standard_normal((4000, 12))
    names = [f"x{place}" for place in range(12)]
    frame = pd.DataFrame(rows, columns=names).assign(y=rows[:, 0] * rows[:, 1] + rows[:, 2])
    return ie.read_dataset(frame, target="y", kinds=dict.fromkeys(names, Kind.NUMERIC), name="wide")


@pytest.fixture(scope="module")
def model(data):
    return ie.train(data, "ensemble", members=2, hidden=(256, 256), epochs=1, compute=Compute("cuda"))


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("method", METHODS)
def test_a_detection_stays_within_its_budget(data, model, method, budget):
    compute = Compute("cuda", memory=budget)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    ie.detect(method, model, data, compute=compute, **METHODS[method])
    taken = torch.cuda.max_memory_allocated() - before
    assert taken <= 1.25 * compute.memory_bytes + 20 * MB  # the rows, the weights and cuBLAS's workspace come on top


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
            ie.detect("exact", model, data, compute=Compute("cuda", memory="4GB"), top_k=5, background=4000)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    sentence = str(raised.value)
    assert sentence.startswith("The graphics card has too little free memory")
    assert all(remedy in sentence for remedy in ("smaller `memory`", "fewer background rows", '`device="cpu"`'))
    assert _explain(raised.value.__cause__) == sentence
