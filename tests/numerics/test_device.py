"""Full precision while the engine computes, the caller's settings afterwards, and memory that runs out in words."""

import pytest
import torch

import interaction_engine as ie
from interaction_engine.core.errors import RunError, memory_sentence
from interaction_engine.numerics.device import computing
from interaction_engine.runs.worker.tasks import _explain

CARD = "The graphics card has too little free memory"


def precisions() -> list[str]:
    cuda, cudnn = torch.backends.cuda, torch.backends.cudnn
    return [one.fp32_precision for one in (cuda.matmul, cudnn.conv, cudnn.rnn)]


@pytest.fixture
def tf32():
    """A caller who lets a card compute products in TF32."""
    torch.set_float32_matmul_precision("high")
    yield
    torch.set_float32_matmul_precision("highest")


def test_products_are_exact_inside_and_the_callers_settings_come_back(tf32):
    outside = precisions()
    assert "tf32" in outside
    with computing():
        assert "tf32" not in precisions()
    assert precisions() == outside
    with pytest.raises(ValueError, match="defect"), computing():
        raise ValueError("a defect")
    assert precisions() == outside


def test_pytorchs_own_export_can_read_its_settings_inside():
    with computing():
        assert torch.backends.cudnn.allow_tf32 is False
    assert torch.backends.cudnn.allow_tf32 is True


def test_a_detection_computes_with_exact_products(tf32):
    data, seen = ie.load_sample("F8", rows=50), []

    def score(rows):
        seen.append(precisions())
        return rows[:, 0] * rows[:, 1]

    model = ie.wrap(score, data, takes="array")
    seen.clear()
    ie.detect("exact", model, data, top_k=1, background=10)
    assert "tf32" in precisions()
    assert seen
    assert all("tf32" not in one for one in seen)


@pytest.mark.parametrize(
    ("problem", "begins"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."), CARD),
        (torch.cuda.OutOfMemoryError("CUDA out of memory."), CARD),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), CARD),
        (MemoryError(), "The run needed more memory than there is"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"), "The run needed more memory than"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
def test_memory_that_runs_out_is_one_sentence_with_remedies(problem, begins):
    with pytest.raises(RunError) as raised, computing():
        raise problem
    sentence = str(raised.value)
    assert sentence.startswith(begins)
    assert "smaller `memory` budget" in sentence
    assert "fewer background rows" in sentence
    assert ('`device="cpu"`' in sentence) == (begins == CARD)
    assert _explain(problem) == sentence
    assert raised.value.__cause__ is problem


def test_other_errors_are_left_as_they_are():
    assert memory_sentence(RuntimeError("shapes do not match")) is None
    with pytest.raises(RuntimeError, match="shapes do not match"), computing():
        raise RuntimeError("shapes do not match")
