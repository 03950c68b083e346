"""Tiny methods for the tests of runs; a worker that preloads this module has them in its catalog."""

import os
import signal
import time
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from interaction_engine.core.errors import InputError
from interaction_engine.core.result import Provenance
from interaction_engine.methods import registry as catalog
from interaction_engine.models.model_report import ModelReport

PROVENANCE = Provenance(
    method="stand-in",
    title="",
    options={},
    seed=0,
    data="",
    model="",
    rows=0,
    evaluations=0,
    seconds=0.0,
    device="cpu",
    version="",
    source="",
)


def model_report(**metrics: float) -> ModelReport:
    """The smallest result there is."""
    empty = pd.DataFrame({"epoch": []})
    return ModelReport(
        provenance=PROVENANCE,
        model_id="",
        name="stand-in",
        format="",
        capabilities=(),
        n_parameters=0,
        mapping=(),
        metrics=metrics,
        curves=empty,
        calibration=empty,
        warnings=(),
    )


def count(
    model, data, *, steps: Annotated[int, Field(ge=1)] = 5, pause: float = 0.0, seed: int = 0, compute, report
) -> ModelReport:
    """Counts to `steps`, with a checkpoint at each; its metrics tell where this execution began."""
    state = report.restored or {"step": 0, "sum": np.zeros(1)}
    begun, total = state["step"], state["sum"].copy()
    for step in range(begun, steps):
        time.sleep(pause)
        total += step
        report.checkpoint({"step": step + 1, "sum": total})
        report((step + 1) / steps, f"Counted to {step + 1}", {"kind": "count", "step": step + 1, "pid": os.getpid()})
    return model_report(begun=float(begun), sum=float(total[0]), pid=float(os.getpid()))


def deaf(model, data, *, seconds: float = 60.0, seed: int = 0, compute, report) -> ModelReport:
    """Computes without ever reporting, so that only its process can be stopped."""
    report(0.0, f"{os.getpid()}")
    time.sleep(seconds)
    return model_report()


def hog(model, data, *, seed: int = 0, compute, report) -> ModelReport:
    """Takes memory until it is killed."""
    taken = []
    while True:
        taken.append(np.ones(4_000_000))
        time.sleep(0.02)


def refuse(model, data, *, seed: int = 0, compute, report) -> ModelReport:
    raise InputError("`cells` must be at least 2; got 1. Raise it.")


def stumble(model, data, *, seed: int = 0, compute, report) -> ModelReport:
    raise ZeroDivisionError("division by zero")


def crash(model, data, *, seed: int = 0, compute, report) -> ModelReport:
    """Ends as a broken file ends some libraries: in the thread that computes, before anything else can happen."""
    signal.raise_signal(signal.SIGSEGV)  # one sent to the process would leave this thread time to finish
    return model_report()


def crowd(
    model,
    data,
    *,
    count: Annotated[int, Field(ge=1)] = 4,
    pause: float = 0.0,
    log: str = "",
    refused: int = -1,
    fatal: int = -1,
    seed: int = 0,
    compute,
    report,
) -> ModelReport:
    """Adds up its parts; its metrics tell how many processes computed them."""
    settings = {"count": count, "pause": pause, "log": log, "refused": refused, "fatal": fatal, "seed": seed}

    def one(index):
        return one_of_crowd(model, data, index=index, **settings, compute=compute, report=report)

    made = report.parts(count, one, "Counting", end=0.8)
    report(0.9, "Adding up")
    assert [len(part["square"]) for part in made] == [index + 1 for index in range(count)]
    pids = {part["pid"] for part in made}
    return model_report(sum=float(sum(part["square"][0] for part in made)), processes=float(len(pids)))


def one_of_crowd(model, data, *, index, count, pause, log, refused, fatal, seed, compute, report):
    """The square of the index, and a line in the log: the index, the process."""
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{index} {os.getpid()}\n")
    if index == refused:
        raise InputError(f"Part {index} is refused; ask for fewer.")
    time.sleep(pause)
    if index == fatal:
        signal.raise_signal(signal.SIGSEGV)
    report(0.5, "Half of a part")
    return {"square": np.full(index + 1, index**2), "pid": os.getpid()}


PARTS = {crowd.__name__: one_of_crowd}
METHODS = {
    function.__name__: catalog.Method(
        name=function.__name__,
        title=function.__name__.title(),
        label=function.__name__.capitalize(),
        summary="",
        source="",
        role=catalog.Role.VIEW,
        family="model",
        path=function,
        part=PARTS.get(function.__name__),
    )
    for function in (count, crowd, deaf, hog, crash, refuse, stumble)
}
catalog.METHODS.register(*METHODS.values())
