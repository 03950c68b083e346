"""Higher order: which sets of three and more features act together, found order by order."""

import streamlit as st

from dashboard.components.findings import show_finding
from dashboard.components.guards import need_subsets
from dashboard.screens.higher_order import higher_order
from dashboard.screens.higher_order.levels import show_levels
from dashboard.screens.higher_order.triple import show_triple

st.title("Higher order", anchor=False)
run, result = need_subsets()
show_finding(result)

look = higher_order.choose_look(result)
drawing, numbers = higher_order.sides(result)
with drawing:
    higher_order.show_drawing(result, look)
with numbers:
    higher_order.show_accepted(result, look)

show_levels(result)
show_triple(run, result)
