"""What taking predictions apart will cost, told before it is done: model and split are timed on a small part."""

import time
from collections.abc import Mapping
from typing import Any

import pandas as pd
import torch

from ...core.compute import Compute
from ...core.plan import AndOrPlan
from ...core.run_context import Description, RunContext, in_context
from ...core.timing import seconds_for
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from ...masking.choosing import Playable, chosen_game, fitting
from ...masking.players import JUDGED, judging_cost, mean_scores
from ...numerics.hypercube.and_or_split import CHECK, sparsest_split
from .decompose import cost, provenance_of, scores_needed, usual_gap
from .decomposition import and_or

TITLE = "Cost of taking a prediction apart"
SOURCE = "model and split timed on a small part of the work"

TIMED_SECONDS = 0.1
"""Masked samples are scored for so long, at least; long enough to average out the first calls."""

JUDGED_SECONDS = 0.5
"""Where finding the strongest features takes longer, the plan leaves it to the run."""

TIMED_PLAYERS = 14
"""The split is timed with so many players at most; more take time in proportion to n 2^n."""

TIMED_ITERATIONS = 2 * CHECK

FIRST_MASKS = 16


@in_context(Description("and_or_plan", TITLE, SOURCE), like=and_or)
def and_or_plan(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    compute: Compute = Compute(),
    report: Report = silent,
    **options: Any,
) -> AndOrPlan:
    """Model evaluations, seconds, memory and players of `and_or` with the same options.

    The scores are timed on some masked samples. How long the split takes depends on the scores, so that its seconds are
    those of the iterations that networks usually take to this gap: right within a factor of three or so. Raises what
    `and_or` raises for options that cannot be used.
    """
    names = ("row", "rows", "sentence", "players", "parts", "max_players", "baseline", "folder")
    requested = {name: run.options[name] for name in names} | {"seed": run.seed, "compute": compute}
    game, judging = _game(model, data, requested)
    n_players, n_samples = len(game.players), len(game.samples)
    chosen, began_timing = game.prepared, time.perf_counter()
    rate = _rate(game)
    evaluations, memory = scores_needed(game), cost(n_players, n_samples, game.calls_per_mask, compute)[1]
    delta, tolerance = run.options["delta"], run.options["tolerance"]
    gap = usual_gap(n_players) if tolerance is None else tolerance
    iterations = min(run.options["max_iterations"], usual_iterations(n_players, gap, delta))
    table = pd.DataFrame(
        {
            "step": ["players", "scores", "split"],
            "evaluations": [chosen + judging, evaluations, 0],
            "seconds": [
                began_timing - run.began + judging / rate,
                evaluations / rate,
                n_samples * iterations * seconds_per_iteration(n_players, delta, compute),
            ],
        }
    )
    return AndOrPlan(
        provenance=provenance_of(game, run.with_options(tolerance=gap)),
        table=table,
        players=() if judging else game.players,
        n_players=n_players,
        n_samples=n_samples,
        n_masks=2**n_players,
        rate=rate,
        memory_bytes=max(memory, game.call_bytes),
        unit=game.unit,
        baseline=game.baseline,
        parts=None if judging else game.parts(),
    )


def usual_iterations(n_players: int, tolerance: float, delta: float) -> int:
    """Return how many iterations the split of a network's scores usually takes to a gap.

    A fit to some dozens of splits of the samples' networks, 4 to 16 players, gaps of 0.2 % and 1 %. Single ones
    took a third of it, or three times as many.
    """
    count = 0.04 * n_players**4 * (0.002 / tolerance) ** 0.75 * (7.0 if delta else 1.0)
    return max(CHECK, int(count))


def seconds_per_iteration(n_players: int, delta: float, compute: Compute) -> float:
    """Seconds that an iteration of the split of one sample takes here."""
    small = min(n_players, TIMED_PLAYERS)
    values = torch.randn(1, 2**small, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    noise = delta * float((values[0, -1] - values[0, 0]).abs())
    began = time.perf_counter()
    sparsest_split(values, tolerance=1e-12, noise=noise, max_iterations=TIMED_ITERATIONS, compute=compute)
    per_iteration = (time.perf_counter() - began) / TIMED_ITERATIONS
    return per_iteration * (n_players * 2**n_players) / (small * 2**small)


def _game(model: Model, data: Dataset, wanted: Mapping[str, Any]) -> tuple[Playable, int]:
    """Return the game, and the scores that finding the strongest features will take.

    Where that is left to the run, other features, as many, stand for them here.
    """
    features = wanted["parts"] == "features" or (wanted["parts"] == "auto" and fitting(data.space) == "features")
    many = len(data.space) > wanted["max_players"]
    if wanted["players"] is None and wanted["folder"] is None and features and many:
        rows = torch.from_numpy(data.background(JUDGED, wanted["seed"]))
        mean_scores(model, rows[:FIRST_MASKS], wanted["compute"])  # the first call sets things up
        began = time.perf_counter()
        mean_scores(model, rows, wanted["compute"])
        if (time.perf_counter() - began) * (len(data.space) + 1) > JUDGED_SECONDS:
            some = data.space.names[: wanted["max_players"]]
            return chosen_game(model, data, **{**wanted, "players": some}), judging_cost(data)
    return chosen_game(model, data, **wanted), 0


def _rate(game: Playable) -> float:
    """Model evaluations a second, on masks drawn at random: more and more of them until they take long enough."""
    generator, n_masks = torch.Generator().manual_seed(0), 2 ** len(game.players)

    def score(some: int) -> None:
        game.values([0], torch.randint(n_masks, (some,), generator=generator))

    seconds = seconds_for(score, n_masks, FIRST_MASKS, TIMED_SECONDS)
    return n_masks * game.calls_per_mask / max(seconds, 1e-9)
