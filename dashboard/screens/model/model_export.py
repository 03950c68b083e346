"""A model as a file for other programs: made when it is asked for, and measured against the model."""

import streamlit as st

from dashboard.components import run_panel, text
from dashboard.components.findings import caveats
from dashboard.state.attempts import latest
from dashboard.state.state import atlas, result_of
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.methods.networks.registration import EXPORT
from interaction_engine.models.io.export.exported import Exported
from interaction_engine.runs.specification import Specification

FORMATS = {".onnx": "ONNX", ".pt2": "PyTorch (.pt2)"}


def show(model_id: str, data_id: str) -> None:
    """A button per format, and the file once it is made."""
    st.subheader("Export the model", anchor=False)
    st.caption("A file that other programs can run without this one; it can also be imported here.")
    for format, title in FORMATS.items():
        _file(model_id, data_id, format, title)


def _file(model_id: str, data_id: str, format: str, title: str) -> None:
    requested = Specification(kind="view", method=EXPORT.name, options={"format": format}, data=data_id, model=model_id)
    view = latest(requested)
    if view is None:
        if st.button(f"Prepare {title}", key=f"export/{model_id}/{format}", icon=":material/output:"):
            atlas().submit(requested)
            st.rerun()
        return
    view = run_panel.quiet(view.id, f"Writing and checking the {title} file")
    if view.status != RunStatus.DONE:
        return
    exported = result_of(view.id)
    assert isinstance(exported, Exported)
    name, mime = f"model{format}", "application/octet-stream"
    with st.container(horizontal=True, vertical_alignment="center", key=f"exported/{format}"):
        st.download_button(f"Save {title}", exported.content, name, mime, key=f"save/{format}", on_click="ignore")
        st.caption(text.prose(words.export_sentence(exported)), width="stretch")
    caveats(exported.provenance.notes)
