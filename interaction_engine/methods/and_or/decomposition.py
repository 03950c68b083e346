"""AND-OR interactions: single predictions taken apart into the fewest patterns that explain every mask."""

from typing import Annotated, Literal

from pydantic import Field

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from ...masking.choosing import Parts, chosen_game
from ...masking.tokens import TokenGame
from .decompose import DEFAULT, Sparsity, provenance_of, take_apart, usual_gap
from .registration import AND_OR
from .result import AndOrPatterns

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
        title="Maskable features",
        description="Features that are masked, several joined as one: a & b, or name = a & b. "
        "Empty: as the next option says.",
    ),
]
PartsChoice = Annotated[
    Parts,
    Field(
        title="Players are",
        description="Where none are named. auto: words of a text, patches of an image, clusters of a point cloud, "
        "else features.",
    ),
]
Sentence = Annotated[
    str | None,
    Field(title="Sentence", description="Taken apart instead of a row, where the data have a text column."),
]
Folder = Annotated[
    str | None,
    Field(title="Classifier folder", description="A Hugging Face text classifier on this machine, for the sentence."),
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
    float | None,
    Field(
        gt=0,
        lt=1,
        title="Relative gap",
        description="How near the proven optimum a split must come. Empty: 0.002 for up to 12 players, 0.01 for up to "
        "16, 0.02 for more.",
    ),
]
Salient = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Salient from",
        description="As a share of the usual |score - base|. Weaker patterns count as none.",
    ),
]
MaxIterations = Annotated[
    int, Field(ge=1, title="Iterations at most", description="What is not near enough then keeps the gap it has.")
]


@in_context(AND_OR)
def and_or(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    row: Row = None,
    rows: Rows = 1,
    sentence: Sentence = None,
    players: Players = None,
    parts: PartsChoice = "auto",
    max_players: MaxPlayers = 12,
    baseline: BaselineChoice = "mean",
    folder: Folder = None,
    delta: Delta = 0.0,
    tolerance: Gap = None,
    salient: Salient = 0.03,
    max_iterations: MaxIterations = 5000,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> AndOrPatterns:
    """AND and OR patterns of single rows, or of a typed sentence (AND-OR paper, sections 3.1 to 3.3).

    Every player (a feature or a group of them, a word, a patch of an image, a cluster of points) is masked by its
    baseline or shown: 2^n masked rows. Their scores, the log-odds of the row's true class (of a sentence: of the class
    that it is given) or the predicted number, are split into the AND and OR patterns of smallest total strength that
    add up to the score of every masked row, with a proven bound of how much smaller it could be. With `folder`, the
    sentence is read by a text classifier there, and `model` and `data` are not asked. Raises `InputError` for players,
    baselines, rows or sentences that cannot be used, `ModelError` when a classifier's scores are no log-odds or the
    model does not score the rows.
    """
    game = chosen_game(
        model, data, row=row, rows=rows, sentence=sentence, players=players, parts=parts, max_players=max_players,
        baseline=baseline, folder=folder, seed=seed, compute=compute,
    )  # fmt: skip
    requested = usual_gap(len(game.players)) if tolerance is None else tolerance
    provenance = provenance_of(game, run.with_options(tolerance=requested))
    sparsity = Sparsity(delta=delta, tolerance=requested, salient=salient, max_iterations=max_iterations)
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
    provenance = provenance_of(game, RunContext(method=AND_OR, options=options))
    return take_apart(game, sparsity, compute, provenance, report)
