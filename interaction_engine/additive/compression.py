"""ParaACE against the usual ways of making a network smaller, all of one size, from one run."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
import torch
from pydantic import Field
from torch import nn

from ..models.training import Epochs, Hidden, Patience, Rate, Seed
from ..numerics.compute import Compute
from ..results import Provenance
from ..results.compression import COMPRESSION_COLUMNS, Compression
from ..types import JSON, Report, TargetKind, silent
from ..version import VERSION
from .choosing import JOINER, Sets, random_pairs, sets_of, strongest_pairs
from .distillation import distilled
from .paraace import Interactions, NPairs, train_paraace, usual_pairs
from .plain_networks import Lesson, fit, linear_layers, plain_network
from .pruning import lottery_ticket, synflow, weights_left
from .rows import learning_rows

if TYPE_CHECKING:
    from ..data.dataset import Dataset

TITLE = "Compression"
SOURCE = (
    "ParaACE paper, section 5.4 and appendices L and N; knowledge distillation: Chen et al. (NeurIPS 2017); lottery "
    "tickets: Frankle & Carbin (ICLR 2019); SynFlow: Tanaka et al. (NeurIPS 2020)"
)

PAPERS_TEACHER = (5000, 900, 400, 100, 30)
"""Hidden layers of the paper's over-parameterised network."""

TITLES = {
    "teacher": "Teacher",
    "paraace": "ParaACE",
    "random": "ParaACE, random pairs",
    "gann": "Curves alone",
    "distillation": "Knowledge distillation",
    "lottery": "Lottery ticket",
    "synflow": "SynFlow",
}

SHARES = {"paraace": 0.15, "random": 0.25, "gann": 0.3, "teacher": 0.5, "distillation": 0.6, "lottery": 0.9}
"""Share of the whole work done after each step; the last ends it."""

Teacher = Annotated[
    Hidden, Field(title="Teacher", description="Units of each hidden layer of the large network, first to last.")
]
RoundEpochs = Annotated[
    int, Field(ge=1, le=1000, title="Epochs a round", description="Epochs between two cuts of the lottery ticket.")
]


def compression(
    data: "Dataset",
    *,
    interactions: Interactions = None,
    n_pairs: NPairs = None,
    teacher: Teacher = PAPERS_TEACHER,
    epochs: Epochs = 100,
    round_epochs: RoundEpochs = 20,
    learning_rate: Rate = 1e-3,
    patience: Patience = 30,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Compression:
    """Train a teacher, a ParaACE network, and a distilled and two pruned ones of as many parameters as ParaACE has.

    The same network with random pairs, and with curves alone, shows what the interactions are worth. `epochs`,
    `learning_rate` and `patience` are those of the teacher and of what is made of it. Raises as `train_paraace` does.
    """
    options = {name: value for name, value in locals().items() if name not in ("data", "compute", "report", "seed")}
    began = time.perf_counter()
    learning_rows(data)
    work = _Comparison(data, options, seed, compute, report)
    table = work.run()
    return Compression(
        provenance=Provenance(
            method="compression", title=TITLE, options=options, seed=seed, data=data.name, model="paraace",
            rows=len(data.held_out_rows), evaluations=len(table) * len(data.held_out_rows),
            seconds=time.perf_counter() - began, device=compute.torch_device, version=VERSION, source=SOURCE,
        ),
        table=table,
        metric="NRMSE" if data.target.kind is TargetKind.REGRESSION else "error rate",
        unit="of the range of the target" if data.target.kind is TargetKind.REGRESSION else "of the rows",
        interactions=work.named(work.pairs),
        random=work.named(work.random),
    )  # fmt: skip


class _Comparison:
    """The steps of the comparison; after each the rows of the table are kept, so that a crash loses one step."""

    def __init__(
        self, data: "Dataset", options: Mapping[str, Any], seed: int, compute: Compute, report: Report
    ) -> None:
        self.data, self.options, self.seed, self.compute, self.report = data, options, seed, compute, report
        self.lesson = Lesson(data, seed, torch.device(compute.torch_device))
        self.first = plain_network(self.lesson, tuple(options["teacher"]), seed)
        self.teacher_size = sum(parameter.numel() for parameter in self.first.parameters())
        self.state: dict[str, Any] = dict(report.restored or {})
        self.done: list[dict[str, Any]] = [dict(row) for row in self.state.get("done", [])]
        self.pairs = self._pairs()
        self.random = random_pairs(len(data.space), sum(len(one) == 2 for one in self.pairs), seed)

    def run(self) -> pd.DataFrame:
        steps: dict[str, Callable[[Report], tuple[int, float, str]]] = {
            "paraace": lambda told: self._paraace(self.pairs, told),
            "random": lambda told: self._paraace(self.random, told),
            "gann": lambda told: self._paraace((), told),
            "teacher": self._teacher,
            "distillation": self._distillation,
            "lottery": self._lottery,
            "synflow": self._synflow,
        }
        begun = 0.0
        for method, step in steps.items():
            end = SHARES.get(method, 1.0)
            if method not in {row["method"] for row in self.done}:
                started = time.monotonic()
                size, error, note = step(_Step(self.report, begun, end, TITLES[method]))
                self._note(method, size, error, note, time.monotonic() - started)
                self.report(end, f"{TITLES[method]}: error {error:.4f} with {size:,} parameters")
            begun = end
        return pd.DataFrame(self.done)[list(COMPRESSION_COLUMNS)]

    def named(self, sets: Sets) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(self.data.space.names[place] for place in one) for one in sets)

    @property
    def budget(self) -> int:
        """Parameters of the ParaACE network, which the others are cut down to."""
        return int(next(row["n_parameters"] for row in self.done if row["method"] == "paraace"))

    def _note(self, method: str, size: int, error: float, note: str, seconds: float) -> None:
        ratio = self.teacher_size / size
        row = (method, TITLES[method], int(size), float(ratio), float(error), float(seconds), note)
        self.done.append(dict(zip(COMPRESSION_COLUMNS, row, strict=True)))
        self.state |= {"done": self.done, "pairs": [list(one) for one in self.pairs]}
        self.report.checkpoint(self.state)

    def _pairs(self) -> Sets:
        if "pairs" in self.state:
            return tuple(tuple(int(place) for place in one) for one in self.state["pairs"])
        given, count = self.options["interactions"], self.options["n_pairs"]
        if given is not None:
            return sets_of(self.data.space, given)[:count]
        count = usual_pairs(self.data) if count is None else count
        told = _Step(self.report, 0.0, 0.05, "Detecting interactions")
        return strongest_pairs(self.data, count, self.seed, self.compute, told)

    def _paraace(self, sets: Sets, told: Report) -> tuple[int, float, str]:
        fix_up = {"n_pairs": 0, "fix_up": "linear"} if not sets else {}
        names = {"interactions": tuple(JOINER.join(one) for one in self.named(sets))} if sets else {}
        network: Any = train_paraace(self.data, **fix_up, **names, seed=self.seed, compute=self.compute, report=told)  # pyright: ignore[reportArgumentType]
        with torch.inference_mode():
            if sets:
                outputs = network.fix_up(network.subnets(self.lesson.judged)[..., 0])
            else:
                outputs = network.intercept + network.subnets(self.lesson.judged).sum(1)
        return network.n_parameters, self.lesson.error(outputs), ""

    def _teacher(self, told: Report) -> tuple[int, float, str]:
        network = plain_network(self.lesson, tuple(self.options["teacher"]), self.seed)
        fit(network, self.lesson, told, **self._training())
        self.state |= {f"teacher.{name}": one.cpu().numpy() for name, one in network.state_dict().items()}
        return self.teacher_size, self.lesson.judge(network), ""

    def _distillation(self, told: Report) -> tuple[int, float, str]:
        teacher = plain_network(self.lesson, tuple(self.options["teacher"]), self.seed)
        kept = {name: np.asarray(self.state.pop(f"teacher.{name}"), np.float32) for name in teacher.state_dict()}
        teacher.load_state_dict({name: torch.from_numpy(one) for name, one in kept.items()})
        student = distilled(teacher, self.lesson, self.budget, told, **self._training())
        sizes = "-".join(str(layer.out_features) for layer in linear_layers(student)[:-1])
        size = sum(parameter.numel() for parameter in student.parameters())
        return size, self.lesson.judge(student), f"Hidden layers {sizes}."

    def _lottery(self, told: Report) -> tuple[int, float, str]:
        training = {"epochs": self.options["round_epochs"], "learning_rate": self.options["learning_rate"]}
        return self._pruned(lottery_ticket(self.first, self.lesson, self.budget, told, **training))

    def _synflow(self, told: Report) -> tuple[int, float, str]:
        training = {key: value for key, value in self._training().items() if key != "patience"}
        return self._pruned(synflow(self.first, self.lesson, self.budget, told, **training))

    def _pruned(self, network: nn.Sequential) -> tuple[int, float, str]:
        return weights_left(network), self.lesson.judge(network), "Weights that are left; thresholds not counted."

    def _training(self) -> dict[str, Any]:
        return {name: self.options[name] for name in ("epochs", "learning_rate", "patience")}


class _Step(Report):
    """One step as a stretch of the whole work, which keeps its own checkpoints."""

    def __init__(self, whole: Report, begin: float, end: float, title: str) -> None:
        self.whole, self.begin, self.end, self.title = whole, begin, end, title

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        self.whole(self.begin + fraction * (self.end - self.begin), f"{self.title}: {message[:1].lower()}{message[1:]}")
