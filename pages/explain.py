"""Explain one row: from the baseline to one prediction, by features and by pairs of them; and what would change it."""

import streamlit as st

from dashboard.components.guards import need_explanations
from dashboard.screens.explain import explain, explain_over_rows, explain_what_if
from dashboard.screens.explain.explain_start import start
from dashboard.state.state import dataset

st.title("Explain one row", anchor=False)
run, found = need_explanations()
data = dataset(run.specification.data)
row = explain.current_row(found)
explain.show_finding(found, row, data)

explain.choose_row(found, row)
explain.show_row(found, row, data)
explain.show_checks(found, row)
explain.show_parts(found, row, data)
explain.show_main_effects(found, row, data)

explain_what_if.show(run, found, row, data)

explain_over_rows.show_pair(found, row, data)
explain_over_rows.show_accuracy(found)

st.header("Another explanation", anchor=False, divider="gray")
start(data, str(run.specification.model))
