"""Model files as today's code writes them: one of every kind that is trained here, and of every format brought."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import interaction_engine as ie
from tests.golden import access, figures
from tests.golden.access import CASES, METHODS, ON_CPU, case_result, data_set, model, model_figures
from tests.golden.values import DATA_SETS, FOLDER

MODELS = FOLDER / "models"
DATA = FOLDER / "data"
SCORES = FOLDER / "models.npz"
SUFFIXES = (".safetensors", ".skops", ".onnx", ".pt2", ".ubj", ".txt")
SAMPLES = ("bike", "california", "adult", "digits", "reviews", "F1", "F8")
"""Samples whose trained network is part of the repository."""
ROUNDS = 3


def make() -> None:
    """Write the data sets and the model files anew, and record what the models give when they are loaded."""
    for folder in (MODELS, DATA):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name in DATA_SETS:
        data_set(name).save(DATA / name)
    for stem, trained in _trained():
        access.save_model(trained, MODELS / stem)
    _write_brought()
    recorded = {path.name: loaded_figures(path) for path in files()}
    figures.write(SCORES, recorded | {f"sample-{name}": sample_figures(name) for name in SAMPLES})


def files() -> list[Path]:
    """Return the stored model files."""
    return sorted(path for path in MODELS.iterdir() if path.suffix in SUFFIXES)


def loaded_figures(path: Path) -> dict[str, np.ndarray]:
    """Return what a stored model gives on fixed rows, how it is judged, and the shapes of an additive one.

    A file is named by its data set and its kind, as `number-mlp.safetensors`.
    """
    data = ie.Dataset.load(DATA / path.name.split("-")[0])
    loaded = access.load_model(path, data)
    known = {"capabilities": np.asarray(sorted(map(str, loaded.capabilities)), np.str_)}
    return dict(model_figures(loaded, data, ON_CPU)) | known


def sample_figures(name: str) -> dict[str, np.ndarray]:
    """Return what the network of a sample predicts for the first rows of its data."""
    data = ie.load_sample(name)
    loaded, rows = ie.sample_model(name, data), data.rows[:20]
    return {"predictions": loaded.predict(data.frame[:20]), "rows": rows.astype(np.float64)}


def _trained() -> Iterator[tuple[str, Any]]:
    """Yield a stem and a model for every training and edit among the small cases, and for further data sets."""
    seen: set[str] = set()
    for case in CASES:
        if METHODS[case.method].role in ("trainer", "editor"):
            base = f"-{case.model.split('/')[0]}" if case.model else ""
            stem = f"{case.data}-{case.method}{base}"
            stem = f"{stem}-2" if stem in seen else stem
            seen.add(stem)
            yield stem, case_result(case, ON_CPU)
    for name in ("mlp/multiclass", "mlp/digits", "ensemble/binary"):
        kind, data = name.split("/")
        yield f"{data}-{kind}" if f"{data}-{kind}" not in seen else f"{data}-{kind}-2", model(name)


def _write_brought() -> None:
    """Write files of other formats: exports of our networks, and models of other libraries."""
    import lightgbm
    import skops.io
    import xgboost
    from sklearn.ensemble import HistGradientBoostingClassifier

    data, classes = data_set("number"), data_set("binary")
    for suffix in (".onnx", ".pt2"):
        (MODELS / f"number-exported{suffix}").write_bytes(ie.export(model("ensemble/number"), data, format=suffix))
    frame = data.frame[list(data.space.names)].astype({"c": "category"})
    matrix = xgboost.DMatrix(frame, data.target_values, enable_categorical=True)
    xgboost.train({"nthread": 1, "max_depth": 3}, matrix, ROUNDS).save_model(MODELS / "number-xgboost.ubj")
    settings = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    booster = lightgbm.train(settings, lightgbm.Dataset(frame, data.target_values), ROUNDS)
    booster.save_model(MODELS / "number-lightgbm.txt")
    estimator = HistGradientBoostingClassifier(max_iter=ROUNDS).fit(classes.rows, classes.frame[classes.target.name])
    skops.io.dump(estimator, MODELS / "binary-boosting.skops")
