"""What a worker does for a run: load the data and the model, run the method, save the result."""

import sys
import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ...core.errors import InputError, InteractionError, memory_sentence
from ...core.result import Result
from ...core.types import Model, Report
from ...data.dataset import Dataset
from ..progress import PartReport, RunReport
from ..specification import Specification
from ..store import Store
from .parts import PartFiles, PartsMissing, Wanted

if TYPE_CHECKING:
    from ...methods.registry import Method

Ended = str | Wanted | None
"""How a run left its worker: done, failed for the reason said, or in want of parts."""

Outcome = TypeVar("Outcome")

# torch and the methods are imported where they are used: the runner imports this module too and needs neither.


def perform(
    home: str, files: str, run_id: str, token: str, threads: int | None, done: float = 0.0, workers: int = 1
) -> Ended:
    """Compute the run and save its result; returns None, or the sentence that says why it failed.

    A run of which parts are missing returns what it wants, to be performed again once they are there; `done` is then
    the share of the work that is behind it. `workers` says how many parts are computed at the same time.
    """
    store = Store(home, files)

    def whole() -> Ended:
        if store.has_result(run_id):
            return None
        report = RunReport(store.files, run_id, token, done=done)
        report.workers = workers
        specification = store.specification(run_id)
        report.enter("starting", "Loading the data and the model")
        try:
            result = compute(store, specification, report, threads)
        except PartsMissing as asked:
            return asked.wanted
        report.enter("saving", "Saving the result")
        store.put_result(run_id, result)
        report.close()
        return None

    return _in_a_sentence(whole)


def perform_part(home: str, files: str, run_id: str, token: str, index: int, threads: int | None) -> str | None:
    """Compute one part of a run and keep it; returns None, or the sentence that says why it failed."""
    store = Store(home, files)

    def part() -> None:
        report = PartReport(store.files, run_id, token, index)
        report(0.0, "Loading the data and the model")
        values = compute_part(store, store.specification(run_id), index, report, threads)
        report.lease.check()
        PartFiles(store.files, run_id).keep(index, values)

    return _in_a_sentence(part)


def compute(store: Store, specification: Specification, report: RunReport, threads: int | None = None) -> Result:
    """The result of a specification, whose data and model are in the store."""
    _set_threads(threads)
    data = store.dataset(specification.data)
    if specification.kind == "check":
        return _check(store, specification, data, report)
    chosen, subjects, keywords = _asked(store, specification, data, report)
    if specification.kind == "plan":
        report.enter("computing", f"Estimating run time: {chosen.title}")
        return chosen.cost(*subjects, **keywords)
    report.spread = chosen.part_function is not None
    trains = specification.kind == "train" and chosen.role != "editor"
    report.enter("computing", f"Training: {chosen.title}" if trains else chosen.title)
    if chosen.role == "detector":
        from .judging import detect_judged

        model, _ = subjects
        return detect_judged(chosen, model, data, keywords)
    made = chosen.function(*subjects, **keywords)
    return _judge(store, specification, data, made, report) if trains or chosen.role == "editor" else made


def compute_part(
    store: Store, specification: Specification, index: int, report: Report, threads: int | None = None
) -> Mapping[str, Any]:
    """One part of a specification whose method has parts."""
    _set_threads(threads)
    chosen, subjects, keywords = _asked(store, specification, store.dataset(specification.data), report)
    if chosen.part_function is None:
        raise InputError(f"`{chosen.name}` is computed in one piece; it has no part {index}.")
    return chosen.part_function(*subjects, index=index, **keywords)


def _asked(
    store: Store, specification: Specification, data: Dataset, report: Report
) -> "tuple[Method, tuple[Any, ...], dict[str, Any]]":
    """The method of a specification, what it works on (a model and data, or data alone), and its keyword arguments."""
    from ...core.compute import Compute
    from ...methods.registry import method

    chosen = method(specification.method)
    seeded = {"seed": specification.seed} if "seed" in chosen.options.model_fields else {}
    settings = chosen.read_options({**specification.options, **seeded})
    keywords = {**settings, "compute": Compute(**specification.compute), "report": report}
    if chosen.role in ("study", "trainer"):
        return chosen, (data,), keywords
    model = load(store, specification, data)
    chosen.check(model)
    return chosen, (model, data), keywords


def load(store: Store, specification: Specification, data: Dataset) -> Model:
    """The model of a specification, its score that of the chosen class."""
    if specification.model is None:
        raise InputError(f"`{specification.method}` studies a model; train one or bring one, then start the run again.")
    card, path = store.model_card(specification.model), store.model_path(specification.model)
    if card["format"] == "network":
        from ...models.io.stored.files import load_network

        network = load_network(path)
        return network if specification.class_index is None else network.for_class(specification.class_index)
    from ...models.io.loading import load_model

    return load_model(path, data, trust=card["trust"], class_index=specification.class_index)


def _judge(store: Store, specification: Specification, data: Dataset, model: Any, report: RunReport) -> Result:
    """Keep a model that was just trained or edited, and say how good it is."""
    from ...models.checking import check_model

    report.enter("saving", "Judging the model on held-out rows")
    model_id = store.put_model(model, specification.data, base=specification.model)
    return check_model(model, data, model_id=model_id, format="network")


def _check(store: Store, specification: Specification, data: Dataset, report: RunReport) -> Result:
    """Judge a model that was brought."""
    from ...models.checking import check_model

    model = load(store, specification, data)
    report.enter("computing", "Judging the model on held-out rows")
    model_id = specification.model or ""
    return check_model(model, data, model_id=model_id, format=store.model_card(model_id)["format"])


def _in_a_sentence(work: Callable[[], Outcome]) -> Outcome | str:
    """What the work returns, or the sentence that says why it failed."""
    try:
        return work()
    except InteractionError as problem:
        return str(problem)
    except Exception as problem:
        traceback.print_exc(file=sys.stderr)
        return _explain(problem)


def _set_threads(threads: int | None) -> None:
    import torch

    from ...numerics.device import exact_products

    exact_products()
    if threads is not None:
        torch.set_num_threads(threads)


def _explain(problem: Exception) -> str:
    """A sentence for an error that nobody foresaw; the traceback is in the runner's log."""
    if sentence := memory_sentence(problem):
        return sentence
    what = " ".join(str(problem).split())[:300]
    error = f"{type(problem).__name__}: {what}" if what else type(problem).__name__
    return f"The run stopped at an unexpected error ({error}); change its options, or report the runner's log."
