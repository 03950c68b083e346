"""Start: three ways in - a sample, your own data, an earlier run."""

import streamlit as st

from dashboard.components import run_panel, samples
from dashboard.components.failures import explained
from dashboard.components.text import plain
from dashboard.state.state import atlas, go, selection

current = selection()

st.title("Which features act together?", anchor=False)
st.markdown(
    "A model's prediction is more than the sum of its features. Interaction Atlas measures which features act "
    "together, how strongly, and how sure that is, in the units of your data; and decomposes single predictions."
)

st.header("Try a sample", anchor=False, divider="gray")
st.caption("Real data and a trained network come with it; the first finding takes 10 to 30 seconds.")
columns = st.columns(len(samples.SHOWN))
for sample, column in zip(samples.SHOWN, columns, strict=True):
    with column, samples.card(sample.name):
        chosen = st.button(
            "Explore", key=f"explore/{sample.name}", type="primary", icon=":material/play_arrow:", width="stretch"
        )
        if chosen:
            with explained(), st.spinner("Opening the sample"):
                go(samples.screen_of(sample.name), run=samples.open_sample(sample.name))

own, model = st.columns(2)
with own:
    st.header("Use your own table", anchor=False, divider="gray")
    st.markdown(
        "CSV, Excel, Parquet or Feather: choose the column to predict, train a network, and see what interacts."
    )
    if st.button("Open a table", key="own", icon=":material/upload_file:"):
        go("data")
with model:
    st.header("Analyse an existing model", anchor=False, divider="gray")
    st.markdown("ONNX, scikit-learn, XGBoost, LightGBM or PyTorch: open its table first, then the model's file.")
    if st.button("Import a model", key="bring", icon=":material/neurology:"):
        go("model" if current.data else "data")

st.header("Continue an earlier run", anchor=False, divider="gray")
with explained():
    earlier = [view for view in atlas().runs() if view.specification.kind == "detect"][:8]
    if not earlier:
        st.caption("Every detection is kept and listed here, also after a restart.")
    for view in earlier:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"earlier/{view.id}"):
            st.markdown(f"**{plain(run_panel.title(view))}** on {plain(samples.data_name(view.specification.data))}")
            run_panel.badge(view)
            st.caption(run_panel.when(view), width="content")
            st.space("stretch")
            if st.button("Open", key=f"open/{view.id}", icon=":material/arrow_forward:"):
                go(run_panel.screen_of(view), run=view.id)
