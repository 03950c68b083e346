"""What more features together, and more pairs, are worth, in words."""

import pandas as pd

from ..common.phrases import count, score

ENOUGH = 0.005
"""A metric within this of the best one is as good: another seed moves it as far."""


def accuracy_sentence(table: pd.DataFrame, metric: str) -> str:
    """Of networks of several sizes, the best one and the smallest that is about as good.

    `table` is that of `plots.accuracy_curves`; networks of the same size count by their mean, those with other options
    than the usual ones not at all.
    """
    said = [_of_kind(table[table["usual"] & (table["kind"] == kind)], kind, metric) for kind in ("nit", "paraace")]
    return " ".join(sentence for sentence in said if sentence)


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
    said = f"{_size(best, kind).capitalize()} {_verb(best, kind, 'predicts', 'predict')} best ({reached}"
    near, its = next((size, one) for size, one in zip(sizes, values, strict=True) if one >= value - ENOUGH)
    if near == best:
        return f"{said}); nothing smaller comes within {ENOUGH:g} of that."
    does = _verb(near, kind, "does", "do")
    return f"{said}), but {_size(near, kind)} {does} about as well ({score(its)})."


def _size(size: int, kind: str) -> str:
    if kind == "nit":
        return "terms of one feature" if size == 1 else f"terms of up to {size:,} features"
    return "curves without pairs" if size == 0 else count(size, "pair")


def _verb(size: int, kind: str, one: str, several: str) -> str:
    return one if kind == "paraace" and size == 1 else several
