"""Analyse a training: a network is trained on the current data, and predictions at its checkpoints are decomposed."""

import streamlit as st

from dashboard.components.compute_choice import compute_choice
from dashboard.components.failures import explained
from dashboard.components.subject import size_of
from dashboard.components.text import name
from dashboard.state.state import atlas, select, selection
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods.training_dynamics.registration import DYNAMICS
from interaction_engine.runs.specification import Specification


def teach(data: Dataset, model: str) -> None:
    """What this screen is for, and the form that starts its first result."""
    with st.container(border=True, key="empty"):
        st.subheader(":material/timeline: No training analysed yet", anchor=False)
        st.markdown(
            "A network learns in two phases. First it drops complicated patterns until it is left with simple ones; "
            "then patterns of more and more features come in, and with them it begins to overfit. A network is trained "
            "here on your data, and some test samples are taken apart at every checkpoint, so that both phases, the "
            "moment where the second begins, and the gap between training and test loss are seen on one time axis."
        )
        start(data, model)


def start(data: Dataset, model: str) -> None:
    """The options of a training, drawn from the method's own signature, and the button."""
    st.markdown(f"On {name(data.name)}: {len(data):,} rows, {size_of(data)}.")
    from dashboard.components.forms import options_form
    from interaction_engine.methods.registry import method  # which brings torch along, and no result needs it

    with explained():
        watching = method(DYNAMICS.name)
        options = options_form(watching, names=data.space.names)
        compute = compute_choice()
        if st.button("Analyse a training", type="primary", icon=":material/play_arrow:", key="dynamics/go"):
            specification = Specification(
                kind="detect",
                method=DYNAMICS.name,
                options=watching.read_options(options),
                data=str(selection().data),
                model=model,
                seed=options.get("seed", 0),
                compute=compute,
            )
            select(run=atlas().submit(specification))
            st.rerun()
