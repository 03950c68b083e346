"""AND-OR interactions: the predictions of single rows taken apart into the fewest patterns that explain every mask."""

import time
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ..data.dataset import Dataset
from ..games.players import JOINER
from ..games.tabular import TabularGame
from ..games.tokens import TokenGame
from ..numerics.compute import Compute
from ..results import AndOrPatterns, Provenance
from ..types import Model, Report, silent
from ..version import VERSION
from .options import Seed, asked
from .taking_apart import DEFAULT, Sparsity, take_apart

TITLE = "AND-OR: single predictions taken apart"
SOURCE = (
    "AND-OR paper (two-phase dynamics of interactions), sections 3.1 to 3.3, equations 2 and 3; "
    "sparsest split as a linear program, solved by ADMM with a dual certificate"
)

Row = Annotated[
    int | None,
    Field(ge=0, title="Row", description="Its place in the data, from 0. Empty: rows drawn from the held-out ones."),
]
Rows = Annotated[
    int, Field(ge=1, title="Rows drawn", description="How many rows are taken apart where no row is named.")
]
Players = Annotated[
    tuple[str, ...] | None,
    Field(
        title="Players",
        description="Features that are masked, several joined by ' & ' as one. Empty: all, or the strongest of many.",
    ),
]
MaxPlayers = Annotated[
    int,
    Field(ge=2, le=20, title="Players at most", description="Where none are named. Each doubles the masked samples."),
]
BaselineChoice = Annotated[
    Literal["zero", "mean", "median", "data"] | int | tuple[float | str, ...],
    Field(
        title="Baseline",
        description="What stands for a masked feature; data: the average over drawn rows. Or a row, or all values.",
    ),
]
Delta = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Noise box",
        description="How far patterns may miss a score, as a share of |score - base|. 0: not at all.",
    ),
]
Gap = Annotated[
    float,
    Field(gt=0, lt=1, title="Relative gap", description="How near the proven optimum a split must come."),
]
Salient = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Salient from",
        description="As a share of the mean |score - base| over the rows. Weaker patterns count as none.",
    ),
]
MaxIterations = Annotated[
    int, Field(ge=1, title="Iterations at most", description="What is not near enough then keeps the gap it has.")
]


def and_or(
    model: Model,
    data: Dataset,
    *,
    row: Row = None,
    rows: Rows = 1,
    players: Players = None,
    max_players: MaxPlayers = 12,
    baseline: BaselineChoice = "mean",
    delta: Delta = 0.0,
    tolerance: Gap = 0.002,
    salient: Salient = 0.03,
    max_iterations: MaxIterations = 5000,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> AndOrPatterns:
    """AND and OR patterns of single rows (AND-OR paper, sections 3.1 to 3.3).

    Every player (a feature, or a group of them) is masked by its baseline or shown: 2^n masked rows. Their scores, the
    log-odds of the row's true class or the predicted number, are split into the AND and OR patterns of smallest total
    strength that add up to the score of every masked row, with a proven bound of how much smaller it could be. Raises
    `InputError` for players, baselines or rows that cannot be used, `ModelError` when a classifier's scores are no
    log-odds or the model does not score the rows.
    """
    options, began = asked(locals()), time.perf_counter()
    chosen = [row] if row is not None else _drawn(data, rows, seed)
    game = TabularGame(model, data, chosen, players, baseline, max_players=max_players, seed=seed, compute=compute)
    provenance = Provenance(
        method="and_or",
        title=TITLE,
        options=options,
        seed=seed,
        data=data.name,
        model=model.name,
        rows=len(chosen),
        evaluations=game.prepared,
        seconds=time.perf_counter() - began,
        device=str(game.model.device),
        version=VERSION,
        source=SOURCE,
        notes=_notes(game, data),
    )
    sparsity = Sparsity(delta=delta, tolerance=tolerance, salient=salient, max_iterations=max_iterations)
    return take_apart(game, sparsity, compute, provenance, report)


def and_or_of_tokens(
    game: TokenGame, sparsity: Sparsity = DEFAULT, compute: Compute = Compute(), report: Report = silent
) -> AndOrPatterns:
    """AND and OR patterns of one sentence, its tokens as players. Raises what the score function of `game` raises."""
    options = {
        "delta": sparsity.delta,
        "tolerance": sparsity.tolerance,
        "salient": sparsity.salient,
        "max_iterations": sparsity.max_iterations,
        "baseline": game.baseline,
    }
    provenance = Provenance(
        method="and_or",
        title=TITLE,
        options=options,
        seed=0,
        data=game.label,
        model=game.model_name,
        rows=1,
        evaluations=0,
        seconds=0.0,
        device="cpu",
        version=VERSION,
        source=SOURCE,
    )
    return take_apart(game, sparsity, compute, provenance, report)


def _drawn(data: Dataset, count: int, seed: int) -> list[int]:
    """Rows drawn from the held-out ones, from all where none are held out; in the order of the data."""
    pool = data.held_out_rows if len(data.held_out_rows) else np.arange(len(data))
    return sorted(np.random.default_rng(seed).permutation(pool)[:count].tolist())


def _notes(game: TabularGame, data: Dataset) -> tuple[str, ...]:
    notes = []
    left_out = len(data.space) - sum(map(len, game.members))
    if game.proposed:
        notes.append(
            f"The {len(game.players)} features that move the score most on their own play; the other {left_out} keep "
            f"the row's values: {_list([n for n in data.space.names if n not in game.players])}."
        )
    elif left_out:
        notes.append(f"{left_out} of {len(data.space)} features are no players and keep the row's values throughout.")
    if game.mixed:
        notes.append("The rows are of several classes; the score of each is the log-odds of its own.")
    if any(len(places) > 1 for places in game.members):
        notes.append(f"Features joined by '{JOINER}' are masked and shown together.")
    if data.sampling is not None:
        notes.append(data.sampling.sentence)
    return tuple(notes)


def _list(names: list[str], most: int = 10) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
