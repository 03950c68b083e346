"""Detect: choose a method, see what it will cost, watch the race, come back to its result."""

import streamlit as st

from dashboard.components import run_panel
from dashboard.components.compute_choice import compute_choice
from dashboard.components.failures import explained
from dashboard.components.findings import show_outcome
from dashboard.components.forms import options_form
from dashboard.components.guards import need_data, need_model
from dashboard.screens.detect.detection import method_choice, show_plan
from dashboard.screens.model.model_report import need_report
from dashboard.state.class_choice import class_choice
from dashboard.state.state import atlas, select, selection
from interaction_engine.core.status import RunStatus
from interaction_engine.runs.specification import Specification

st.title("Detect", anchor=False)
data = need_data()
model = need_model()
current = selection()

if current.run:
    with explained():
        view = run_panel.follow(current.run)
        if view.status == RunStatus.DONE:
            show_outcome(current.run)

st.header("Another detection" if current.run else "Detection method", anchor=False, divider="gray")
method = method_choice(need_report())
class_index = class_choice(data)
options = options_form(method, names=data.space.names)
compute = compute_choice()
with explained():
    specification = Specification(
        kind="detect",
        method=method.name,
        options=method.read_options(options),
        data=str(current.data),
        model=model,
        class_index=class_index,
        seed=options.get("seed", 0),
        compute=compute,
    )
    show_plan(specification, method)
    if st.button("Start the detection", type="primary", icon=":material/play_arrow:"):
        select(run=atlas().submit(specification))
        st.rerun()

st.header("All detections on these data", anchor=False, divider="gray")
with explained():
    views = [view for view in atlas().runs() if view.specification.kind == "detect"]
    views = [view for view in views if view.specification.data == current.data]
    if not views:
        st.caption("None yet. Several detections can run at the same time, also while you view other screens.")
    run_panel.show_runs(views, current.run)
