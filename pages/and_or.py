"""AND-OR: one prediction taken apart into the patterns of features that make it up."""

import streamlit as st

from dashboard.components.findings import show_finding
from dashboard.components.guards import need_patterns
from dashboard.screens.and_or import and_or, and_or_figures
from dashboard.screens.and_or.and_or_parts import show_parts
from dashboard.screens.and_or.and_or_start import start
from dashboard.state.state import dataset

st.title("AND-OR", anchor=False)
run, found = need_patterns()
show_finding(found)

sample = and_or.choose_sample(found)
and_or.show_sample(found, sample)
show_parts(found, sample)
and_or.show_patterns(found, sample)
and_or_figures.show_curves(found, sample)
and_or_figures.show_orders(found, sample)
and_or_figures.show_players(found, sample)
and_or_figures.show_transfer(found)

st.header("Another prediction", anchor=False, divider="gray")
start(dataset(run.specification.data), str(run.specification.model))
