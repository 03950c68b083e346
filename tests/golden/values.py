"""What the methods return today: small runs of every registered method on every kind of model."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import interaction_engine as ie
from tests.golden import access, figures
from tests.golden.access import CASES, METHODS, ON_CPU, PLANS, Case

FOLDER = Path(__file__).parent / "files"
VALUES = FOLDER / "values.npz"
OPTIONS = FOLDER / "options.json"

DATA_SETS = ("number", "binary", "multiclass", "words", "digits")
"""The small data sets, by name."""

JUDGED: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "pairs": ("exact", "ensemble/number", {"top_k": 3, "background": 40, "second_opinion": True}),
    "classes": ("exact", "ensemble/multiclass", {"top_k": 3, "background": 40, "second_opinion": True}),
    "sets": ("cliques", "gam/number", {"top_k": 3, "background": 40, "max_order": 3, "second_opinion": True}),
    "words": ("ucb", "words/words", {"top_k": 3, "background": 40}),
}
"""Detections through `ie.detect`, which adds the skill of the model: method, model and options by name."""

SEVERAL_SPLITS = ("mlp/number", "paraace/number")
"""Models whose scores have several equally sparse AND-OR splits: the last digit of a score decides which it is."""
UNIQUE = ("players", "attributions", "indices", "score", "base", "primal", "dual")
"""Figures of AND-OR patterns that are the same for all of these splits."""

OMITTED: Mapping[str, tuple[str, ...]] = {
    "pair_effect": ("nit/number", "paraace/number", "module/number", "bayesian/number", "edited/number"),
    "input_hessian": ("paraace/number", "module/number"),
    "integrated_hessians": ("edited/number", "module/number"),
    "and_or": ("nit/number", "edited/number"),
}
"""Models on which a method is not recorded, to save time: it takes the same way with another one."""

ALL_CASES: dict[str, Case] = {
    case.id: case for case in [*CASES, *PLANS] if case.model not in OMITTED.get(case.method, ()) or case.mode == "plan"
}


def case_figures(case: Case) -> dict[str, np.ndarray]:
    """Return the figures of one case, by name."""
    with access.small_compression():
        made, data = access.case_result(case, ON_CPU), access.data_set(case.data)
    if case.mode != "plan" and METHODS[case.method].role in ("trainer", "editor"):
        return dict(access.model_figures(made, data, ON_CPU))
    found = dict(figures.figures_of(made, access.known_names(data)))
    if case.method == "and_or" and case.mode == "run" and case.model in SEVERAL_SPLITS:
        return {name: values for name, values in found.items() if set(name.split(".")) & set(UNIQUE)}
    return _independent_of_speed(found, case.method, plan=case.mode == "plan")


def judged_figures(name: str) -> dict[str, np.ndarray]:
    """Return the figures of a detection whose model was judged on held-out rows."""
    method, model, options = JUDGED[name]
    data = access.data_set(model.split("/")[1])
    result = ie.detect(method, access.model(model), data, seed=0, compute=ON_CPU, **options)
    return _independent_of_speed(dict(figures.figures_of(result, access.known_names(data))), method)


def make() -> None:
    """Record today's figures and default options."""
    figures.write(VALUES, dict(_all_figures()))
    text = json.dumps(access.default_options(), indent=1)
    OPTIONS.write_text(text + "\n", encoding="utf-8")


def _independent_of_speed(found: dict[str, np.ndarray], method: str, *, plan: bool = False) -> dict[str, np.ndarray]:
    """Return the figures without those of a search that evaluates more on a faster machine, and of a plan without the
    evaluations, which are those of as many rows as could be timed."""
    left_out = {"result.levels.evaluations"} if method == figures.BUDGETED else set()
    left_out |= {"result.table.evaluations"} if plan else set()
    return {name: values for name, values in found.items() if name not in left_out}


def _all_figures() -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    for name, case in ALL_CASES.items():
        yield name, case_figures(case)
    for name in JUDGED:
        yield f"judged-{name}", judged_figures(name)
    yield "explanation", access.run_explanation(ON_CPU)
