"""Training dynamics: how the patterns of a network come and go while it is trained, and where phase 2 begins."""

import streamlit as st

from dashboard.components.findings import show_finding
from dashboard.components.guards import need_dynamics
from dashboard.screens.dynamics import dynamics
from dashboard.screens.dynamics.dynamics_start import start
from dashboard.state.state import dataset

st.title("Training dynamics", anchor=False)
run, found = need_dynamics()
show_finding(found)

epoch = dynamics.choose_epoch(found)
dynamics.show_phases(found, epoch)

st.header("Patterns by their order", anchor=False, divider="gray")
measure = dynamics.choose_measure()
dynamics.show_checkpoint(found, epoch, measure)
dynamics.show_panels(found, epoch, measure)

dynamics.show_theory(found)
dynamics.show_table(found)

st.header("Another training", anchor=False, divider="gray")
with st.expander("Other options, or another seed", icon=":material/tune:"):
    start(dataset(run.specification.data), str(run.specification.model))
