"""The verbs of the library: train a model, detect its interactions, tell the cost before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .core.compute import Compute
from .core.errors import InputError
from .core.types import Model, Report, silent
from .data.dataset import Dataset
from .methods.registry import Method, method
from .numerics.device import computing
from .runs.worker.judging import detect_judged


def train(
    data: Dataset,
    kind: str = "ensemble",
    *,
    seed: int = 0,
    compute: Compute | None = None,
    report: Report = silent,
    **options: Any,
) -> Model:
    """A model of `data` trained here; `kind` names a registered training ("mlp", "ensemble", "words").

    `options` are those of the training's own signature. Raises `InputError` for an unknown kind or option.
    """
    chosen = method(kind, "trainer")
    arguments = _arguments(chosen, options, seed, compute, report)
    with computing():
        return chosen.function(data, **arguments)


def detect(
    name: str,
    model: Model | None,
    data: Dataset,
    *,
    seed: int = 0,
    compute: Compute | None = None,
    report: Report = silent,
    **options: Any,
) -> Any:
    """The result of a registered detection method ("ucb", "exact") on a model and a data set.

    A study of the data alone ("compression") takes None for `model`. `options` are those of the method's own signature.
    The result carries the model's skill on held-out rows; a model that predicts no better than a baseline has nothing
    certified. Raises `InputError` for an unknown method or option, or when the model lacks what the method needs.
    """
    chosen = method(name, "detector", "study")
    if chosen.role == "study":
        if model is not None:
            raise InputError(f"`{name}` trains its own networks; got the model `{model.name}`. Pass None for `model`.")
        with computing():
            return chosen.function(data, **_arguments(chosen, options, seed, compute, report))
    if model is None:
        raise InputError(f"`{name}` studies a model; got None. Train one with `train(data)`, or pass one of yours.")
    _check_subjects(name, model, data, compute)
    chosen.check(model)
    with computing():
        return detect_judged(chosen, model, data, _arguments(chosen, options, seed, compute, report))


def plan(
    name: str,
    model: Model | None,
    data: Dataset,
    *,
    seed: int = 0,
    compute: Compute | None = None,
    report: Report = silent,
    **options: Any,
) -> Any:
    """What a registered detection or training will take on this machine, told before it runs: seconds and memory.

    It is timed on a small part of the work, with the options of the method's own signature. A training takes None for
    `model`. Raises `InputError` for an unknown method or option, one whose cost is not known before, or when the model
    lacks what the method needs.
    """
    chosen = method(name, "detector", "trainer")
    arguments = _arguments(chosen, options, seed, compute, report)
    if chosen.role == "trainer":
        with computing():
            return chosen.cost(data, **arguments)
    if model is None:
        raise InputError(f"`{name}` studies a model; got None. Train one with `train(data)`, or pass one of yours.")
    chosen.check(model)
    with computing():
        return chosen.cost(model, data, **arguments)


def sample_model(name: str, data: Dataset) -> Model:
    """Load the small trained network that comes with a sample data set.

    Samples are "bike", "california", "adult", "digits", "mnist", "reviews", "F1".. "F10".

    `data` is that sample as `load_sample` gives it. Raises `InputError` for a sample without a network.
    """
    from .models.io.loading import load_model

    path = Path(__file__).parents[1] / "sample_data" / "models" / f"{name}.safetensors"
    if not path.exists():
        raise InputError(f"There is no trained network for the sample `{name}`; train one with `train(data)`.")
    return load_model(path, data)


def _check_subjects(name: str, model: Any, data: Any, compute: Any) -> None:
    """`InputError` for arguments of another type, and for a model of other features than those of the data."""
    if not isinstance(data, Dataset):
        raise InputError(
            f"`{name}` needs a data set; got {type(data).__name__}. Make one with `read_dataset(frame, target=...)`."
        )
    if not hasattr(model, "capabilities") or not hasattr(model, "space"):
        raise InputError(
            f"`{name}` needs a model of the data; got {type(model).__name__}. Pass `wrap(it, data)`, or train one."
        )
    if compute is not None and not isinstance(compute, Compute):
        raise InputError(f'`compute` must be a `Compute`, as `Compute(device="cpu")`; got {compute!r}.')
    if model.space.names != data.space.names:
        raise InputError(
            f"The model `{model.name}` is of other features ({len(model.space):,}) than the data set `{data.name}` "
            f"({len(data.space):,}); open or wrap it with this data set."
        )


def _arguments(
    chosen: Method, options: Mapping[str, Any], seed: int, compute: Compute | None, report: Report
) -> dict[str, Any]:
    return {**chosen.read_options({**options, "seed": seed}), "compute": compute or Compute(), "report": report}
