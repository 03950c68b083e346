"""What is known of the current model on the current rows: one sentence, score, calibration, inputs, loss curves."""

import pandas as pd
import streamlit as st

from dashboard.components import run_panel
from dashboard.components.figures import show_figure
from dashboard.components.findings import say
from dashboard.components.text import plain, prose
from dashboard.state.state import atlas, result_of, select, selection
from interaction_engine import plots
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.models.model_report import ModelReport
from interaction_engine.runs.specification import Specification

METRICS = {
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "auc": "ROC-AUC",
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
}


def need_report() -> ModelReport:
    """The report on the current model, from its training or check; one that nobody checked yet is checked now."""
    current = selection()
    note = finished_report(current.training)
    if note and note.model_id == current.model:
        return note
    check = Specification(kind="check", method="check", data=str(current.data), model=current.model)
    view = run_panel.quiet(atlas().submit(check), "Checking the model on your rows")
    report = finished_report(view.id)
    if report is None:
        st.stop()
    select(training=view.id)
    return report


def finished_report(run_id: str | None) -> ModelReport | None:
    """The report that a training or a check left; None while there is none."""
    if run_id is None or atlas().run(run_id).status != RunStatus.DONE:
        return None
    report = result_of(run_id)
    return report if isinstance(report, ModelReport) else None


def show_report(report: ModelReport) -> None:
    """Everything that the check or the training found out."""
    say(words.model_sentence(report))
    for warning in report.warnings:
        st.warning(prose(warning), icon=":material/warning:")
    with st.container(horizontal=True, key="metrics"):
        for key, value in report.metrics.items():
            st.metric(METRICS.get(key, plain(key)), f"{value:.3g}", border=True, width=150, help="On held-out rows")
        if report.n_parameters:
            st.metric("Parameters", f"{report.n_parameters:,}", border=True, width=170)
    left, right = st.columns(2, gap="medium")
    with left:
        _calibration(report)
    with right:
        if len(report.curves):
            _curves(report)
        else:
            _mapping(report)
    if len(report.curves):
        with st.expander("Input mapping", icon=":material/cable:"):
            _mapping(report)


def _calibration(report: ModelReport) -> None:
    st.subheader("Calibration", anchor=False)
    st.caption("Held-out rows binned by prediction: on the diagonal, predictions agree with observations.")
    show_figure(
        "calibration",
        lambda theme: plots.calibration(report, theme=theme),
        report.calibration,
        report.provenance,
        alt="Observed against predicted target in groups of held-out rows",
    )


def _curves(report: ModelReport) -> None:
    st.subheader("Training", anchor=False)
    st.caption("Loss by epoch; training stops when the validation loss stops improving.")
    show_figure(
        "loss-curves",
        lambda theme: plots.loss_curves(report, theme=theme),
        report.curves,
        report.provenance,
        alt="Training and validation loss by epoch",
    )


def _mapping(report: ModelReport) -> None:
    st.subheader("Inputs", anchor=False)
    n_other = sum(model_input != feature for model_input, feature in report.mapping)
    by_position = f"{n_other} of {len(report.mapping)} inputs are matched by position, not by name."
    st.caption(by_position if n_other else "Every input is matched by name.")
    table = pd.DataFrame(list(report.mapping), columns=["model input", "feature"])
    st.dataframe(table, hide_index=True, height=320, alt="Each model input with the feature that feeds it")
