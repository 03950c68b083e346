"""A model file that somebody brings: recognised, tried in a process of its own, and fitted to the data."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...core.errors import InputError, ModelError
from ...core.types import Model
from ..adapters.black_box import first_line
from ..adapters.wrapping import TRIAL_ROWS, tried
from ..metrics import skill
from ..scoring import scored_class
from .probe import probe
from .recognising import SAFE, TRUSTED_ONLY, open_model, recognise

if TYPE_CHECKING:
    from ...data.dataset import Dataset

FIT_ROWS = 1000
"""Training rows on which the readings of a model's inputs are compared."""

CLEARLY_BETTER = 0.1
"""How much more of the target's variation another reading of the inputs must explain to be preferred."""


def load_model(
    path: str | Path, data: "Dataset", trust: bool = False, class_index: int | None = None, takes: str = "auto"
) -> Model:
    """The model in a file, checked on a few rows of `data`.

    Formats: `.onnx`, `.safetensors` (a network of ours), `.skops`, XGBoost `.json` and `.ubj`, LightGBM `.txt`, and
    `.pt2` (torch.export), which only opens with `trust=True` because such files can run code. Nothing is unpickled.
    `class_index` picks the class whose log-odds are the score. Inputs are matched by name, else by position; `takes`
    says whether they are table values ("array") or standardised ("encoded"), and "auto" keeps the format's habit unless
    the other fits the target clearly better.

    Raises `InputError` for a suffix that is not accepted, `ModelError` for a file that is refused or broken.
    """
    path = Path(path)
    chosen = recognise(path)
    if path.suffix.lower() in TRUSTED_ONLY and not trust:
        raise InputError(
            f"`{path.name}` can run code when it is opened; pass `trust=True` only if you know who made it."
        )
    scored_class(data.target, class_index)
    readings = chosen.takes if takes == "auto" else (takes,)
    if not set(readings) <= set(chosen.takes):
        raise InputError(
            f"`takes` must be auto or one of {', '.join(chosen.takes)} for {chosen.title} files; got {takes!r}."
        )
    rows = data.background(TRIAL_ROWS, seed=0)
    if path.suffix.lower() not in SAFE:
        readings = probe(path, data.space, data.target, class_index, readings, rows)
    try:
        opened = [tried(open_model(path, data.space, data.target, class_index, reading), rows) for reading in readings]
    except (OSError, RuntimeError) as problem:
        raise ModelError(
            f"`{path.name}` cannot be opened ({first_line(problem)}); export the model again."
        ) from problem
    return _best_fit(opened, data, class_index)


def _best_fit(models: list[Model], data: "Dataset", class_index: int | None) -> Model:
    """The first model, unless a later reading of its inputs explains the target clearly better."""
    if len(models) == 1:
        return models[0]
    drawn = np.random.default_rng(0).permutation(data.train_rows)[:FIT_ROWS]
    rows, values = torch.from_numpy(data.rows[drawn]), data.target_values[drawn]
    skills = [skill(model.scores(rows).double().mean(0).numpy(), values, data.target, class_index) for model in models]
    best = int(np.argmax(skills))
    return models[best] if skills[best] > max(skills[0], 0.0) + CLEARLY_BETTER else models[0]
