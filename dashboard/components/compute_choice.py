"""Where a run computes, and how much memory it may take."""

import os

import streamlit as st

from dashboard.components.text import memory, plain
from interaction_engine.core.hardware import Card, cards, torch_uses_cards

MEMORIES = ("250MB", "500MB", "1GB", "2GB", "4GB", "8GB", "16GB", "32GB")
USUAL = "1GB"
SECONDS = 10
"""How long what is known of the cards is shown; their free memory changes from run to run."""

NO_CARD = "No GPU on this machine: the CPU is used."
ELSEWHERE = "Workers of an external scheduler compute the runs, on their GPU where they have one, else on their CPU."


def compute_choice() -> dict[str, str]:
    """The arguments of `Compute` that differ from its defaults: so a run without a choice keeps its id."""
    gpus: tuple[Card, ...] = _cards() if not os.environ.get("ATLAS_SCHEDULER") else ()
    card = gpus[0] if gpus and _torch_uses_cards() else None
    chosen: dict[str, str] = {}
    with st.expander("Device and memory", icon=":material/memory:"):
        st.caption(plain(_sentence(gpus, card is not None)))
        if card and _device(card) == "cpu":
            chosen["device"] = "cpu"
        budget = st.selectbox(
            "Working memory",
            MEMORIES,
            index=MEMORIES.index(USUAL),
            help=(
                "Memory a run may use beyond its data and its model. More allows larger batches; results do not change."
            ),
            key="compute/memory",
            persist_state="session",
        )
        if budget != USUAL:
            chosen["memory"] = budget
    return chosen


def _device(card: Card) -> str:
    words = {"auto": f"the GPU ({plain(card.name)})", "cpu": "the CPU"}
    return st.radio("Device", list(words), format_func=words.__getitem__, key="compute/device", persist_state="session")


def _sentence(gpus: tuple[Card, ...], usable: bool) -> str:
    """What a run can compute on."""
    if os.environ.get("ATLAS_SCHEDULER"):
        return ELSEWHERE
    if not gpus:
        return NO_CARD
    first = gpus[0]
    several = f" (the first of {len(gpus)})" if len(gpus) > 1 else ""
    note = f"{first.name}{several}, {_of(first.free, first.total)} free"
    if not usable:
        return f"{note}; but this PyTorch is built for the CPU, which is used. Install its CUDA build to use the GPU."
    return f"{note}."


def _of(free: int, total: int) -> str:
    """Two sizes of memory in the unit of the larger: 132 of 139 GB."""
    unit = memory(total).rpartition(" ")[2]
    return f"{memory(free).removesuffix(f' {unit}')} of {memory(total)}"


@st.cache_data(ttl=SECONDS, show_spinner=False)
def _cards() -> tuple[Card, ...]:
    return cards()


@st.cache_resource(show_spinner=False)
def _torch_uses_cards() -> bool:
    return torch_uses_cards()
