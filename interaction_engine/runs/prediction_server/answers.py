"""What the answering process does with a question: keep the model it is about warm, and explain rows by it."""

from collections import OrderedDict
from typing import Any

import numpy as np
import torch

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.types import JSON
from ...masking.baselines import baseline_of, drawn_baseline
from ...methods.hessians.explainer import Explained, Explainer
from ..specification import Specification
from ..store import Store
from ..worker.tasks import load

WARM = 4
"""Models kept ready, each from its baseline; the one that was not asked for longest goes first."""

SETTINGS = ("baseline", "baselines", "seed", "beta", "nodes", "quadrature")


class Answers:
    """Explains rows of the feature space by models of the store.

    A question has `data`, `model`, `class_index`, `compute` (as in a specification), `rows` (values of the feature
    space; none asks for nothing but to be ready) and the settings of the explanation (SETTINGS). The answer has, by
    row, score, base, gap, rounding, nodes, attributions and interactions.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._warm: OrderedDict[str, Explainer] = OrderedDict()

    def __call__(self, question: dict[str, JSON]) -> dict[str, JSON]:
        """Answer a question about rows."""
        rows = question.pop("rows")
        explainer = self._explainer(question)
        if not rows:
            return {}
        n_features = len(explainer.data.space)
        values = np.asarray(rows, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != n_features or not np.isfinite(values).all():
            raise InputError(f"A row needs {n_features} finite numbers, one per feature; got values of another form.")
        return _as_json(explainer(values))

    def _explainer(self, question: dict[str, JSON]) -> Explainer:
        key = repr(sorted(question.items()))
        if key not in self._warm:
            self._warm[key] = self._made(question)
            if len(self._warm) > WARM:
                self._warm.popitem(last=False)
        self._warm.move_to_end(key)
        return self._warm[key]

    def _made(self, question: dict[str, JSON]) -> Explainer:
        requested = {name: question[name] for name in ("data", "model", "class_index", "compute")}
        settings: dict[str, Any] = {name: question[name] for name in SETTINGS if name in question}
        specification = Specification(kind="view", method="explain", **requested)
        data = self._store.dataset(specification.data)
        model = load(self._store, specification, data)
        chosen, drawn, seed = settings.pop("baseline", "mean"), settings.pop("baselines", None), settings.pop("seed", 0)
        if drawn is None:
            place = baseline_of(data, chosen, seed)
        else:
            place = drawn_baseline(data, drawn, seed, held_out=chosen == "held_out")
        return Explainer(model, data, place, compute=Compute(**specification.compute), **settings)


def _as_json(made: Explained) -> dict[str, JSON]:
    names = ("score", "base", "gap", "rounding", "nodes", "attributions", "interactions")
    return {name: getattr(made, name).tolist() for name in names}


def share_cores() -> None:
    """Leave half of the cores to the runs."""
    torch.set_num_threads(max(1, torch.get_num_threads() // 2))
