"""What the training of a network says: how the order of its patterns falls and rises, and what to know."""

from ..common.phrases import count, number, percent
from .result import Dynamics

FEW_SAMPLES = 20
"""Below this a mean order is that of a few rows."""

Point = tuple[int, float]
"""An epoch and its mean order."""

APART = 0.15
"""Share of the strength at another order from which on theory and measurement are told to differ."""


def dynamics_finding(result: Dynamics) -> str:
    """The mean order before training, at its smallest and at the end; the second phase, and the loss gap meanwhile."""
    known = result.checkpoints.dropna(subset="mean_order")
    if known.empty:
        return "No pattern was salient at any checkpoint, so there is no mean order to follow."
    lowest, last = known[known["epoch"] == result.turning_epoch].iloc[0], known.iloc[-1]
    points = [(int(row["epoch"]), float(row["mean_order"])) for row in (known.iloc[0], lowest, last)]
    sentences = [f"The mean order of the patterns {_course(*points)}."]
    if result.phase_epoch is None:
        sentences.append("No significant rise, so no second phase, was found.")
    else:
        sentences.append(f"The second phase, of ever larger patterns, begins by epoch {result.phase_epoch:,}.")
    before, after = float(lowest["loss_gap"]), float(last["loss_gap"])
    if int(lowest["epoch"]) < int(last["epoch"]):
        verb = "opens" if after > before else "goes"
        sentences.append(
            f"The loss gap (test minus train) {verb} from {number(before)} to {number(after)} after the turn."
        )
    return " ".join(sentences)


def dynamics_caveats(result: Dynamics) -> tuple[str, ...]:
    """What a reader must know before believing the finding, a sentence each, the weightiest first."""
    sentences = [
        _subject(result),
        _wrong_labels(result),
        _few(result),
        _between(result),
        _theory(result),
    ]
    return (*(sentence for sentence in sentences if sentence), *result.provenance.notes)


def _course(first: Point, lowest: Point, last: Point) -> str:
    if lowest[0] == first[0]:
        return f"is smallest at epoch {first[0]:,} ({number(first[1])}) and {number(last[1])} at epoch {last[0]:,}"
    falls = f"falls from {number(first[1])} at epoch {first[0]:,} to {number(lowest[1])} at epoch {lowest[0]:,}"
    if lowest[0] == last[0]:
        return f"{falls}, the last one: it may fall further"
    return f"{falls}, then rises to {number(last[1])} at epoch {last[0]:,}"


# The caveats, each empty where it does not apply


def _subject(result: Dynamics) -> str:
    if result.provenance.options.get("folder"):
        return ""
    return f"This is about the network trained for it ({result.provenance.model}), not about the model it was asked of."


def _wrong_labels(result: Dynamics) -> str:
    if not result.label_noise:
        return ""
    return (
        f"{percent(result.label_noise)} of the training labels were made wrong on purpose; the train loss counts them."
    )


def _few(result: Dynamics) -> str:
    if result.n_samples >= FEW_SAMPLES:
        return ""
    return f"Only {count(result.n_samples, 'row')} stand behind every mean order; other rows could tell another story."


def _between(result: Dynamics) -> str:
    """What lies between two checkpoints is not known."""
    if result.phase_epoch is None:
        return ""
    epochs = result.checkpoints["epoch"]
    before = int(epochs[epochs < result.phase_epoch].max())
    if before + 1 >= result.phase_epoch:
        return ""
    return f"Between the checkpoints at epochs {before:,} and {result.phase_epoch:,} no checkpoint was analysed."


def _theory(result: Dynamics) -> str:
    second = result.checkpoints[result.checkpoints["epoch"] >= result.turning_epoch].dropna(subset="distance")
    if second.empty or float(second["distance"].max()) <= APART:
        return ""
    worst = int(second["distance"].to_numpy().argmax())
    epoch, apart = int(second["epoch"].iloc[worst]), percent(float(second["distance"].iloc[worst]))
    return f"At epoch {epoch:,} the theory puts {apart} of the strength at other orders than were measured."
