"""Where a run computes is chosen on the screen, which names the card and its free memory where there is one."""

import pytest

from dashboard.components import compute_choice
from interaction_engine.core.hardware import Card
from interaction_engine.runs.client import Atlas
from tests.dashboard.stand_ins import MODEL
from tests.dashboard.test_pages import texts

H200 = Card("NVIDIA H200", 132 * 10**9, 139 * 10**9)


def words(app) -> str:
    """What a page says, as it is read."""
    return texts(app).replace("\\", "")


@pytest.fixture
def hardware(monkeypatch):
    """A machine with some cards, and a PyTorch that is built for them or not."""

    def install(*cards: Card, built: bool = True) -> None:
        compute_choice._cards.clear()
        compute_choice._torch_uses_cards.clear()
        monkeypatch.setattr(compute_choice, "cards", lambda: cards)
        monkeypatch.setattr(compute_choice, "torch_uses_cards", lambda: built)

    yield install
    compute_choice._cards.clear()
    compute_choice._torch_uses_cards.clear()


@pytest.fixture
def asked(monkeypatch):
    """The specifications that pages submit."""
    submitted = []
    submit = Atlas.submit
    monkeypatch.setattr(Atlas, "submit", lambda self, run: (submitted.append(run), submit(self, run))[1])
    return submitted


def test_without_a_card_the_cpu_is_used(open_page, hardware, checked, data_id):
    hardware()
    app = open_page("model", data=data_id)
    assert "No GPU on this machine: the CPU is used." in words(app)
    assert "compute/device" not in [radio.key for radio in app.radio]


def test_a_card_is_named_with_its_free_memory_and_can_be_left_alone(open_page, hardware, asked, data_id):
    hardware(H200)
    app = open_page("model", data=data_id)
    assert "NVIDIA H200, 132 of 139 GB free." in words(app)
    assert asked[-1].compute == {}
    app.radio(key="compute/device").set_value("cpu").run()
    app.selectbox(key="compute/memory").set_value("4GB").run()
    assert asked[-1].kind == "plan"
    assert asked[-1].compute == {"device": "cpu", "memory": "4GB"}


def test_a_detection_computes_where_it_is_told(open_page, hardware, asked, checked, data_id):
    hardware(H200, H200)
    app = open_page("detect", data=data_id, model=MODEL)
    assert "NVIDIA H200 (the first of 2), 132 of 139 GB free." in words(app)
    app.radio(key="compute/device").set_value("cpu").run()
    assert asked[-1].method == "ucb"
    assert asked[-1].compute == {"device": "cpu"}


def test_a_card_that_this_pytorch_cannot_use_is_told(open_page, hardware, data_id):
    hardware(H200, built=False)
    app = open_page("model", data=data_id)
    assert "but this PyTorch is built for the CPU, which is used" in words(app)
    assert "compute/device" not in [radio.key for radio in app.radio]


def test_workers_elsewhere_have_their_own_cards(open_page, hardware, monkeypatch, data_id):
    monkeypatch.setenv("ATLAS_SCHEDULER", "tcp://10.0.0.1:8786")
    hardware(H200)
    app = open_page("model", data=data_id)
    assert "Workers of an external scheduler compute the runs" in words(app)
    assert "compute/device" not in [radio.key for radio in app.radio]


@pytest.mark.parametrize(
    ("free", "total", "expected"),
    [(132, 139, "132 of 139 GB"), (0.4, 16, "400 MB of 16 GB"), (3.2, 8, "3.2 of 8 GB")],
)
def test_sizes_stand_in_one_unit(free, total, expected):
    assert compute_choice._of(int(free * 10**9), int(total * 10**9)) == expected
