"""A random forest trained here: a model that can only be asked, and is stored as skops."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .black_box import BlackBox


@dataclass(frozen=True, eq=False)
class Forest(BlackBox):
    """A random forest as a model that can be asked; `estimator` is scikit-learn's own."""

    estimator: Any = None


def save_forest(model: Forest, path: str | Path) -> Path:
    """Write `<path>.skops` (the suffix of `path` is replaced), which `load_model` reads; returns its path."""
    import skops.io

    path = Path(path).with_suffix(".skops")
    skops.io.dump(model.estimator, path)
    return path
