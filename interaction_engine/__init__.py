# ruff: noqa: F401 (imported for type checkers only; at run time names come through __getattr__)
"""Interaction Atlas: which features of a model act together, how strongly, and how sure that is."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import VERSION

# Threads that spin while they wait take the cores from any other process: a training beside one was seen to take ten
# times as long. OpenMP reads this when torch is first imported; who has set it otherwise keeps that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from . import plots
    from .additive.editing import edit_shapes
    from .api import detect, plan, sample_model, train
    from .data.dataset import Dataset
    from .data.reading import read_dataset
    from .data.samples import load_sample
    from .errors import Cancelled, InputError, InteractionError, ModelError, RunError
    from .models.callables.wrapping import wrap
    from .models.editing.edits import Edit
    from .models.exporting.files import export
    from .models.formats.loading import load_model
    from .numerics.compute import Compute
    from .results import (
        AndOrPatterns,
        Dynamics,
        ModelReport,
        PairEffect,
        PairInteractions,
        Shapes,
        SubsetInteractions,
        load_result,
    )

_HOMES = {
    "plots": "",
    "edit_shapes": "additive.editing",
    "detect": "api",
    "plan": "api",
    "train": "api",
    "sample_model": "api",
    "Dataset": "data.dataset",
    "read_dataset": "data.reading",
    "load_sample": "data.samples",
    "Cancelled": "errors",
    "InputError": "errors",
    "InteractionError": "errors",
    "ModelError": "errors",
    "RunError": "errors",
    "Edit": "models.editing.edits",
    "export": "models.exporting.files",
    "load_model": "models.formats.loading",
    "wrap": "models.callables.wrapping",
    "Compute": "numerics.compute",
    "AndOrPatterns": "results",
    "Dynamics": "results",
    "ModelReport": "results",
    "PairEffect": "results",
    "PairInteractions": "results",
    "Shapes": "results",
    "SubsetInteractions": "results",
    "load_result": "results",
}
"""Where each public name lives; a name is imported when it is first used, so that a page without a model needs no
torch."""

__version__ = VERSION
__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    value = getattr(import_module(f".{home}", __name__), name) if home else import_module(f".{name}", __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
