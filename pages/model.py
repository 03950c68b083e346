"""Model: train one here, or bring one; either is checked on the held-out rows before anything is read from it."""

import streamlit as st

from dashboard.components import run_panel
from dashboard.components.compute_choice import compute_choice
from dashboard.components.costs import show_cost
from dashboard.components.failures import explained
from dashboard.components.forms import options_form
from dashboard.components.guards import need_data
from dashboard.components.text import name, plain
from dashboard.screens.model.bringing import bring_model
from dashboard.screens.model.model_report import finished_report, need_report, show_report
from dashboard.screens.model.training import trainers
from dashboard.state.state import atlas, go, select, selection
from interaction_engine.core.types import Capability
from interaction_engine.runs.specification import Specification

st.title("Model", anchor=False)
data = need_data()
current = selection()
working = False

if current.training:
    with explained():
        working = not run_panel.follow(current.training).finished
        report = finished_report(current.training)
        if report and report.model_id != current.model:
            current = select(model=report.model_id, training=current.training)
if current.model and not working:
    with explained():
        note = need_report()
        show_report(note)
        with st.container(horizontal=True, key="model-next"):
            if st.button("Detect interactions", type="primary", icon=":material/radar:"):
                go("detect")
            if Capability.TERMS.value in note.capabilities and st.button(
                "See its shapes", icon=":material/show_chart:", key="model/shapes"
            ):
                others = [one for one in current.models or () if one != note.model_id]
                go("shapes", models=(*others, note.model_id))

st.header(
    "Another model" if current.model or current.training else f"A model of {name(data.target.name)}",
    anchor=False,
    divider="gray",
)
train_tab, bring_tab = st.tabs([":material/model_training: Train one here", ":material/upload_file: Import a model"])

with train_tab:
    offered = trainers(data)
    method = st.radio(
        "Kind of model",
        offered,
        format_func=lambda trainer: plain(trainer.title),
        captions=[plain(one.summary) for one in offered],
        label_visibility="collapsed",
    )
    options = options_form(method)
    compute = compute_choice()
    with explained():
        seed = method.read_options(options).get("seed", 0)
        requested = Specification(
            kind="train", method=method.name, options=options, data=str(current.data), seed=seed, compute=compute
        )
        show_cost(requested)
        if st.button("Train", type="primary", icon=":material/play_arrow:"):
            select(training=atlas().submit(requested))
            st.rerun()

with bring_tab:
    bring_model(str(current.data))
