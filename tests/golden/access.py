"""Everything inside the engine and the other tests that the golden tests use: the one file to adapt when code moves."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager

import interaction_engine as ie
from dashboard.components.failures import UNEXPECTED
from dashboard.screens.explain import explain_answers
from interaction_engine.core.plan import DetectionPlan, StepsPlan, TrainingPlan
from interaction_engine.core.result import Provenance
from interaction_engine.methods.additive_models.compression import compression
from interaction_engine.methods.registry import METHODS
from interaction_engine.methods.results import FAMILIES
from interaction_engine.models.adapters.forest import Forest, save_forest
from interaction_engine.models.checking import check_model
from interaction_engine.models.io import loading
from interaction_engine.models.io.stored.files import save_network
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.lock import runner_of
from interaction_engine.runs.specification import Specification
from tests.devices.cases import (
    CASES,
    EDITS,
    ON_CPU,
    PLANS,
    TRAININGS,
    Case,
    case_result,
    data_set,
    model,
    model_figures,
    run_explanation,
)
from tests.devices.comparing import assert_same_figures

__all__ = [
    "CASES",
    "EDITS",
    "FAMILIES",
    "METHODS",
    "ON_CPU",
    "PLANS",
    "TRAININGS",
    "UNEXPECTED",
    "Atlas",
    "Case",
    "Provenance",
    "Specification",
    "app_environment",
    "assert_same_figures",
    "case_result",
    "check_model",
    "data_set",
    "default_options",
    "exported",
    "is_plan",
    "known_names",
    "load_model",
    "model",
    "model_figures",
    "no_runner",
    "plain",
    "renamed",
    "run_explanation",
    "runner_of",
    "save_model",
    "scores",
    "small_compression",
]

RENAMED: dict[str, str] = {}
"""Parts of figure names, as they were recorded, that have another name today: {"old": "new"}.

A figure is named by the fields and columns that lead to it. When a field is renamed, its recorded figures are found
again through this table, so that they need not be recorded anew.
"""


def renamed(name: str) -> str:
    """Return the name that a recorded figure has today."""
    return ".".join(RENAMED.get(part, part) for part in name.split("."))


def save_model(model: Any, stem: Path) -> Path:
    """Write a model that was trained here to `stem` with the suffix of its format; return the path."""
    return save_forest(model, stem) if isinstance(model, Forest) else save_network(model, stem)[0]


@contextmanager
def small_compression() -> Iterator[None]:
    """Have the comparison of compressions train small additive networks, which takes a second instead of ten."""
    with patch.object(compression, "train_paraace", partial(compression.train_paraace, hidden=(6, 4), epochs=3)):
        yield


def load_model(path: Path, data: ie.Dataset) -> Any:
    """Load a model file, without the trial in a process of its own, which takes seconds."""
    pt2 = path.suffix == ".pt2"
    with patch.object(loading, "probe", lambda path, space, target, class_index, readings, rows: readings):
        return ie.load_model(path, data, trust=pt2, takes="encoded" if pt2 else "auto")


def exported(model: Any, data: ie.Dataset) -> bytes:
    """Return a model as an ONNX file."""
    return ie.export(model, data, format=".onnx")


def plain(edit: ie.Edit) -> dict[str, Any]:
    """Return an edit as a stored specification has it, without what is not set."""
    return {name: value for name, value in asdict(edit).items() if value is not None}


def scores(model: Any, rows: np.ndarray) -> np.ndarray:
    """Return the scores of a model on rows of a data set."""
    return model.scores(torch.tensor(rows)).double().cpu().numpy()


@contextmanager
def no_runner() -> Iterator[None]:
    """Have no runner started, so that nothing is computed."""
    with patch.object(Atlas, "ensure_runner", lambda self: None):
        yield


class _Silent:
    """Answers no question about changed rows, so that no process is started for them."""

    def ask(self, question: Any) -> dict[str, Any]:
        return {}


@contextmanager
def app_environment(home: Path, *, runner: bool = False) -> Iterator[None]:
    """Let the app run in this process on a home folder: through its navigation, and without processes beside it."""
    begin = PagesManager.__init__

    def begin_with_navigation(self: PagesManager, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        PagesManager.uses_pages_directory = False

    with ExitStack() as stack:
        if not runner:
            stack.enter_context(no_runner())
        stack.enter_context(patch.dict(os.environ, {"ATLAS_HOME": str(home)}))
        # Streamlit looks through all installed packages for components before every run, a third of a second each time.
        stack.enter_context(patch.object(manifest_scanner, "scan_component_manifests", list))
        stack.enter_context(patch.object(PagesManager, "__init__", begin_with_navigation))
        stack.enter_context(patch.object(explain_answers, "_answering", lambda home: _Silent()))
        yield


def default_options() -> dict[str, dict[str, Any]]:
    """Return the options of every registered method with their defaults, as JSON; "required" where there is none."""
    return {
        name: {
            option: "required" if field.is_required() else json.loads(json.dumps(field.default, default=str))
            for option, field in method.options.model_fields.items()
        }
        for name, method in METHODS.items()
        if method.function.__module__.startswith(ie.__name__)  # other tests register methods of their own
    }


def known_names(data: ie.Dataset) -> frozenset[str]:
    """Return the words that belong to the data: names of columns, levels and classes."""
    levels = [level for feature in data.space.features for level in feature.levels]
    return frozenset([*data.space.names, *levels, *data.target.classes, data.target.name])


def is_plan(value: Any) -> bool:
    """Return whether a result is the expected cost of a run, part of which is measured."""
    return isinstance(value, DetectionPlan | StepsPlan | TrainingPlan)
