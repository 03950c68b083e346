"""What a pairwise result says: the finding, one pair, how sure it is, and what to know before believing it."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..results import PairInteractions
from .pair_kinds import kind_of
from .phrases import alike, are, count, for_other_rows, named, number, ordinal, percent, predicted

FEW_ROWS = 100
"""Below so many background rows, other rows could easily tell another story."""


def finding(result: PairInteractions) -> str:
    """The strongest pair in one sentence: its joint effect, its interval, and how far its place is proven."""
    if result.table.empty:
        return "There is only one feature, so there is no pair that could interact."
    top = _row(result, 0)
    if not (result.table["strength"].to_numpy() > 0).any():
        return _nothing_found(result)
    pair = _both(top)
    uppers = result.table["upper"].to_numpy(dtype=float)[1:]
    if _is_of_weights(result):
        said = f"{pair} have the strongest connections in the network"
    elif not len(uppers):
        said = f"{pair} interact" if top["lower"] > 0 else f"{pair}, the only pair, may interact"
    elif top["lower"] >= uppers.max():
        said = f"{pair} interact most"
    elif kind_of(result).joint:
        certified = f"{pair} are certified to be {_among(result)} and have the largest estimate"
        open_yet = f"{pair} have the largest estimate so far, but their place is not certified"
        said = certified if top["status"] == "certified" else open_yet
    else:
        said = f"{pair} have the largest estimate, but the intervals of others reach it"
    return f"{said}: {_joint_effect(result, 0)}."


def pair_sentence(result: PairInteractions, first: str, second: str) -> str:
    """Where one pair stands: its rank, its joint effect with its interval, and what is proven of it.

    Raises `InputError` when the result has no such pair.
    """
    place = _place(result, first, second)
    row = _row(result, place)
    rank = f"{_both(row)} rank {ordinal(int(row['rank']))} of {count(len(result.table), 'pair')}"
    if not row["pulls"] > 0:
        return f"{rank}: they were not evaluated yet."
    sentences = [f"{rank}: {_joint_effect(result, place)}."]
    if _asked(result) < len(result.table) and (row["strength"] > 0 or row["status"] != "certified"):
        sentences.append(_standing(result, row["status"]))
    if result.true_pairs is not None:
        truth = "interact" if frozenset((first, second)) in result.true_pairs else "do not interact"
        sentences.append(f"The truth is known: they {truth}.")
    return " ".join(sentences)


def confidence_sentence(result: PairInteractions) -> str:
    """How much of the ranking is proven, and what that took."""
    n_pairs, asked, n_rows = len(result.table), _asked(result), result.provenance.rows
    if not n_pairs:
        return "There is only one feature, so there is nothing to rank."
    if not kind_of(result).joint:
        return _clear(result)
    if _is_exact(result):
        every = "The only pair was" if n_pairs == 1 else f"All {n_pairs:,} pairs were"
        order = "its strength is" if n_pairs == 1 else "strengths and their order are"
        return f"{every} evaluated on all {count(n_rows, 'row')}: {order} exact on these rows."
    certified, undecided = _with_status(result, "certified"), _with_status(result, "undecided")
    pulled = float(result.table["pulls"].to_numpy().sum()) / (n_pairs * max(1, n_rows))
    cost = f"after {percent(pulled)} of the evaluations that an exact ranking takes"
    if certified >= asked:
        strongest = "The strongest pair is" if asked == 1 else f"The {asked:,} strongest pairs are"
        return f"{strongest} certified among {n_pairs:,}, {cost}."
    return f"{_certified(result)}, {cost}; {count(undecided, 'pair')} {are(undecided)} undecided."


def caveats(result: PairInteractions) -> tuple[str, ...]:
    """What a reader must know before believing the finding, a sentence each, the weightiest first."""
    if result.table.empty:
        return result.provenance.notes
    said = [
        _what_is_open(result),
        _reading(result),
        _below_zero(result),
        _few_rows(result),
        _truth(result),
        "" if _is_exact(result) else kind_of(result).chance,
        kind_of(result).caveat,
    ]
    model = "This is about the model: no interval covers errors that the model itself makes."
    return (*(sentence for sentence in said if sentence), model, *result.provenance.notes)


# The caveats, each empty where it does not apply


def _what_is_open(result: PairInteractions) -> str:
    undecided = _with_status(result, "undecided")
    if not undecided or result.is_withheld:
        return ""
    if not kind_of(result).joint:
        more = "more networks part them" if _is_of_weights(result) else "more rows part them"
        more = "more data part them" if result.provenance.method == "group_expected_hessian" else more
        return (
            f"{_certified(result)}; {count(undecided, 'pair')} {are(undecided)} undecided: intervals overlap; {more}."
        )
    options = result.provenance.options
    why = "the run ended before the intervals parted"
    if options.get("budget") is not None:
        why = f"the budget of {count(int(options['budget']), 'model evaluation')} ended before the intervals parted"
    elif options.get("tolerance"):
        why = "the intervals overlap and are as narrow as the tolerance asked for"
    return f"{_certified(result)}; {count(undecided, 'pair')} {are(undecided)} undecided: {why}."


def _reading(result: PairInteractions) -> str:
    """What a change of a logarithm means for the number behind it."""
    unit, effect = result.unit, float(result.table["effect"].iloc[0])
    if not 0.005 <= effect <= 10:
        return ""
    change, factor = number(effect), number(math.exp(effect), 3 if effect < 0.1 else 2)
    if unit.startswith("log-odds of "):
        return f"A change of {change} in log-odds multiplies the odds by {factor}, or divides them by as much."
    if unit.startswith("log(1 + "):
        return f"A change of {change} in {named(unit)} is a factor of {factor} in {named(unit[4:-1])}."
    return ""


def _below_zero(result: PairInteractions) -> str:
    negative = int((result.table["strength"].to_numpy() < 0).sum())
    if not negative:
        return ""
    pairs = "The strength of 1 pair lies" if negative == 1 else f"The strengths of {negative:,} pairs lie"
    return f"{pairs} below 0: without an interaction, an estimate across networks scatters around 0."


def _few_rows(result: PairInteractions) -> str:
    rows = result.provenance.rows
    many = "stands" if rows == 1 else "stand"
    few = f"Only {count(rows, kind_of(result).noun)} {many} behind this; other rows could tell another story."
    return few if rows < FEW_ROWS and not _is_of_weights(result) else ""


def _truth(result: PairInteractions) -> str:
    """How many of the true pairs stand at the top."""
    if result.true_pairs is None:
        return ""
    if not result.true_pairs:
        return "The truth is known: no pair interacts."
    n_true = min(len(result.true_pairs), len(result.table))
    top = zip(result.table["feature_1"].head(n_true), result.table["feature_2"].head(n_true), strict=True)
    found = sum(frozenset(pair) in result.true_pairs for pair in top)
    if n_true == 1:
        return f"The truth is known: the one true pair is {'' if found else 'not '}the strongest here."
    return (
        f"The truth is known: {found:,} of the {n_true:,} true pairs {are(found)} among the {n_true:,} strongest here."
    )


# Parts of sentences


def _nothing_found(result: PairInteractions) -> str:
    n_pairs, rows = len(result.table), count(result.provenance.rows, "row")
    where = f"on the {rows} evaluated" if _is_exact(result) else "on the rows evaluated so far"
    if (result.table["strength"].to_numpy() == 0).all():
        which = f"None of the {n_pairs:,} pairs interacts"
        which = "The only pair of features does not interact" if n_pairs == 1 else which
        return f"{which}: {where} the prediction is the sum of the features' separate effects."
    return f"No interaction is detectable: {where} no pair of features has a strength above 0."


def _joint_effect(result: PairInteractions, place: int) -> str:
    """What a pair does to the prediction, with its interval and the rows behind it in brackets."""
    row, kind = _row(result, place), kind_of(result)
    lower, upper = result.effect_interval().to_numpy(dtype=float)[place]
    pulls, exact = int(row["pulls"]), _is_exact_at(result, place)
    effect, evidence = float(row["effect"]), _evidence(result, pulls, exact)
    if not row["strength"] > 0:
        return f"no joint effect on {predicted(result.unit)} is detectable ({evidence})"
    if exact:
        other_rows = for_other_rows(row) if kind.joint else ""
        amount, interval, evidence = number(effect), "", evidence + other_rows
    else:
        amount, *ends = alike(effect, lower, upper)
        words = f"{ends[0]} to {ends[1]}" if math.isfinite(upper) else f"at least {ends[0]}"
        name = f"{percent(result.level)} {kind.interval}"
        if result.provenance.options.get("bound") == "subgaussian":
            name = "sub-Gaussian interval of the paper"
        jointly = "jointly for all pairs, " if kind.joint and len(result.table) > 1 else ""
        interval = f"{name} {words}, {jointly}"
    move = kind.one if kind.one and result.provenance.rows == 1 else kind.move
    said = move.format(target=predicted(result.unit), amount=amount)
    return f"{said} ({interval}{evidence})"


def _evidence(result: PairInteractions, pulls: int, exact: bool) -> str:
    kind, rows = kind_of(result), result.provenance.rows
    if _is_of_weights(result):
        return "a property of the network" if exact else f"{kind.evidence} {count(pulls, kind.noun)}"
    if not kind.joint:
        return "exact for this row" if exact else f"{kind.evidence} {count(rows, kind.noun)}"
    if exact:
        return f"exact on the {count(pulls, 'row')} evaluated"
    return f"evaluated on {count(pulls, 'row')}" if pulls >= rows else f"evaluated on {pulls:,} of {count(rows, 'row')}"


def _standing(result: PairInteractions, status: str) -> str:
    among = _among(result)
    if status == "undecided":
        return f"Whether they are {among} is undecided."
    are_they = "They are" if _is_exact(result) else "It is proven that they are"
    if not kind_of(result).joint and not _is_exact(result):
        are_they = "By the intervals of single pairs they are"
    return f"{are_they} {among}." if status == "certified" else f"{are_they} not {among}."


def _among(result: PairInteractions) -> str:
    asked = _asked(result)
    if _is_of_weights(result):
        return "the pair of the largest score" if asked == 1 else f"among the {asked:,} pairs of the largest scores"
    return "the pair that interacts most" if asked == 1 else f"among the {asked:,} pairs that interact most"


def _certified(result: PairInteractions) -> str:
    """How many of the pairs asked for are certified."""
    certified, asked = _with_status(result, "certified"), _asked(result)
    sure = "certified" if kind_of(result).joint else "clear"
    if asked == 1:
        return f"The strongest pair is {sure if certified else f'not {sure}'}"
    number_of = f"{certified:,}" if certified else "None"
    return f"{number_of} of the {asked:,} strongest pairs {are(max(1, certified))} {sure}"


def _clear(result: PairInteractions) -> str:
    """How much of the ranking the intervals of single pairs tell."""
    n_pairs, rows, noun = len(result.table), result.provenance.rows, kind_of(result).noun
    if _is_exact(result):
        whose = "the network" if _is_of_weights(result) else "this row"
        what = "The strength of the only pair is" if n_pairs == 1 else f"The strengths of all {n_pairs:,} pairs are"
        return f"{what} exact for {whose}: another {whose.split()[-1]} may have others."
    rows = int(result.table["pulls"].iloc[0]) if _is_of_weights(result) else rows
    behind = f"by intervals for each pair by itself, from {count(rows, noun)}"
    undecided = _with_status(result, "undecided")
    still = f"; {count(undecided, 'pair')} {are(undecided)} undecided" if undecided else ""
    return f"{_certified(result)} among {n_pairs:,}, {behind}{still}."


def _is_of_weights(result: PairInteractions) -> bool:
    return result.provenance.method == "nid"


def _with_status(result: PairInteractions, status: str) -> int:
    return int((result.table["status"] == status).to_numpy().sum())


def _asked(result: PairInteractions) -> int:
    """How many pairs were to be certified; where the method was not asked for a number, how many are."""
    asked = None if "max_order" in result.provenance.options else result.provenance.options.get("top_k")
    wanted = int(asked) if isinstance(asked, int | float) else max(1, _with_status(result, "certified"))
    return min(wanted, len(result.table))


def _is_exact(result: PairInteractions) -> bool:
    return bool((result.table["lower"] == result.table["upper"]).to_numpy().all())


def _is_exact_at(result: PairInteractions, place: int) -> bool:
    """Whether one pair was evaluated on every row, whatever the others were."""
    return bool(result.table["lower"].iloc[place] == result.table["upper"].iloc[place])


def _row(result: PairInteractions, place: int) -> dict[Hashable, Any]:
    return {column: result.table[column].iloc[place] for column in result.table}


def _both(row: Mapping[Hashable, Any]) -> str:
    return f"{named(row['feature_1'])} and {named(row['feature_2'])}"


def _place(result: PairInteractions, first: str, second: str) -> int:
    ends = result.table["feature_1"].to_numpy(), result.table["feature_2"].to_numpy()
    found = np.flatnonzero(((ends[0] == first) & (ends[1] == second)) | ((ends[0] == second) & (ends[1] == first)))
    if len(found) == 0:
        raise InputError(f"Two different features of the result are needed; got {named(first)} and {named(second)}.")
    return int(found[0])
