"""What a result about AND and OR patterns says: the split of one prediction, or of many, and what to know."""

from collections.abc import Sequence

from ...core.status import PatternStatus
from ..common.phrases import count, named, number, percent, signed
from .result import AndOrPatterns

COARSE = 0.05
"""A matching error beyond this share of the strongest pattern's effect is worth a word."""


def and_or_finding(result: AndOrPatterns) -> str:
    """How far a score lies from its base, and the salient patterns that make up the distance, the strongest named."""
    return _of_one(result) if len(result.samples) == 1 else _of_many(result)


def pattern_phrase(features: Sequence[str], kind: str) -> str:
    """A pattern in words: `a` alone, `a` and `b` together, `a` or `b` (any of them)."""
    *first, last = map(named, features)
    if not first:
        return f"{last} alone"
    word, how = ("and", "together") if kind == "and" else ("or", "(any of them)")
    return f"{', '.join(first)} {word} {last} {how}"


def and_or_caveats(result: AndOrPatterns) -> tuple[str, ...]:
    """What a reader must know before believing the finding, a sentence each, the weightiest first."""
    sentences = [
        _gap(result),
        _inexact(result),
        _noise(result),
        _unsalient(result),
        f"Effects are against the baseline ({result.baseline}); another baseline gives other patterns.",
        "This is about the model: masked rows may be unlike any row of the data, and patterns are no causes.",
    ]
    return (*(sentence for sentence in sentences if sentence), *result.provenance.notes)


# The finding


def _of_one(result: AndOrPatterns) -> str:
    sample = result.samples.iloc[0]
    apart = float(sample["score"]) - float(sample["base"])
    place = f"lies {number(abs(apart))} {'above' if apart > 0 else 'below'}" if apart else "is the same as"
    sentence = f"For {named(str(sample['label']))} the {named(result.unit)} {place} that of the baseline"
    salient = result.table[result.table["status"] == PatternStatus.SALIENT]
    if salient.empty:
        return f"{sentence}; no pattern is salient."
    strongest = salient.iloc[0]
    phrase = pattern_phrase(strongest["features"], str(strongest["kind"]))
    carry = "carries" if int(sample["salient"]) == 1 else "carry"
    return (
        f"{sentence}; {_counted(result)} {carry} {percent(_carried(result))} of the strength of all patterns, the "
        f"strongest: {phrase} ({signed(float(strongest['effect']))})."
    )


def _of_many(result: AndOrPatterns) -> str:
    samples = result.samples
    apart = float((samples["score"] - samples["base"]).abs().mean())
    possible = 2 * (2 ** len(result.players) - 1)
    mean = float(samples["salient"].mean())
    sentence = (
        f"For {len(samples):,} rows the {named(result.unit)} lies {number(apart)} from that of the baseline "
        f"on average; a row has {number(mean)} salient patterns of {possible:,} possible ones"
    )
    shared = result.transfer[result.transfer["order"] > 1]
    if shared.empty:
        return f"{sentence}, none of more than one player."
    most = shared.iloc[0]
    phrase = pattern_phrase(most["features"], str(most["kind"]))
    return (
        f"{sentence}. Of those of several players the most frequent is {phrase}: in {percent(float(most['share']))} of "
        f"the rows, {signed(float(most['effect']))} on average."
    )


def _counted(result: AndOrPatterns) -> str:
    """3 single players, 4 AND patterns and 2 OR patterns."""
    orders = result.orders
    singles = int(orders.loc[orders["order"] == 1, "count"].sum())
    larger = orders[orders["order"] > 1].groupby("kind")["count"].sum()
    matches = [(singles, "single player"), (int(larger["and"]), "AND pattern"), (int(larger["or"]), "OR pattern")]
    *first, last = [count(n, noun) for n, noun in matches if n]
    return f"{', '.join(first)} and {last}" if first else last


def _carried(result: AndOrPatterns) -> float:
    """The share of the strength of all patterns that the salient ones have."""
    primal = float(result.primal.sum())
    return min(1.0, float(result.orders["strength"].sum()) / primal) if primal > 0 else 0.0


# The caveats, each empty where it does not apply


def _gap(result: AndOrPatterns) -> str:
    """How much sparser a split could be, where that is more than was asked for."""
    asked_for = float(result.provenance.options.get("tolerance", 0.0))
    open_ones = int((result.gap > asked_for).sum())
    if not open_ones:
        return f"No split could be sparser by more than {_share(float(result.gap.max()))}: that is proven."
    which = "The split" if len(result.samples) == 1 else f"{count(open_ones, 'split')} of {len(result.samples):,}"
    return (
        f"{which} could be sparser by up to {_share(float(result.gap.max()))} (asked for: {_share(asked_for)}): "
        "the iterations ran out. More iterations come nearer."
    )


def _inexact(result: AndOrPatterns) -> str:
    worst = float(result.matching_error.max())
    strongest = float(result.table["strength"].max()) if len(result.table) else 0.0
    if worst <= COARSE * strongest or worst == 0.0:
        return ""
    return f"The patterns miss a score by up to {number(worst)}: rounding errors of very large scores."


def _noise(result: AndOrPatterns) -> str:
    if not result.delta:
        return "The patterns add up to the score of every masked sample exactly."
    return (
        f"Patterns may miss the score of a masked sample by {_share(result.delta)} of the distance between score and "
        "base, and so add up to that distance only so nearly; with a noise box of 0 they match exactly."
    )


def _unsalient(result: AndOrPatterns) -> str:
    threshold = float(result.samples["threshold"].iloc[0])
    rest = 1.0 - _carried(result)
    if rest <= 0.0 or result.table.empty:
        return ""
    return (
        f"Patterns weaker than {number(threshold)} count as none; together they have {percent(rest)} of the strength."
    )


def _share(share: float) -> str:
    """A small share as a percentage of two digits."""
    return "0 %" if share < 5e-5 else f"{number(100 * share)} %"
