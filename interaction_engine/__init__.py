"""Interaction Atlas: which features of a model act together, how strongly, and how sure that is."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .core.version import VERSION

# Threads that spin while they wait take the cores from any other process: a training beside one was seen to take ten
# times as long. OpenMP reads this when torch is first imported; who has set it otherwise keeps that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from . import plots as plots
    from .api import detect as detect
    from .api import plan as plan
    from .api import sample_model as sample_model
    from .api import train as train
    from .core.compute import Compute as Compute
    from .core.errors import Cancelled as Cancelled
    from .core.errors import InputError as InputError
    from .core.errors import InteractionError as InteractionError
    from .core.errors import ModelError as ModelError
    from .core.errors import RunError as RunError
    from .data.dataset import Dataset as Dataset
    from .data.io.reading import read_dataset as read_dataset
    from .data.samples import load_sample as load_sample
    from .methods.additive_models.editing import edit_shapes as edit_shapes
    from .methods.and_or.result import AndOrPatterns as AndOrPatterns
    from .methods.common.pair_result import PairInteractions as PairInteractions
    from .methods.finite_differences.set_result import SubsetInteractions as SubsetInteractions
    from .methods.partial_dependence.result import PairEffect as PairEffect
    from .methods.results import load_result as load_result
    from .methods.training_dynamics.result import Dynamics as Dynamics
    from .models.adapters.wrapping import wrap as wrap
    from .models.additive.editing.edits import Edit as Edit
    from .models.additive.shape_result import Shapes as Shapes
    from .models.io.export.files import export as export
    from .models.io.loading import load_model as load_model
    from .models.model_report import ModelReport as ModelReport

_HOMES = {
    "plots": "",
    "edit_shapes": "methods.additive_models.editing",
    "detect": "api",
    "plan": "api",
    "train": "api",
    "sample_model": "api",
    "Dataset": "data.dataset",
    "read_dataset": "data.io.reading",
    "load_sample": "data.samples",
    "Cancelled": "core.errors",
    "InputError": "core.errors",
    "InteractionError": "core.errors",
    "ModelError": "core.errors",
    "RunError": "core.errors",
    "Edit": "models.additive.editing.edits",
    "export": "models.io.export.files",
    "load_model": "models.io.loading",
    "wrap": "models.adapters.wrapping",
    "Compute": "core.compute",
    "AndOrPatterns": "methods.and_or.result",
    "Dynamics": "methods.training_dynamics.result",
    "ModelReport": "models.model_report",
    "PairEffect": "methods.partial_dependence.result",
    "PairInteractions": "methods.common.pair_result",
    "Shapes": "models.additive.shape_result",
    "SubsetInteractions": "methods.finite_differences.set_result",
    "load_result": "methods.results",
}
"""Where each public name lives; a name is imported when it is first used, so that a page without a model needs no
torch."""

__version__ = VERSION
__all__ = [*_HOMES, "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    value = getattr(import_module(f".{home}", __name__), name) if home else import_module(f".{name}", __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
