"""How good a model is, in one sentence."""

from ...models.model_report import ModelReport
from ..common.phrases import named, number, percent, score

RIGHT_ORDER = 0.3
"""A brought model of this R² reads its inputs from the right columns: with columns exchanged it would guess."""


def model_sentence(report: ModelReport) -> str:
    """How well a model predicts rows held out; for a brought model, whether its inputs are matched."""
    metrics, name = report.metrics, named(report.name)
    brought = report.curves.empty and report.format != "network"
    rows = "your held-out rows" if brought else "held-out rows"
    right = f"{percent(float(metrics['accuracy']))} of {rows} are classified correctly" if "accuracy" in metrics else ""
    if "r2" in metrics:
        r2 = float(metrics["r2"])
        scores = f"R² = {score(r2)}" + (f", RMSE = {number(float(metrics['rmse']), 3)}" if "rmse" in metrics else "")
        if not r2 > 0:
            return f"{name} predicts {rows} no better than their mean does ({scores})."
        matched = ": its inputs are matched to the right columns" if brought and r2 >= RIGHT_ORDER else ""
        return f"{name} explains {percent(r2)} of the variance of {rows} ({scores}){matched}."
    if "auc" in metrics:
        auc = float(metrics["auc"])
        worth = "tells the classes apart" if auc > 0.5 else "tells the classes apart no better than chance"
        return f"{name} {worth} on {rows} (ROC-AUC = {score(auc)}{f'; {right}' if right else ''})."
    return f"By {name}, {right}." if right else f"{name} was not scored on {rows}."
