"""Changed rows explained at once, by the process that keeps the model of a run warm."""

import atexit
import gc
import os
import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.state.state import RunView, atlas
from interaction_engine.core.errors import InteractionError
from interaction_engine.methods.hessians.result import RowExplanations
from interaction_engine.runs.prediction_server.server import Answering

SETTINGS = ("baseline", "baselines", "beta", "nodes", "quadrature")
"""Options of the run that every question repeats."""


def changed_row(run: RunView, result: RowExplanations, values: np.ndarray) -> RowExplanations:
    """The changed row explained as the others were, by the process that keeps the model warm."""
    _put_by()
    answer = _answering(os.environ.get("ATLAS_HOME")).ask(_question(run, result) | {"rows": [values.tolist()]})
    parts = np.asarray(answer["interactions"][0])
    first, second = np.triu_indices(len(parts), 1)
    names = np.array(result.features, dtype=object)
    header = {"score": "score", "base": "base", "completeness_gap": "gap", "rounding": "rounding"}
    return replace(
        result,
        rows=pd.DataFrame({"row": [0]} | {column: answer[key] for column, key in header.items()}),
        attributions=pd.DataFrame(
            {
                "row": 0,
                "feature": names,
                "value": values,
                "attribution": answer["attributions"][0],
                "main_effect": parts.diagonal(),
            }
        ),
        interactions=pd.DataFrame(
            {
                "row": 0,
                "feature_1": names[first],
                "feature_2": names[second],
                "interaction": parts[first, second],
            }
        ),
    )


def unchanged_row(result: RowExplanations, row: int) -> RowExplanations:
    """The row alone, as it was explained."""
    tables = {name: getattr(result, name) for name in ("rows", "attributions", "interactions")}
    return replace(result, **{name: table[table["row"] == row] for name, table in tables.items()})


def _question(run: RunView, result: RowExplanations) -> dict[str, Any]:
    """What every question about this run has in common."""
    requested, options = run.specification, result.provenance.options
    given = {key: options[key] for key in SETTINGS if key in options}
    return {
        "data": requested.data,
        "model": requested.model,
        "class_index": requested.class_index,
        "compute": dict(requested.compute),
        "seed": result.provenance.seed,
        **given,
        "rows": [],
    }


def be_ready(run: RunView, result: RowExplanations) -> None:
    """Have the process start, and load the model, while the reader looks at the figures."""
    answering, question = _answering(os.environ.get("ATLAS_HOME")), _question(run, result)

    def wait() -> None:
        with suppress(InteractionError, OSError):  # whoever asks next is told
            answering.ask(question)

    threading.Thread(target=wait, daemon=True).start()


@st.cache_resource(show_spinner=False)
def _put_by() -> None:
    """Have the collector of garbage leave alone what is there by now, once per server.

    Streamlit has it look through everything after each change, a tenth of a second in which nothing is sent.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)


@st.cache_resource(show_spinner=False)
def _answering(home: str | None) -> Answering:
    return Answering(atlas().store)
