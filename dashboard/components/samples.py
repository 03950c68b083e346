"""From a sample's name to a run that is under way: its data, its shipped network, a detection."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components.text import plain
from dashboard.state.state import atlas, dataset
from interaction_engine.core.errors import InputError, InteractionError
from interaction_engine.data.samples import FOLDER, SAMPLES, load_sample
from interaction_engine.methods.and_or.registration import AND_OR
from interaction_engine.methods.finite_differences.registration import UCB
from interaction_engine.methods.registry import Method
from interaction_engine.methods.training_dynamics.registration import DYNAMICS
from interaction_engine.runs.specification import Specification

SHOWN = tuple(SAMPLES[name] for name in ("bike", "california", "adult", "reviews", "F8") if name in SAMPLES)
ICONS = {"bike": "pedal_bike", "california": "home", "adult": "groups", "reviews": "reviews"}


@dataclass(frozen=True)
class Look:
    """What of a sample is looked at first: the method, and its options."""

    method: Method
    options: Mapping[str, Any] = field(default_factory=dict)


PAIRS = Look(UCB)
TRAINING = Look(DYNAMICS)
SENTENCE = Look(AND_OR, {"sentence": "A film that is neither funny nor moving."})
PICTURE = Look(AND_OR, {"row": 3, "parts": "patches", "max_players": 9})
FIRST = {"digits": TRAINING, "mnist": PICTURE, "reviews": SENTENCE}
"""Where it is not the pairs: pairs of hundreds of pixels, or of the third and the eighth word, say little."""


def card(name: str) -> DeltaGenerator:
    """A box with a sample's title, question and size; what is written into it stands at its foot."""
    sample = SAMPLES[name]
    box = st.container(border=True, height="stretch", vertical_alignment="distribute", key=f"sample/{name}")
    words = box.container()
    words.subheader(f":material/{ICONS.get(name, 'functions')}: {plain(sample.title)}", anchor=False)
    words.markdown(plain(sample.question))
    words.caption(f"{sample.rows:,} rows, {'generated' if sample.synthetic else plain(sample.licence)}.")
    return box


def open_sample(name: str) -> str:
    """Store a sample and its network, submit a detection on them, and return the run's id."""
    data, model = _stored(os.environ.get("ATLAS_HOME"), name)
    look = FIRST.get(name, PAIRS)
    return atlas().submit(
        Specification(kind="detect", method=look.method.name, options=look.options, data=data, model=model, seed=0)
    )


def screen_of(name: str) -> str:
    """The screen that shows what is looked at first."""
    return FIRST.get(name, PAIRS).method.screen


def open_data(name: str) -> str:
    """Store a sample's table only, for a model of one's own; returns the id of its data."""
    return atlas().store.put_dataset(load_sample(name))


def data_name(identifier: str) -> str:
    """The name of stored data, or what is known of it."""
    try:
        return dataset(identifier).name
    except InteractionError:
        return "data that are no longer stored"


@st.cache_resource(show_spinner=False)
def _stored(home: str | None, name: str) -> tuple[str, str]:
    """The ids of a sample's data and of the network that comes with it; both are stored by their content, once."""
    data = atlas().store.put_dataset(load_sample(name))
    network = FOLDER / "models" / f"{name}.safetensors"
    if not network.exists():
        raise InputError(f"The sample `{name}` has no trained network here; use its data only and train one.")
    architecture = network.with_suffix(".json").read_bytes()
    return data, atlas().store.put_model_file(network, f"{name}.safetensors", data, architecture=architecture)
