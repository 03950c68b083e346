"""Higher order: which sets of three and more features act together, found order by order."""

import streamlit as st

from dashboard.components.findings import show_finding
from dashboard.components.guards import need_subsets
from dashboard.screens.higher_order import higher_order
from dashboard.screens.higher_order.levels import show_levels
from dashboard.screens.higher_order.triple import show_triple

st.title("Higher order", anchor=False)
run, found = need_subsets()
show_finding(found)

look = higher_order.choose_look(found)
drawing, numbers = higher_order.sides(found)
with drawing:
    higher_order.show_drawing(found, look)
with numbers:
    higher_order.show_accepted(found, look)

show_levels(found)
show_triple(run, found)
