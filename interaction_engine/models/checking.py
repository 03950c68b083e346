"""How good a model is on rows it has not seen, and whether the user's columns reach it in the right order."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from ..core.compute import Compute
from ..core.run_context import Description, RunContext
from ..core.types import FeatureSpace, Model, TargetKind
from .metrics import calibration, metrics, skill
from .model_report import ModelReport

if TYPE_CHECKING:
    from ..data.dataset import Dataset

MOST_ROWS = 20_000
"""More held-out rows change no digit that is shown."""

CURVE_COLUMNS = ("epoch", "train", "validation")


CHECK = Description("check", "Model check", "held-out rows of the data set")


def check_model(model: Model, data: "Dataset", model_id: str = "", format: str = "") -> ModelReport:
    """Metrics and calibration of `model` on the held-out rows of `data`, its input mapping, and what to be wary of.

    `format` says where the model came from ("network" for one trained here). Figures are in the unit of the score.
    """
    rows, values = held_out_rows(data)
    class_index = model.class_index
    run = RunContext.begin(CHECK, data, options={"class_index": class_index})
    scores = score_rows(model, rows)
    figures = metrics(scores, values, data.target, class_index)
    evaluations = len(rows)
    if data.target.kind is TargetKind.MULTICLASS and hasattr(model, "for_class"):
        figures["accuracy"] = _accuracy(model, rows, values)
        evaluations *= 1 + len(data.target.classes)
    return ModelReport(
        provenance=run.provenance(
            model=model.name,
            device=str(model.device),
            rows=len(rows),
            evaluations=evaluations,
            notes=getattr(model, "notes", ()),
        ),
        model_id=model_id,
        name=model.name,
        format=format,
        capabilities=tuple(sorted(model.capabilities)),
        n_parameters=model.n_parameters,
        mapping=getattr(model, "mapping", ()) or _by_name(data.space),
        metrics=figures,
        curves=_curves(model),
        calibration=calibration(scores, values, data.target, class_index),
        warnings=_warnings(scores, values, data, class_index),
    )


def score_rows(model: Model, rows: np.ndarray) -> np.ndarray:
    """Scores of any number of rows, the members' mean, in calls that fit the usual memory budget; float64 (n,)."""
    parts = torch.tensor(rows).split(Compute().rows_per_call(model.row_bytes))
    return np.concatenate([model.scores(part).double().mean(dim=0).cpu().numpy() for part in parts])


def held_out_rows(data: "Dataset") -> tuple[np.ndarray, np.ndarray]:
    """Held-out rows to judge a model on, at most `MOST_ROWS`, and their targets."""
    chosen = np.random.default_rng(0).permutation(data.held_out_rows)[:MOST_ROWS]
    return data.rows[chosen], data.target_values[chosen]


def _accuracy(model: Model, rows: np.ndarray, values: np.ndarray) -> float:
    """The share of rows whose class has the highest score of all classes."""
    of_class = getattr(model, "for_class")  # noqa: B009 (not part of every model)
    scores = np.stack([score_rows(of_class(index), rows) for index in range(len(model.target.classes))])
    return float((scores.argmax(axis=0) == values).mean())


def _curves(model: Model) -> pd.DataFrame:
    record = getattr(model, "record", None)
    if record is None:
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in CURVE_COLUMNS})
    return pd.DataFrame({name: list(getattr(record, name)) for name in CURVE_COLUMNS})


def _by_name(space: FeatureSpace) -> tuple[tuple[str, str], ...]:
    """Every feature by its own name, the word slots of a text by the text's."""
    names = dict.fromkeys(feature.word_of or feature.name for feature in space.features)
    return tuple((name, name) for name in names)


def _warnings(scores: np.ndarray, values: np.ndarray, data: "Dataset", class_index: int | None) -> tuple[str, ...]:
    target, explained = data.target, skill(scores, values, data.target, class_index)
    if np.ptp(scores) == 0:
        return (
            "The model gives every row the same score: nothing it was given changes it, so no interaction can be "
            "found.",
        )
    if explained > 0:
        return ()
    is_number = target.kind is TargetKind.REGRESSION
    base = f"the mean of `{target.name}`" if is_number else "the share of the class"
    figure = f"R² = {explained:.2f}" if is_number else f"log-loss {-explained:.0%} above it"
    warnings = [
        f"The model predicts no better than {base} on held-out rows ({figure}): "
        "check that the columns are those it was trained on, in the same order and unit."
    ]
    if is_number and (follows := float(np.corrcoef(scores, values)[0, 1])) > 0.5:
        warnings.append(
            f"Its scores do follow `{target.name}` (correlation {follows:.2f}): "
            "it may predict the target on another scale, such as its logarithm."
        )
    return tuple(warnings)
