"""Bringing a model: its file goes to the store unread, and a worker checks it on the user's rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.failures import explained
from dashboard.state.state import atlas, select
from interaction_engine.core.errors import InputError
from interaction_engine.runs.specification import Specification

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SUFFIXES = ("onnx", "safetensors", "skops", "json", "ubj", "txt", "pt2")


def bring_model(data_id: str) -> None:
    """The form that takes a model's file and has it checked."""
    st.markdown(
        "ONNX `.onnx`, scikit-learn `.skops`, XGBoost `.json` or `.ubj`, LightGBM `.txt`, PyTorch `.pt2`, or a network "
        "trained here: `.safetensors` with its `.json`. Inputs are matched to your columns by name, then by position."
    )
    files = st.file_uploader("Model file", type=list(SUFFIXES), accept_multiple_files=True, key="model-file")
    trust = False
    if any(file.name.lower().endswith(".pt2") for file in files):
        st.warning(
            "A `.pt2` file can run code when it is opened. Open only files that you made or that come from a source "
            "you trust."
        )
        trust = st.checkbox("I trust this file", key="model-trust")
    if st.button("Check on my data", type="primary", icon=":material/fact_check:", disabled=not files):
        with explained():
            model, architecture = _parts(files)
            if model.name.lower().endswith(".pt2") and not trust:
                raise InputError("A `.pt2` file is opened only if you trust it; tick “I trust this file”.")
            brought = atlas().store.put_model_file(
                model, model.name, data_id, trust=trust, architecture=architecture.getvalue() if architecture else None
            )
            check = Specification(kind="check", method="check", data=data_id, model=brought)
            select(training=atlas().submit(check))
            st.rerun()


def _parts(files: "Sequence[UploadedFile]") -> "tuple[UploadedFile, UploadedFile | None]":
    """The model's own file, and the architecture that belongs to a `.safetensors` file."""
    if len(files) == 1:
        return files[0], None
    weights = [file for file in files if file.name.lower().endswith(".safetensors")]
    architectures = [file for file in files if file.name.lower().endswith(".json")]
    if len(files) == 2 and weights and architectures:
        return weights[0], architectures[0]
    names = ", ".join(f"`{file.name}`" for file in files)
    raise InputError(
        f"One file is expected, or a `.safetensors` file with its `.json`; got {names}. Remove the others."
    )
