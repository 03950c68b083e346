"""What more features together, and more pairs, are worth: the trainings that there are, and those that are missing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components import run_panel, text
from dashboard.components.failures import explained
from dashboard.components.figures import show_figure
from dashboard.screens.model.model_report import finished_report
from dashboard.state.attempts import latest
from dashboard.state.state import RunView, atlas, dataset
from interaction_engine import plots
from interaction_engine.core.status import RunStatus
from interaction_engine.core.types import TargetKind
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods import words
from interaction_engine.methods.additive_models.registration import NIT, PARAACE
from interaction_engine.runs.specification import Specification

ORDERS = (1, 2, 3, 4)
PAIRS = (0, 5, 10, 20, 50)
"""Sizes that are offered, as far as the data have so many features or pairs."""

KINDS = (NIT.name, PARAACE.name)
WHY = (
    "Terms of more features, and more pairs, fit more and are harder to read. Train the same network in several sizes "
    "to see how much each step improves the predictions of held-out rows."
)

COLUMNS = ("kind", "size", "value", "n_parameters", "seconds", "seed", "usual")


@dataclass(frozen=True)
class Size:
    """One size of one kind of network: the training of it with the usual options, and the latest attempt at that."""

    title: str
    training: Specification
    attempt: RunView | None


def show(data_id: str) -> None:
    """The held-out metric against the size, and a button that trains the sizes that are missing."""
    st.header("Accuracy against size", anchor=False, divider="gray")
    with explained():
        data = dataset(data_id)
        name, metric = _metric(data)
        sizes = list(_sizes(data_id, data))
        table = _table(data_id, data, name)
        sentence = words.accuracy_sentence(table, metric)
        st.markdown(text.prose(sentence) if sentence else WHY)
        if not table.empty:
            _show(table, metric)
        _follow(sizes)
        _offer([one for one in sizes if one.attempt is None], table)


def _metric(data: Dataset) -> tuple[str, str]:
    """The metric by its name in a report and in words."""
    return ("r2", "R²") if data.target.kind is TargetKind.REGRESSION else ("accuracy", "accuracy")


def _sizes(data_id: str, data: Dataset) -> Iterator[Size]:
    """The sizes that are offered for these data."""
    n_features = len(data.space)
    orders = [size for size in ORDERS if size <= n_features]
    pairs = sorted({min(size, comb(n_features, 2)) for size in PAIRS if size == 0 or n_features > 1})
    for kind, offered in ((NIT.name, orders), (PARAACE.name, pairs)):
        for size in offered:
            training = Specification(kind="train", method=kind, options=_usual(kind, size), data=data_id)
            yield Size(_title(kind, size), training, latest(training))


def _title(kind: str, size: int) -> str:
    if kind == NIT.name:
        return "Terms of one feature" if size == 1 else f"Terms of up to {size:,} features"
    return "ParaACE without pairs" if size == 0 else f"ParaACE with {size:,} {'pair' if size == 1 else 'pairs'}"


def _usual(kind: str, size: int) -> dict[str, Any]:
    """The usual options of a network of this size.

    Without pairs, a fix-up layer could bend a sum of curves into interactions: there, the sum is plain.
    """
    if kind == NIT.name:
        return _completed(kind, {"max_order": size})
    return _completed(kind, {"n_pairs": size} | ({} if size else {"fix_up": "linear"}))


def _completed(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """All options of a training, as a stored run has them; the seed is told apart."""
    from interaction_engine.methods.registry import method  # which brings torch along

    read = json.loads(json.dumps(method(kind, "trainer").read_options(options)))
    return {name: value for name, value in read.items() if name != "seed"}


def _table(data_id: str, data: Dataset, metric: str) -> pd.DataFrame:
    """A row per finished training of these data of a kind that has a size, whatever its other options."""
    trained = [
        view
        for view in atlas().runs()
        if view.specification.kind == "train"
        and view.specification.method in KINDS
        and view.specification.data == data_id
        and view.status == RunStatus.DONE
    ]
    rows = [row for view in trained if (row := _row(view, data, metric))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(view: RunView, data: Dataset, metric: str) -> tuple[Any, ...] | None:
    """What one training gave; None where its report has no such metric."""
    report = finished_report(view.id)
    if report is None or metric not in report.metrics:
        return None
    kind = view.specification.method
    options = _completed(kind, view.specification.options)
    size = options["max_order"] if kind == NIT.name else _n_pairs(options, data)
    named = options | ({"n_pairs": size} if kind == PARAACE.name else {})
    seed, value = view.specification.seed, float(report.metrics[metric])
    return kind, size, value, report.n_parameters, view.seconds, seed, named == _usual(kind, size)


def _n_pairs(options: Mapping[str, Any], data: Dataset) -> int:
    """How many interactions a ParaACE network was given."""
    from interaction_engine.methods.additive_models.paraace.paraace import usual_pairs

    given, requested = options["interactions"], options["n_pairs"]
    if given is not None:
        return len(given[:requested])
    return usual_pairs(data) if requested is None else min(requested, comb(len(data.space), 2))


def _show(table: pd.DataFrame, metric: str) -> None:
    show_figure(
        "accuracy-by-size",
        lambda theme: plots.accuracy_curves(table, metric=metric, theme=theme),
        table,
        alt="The metric on held-out rows against the features together, and against the number of pairs",
    )


def _follow(sizes: list[Size]) -> None:
    """Trainings on their way, and those that failed."""
    for one in sizes:
        if one.attempt is not None and one.attempt.status != RunStatus.DONE:
            run_panel.quiet(one.attempt.id, one.title)


def _offer(missing: list[Size], table: pd.DataFrame) -> None:
    """Which of the sizes that are missing to train, and the button."""
    if not missing:
        return
    by_title = {one.title: one for one in missing}
    chosen = st.multiselect(
        "Sizes to train", list(by_title), default=list(by_title), key="sizes/chosen", placeholder="Choose sizes"
    )
    pace = float(table["seconds"].mean()) if len(table) else 0.0
    if pace and chosen:
        st.caption(f"About {text.seconds(pace * len(chosen))} at the pace of the trainings that there are.")
    if st.button(
        f"Train {'it' if len(chosen) == 1 else f'these {len(chosen):,}'}",
        icon=":material/play_arrow:",
        key="sizes/train",
        disabled=not chosen,
    ):
        for title in chosen:
            atlas().submit(by_title[title].training)
        st.rerun()
