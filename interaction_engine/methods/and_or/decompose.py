"""Any game taken apart into AND and OR patterns: its scores, their sparsest split, and the tables, batch by batch."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float64
from torch import Tensor

from ...core.compute import Compute
from ...core.result import Provenance
from ...core.run_context import RunContext
from ...core.types import Report, silent
from ...masking.choosing import Playable
from ...masking.distance import comparing_cost, usual_distance
from ...masking.game import Drawable, Game
from ...numerics.hypercube.and_or_split import split_bytes
from .pattern_tables import MOST_KEPT, NOTHING, Tables, joined, tables_of, transfer
from .players import split_of_acting
from .result import AndOrPatterns

SCORES_SHARE = 0.3
"""Share of a batch's progress that its scores make up; the split takes the rest."""

CHECKPOINT_SECONDS = 2.0

USUAL_GAPS, COARSEST_GAP = ((12, 0.002), (16, 0.01)), 0.02
"""Relative gaps by the number of players at most, and that of more: each four players make a split take 16 times as
long, and halving the gap nearly doubles it."""

INTERVAL = "no interval: the score of every masked sample is known"

Cost = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Sparsity:
    """The options of a split.

    The noise box and the salient size as shares of a distance between score and base, the relative gap at which it
    is good enough, and the iterations at most.
    """

    delta: float = 0.0
    tolerance: float = 0.002
    salient: float = 0.03
    max_iterations: int = 5000


DEFAULT = Sparsity()


def usual_gap(n_players: int) -> float:
    """The relative gap at which a split is good enough where nobody says: near the optimum while that takes seconds."""
    return next((gap for most, gap in USUAL_GAPS if n_players <= most), COARSEST_GAP)


def cost(n_players: int, n_samples: int = 1, calls_per_mask: int = 1, compute: Compute = Compute()) -> Cost:
    """Model evaluations, and bytes of working memory, that taking samples apart costs; known before."""
    together = min(n_samples, compute.rows_per_call(split_bytes(n_players)))
    return n_samples * 2**n_players * calls_per_mask, together * split_bytes(n_players)


def scores_needed(game: Game) -> int:
    """Return the model evaluations that decomposing a game takes.

    All masks, the ends for the noise box, and the rows that set the threshold.
    """
    n_samples = len(game.samples)
    masks = cost(len(game.players), n_samples, game.calls_per_mask)[0]
    return masks + 2 * n_samples * game.calls_per_mask + comparing_cost(game)


def take_apart(
    game: Game, sparsity: Sparsity, compute: Compute, provenance: Provenance, report: Report = silent
) -> AndOrPatterns:
    """All samples of a game as AND and OR patterns; `provenance` gets the seconds and the notes that the run adds.

    Raises what the game raises when it cannot be scored, and `InputError` for scores that are not finite.
    """
    began = time.perf_counter()
    work = _Work(game, sparsity, compute, report)
    tables = work.run()
    samples = tables["samples"]
    samples.insert(1, "row", [sample.row for sample in game.samples])
    samples.insert(2, "label", [sample.label for sample in game.samples])
    samples.insert(5, "threshold", work.threshold)
    notes = (*provenance.notes, *_notes(samples))
    evaluations = provenance.evaluations + work.evaluations
    seconds = provenance.seconds + time.perf_counter() - began
    return AndOrPatterns(
        provenance=replace(provenance, seconds=seconds, notes=notes, evaluations=evaluations),
        players=game.players,
        transfer=transfer(tables["table"], len(samples)),
        unit=game.unit,
        baseline=game.baseline,
        delta=sparsity.delta,
        interval=INTERVAL,
        parts=game.parts() if isinstance(game, Drawable) else None,
        **tables,
    )


def provenance_of(game: Playable, run: RunContext) -> Provenance:
    """Return how a result about a game came about, up to where it has been made."""
    return replace(
        run.provenance(model=game.model_name, device=game.device, rows=len(game.samples), evaluations=game.prepared),
        data=game.label,
        notes=game.notes,
    )


class _Work:
    """The batches of one run, those of an interrupted one taken over."""

    def __init__(self, game: Game, sparsity: Sparsity, compute: Compute, report: Report) -> None:
        self.game, self.sparsity, self.compute, self.report = game, sparsity, compute, report
        self.n_players, self.total = len(game.players), len(game.samples)
        self.parts, self.done = _restored(report.restored)
        self.evaluations = scores_needed(game)
        self.fraction, self.gap, self.iteration = 0.0, 1.0, 0

    def run(self) -> Tables:
        evaluations, memory = cost(self.n_players, self.total, self.game.calls_per_mask, self.compute)
        self.tell(
            0.0,
            f"{2**self.n_players:,} masked samples of each of {self.total:,}: {evaluations:,} model evaluations, "
            f"{memory / 1e6:,.0f} MB of memory",
        )
        self.spans = self._spans()
        distance = usual_distance(self.game)
        self.threshold = self.sparsity.salient * (float(self.spans.mean()) if distance is None else distance)
        at_once = self.compute.rows_per_call(split_bytes(self.n_players))
        saved = time.perf_counter()
        while self.done < self.total:
            batch = range(self.done, min(self.done + at_once, self.total))
            self.parts.append(self._batch(batch))
            self.done = batch.stop
            if self.done < self.total and time.perf_counter() - saved > CHECKPOINT_SECONDS:
                self.report.checkpoint({"done": self.done, "tables": _kept(joined(self.parts))})
                saved = time.perf_counter()
        self.tell(1.0, "Finished")
        return joined(self.parts)

    def _spans(self) -> Float64[Tensor, " samples"]:
        """|v(whole sample) - v(all masked)|, by sample."""
        ends = self.game.values(range(self.total), torch.tensor([0, 2**self.n_players - 1]))
        return (ends[:, 1] - ends[:, 0]).abs()

    def _batch(self, batch: range) -> Tables:
        who = f"sample {batch.start + 1:,}" + (f" to {batch.stop:,}" if len(batch) > 1 else "") + f" of {self.total:,}"
        share = len(batch) / self.total

        def scored(part: float) -> None:
            self.tell(self.done / self.total + share * SCORES_SHARE * part, f"Scores of {who}: {part:.0%}")

        def solved(iteration: int, gaps: Tensor) -> None:
            self.iteration, self.gap = iteration, float(gaps.max())
            part = float((gaps.clamp(1e-12, 1.0).log() / math.log(self.sparsity.tolerance)).clamp(0.0, 1.0).mean())
            sentence = f"Sparsest split of {who}: iteration {iteration:,}, gap {self.gap:.2%}"
            self.tell(self.done / self.total + share * (SCORES_SHARE + (1.0 - SCORES_SHARE) * part), sentence)

        values = self.game.values(batch, watch=scored)
        split = split_of_acting(
            values,
            tolerance=self.sparsity.tolerance,
            noise=self.sparsity.delta * self.spans[list(batch)],
            max_iterations=self.sparsity.max_iterations,
            compute=self.compute,
            watch=solved,
        )
        return tables_of(values, split, self.threshold, batch.start, self.game.players)

    def tell(self, fraction: float, message: str) -> None:
        """Progress that never goes back."""
        self.fraction = max(self.fraction, min(fraction, 1.0))
        partial = {"samples_done": self.done, "samples": self.total, "gap": self.gap, "iteration": self.iteration}
        self.report(self.fraction, message, partial)


def _kept(tables: Tables) -> dict[str, Any]:
    """Tables as JSON values."""
    return {name: frame.to_dict("list") for name, frame in tables.items()}


def _restored(state: Mapping[str, Any] | None) -> tuple[list[Tables], int]:
    if state is None:
        return [], 0
    tables = {name: pd.DataFrame(columns) for name, columns in state["tables"].items()}
    tables["table"]["features"] = tables["table"]["features"].map(tuple)
    return [tables], int(state["done"])


def _notes(samples: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    same = int(((samples["score"] - samples["base"]).abs() <= NOTHING * samples["primal"]).sum())
    if same:
        notes.append(
            f"Score and base are the same for {same:,} of {len(samples):,} samples: their patterns cancel out, and "
            "matching errors are shares of the largest distance of a masked sample from the base."
        )
    if (samples["salient"] > MOST_KEPT).any():
        notes.append(
            f"Of more than {MOST_KEPT:,} salient patterns of a sample, only the {MOST_KEPT:,} strongest are listed."
        )
    return tuple(notes)
