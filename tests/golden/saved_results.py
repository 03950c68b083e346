"""Results as today's code saves them: a folder of every family, and of the methods whose results have more tables."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import interaction_engine as ie
from tests.golden import access, figures
from tests.golden.access import CASES, ON_CPU, PLANS, case_result, data_set, model
from tests.golden.values import DATA_SETS, FOLDER, JUDGED

RESULTS = FOLDER / "results"
FIGURES = FOLDER / "results.npz"

SAVED: Mapping[str, str] = {
    "run-ucb-number-ensemble/number": "race",
    "run-input_hessian-number-mlp/number": "slopes",
    "run-nid-number-mlp/number": "weights",
    "run-cliques-number-ensemble/number": "subsets",
    "run-integrated_hessians-number-mlp/number": "rows",
    "run-group_expected_hessian-number-bayesian/number": "group_hessians",
    "run-and_or-number-ensemble/number": "and_or",
    "run-and_or-words-words/words": "and_or_of_a_sentence",
    "run-dynamics-multiclass-mlp/multiclass": "dynamics",
    "run-pair_effect-number-mlp/number": "pair_effect",
    "run-triple_effect-number-mlp/number": "triple_effect",
    "run-sensitivity-number-ensemble/number": "sensitivity",
    "run-shapes-number-nit/number": "shapes",
    "run-export-number-ensemble/number": "exported",
    "run-compression-number": "compression",
    "plan-ucb-number-ensemble/number": "plan",
    "plan-and_or-number-mlp/number": "and_or_plan",
    "plan-integrated_hessians-number-mlp/number": "derivative_plan",
    "plan-mlp-number": "training_plan",
}
"""The folder of a result by the small case that computes it."""


WORDS = frozenset(name for data in DATA_SETS for name in access.known_names(data_set(data)))
"""Words of the data that the stored results are of."""


def make() -> None:
    """Save the results anew, and record what they hold when they are loaded."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    for case in [*CASES, *PLANS]:
        if case.id in SAVED:
            case_result(case, ON_CPU).save(RESULTS / SAVED[case.id])
    method, subject, options = JUDGED["pairs"]
    data, network = data_set("number"), model(subject)
    ie.detect(method, network, data, seed=0, compute=ON_CPU, **options).save(RESULTS / "judged_pairs")
    access.check_model(network, data, model_id="0123456789abcdef", format="network").save(RESULTS / "model")
    figures.write(FIGURES, {folder.name: saved_figures(folder) for folder in folders()})


def folders() -> list[Path]:
    """Return the folders of the saved results."""
    return sorted(RESULTS.iterdir())


def saved_figures(folder: Path) -> dict[str, np.ndarray]:
    """Return the figures of a saved result and of its table."""
    return loaded_figures(ie.load_result(folder))


def loaded_figures(result: Any) -> dict[str, np.ndarray]:
    """Return the figures of a result that was loaded, and those of its table."""
    return dict(figures.figures_of(result, WORDS)) | dict(figures.frame_figures(result.to_frame(), WORDS))


def header(folder: Path) -> dict[str, Any]:
    """Return what the JSON of a saved result holds."""
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))
