"""From a sample's name to a run that is under way: its data, its shipped network, a detection."""

import os

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.state import atlas, dataset
from dashboard.text import plain
from interaction_engine.data import SAMPLES, load_sample
from interaction_engine.data.samples import FOLDER
from interaction_engine.errors import InputError, InteractionError
from interaction_engine.runs.specification import Specification

SHOWN = tuple(SAMPLES[name] for name in ("bike", "california", "adult", "F8"))
FIRST = {"digits": ("dynamics", "dynamics"), "mnist": ("dynamics", "dynamics")}
"""What is looked at first where it is not the pairs: the method, and the screen that shows it. Pairs of hundreds of
pixels say little; how a network learns them is what images are here for."""

ICONS = {"bike": "pedal_bike", "california": "home", "adult": "groups"}


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
    method, _ = FIRST.get(name, ("ucb", "pairs"))
    return atlas().submit(Specification(kind="detect", method=method, options={}, data=data, model=model, seed=0))


def screen_of(name: str) -> str:
    """The screen that shows what is looked at first."""
    return FIRST.get(name, ("ucb", "pairs"))[1]


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
