"""A home folder as today's code leaves it: data sets, models, and finished runs of every kind, in one archive."""

import json
import os
import shutil
import signal
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden import access, figures, saved_results
from tests.golden.access import EDITS, Atlas, Specification, data_set, model
from tests.golden.values import DATA_SETS, FOLDER

ARCHIVE = FOLDER / "home.tar.xz"
INDEX = FOLDER / "home.json"
FIGURES = FOLDER / "home.npz"
KEPT = ("data", "models", "runs", "state.sqlite")
"""What of a home folder is kept: no logs, locks and caches."""
DROPPED = ("progress.jsonl.lock", "lease")

NETWORK = {"hidden": [16, 8], "epochs": 40, "batch": 32}
RACE = {"top_k": 3, "background": 60}

TRAININGS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "ensemble": ("ensemble", "number", {"members": 2, **NETWORK}),
    "mlp": ("mlp", "number", NETWORK),
    "bayesian": ("bayesian", "number", {"members": 2, "epochs": 10, "batch": 32}),
    "nit": ("nit", "number", {"blocks": 4, "rounds": 1, "hidden": [8, 6], "refits": 1, "epochs": 20, "batch": 32}),
    "paraace": ("paraace", "number", {"n_pairs": 2, "hidden": [8, 4], "refits": 1, "epochs": 20, "batch": 32}),
    "ebm": ("ebm", "number", {"pairs": 2, "bags": 2, "rounds": 60, "bins": 16}),
    "gam": ("gam", "number", {"bags": 2, "knots": 5}),
    "linear": ("linear", "number", {"bags": 2}),
    "forest": ("forest", "number", {"trees": 5, "leaf": 5}),
    "classes": ("mlp", "multiclass", NETWORK),
    "yes_no": ("gam", "binary", {"bags": 2, "knots": 5}),
    "words": ("words", "words", {"dimensions": 4, "filters": 6, "units": 6, "epochs": 4}),
    "digits": ("mlp", "digits", {"hidden": [12, 8], "epochs": 4, "batch": 64}),
}
"""Trainings by the name of the model that they make: method, data set and options."""

DETECTIONS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "race": ("ucb", "ensemble", RACE),
    "exact": ("exact", "ensemble", RACE),
    "exact_of_a_file": ("exact", "brought", {**RACE, "scheme": "swap"}),
    "exact_of_a_forest": ("exact", "forest", RACE),
    "sets": ("cliques", "ensemble", {**RACE, "max_order": 3, "complete": True}),
    "rows": ("integrated_hessians", "ensemble", {"rows": 8}),
    "rows_of_drawn_baselines": ("expected_hessians", "ensemble", {"rows": 4, "baselines": 3}),
    "slopes": ("input_hessian", "ensemble", {"rows": 20}),
    "weights": ("nid", "mlp", {}),
    "groups": ("group_expected_hessian", "bayesian", {"draws": 6, "rows": 60, "groups": 2, "permutations": 2}),
    "patterns": ("and_or", "ensemble", {"row": 3}),
    "patterns_of_rows": ("and_or", "ensemble", {"rows": 3}),
    "patterns_of_a_class": ("and_or", "classes", {"row": 1}),
    "patterns_of_a_sentence": ("and_or", "words", {"sentence": "it is not a good film"}),
    "patterns_of_a_picture": ("and_or", "digits", {"row": 3, "parts": "patches", "max_players": 4}),
    "watched": ("dynamics", "classes", {"epochs": 4, "checkpoints": 3, "samples": 3, "players": 3}),
    "watched_pictures": ("dynamics", "digits", {"epochs": 2, "checkpoints": 2, "samples": 2, "players": 3}),
    "race_of_words": ("ucb", "words", RACE),
    "rows_of_words": ("integrated_hessians", "words", {"rows": 3}),
    "race_of_classes": ("ucb", "classes", RACE),
    "failed": ("nid", "forest", {}),
}
"""Detections by name: method, model and options. The last one fails: a forest has no weights."""

CLASSES = {"race_of_classes": 1}
"""The class of the detections that study one."""
CANCELLED = "cancelled"
"""The name of a training that is cancelled before its end."""
COMPARISON = {"teacher": [12, 8], "epochs": 2, "round_epochs": 1, "most_rows": 100, "n_pairs": 1}
ON_CPU = {"device": "cpu"}
PATIENCE = 300.0


def make() -> None:
    """Make the home folder with a real runner, see every screen computed, and keep it as an archive."""
    from tests.golden import screens

    with tempfile.TemporaryDirectory() as folder, _served(Path(folder) / "home") as atlas:
        index = _fill(atlas)
        INDEX.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        screens.prepare(atlas)
        _wait(atlas)
        index["statuses"] = {view.id: view.status for view in atlas.runs(limit=1000)}
        INDEX.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        atlas.close()
        _stop_runner(atlas.store.home)
        _pack(atlas.store.home)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as atlas:
        figures.write(FIGURES, dict(_all_figures(atlas)))


def index() -> dict[str, dict[str, str]]:
    """Return the ids of the stored data, models and named runs by name, and the status of every run by id."""
    return json.loads(INDEX.read_text(encoding="utf-8"))


def unpack(folder: Path) -> Path:
    """Unpack the archive into `folder`; return the home folder."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[Atlas]:
    """Open the home folder, unpacked to `folder`, without a runner."""
    atlas = Atlas(unpack(folder))
    with access.no_runner():
        yield atlas
    atlas.close()


def run_figures(atlas: Atlas, run_id: str) -> dict[str, np.ndarray]:
    """Return the figures of the result of a run."""
    return saved_results.loaded_figures(atlas.result(run_id))


def model_figures(atlas: Atlas, model_id: str) -> dict[str, np.ndarray]:
    """Return what a stored model gives on the first rows of its data."""
    data = atlas.store.dataset(atlas.store.model_card(model_id)["data"])
    loaded = access.load_model(atlas.store.model_path(model_id), data)
    return {"predictions": loaded.predict(data.frame[:20]), "scores": access.scores(loaded, data.rows[:20])}


def data_figures(atlas: Atlas, data_id: str) -> dict[str, np.ndarray]:
    """Return the rows, the target and the split of a stored data set."""
    data = atlas.store.dataset(data_id)
    found = {"rows": data.rows, "target": data.target_values, "split": data.split}
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def _all_figures(atlas: Atlas) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    known = index()
    for run_id, status in known["statuses"].items():
        if status == "done":
            yield run_id, run_figures(atlas, run_id)
    for model_id in known["models"].values():
        yield model_id, model_figures(atlas, model_id)
    for data_id in known["data"].values():
        yield data_id, data_figures(atlas, data_id)


def _fill(atlas: Atlas) -> dict[str, Any]:
    """Store the data and models, and compute the named runs; returns the index."""
    data = {name: atlas.store.put_dataset(data_set(name)) for name in DATA_SETS}
    runs: dict[str, str] = {}

    def submit(name: str, kind: str, method: str, data_id: str, options: Mapping[str, Any], **more: Any) -> None:
        asked = Specification(kind=kind, method=method, data=data_id, options=options, compute=ON_CPU, **more)
        runs[name] = atlas.submit(asked)

    for name, (method, where, options) in TRAININGS.items():
        submit(name, "train", method, data[where], options)
    submit(CANCELLED, "train", "mlp", data["number"], {"epochs": 1000, "patience": 1000})
    atlas.cancel(runs[CANCELLED])
    submit("comparison", "study", "compression", data["number"], COMPARISON)
    _wait(atlas)
    models = {name: atlas.result(runs[name]).model_id for name in TRAININGS}  # type: ignore[attr-defined]
    source = access.exported(model("ensemble/number"), data_set("number"))
    models["brought"] = atlas.store.put_model_file(source, "network.onnx", data["number"])
    edits = json.loads(json.dumps([access.plain(edit) for edit in EDITS]))
    submit("edited", "train", "edit", data["number"], {"edits": edits}, model=models["nit"])
    submit("check", "check", "check", data["number"], {}, model=models["brought"])
    submit("exported", "view", "export", data["number"], {"format": ".onnx"}, model=models["ensemble"])
    for name, (method, of, options) in DETECTIONS.items():
        where = TRAININGS[of][1] if of in TRAININGS else "number"
        submit(name, "detect", method, data[where], options, model=models[of], class_index=CLASSES.get(name))
    _wait(atlas)
    models["edited"] = atlas.result(runs["edited"]).model_id  # type: ignore[attr-defined]
    failed = {name: atlas.run(run_id).error for name, run_id in runs.items() if atlas.run(run_id).status == "failed"}
    assert list(failed) == ["failed"], failed
    return {"data": data, "models": models, "runs": runs}


def _wait(atlas: Atlas) -> None:
    """Wait until every run has ended."""
    deadline = time.monotonic() + PATIENCE
    while any(not view.finished for view in atlas.runs(limit=1000)):
        assert time.monotonic() < deadline, [view for view in atlas.runs(limit=1000) if not view.finished]
        time.sleep(0.2)


@contextmanager
def _served(home: Path) -> Iterator[Atlas]:
    """A new home with a runner, which is ended afterwards."""
    atlas = Atlas(home)
    before = os.environ.get("ATLAS_HOME")
    os.environ["ATLAS_HOME"] = str(home)
    try:
        yield atlas
    finally:
        _stop_runner(home)
        os.environ.pop("ATLAS_HOME")
        if before is not None:
            os.environ["ATLAS_HOME"] = before


def _stop_runner(home: Path) -> None:
    runner = access.runner_of(home)
    if runner is not None:
        os.kill(runner["pid"], signal.SIGTERM)
        while access.runner_of(home) is not None:
            time.sleep(0.1)


def _pack(home: Path) -> None:
    """Write the archive: what `KEPT` names, with the database in one file."""
    with sqlite3.connect(home / "state.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("VACUUM")
    database.close()
    for path in sorted(home.rglob("*")):
        if path.name in DROPPED:
            path.unlink()
    shutil.rmtree(home / "runs" / "parts", ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tarfile.open(ARCHIVE, "w:xz") as archive:
        for name in KEPT:
            archive.add(home / name, arcname=name)
