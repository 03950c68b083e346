"""Pairs: which features interact, and what the chosen pair does to the prediction."""

import streamlit as st

from dashboard.components.figures import side_by_side
from dashboard.components.findings import show_finding
from dashboard.components.guards import need_pairs
from dashboard.screens.confidence import group_hessians
from dashboard.screens.pairs import pair_map
from dashboard.state import current_pair

st.title("Pairs", anchor=False)
run, result = need_pairs()
group = group_hessians.group_of(run)
show_finding(group or result)

look = pair_map.choose_look(result)
map_side, ranking_side = side_by_side("map-and-ranking", second=330)
with map_side:
    pair_map.show_map(result, look)
with ranking_side:
    pair_map.show_ranking(result, look)

current_pair.show_effect(run, result)

if group:
    group_hessians.show_regions(group, current_pair.current_pair(result))
    group_hessians.show_screening(group)
