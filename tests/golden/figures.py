"""The figures of a result, and files that hold them.

A figure is an array: of float64 for numbers, of text for words that belong to the data (features, levels, classes).
Other words may be rewritten, so of a column of such words only the partition of its rows is recorded: the number of
each word in the order of first appearance. Times are left out, and so is what depends on the speed of the machine.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.access import Provenance, assert_same_figures, is_plan, renamed

Figures = Mapping[str, np.ndarray]

TIMES = ("seconds", "planned_seconds")
DEPENDING_ON_SPEED = ("rate", "recommended")
"""Fields of plans that follow from a measured rate, besides their seconds."""
ROUGH = {"checkpoints": 2e-3, "distribution": 2e-3, "primal": 1e-3, "dual": 1e-3}
"""Figures that another CPU rounds further apart than 1e-5 of the largest of them: what was computed from a network
after each epoch, and where an iteration stops."""
ABSOLUTE = {"difference": 1e-5, "p_loss": 0.02, "p_ranking": 0.02}
"""Figures to be compared in their own unit: what rounding leaves of an exported file, and shares of permutations."""
NOISE = 1e-12
"""Smaller numbers are what rounding in float64 leaves of 0."""
BUDGETED = "cliques"
"""A method that evaluates more sets on a faster machine, so that its evaluations are no golden value."""


def figures_of(value: Any, names: Collection[str], name: str = "result") -> Iterator[tuple[str, np.ndarray]]:
    """Yield all figures of a result, named by the fields that lead to them; `names` are the words of the data."""
    if isinstance(value, Provenance):
        yield from _provenance_figures(value, names, name)
    elif isinstance(value, pd.DataFrame):
        yield from frame_figures(value, names, name)
    elif is_dataclass(value):
        skipped = (*TIMES, *(DEPENDING_ON_SPEED if is_plan(value) else ()))
        for item in fields(value):
            if item.name not in skipped:
                yield from figures_of(getattr(value, item.name), names, f"{name}.{item.name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from figures_of(one, names, f"{name}.{key}")
    elif isinstance(value, (list, tuple)):
        if value and all(isinstance(one, str) for one in value):
            yield name, _words(list(value), names)
            return
        for place, one in enumerate(value):
            yield from figures_of(one, names, f"{name}.{place}")
    elif isinstance(value, (int, float, np.ndarray)):
        yield name, np.asarray(value, np.float64)


def frame_figures(frame: pd.DataFrame, names: Collection[str], name: str = "frame") -> Iterator[tuple[str, np.ndarray]]:
    """Yield a figure for each column of a table, without columns of times and of bytes."""
    for column in frame.columns:
        if str(column).startswith(TIMES):
            continue
        values = frame[column]
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            yield f"{name}.{column}", values.to_numpy(np.float64)
        elif not any(isinstance(cell, bytes) for cell in values):
            yield f"{name}.{column}", _words(values.tolist(), names)


def assert_same(found: Figures, recorded: Figures) -> None:
    """Raise unless there are the recorded figures, and no others, and they agree within rounding."""
    expected = {renamed(name): values for name, values in recorded.items()}
    assert sorted(found) == sorted(expected)
    for name, values in expected.items():
        if values.dtype.kind == "U":
            assert found[name].tolist() == values.tolist(), name
    numbers = {name: _without_noise(values) for name, values in expected.items() if values.dtype.kind != "U"}
    for name, values in numbers.items():
        if (tolerance := _tolerance(name, values)) is not None:
            np.testing.assert_allclose(found[name], values, rtol=0.0, atol=tolerance, err_msg=name)
    numbers = {name: values for name, values in numbers.items() if _tolerance(name, values) is None}
    assert_same_figures({name: _without_noise(found[name]) for name in numbers}, numbers)


def write(path: Path, recorded: Mapping[str, Figures]) -> None:
    """Write figures by case and name as one compressed file."""
    index: dict[str, dict[str, Any]] = {}
    numbers: list[np.ndarray] = []
    start = 0
    for case, figures in recorded.items():
        index[case] = {}
        for name, values in figures.items():
            if values.dtype.kind == "U":
                index[case][name] = values.tolist()
                continue
            index[case][name] = {"shape": values.shape, "start": start}
            numbers.append(values.ravel())
            start += values.size
    path.parent.mkdir(parents=True, exist_ok=True)
    text = np.frombuffer(json.dumps(index).encode(), np.uint8)
    np.savez_compressed(path, index=text, numbers=np.concatenate([np.zeros(0), *numbers]))


def read(path: Path) -> dict[str, dict[str, np.ndarray]]:
    """Read what `write` wrote."""
    with np.load(path) as stored:
        index, numbers = json.loads(stored["index"].tobytes()), stored["numbers"]
    return {
        case: {
            name: np.asarray(entry, np.str_)
            if isinstance(entry, list)
            else numbers[entry["start"] :][: int(np.prod(entry["shape"]))].reshape(entry["shape"])
            for name, entry in figures.items()
        }
        for case, figures in index.items()
    }


def _tolerance(name: str, values: np.ndarray) -> float | None:
    """Return the tolerance of a figure that has one of its own."""
    for part in name.split("."):
        if part in ABSOLUTE:
            return ABSOLUTE[part]
        if part in ROUGH:
            return ROUGH[part] * float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return None


def _without_noise(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < NOISE, 0.0, values)


def _provenance_figures(known: Provenance, names: Collection[str], name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what is certain of how a result was computed, and what is known of its model."""
    yield f"{name}.rows", np.asarray(known.rows, np.float64)
    yield f"{name}.seed", np.asarray(known.seed, np.float64)
    if known.method != BUDGETED:
        yield f"{name}.evaluations", np.asarray(known.evaluations, np.float64)
    yield from figures_of(known.skill, names, f"{name}.skill")
    yield from figures_of(known.second_opinion, names, f"{name}.second_opinion")


def _words(cells: list[Any], names: Collection[str]) -> np.ndarray:
    """Return words of the data as they are, and the number of each word among the others."""
    words = [" & ".join(map(str, cell)) if isinstance(cell, tuple) else str(cell) for cell in cells]
    parts = {part for cell in cells for part in (cell if isinstance(cell, tuple) else (cell,))}
    if parts and parts - {""} and all(part in names or part == "" or not isinstance(part, str) for part in parts):
        return np.asarray(words, np.str_)
    return pd.factorize(np.asarray(words, dtype=object))[0].astype(np.float64)
