"""Cards as the driver's library tells of them, without PyTorch and without a process."""

import ctypes
import subprocess
import sys

import pytest

from interaction_engine.core import hardware
from interaction_engine.core.hardware import Card, cards, torch_uses_cards

H200 = Card("NVIDIA H200", 132 * 10**9, 139 * 10**9)
SMALL = Card("NVIDIA T4", 3 * 10**9, 16 * 10**9)


class Library:
    """A driver's library with some cards; `mute` ones do not answer."""

    def __init__(self, *known: Card, starts: int = 0, mute: tuple[int, ...] = ()) -> None:
        self.known, self.starts, self.mute, self.open = known, starts, mute, 0

    def nvmlInit_v2(self):  # noqa: N802
        self.open += self.starts == 0
        return self.starts

    def nvmlShutdown(self):  # noqa: N802
        self.open -= 1
        return 0

    def nvmlDeviceGetCount_v2(self, count):  # noqa: N802
        count._obj.value = len(self.known)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, place, handle):  # noqa: N802
        handle._obj.value = place + 1
        return 1 if place in self.mute else 0

    def nvmlDeviceGetName(self, handle, text, length):  # noqa: N802
        return self._write(text, length, self.known[handle.value - 1].name)

    def nvmlDeviceGetUUID(self, handle, text, length):  # noqa: N802
        return self._write(text, length, f"GPU-{handle.value}abc")

    def nvmlDeviceGetMemoryInfo(self, handle, memory):  # noqa: N802
        card = self.known[handle.value - 1]
        memory._obj.total, memory._obj.free = card.total, card.free
        return 0

    @staticmethod
    def _write(text, length, written):
        assert ctypes.sizeof(text) == length
        text.value = written.encode()
        return 0


@pytest.fixture
def driver(monkeypatch):
    def install(library):
        monkeypatch.setattr(hardware, "_library", lambda: library)
        return library

    return install


def test_cards_have_their_names_and_memory(driver):
    library = driver(Library(H200, SMALL))
    assert cards({}) == (H200, SMALL)
    assert library.open == 0


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("", ()), ("-1", ()), ("1", (SMALL,)), ("0,1", (H200, SMALL)), ("GPU-2ab", (SMALL,)), ("7", ())],
)
def test_hidden_cards_do_not_count(driver, shown, expected):
    driver(Library(H200, SMALL))
    assert cards({"CUDA_VISIBLE_DEVICES": shown}) == expected


def test_a_driver_that_does_not_start_or_a_card_that_does_not_answer_is_none(driver):
    driver(Library(H200, starts=9))
    assert cards({}) == ()
    driver(Library(H200, SMALL, mute=(0,)))
    assert cards({}) == (SMALL,)


def test_a_machine_without_a_driver_has_no_card(monkeypatch):
    monkeypatch.setattr(hardware, "LIBRARY", "libno-such-driver.so")
    assert cards({}) == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("from typing import Optional\n__version__ = '2.13.0'\ncuda: Optional[str] = '13.0'\n", True),
        ("__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = '6'\n", False),
        (None, False),
    ],
)
def test_the_build_of_pytorch_is_read_from_its_files(monkeypatch, tmp_path, written, expected):
    if written is not None:
        (tmp_path / "version.py").write_text(written)
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr(hardware, "find_spec", lambda name: spec)
    assert torch_uses_cards() is expected


def test_the_build_that_is_installed_is_read_rightly():
    import torch

    assert torch_uses_cards() == (torch.version.cuda is not None)


def test_neither_pytorch_nor_a_card_is_touched_by_looking_or_by_what_workers_are_forked_from():
    code = (
        "import sys; from interaction_engine.core import hardware; hardware.cards(); hardware.torch_uses_cards();"
        "assert 'torch' not in sys.modules;"
        "import torch; torch.cuda.is_available = torch.cuda.device_count = None;"
        "import interaction_engine.runs.worker.warm, interaction_engine.methods.registry;"
        "assert not torch.cuda.is_initialized()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
