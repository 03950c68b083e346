"""What the screens draw of the runs in the stored home folder: the data of every figure, page by page."""

import base64
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.golden import access, figures, home
from tests.golden.access import Atlas
from tests.golden.values import FOLDER

FIGURES = FOLDER / "screens.npz"
ROOT = Path(__file__).parents[2]
APP = str(ROOT / "app.py")
TIMEOUT = 120
ROUNDS = 12
"""How often the maker opens a screen, while what the screen asks for is computed."""

DATA_KEYS = ("x", "y", "z", "text", "base", "width", "measure", "values", "labels", "i", "j", "k", "orientation")
"""What is recorded of a trace beside its type; colours, fonts, names and hover words are left out."""
ERROR_KEYS = ("array", "arrayminus")

Query = Mapping[str, str | list[str]]


def addresses() -> dict[str, tuple[str, Query]]:
    """Return the screens by name: page and query parameters, with the ids of the stored home folder."""
    known = home.index()
    data, models, runs = known["data"], known["models"], known["runs"]

    def of(name: str, **more: str | list[str]) -> Query:
        return {"run": runs[name], **more}

    def trained(name: str) -> Query:
        where = home.TRAININGS[name][1] if name in home.TRAININGS else "number"
        return {"data": data[where], "model": models[name], "training": runs["check" if name == "brought" else name]}

    paired = ("race", "sets", "rows", "slopes", "weights", "groups", "race_of_words", "race_of_classes")
    ranked = ("race", "exact", "exact_of_a_file", "sets", "rows", "weights", "groups", "race_of_words")
    shown = ("race", "patterns", "watched", "failed")
    reported = ("ensemble", "bayesian", "nit", "ebm", "classes", "words", "brought", "edited")
    return {
        "start": ("start", {}),
        **{f"data-{name}": ("data", {"data": data[name]}) for name in ("number", "multiclass", "words", "digits")},
        **{f"model-{name}": ("model", trained(name)) for name in reported},
        "model-cancelled": ("model", {"data": data["number"], "training": runs[home.CANCELLED]}),
        **{f"detect-{name}": ("detect", of(name)) for name in shown},
        **{f"pairs-{name}": ("pairs", of(name)) for name in paired},
        "pairs-of-two-numbers": ("pairs", of("exact", pair=["a", "b"])),
        **{f"confidence-{name}": ("confidence", of(name)) for name in ranked},
        "higher_order-sets": ("higher_order", of("sets")),
        "higher_order-of-a-set": ("higher_order", of("sets", set=["a", "b", "d"])),
        **{f"and_or-{name}": ("and_or", of(name)) for name in home.DETECTIONS if name.startswith("patterns")},
        **{f"dynamics-{name}": ("dynamics", of(name)) for name in home.DETECTIONS if name.startswith("watched")},
        **{f"explain-{name}": ("explain", of(name)) for name in home.DETECTIONS if name.startswith("rows")},
        "explain-a-row": ("explain", of("rows", row="4")),
        "shapes-number": ("shapes", {"data": data["number"]}),
        "shapes-of-a-pair": (
            "shapes",
            {"data": data["number"], "models": [models["nit"], models["edited"], models["ebm"]], "term": ["a", "b"]},
        ),
        "shapes-binary": ("shapes", {"data": data["binary"]}),
    }


def open_screen(page: str, query: Query) -> AppTest:
    """Return the app as it stands on a page; raises when the page shows an exception."""
    app = AppTest.from_file(APP, default_timeout=TIMEOUT)
    for name, value in query.items():
        app.query_params[name] = value
    if page != "start":
        app.switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception, [error.stack_trace for error in app.exception]
    assert access.UNEXPECTED not in [error.value for error in app.error]
    return app


def screen_figures(app: AppTest) -> dict[str, np.ndarray]:
    """Return the data of every figure on the screen, named by chart, trace and key."""
    found: dict[str, np.ndarray] = {}
    for number, chart in enumerate(app.get("plotly_chart")):
        traces = json.loads(chart.proto.spec)["data"]  # type: ignore[attr-defined]
        for place, trace in enumerate(traces):
            found |= dict(_trace_figures(trace, f"chart{number}.trace{place}"))
    return found


def make() -> None:
    """Record what the screens draw of the stored home folder."""
    with tempfile.TemporaryDirectory() as folder, home.opened(Path(folder)), access.app_environment(Path(folder)):
        found = {name: screen_figures(open_screen(page, query)) for name, (page, query) in addresses().items()}
    figures.write(FIGURES, found)


def prepare(atlas: Atlas) -> None:
    """Open every screen until all that it asks for is computed; tries other steps where a screen offers it."""
    with access.app_environment(atlas.store.home, runner=True):
        for page, query in addresses().values():
            for _ in range(ROUNDS):
                before = {view.id for view in atlas.runs(limit=1000)}
                app = open_screen(page, query)
                for button in app.button:
                    if button.key == "steps/try":
                        button.click().run()
                _settle(atlas)
                if {view.id for view in atlas.runs(limit=1000)} == before:
                    break


def _settle(atlas: Atlas) -> None:
    while any(not view.finished for view in atlas.runs(limit=1000)):
        time.sleep(0.1)


def _trace_figures(trace: Mapping[str, Any], name: str) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{name}.type", np.asarray([trace["type"]], np.str_)
    for key in DATA_KEYS:
        if trace.get(key) is not None:
            yield f"{name}.{key}", _array(trace[key])
    for error in ("error_x", "error_y"):
        for key in ERROR_KEYS:
            if trace.get(error, {}).get(key) is not None:
                yield f"{name}.{error}.{key}", _array(trace[error][key])


def _array(value: Any) -> np.ndarray:
    """Return the data of a trace as numbers, rounded to 6 digits, or as text."""
    if isinstance(value, dict):
        values = np.frombuffer(base64.b64decode(value["bdata"]), np.dtype(value["dtype"]))
        shape = value.get("shape")
        return _rounded(values.reshape([int(size) for size in str(shape).split(",")]) if shape else values)
    cells = value if isinstance(value, list) else [value]
    flat = [cell for row in cells for cell in (row if isinstance(row, list) else [row])]
    if any(isinstance(cell, str) for cell in flat):
        return np.asarray(["" if cell is None else str(cell) for cell in flat], np.str_)
    return _rounded(np.asarray([np.nan if cell is None else float(cell) for cell in flat], np.float64))


def _rounded(values: np.ndarray) -> np.ndarray:
    numbers = np.asarray(values, np.float64)
    size = np.abs(np.where(np.isfinite(numbers) & (numbers != 0), numbers, 1.0))
    scale = 10.0 ** (5 - np.floor(np.log10(size)))
    return np.where(np.isfinite(numbers), np.round(numbers * scale) / scale, numbers)
