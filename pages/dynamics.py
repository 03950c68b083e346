"""Training dynamics: how the patterns of a network come and go while it is trained, and where phase 2 begins."""

import streamlit as st

from dashboard.components.findings import show_finding
from dashboard.components.guards import need_dynamics
from dashboard.screens.dynamics import dynamics
from dashboard.screens.dynamics.dynamics_start import start
from dashboard.state.state import dataset

st.title("Training dynamics", anchor=False)
run, result = need_dynamics()
show_finding(result)

epoch = dynamics.choose_epoch(result)
dynamics.show_phases(result, epoch)

st.header("Patterns by their order", anchor=False, divider="gray")
measure = dynamics.choose_measure()
dynamics.show_checkpoint(result, epoch, measure)
dynamics.show_panels(result, epoch, measure)

dynamics.show_theory(result)
dynamics.show_table(result)

st.header("Another training", anchor=False, divider="gray")
with st.expander("Other options, or another seed", icon=":material/tune:"):
    start(dataset(run.specification.data), str(run.specification.model))
