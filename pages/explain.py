"""Explain one row: from the baseline to one prediction, by features and by pairs of them; and what would change it."""

import streamlit as st

from dashboard.components.guards import need_explanations
from dashboard.screens.explain import explain, explain_over_rows, explain_what_if
from dashboard.screens.explain.explain_start import start
from dashboard.state.state import dataset

st.title("Explain one row", anchor=False)
run, result = need_explanations()
data = dataset(run.specification.data)
row = explain.current_row(result)
explain.show_finding(result, row, data)

explain.choose_row(result, row)
explain.show_row(result, row, data)
explain.show_checks(result, row)
explain.show_parts(result, row, data)
explain.show_main_effects(result, row, data)

explain_what_if.show(run, result, row, data)

explain_over_rows.show_pair(result, row, data)
explain_over_rows.show_accuracy(result)

st.header("Another explanation", anchor=False, divider="gray")
start(data, str(run.specification.model))
