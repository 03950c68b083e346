"""What pairs say whose places nothing proves: rankings by a method's own figure, and pairs of Bayesian networks."""

from collections.abc import Hashable, Mapping
from typing import Any

from ...core.status import BayesianStatus, RankStatus, vocabulary_of
from .pair_parts import both_names, logarithm_sentence, row_at, truth_sentence
from .pair_result import PairInteractions
from .pair_words import words_of
from .phrases import alike, are, count, number, ordinal, percent, predicted

FEW_ROWS = 100
"""Below so many rows, other rows could easily give another ranking."""

UNPROVEN = "Nothing is proven about places."

MODEL = "This is about the model: no interval covers errors that the model itself makes."


def finding(result: PairInteractions) -> str:
    """Return the pair of the largest figure in one sentence, and that its place is not proven.

    Of a result whose own check failed it says only that, and the remedy.
    """
    if result.table.empty:
        return "There is only one feature, so there is no pair that could interact."
    if is_unreliable(result):
        return check_sentence(result)
    top, n_pairs = row_at(result, 0), len(result.table)
    if not top["strength"] > 0:
        every = "The figure of the only pair is" if n_pairs == 1 else f"The figures of all {n_pairs:,} pairs are"
        return f"{every} 0 ({_evidence(result)}), so there is no pair to name."
    pair, effect = both_names(top), _joint_effect(result, 0)
    if vocabulary_of(result.table) is BayesianStatus:
        if n_pairs == 1:
            return f"{pair}, the only pair, {_are_they(top)}: {effect}."
        joint = "and" if top["status"] == BayesianStatus.SIGNIFICANT else "but"
        return f"{pair} have the largest estimate {joint} {_are_they(top)}: {effect}."
    if n_pairs == 1:
        return f"{pair} are the only pair: {effect}."
    return f"{pair} are ranked first of {n_pairs:,} pairs by {words_of(result).figure}: {effect}. {UNPROVEN}"


def pair_sentence(result: PairInteractions, first: str, second: str) -> str:
    """Return where one pair stands: its rank, its joint effect with its interval, and what its status means.

    Raises:
        InputError: When the result has no such pair.
    """
    place = result.place_of(first, second)
    row = row_at(result, place)
    rank = f"{both_names(row)} rank {ordinal(int(row['rank']))} of {count(len(result.table), 'pair')}"
    sentences = [f"{rank}: {_joint_effect(result, place)}."]
    if is_unreliable(result):
        sentences = [words_of(result).failed, f"So this is unreliable: {sentences[0]}"]
    elif vocabulary_of(result.table) is BayesianStatus:
        sentences.append(f"They {_are_they(row)}.")
    elif len(result.table) > 1:
        sentences.append(UNPROVEN)
    if result.true_pairs is not None:
        truth = "interact" if frozenset((first, second)) in result.true_pairs else "do not interact"
        sentences.append(f"The truth is known: they {truth}.")
    return " ".join(sentences)


def confidence_sentence(result: PairInteractions) -> str:
    """Return what vouches for the figures and for the order of the pairs."""
    table, n_pairs = result.table, len(result.table)
    if not n_pairs:
        return "There is only one feature, so there is nothing to rank."
    if is_unreliable(result):
        return check_sentence(result)
    if vocabulary_of(table) is BayesianStatus:
        sure = int((table["status"] == BayesianStatus.SIGNIFICANT).sum())
        if n_pairs == 1:
            return f"The only pair is {'' if sure else 'not '}significant."
        return (
            f"{sure if sure else 'None'} of {n_pairs:,} pairs {are(max(1, sure))} significant, each judged by itself."
        )
    if n_pairs == 1:
        return f"There is only one pair, so nothing is ranked ({_evidence(result)})."
    return f"The {n_pairs:,} pairs are ranked by {words_of(result).figure} ({_evidence(result)}). {UNPROVEN}"


def caveats(result: PairInteractions) -> tuple[str, ...]:
    """Return what a reader must know before believing the finding, a sentence each, the weightiest first.

    That the method's own check failed is the finding itself, and no caveat.
    """
    if result.table.empty:
        return result.provenance.notes
    kind = words_of(result)
    sentences = [
        logarithm_sentence(result),
        _few_rows(result),
        truth_sentence(result),
        "" if result.is_exact else kind.chance,
        kind.caveat,
        MODEL,
    ]
    return (*(sentence for sentence in sentences if sentence), *result.provenance.notes)


def is_unreliable(result: PairInteractions) -> bool:
    """Return whether the method's own check of the figures failed."""
    return bool((result.table["status"] == RankStatus.UNRELIABLE).any())


def check_sentence(result: PairInteractions) -> str:
    """Return that the method's own check failed, the remedy, and what follows for the pairs."""
    kind = words_of(result)
    failed = kind.failed or "The method's own check of its figures failed."
    return " ".join(part for part in (failed, kind.remedy, "Until then the pairs are unreliable.") if part)


def _are_they(row: Mapping[Hashable, Any]) -> str:
    """What a Bayesian status says of a pair."""
    if row["status"] == BayesianStatus.SIGNIFICANT:
        return "are significant"
    return "are not significant; the networks drawn leave it open whether they interact"


def _joint_effect(result: PairInteractions, place: int) -> str:
    """What a pair does to the prediction, with its own interval and the rows behind it in brackets."""
    row, kind = row_at(result, place), words_of(result)
    if not row["strength"] > 0:
        return f"their figure is 0 ({_evidence(result)})"
    lower, upper = result.effect_interval().to_numpy(dtype=float)[place]
    amount, interval = number(float(row["effect"])), ""
    if row["lower"] < row["upper"]:
        amount, *ends = alike(float(row["effect"]), lower, upper)
        interval = f"{percent(result.level)} {kind.interval} {ends[0]} to {ends[1]}, "
    move = kind.one if kind.one and result.provenance.rows == 1 else kind.move
    return f"{move.format(target=predicted(result.unit), amount=amount)} ({interval}{_evidence(result)})"


def _evidence(result: PairInteractions) -> str:
    kind, rows, exact = words_of(result), result.provenance.rows, result.is_exact
    if kind.noun == "network":
        return (
            "a property of the network"
            if exact
            else f"{kind.evidence} {count(int(result.table['pulls'].iloc[0]), 'network')}"
        )
    return "exact for this row" if exact and rows == 1 else f"{kind.evidence} {count(rows, kind.noun)}"


def _few_rows(result: PairInteractions) -> str:
    rows, noun = result.provenance.rows, words_of(result).noun
    if noun == "network" or rows >= FEW_ROWS:
        return ""
    few = f"Only {count(rows, noun)} {'stands' if rows == 1 else 'stand'} behind this"
    return f"{few}; other rows could tell another story."
