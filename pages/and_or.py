"""AND-OR: one prediction taken apart into the patterns of features that make it up."""

import streamlit as st

from dashboard.components.findings import show_finding
from dashboard.components.guards import need_patterns
from dashboard.screens.and_or import and_or, and_or_figures
from dashboard.screens.and_or.and_or_parts import show_parts
from dashboard.screens.and_or.and_or_start import start
from dashboard.state.state import dataset

st.title("AND-OR", anchor=False)
run, result = need_patterns()
show_finding(result)

sample = and_or.choose_sample(result)
and_or.show_sample(result, sample)
show_parts(result, sample)
and_or.show_patterns(result, sample)
and_or_figures.show_curves(result, sample)
and_or_figures.show_orders(result, sample)
and_or_figures.show_players(result, sample)
and_or_figures.show_transfer(result)

st.header("Another prediction", anchor=False, divider="gray")
start(dataset(run.specification.data), str(run.specification.model))
