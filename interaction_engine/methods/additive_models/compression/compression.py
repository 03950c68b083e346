"""ParaACE against the usual ways of making a network smaller, all of one size, from one run."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
import torch
from pydantic import Field
from torch import nn

from ....core.compute import Compute
from ....core.run_context import RunContext, in_context
from ....core.types import Report, TargetKind, Within, silent
from ....models.training.learning_rows import fewer_rows, learning_rows
from ....models.training.mlp import Epochs, Patience, Seed
from ...common.feature_sets import JOINER, Sets, given_sets
from ..compression_result import COMPRESSION_COLUMNS, Compression
from ..interactions import random_pairs, strongest_pairs
from ..paraace.paraace import Interactions, NPairs, train_paraace, usual_pairs
from ..paraace.plain_networks import Lesson, PlainTrainer, linear_layers, plain_network
from ..registration import COMPRESSION, PARAACE
from .compression_cost import paraace_parameters, step_seconds
from .distillation import distilled
from .pruning import lottery_ticket, synflow, weights_left

if TYPE_CHECKING:
    from ....data.dataset import Dataset


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

DETECTION = 0.03
"""Share of the whole work that the detection of the pairs is."""

Teacher = Annotated[
    tuple[Annotated[int, Field(ge=1, le=20_000)], ...],
    Field(
        min_length=1,
        max_length=12,
        title="Teacher",
        description="Units of each hidden layer of the large network, first to last.",
    ),
]
RoundEpochs = Annotated[
    int, Field(ge=1, le=1000, title="Epochs a round", description="Epochs between two cuts of the lottery ticket.")
]
LearningRate = Annotated[float, Field(gt=0, le=1, title="Learning rate", description="Size of the steps of Adam.")]
MostRows = Annotated[
    int | None,
    Field(
        ge=50,
        title="Training rows",
        description="All networks learn from a random choice of at most so many; the time grows with them. none: all.",
    ),
]


@in_context(COMPRESSION)
def compression(
    run: RunContext,
    data: "Dataset",
    *,
    interactions: Interactions = None,
    n_pairs: NPairs = None,
    most_rows: MostRows = 2000,
    teacher: Teacher = PAPERS_TEACHER,
    epochs: Epochs = 60,
    round_epochs: RoundEpochs = 10,
    learning_rate: LearningRate = 1e-3,
    patience: Patience = 30,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Compression:
    """Train a teacher, a ParaACE network, and a distilled and two pruned ones of as many parameters as ParaACE has.

    The same network with random pairs, and with curves alone, shows what the interactions are worth. `epochs`,
    `learning_rate` and `patience` are those of the teacher and of what is made of it. Raises as `train_paraace` does.
    """
    learning_rows(data)
    n_rows = len(data.train_rows)
    data, notes = fewer_rows(data, most_rows, seed), ()
    if len(data.train_rows) < n_rows:
        notes = (f"The networks learnt from {len(data.train_rows):,} of {n_rows:,} training rows, chosen at random.",)
    work = _Comparison(data, run.options, seed, compute, report)
    table = work.run()
    return Compression(
        provenance=run.provenance(
            model=PARAACE.name, device=compute.torch_device, rows=len(data.held_out_rows),
            evaluations=len(table) * len(data.held_out_rows), notes=notes,
        ),
        table=table,
        target=data.target.name,
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
            "paraace": lambda progress: self._paraace(self.pairs, progress),
            "random": lambda progress: self._paraace(self.random, progress),
            "gann": lambda progress: self._paraace((), progress),
            "teacher": self._teacher,
            "distillation": self._distillation,
            "lottery": self._lottery,
            "synflow": self._synflow,
        }
        begun, ends = DETECTION, self._ends(tuple(steps))
        for method, step in steps.items():
            end = ends[method]
            if method not in {row["method"] for row in self.done}:
                started = time.monotonic()
                size, error, note = step(Within(self.report, begun, end, says=f"{TITLES[method]}:", curves=False))
                self._note(method, size, error, note, time.monotonic() - started)
                self.report(end, f"{TITLES[method]}: error {error:.4f} with {size:,} parameters")
            begun = end
        return pd.DataFrame(self.done)[list(COMPRESSION_COLUMNS)]

    def _ends(self, methods: tuple[str, ...]) -> dict[str, float]:
        """The share of the whole work that is done after each step, by the time that it is expected to take."""
        n_rows, budget = len(self.data.train_rows), paraace_parameters(self.data, self.options)
        seconds = step_seconds(n_rows, self.teacher_size, budget, self.options)
        done = np.cumsum([seconds[method] for method in methods])
        shares = DETECTION + (1 - DETECTION) * done / done[-1]
        return dict(zip(methods, [float(share) for share in shares[:-1]] + [1.0], strict=True))

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
            return given_sets(self.data.space, given, count)
        count = usual_pairs(self.data) if count is None else count
        progress = Within(self.report, 0.0, DETECTION, says="Detecting interactions:", curves=False)
        return strongest_pairs(self.data, count, self.seed, self.compute, progress)

    def _paraace(self, sets: Sets, progress: Report) -> tuple[int, float, str]:
        terms: dict[str, Any] = {"n_pairs": 0, "fix_up": "linear"}
        if sets:
            terms = {"interactions": tuple(JOINER.join(one) for one in self.named(sets))}
        network: Any = train_paraace(
            self.data, **terms, refits=0, seed=self.seed, compute=self.compute, report=progress
        )
        with torch.inference_mode():
            if sets:
                outputs = network.fix_up(network.subnets(self.lesson.judged)[..., 0])
            else:
                outputs = network.intercept + network.subnets(self.lesson.judged).sum(1)
        return network.n_parameters, self.lesson.error(outputs), ""

    def _teacher(self, progress: Report) -> tuple[int, float, str]:
        network = plain_network(self.lesson, tuple(self.options["teacher"]), self.seed)
        training = self._training()
        PlainTrainer(network, self.lesson, training["learning_rate"]).run(
            progress, training["epochs"], training["patience"]
        )
        self.state |= {f"teacher.{name}": one.cpu().numpy() for name, one in network.state_dict().items()}
        return self.teacher_size, self.lesson.judge(network), ""

    def _distillation(self, progress: Report) -> tuple[int, float, str]:
        teacher = plain_network(self.lesson, tuple(self.options["teacher"]), self.seed)
        kept = {name: np.asarray(self.state.pop(f"teacher.{name}"), np.float32) for name in teacher.state_dict()}
        teacher.load_state_dict({name: torch.from_numpy(one) for name, one in kept.items()})
        student = distilled(teacher, self.lesson, self.budget, progress, **self._training())
        sizes = "-".join(str(layer.out_features) for layer in linear_layers(student)[:-1])
        size = sum(parameter.numel() for parameter in student.parameters())
        return size, self.lesson.judge(student), f"Hidden layers {sizes}."

    def _lottery(self, progress: Report) -> tuple[int, float, str]:
        training = {"epochs": self.options["round_epochs"], "learning_rate": self.options["learning_rate"]}
        return self._pruned(lottery_ticket(self.first, self.lesson, self.budget, progress, **training))

    def _synflow(self, progress: Report) -> tuple[int, float, str]:
        training = {key: value for key, value in self._training().items() if key != "patience"}
        return self._pruned(synflow(self.first, self.lesson, self.budget, progress, **training))

    def _pruned(self, network: nn.Sequential) -> tuple[int, float, str]:
        return weights_left(network), self.lesson.judge(network), "Weights that are left; thresholds not counted."

    def _training(self) -> dict[str, Any]:
        return {name: self.options[name] for name in ("epochs", "learning_rate", "patience")}
