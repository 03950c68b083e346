"""scikit-learn estimators in skops files: numbers and names of types, of which only harmless ones are loaded."""

import re
from pathlib import Path

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Target
from ..adapters.black_box import BlackBox, first_line
from ..adapters.estimators import estimator_model

HARMLESS = re.compile(
    r"sklearn\.(tree\._tree\.Tree"
    r"|ensemble\._hist_gradient_boosting\.predictor\.TreePredictor"
    r"|calibration\._(CalibratedClassifier|SigmoidCalibration)"
    r"|compose\._column_transformer\._RemainderColsList"
    r"|gaussian_process\._gpc\._BinaryGaussianProcessClassifierLaplace"
    r"|gaussian_process\.kernels\.[A-Z]\w+"
    r"|_loss\.(loss|link)\.\w+"
    r"|metrics\._dist_metrics\.\w+Distance(32|64)"
    r"|neighbors\._(kd_tree\.KDTree|ball_tree\.BallTree)(32|64)?"
    r"|neural_network\._stochastic_optimizers\.\w+Optimizer"
    r"|neural_network\._rbm\.\w+)"
)
"""Types of scikit-learn beyond those that skops trusts by itself: they hold numbers, and loading them runs nothing."""


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> BlackBox:
    """The estimator in a skops file. Raises `ModelError` naming the types that are not known to be harmless."""
    try:
        unknown = skops.io.get_untrusted_types(file=path)
        refused = sorted(name for name in unknown if not HARMLESS.fullmatch(name))
        if refused:
            listed = ", ".join(f"`{name[:80]}`" for name in refused[:5])
            raise ModelError(
                f"`{path.name}` needs {listed}, not known to be harmless; save a model made of scikit-learn parts only."
            )
        estimator = skops.io.load(path, trusted=unknown)
    except UntrustedTypesFoundException as problem:
        raise ModelError(
            f"`{path.name}` was refused ({first_line(problem)}); save the estimator with skops again."
        ) from None
    return estimator_model(estimator, space, target, path.name, class_index)
