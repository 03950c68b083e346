"""How good a model is, and what more features together or more pairs improve, in words."""

import pandas as pd

from ...models.model_report import ModelReport
from ..common.phrases import count, named, number, percent, score

ENOUGH = 0.005
"""A metric within this of the best one is as good: another seed moves it as far."""


def accuracy_sentence(table: pd.DataFrame, metric: str) -> str:
    """Of networks of several sizes, the best one and the smallest that is about as good.

    `table` is that of `plots.accuracy_curves`; networks of the same size count by their mean, those with other options
    than the usual ones not at all.
    """
    sentences = [_of_kind(table[table["usual"] & (table["kind"] == kind)], kind, metric) for kind in ("nit", "paraace")]
    return " ".join(sentence for sentence in sentences if sentence)


def _of_kind(rows: pd.DataFrame, kind: str, metric: str) -> str:
    if rows.empty:
        return ""
    means = rows.groupby("size")["value"].mean()
    sizes, values = [int(size) for size in means.index.to_numpy()], [float(value) for value in means]
    value = max(values)
    best = sizes[values.index(value)]
    reached = f"{metric} = {score(value)} on held-out rows"
    if len(sizes) == 1:
        return f"So far only {_size(best, kind)} {_verb(best, kind, 'was', 'were')} tried: {reached}."
    sentence = f"{_size(best, kind).capitalize()} {_verb(best, kind, 'predicts', 'predict')} best ({reached}"
    near, its = next((size, one) for size, one in zip(sizes, values, strict=True) if one >= value - ENOUGH)
    if near == best:
        return f"{sentence}); nothing smaller comes within {ENOUGH:g} of that."
    does = _verb(near, kind, "does", "do")
    return f"{sentence}), but {_size(near, kind)} {does} about as well ({score(its)})."


def _size(size: int, kind: str) -> str:
    if kind == "nit":
        return "terms of one feature" if size == 1 else f"terms of up to {size:,} features"
    return "curves without pairs" if size == 0 else count(size, "pair")


def _verb(size: int, kind: str, one: str, several: str) -> str:
    return one if kind == "paraace" and size == 1 else several


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
