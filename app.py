"""The dashboard: `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from dashboard.components import fragments
from dashboard.components.failures import explained
from dashboard.components.preload import preload
from dashboard.components.sidebar import shown_selection

MARKS = Path(__file__).parent / "dashboard"

fragments.forget_earlier()
st.set_page_config(page_title="Interaction Atlas", page_icon=MARKS / "mark.svg", layout="wide")
st.logo(MARKS / "wordmark.svg", icon_image=MARKS / "mark.svg", size="large")

screen = st.navigation(
    [
        st.Page("pages/start.py", title="Start", icon=":material/explore:", default=True),
        st.Page("pages/data.py", title="Data", icon=":material/table:"),
        st.Page("pages/model.py", title="Model", icon=":material/neurology:"),
        st.Page("pages/detect.py", title="Detect", icon=":material/radar:"),
        st.Page("pages/pairs.py", title="Pairs", icon=":material/grid_on:"),
        st.Page("pages/higher_order.py", title="Higher order", icon=":material/hub:"),
        st.Page("pages/and_or.py", title="AND-OR", icon=":material/join_inner:"),
        st.Page("pages/explain.py", title="Explain one row", icon=":material/waterfall_chart:"),
        st.Page("pages/dynamics.py", title="Training dynamics", icon=":material/timeline:"),
        st.Page("pages/shapes.py", title="Shapes", icon=":material/show_chart:"),
        st.Page("pages/confidence.py", title="Confidence", icon=":material/align_horizontal_center:"),
    ]
)
with explained(), shown_selection():
    screen.run()
preload()
