"""Pairs: which features interact, and what the chosen pair does to the prediction."""

import streamlit as st

from dashboard.components.figures import side_by_side
from dashboard.components.findings import show_finding
from dashboard.components.guards import need_pairs
from dashboard.screens.confidence import group_hessians
from dashboard.screens.pairs import pair_map
from dashboard.state import current_pair

st.title("Pairs", anchor=False)
run, found = need_pairs()
group = group_hessians.group_of(run)
show_finding(group or found)

look = pair_map.choose_look(found)
map_side, ranking_side = side_by_side("map-and-ranking", second=330)
with map_side:
    pair_map.show_map(found, look)
with ranking_side:
    pair_map.show_ranking(found, look)

current_pair.show_effect(run, found)

if group:
    group_hessians.show_regions(group, current_pair.current_pair(found))
    group_hessians.show_screening(group)
