"""What a race or an exact evaluation of pairs says: the finding, one pair, what is proven, and what to know before."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from ...core.status import RaceStatus, RankStatus
from .pair_parts import both_names, logarithm_sentence, row_at, support_sentence, truth_sentence
from .pair_result import PairInteractions
from .pair_words import words_of
from .phrases import alike, count, for_other_rows, number, ordinal, percent, predicted
from .race_summary import n_left_out, n_raced, open_sentence, race_sentence, tied_sentence, top_k_of, unseen_sentence

HARDLY = 0.1
"""Share of the moves that look like data below which a finding begins with it."""

FEW_ROWS = 100
"""Below so many background rows, other rows could easily tell another story."""


def finding(result: PairInteractions) -> str:
    """The strongest pair in one sentence: its joint effect, its interval, and how far its place is proven."""
    if result.table.empty:
        return "There is only one feature, so there is no pair that could interact."
    top = row_at(result, 0)
    if not (result.table["strength"].to_numpy() > 0).any():
        return _nothing_found(result)
    pair = both_names(top)
    uppers = result.table["upper"].to_numpy(dtype=float)[1:]
    if not len(uppers):
        sentence = f"{pair} interact" if top["lower"] > 0 else f"{pair}, the only pair, may interact"
    elif result.is_withheld:
        sentence = f"{pair} have the largest estimate of this model"
    elif top["lower"] >= uppers.max():
        sentence = f"{pair} interact most"
    else:
        certified = f"{pair} are certified to be {_among(result)} and have the largest estimate"
        open_yet = f"{pair} have the largest estimate so far, but their place is not certified"
        sentence = certified if top["status"] == "certified" else open_yet
    return f"{_off_the_data(result)}{sentence}: {_joint_effect(result, 0)}."


def pair_sentence(result: PairInteractions, first: str, second: str) -> str:
    """Where one pair stands: its rank, its joint effect with its interval, and what is proven of it.

    Raises `InputError` when the result has no such pair.
    """
    place = result.place_of(first, second)
    row = row_at(result, place)
    rank = f"{both_names(row)} rank {ordinal(int(row['rank']))} of {count(len(result.table), 'pair')}"
    if not row["pulls"] > 0:
        return f"{rank}: they were not evaluated yet." if not row.get("reason") else f"{rank}. {_standing(result, row)}"
    sentences = [f"{rank}: {_joint_effect(result, place)}."]
    if top_k_of(result) < len(result.table) and (row["strength"] > 0 or row["status"] != "certified"):
        sentences.append(_standing(result, row))
    if tied := tied_sentence(result, place):
        sentences.append(tied)
    if "support" in result.table and place < top_k_of(result) and row["strength"] > 0:
        sentences.append(support_sentence(float(row["support"])))
    if result.true_pairs is not None:
        truth = "interact" if frozenset((first, second)) in result.true_pairs else "do not interact"
        sentences.append(f"The truth is known: they {truth}.")
    return " ".join(sentences)


def confidence_sentence(result: PairInteractions) -> str:
    """How much of the ranking is proven, and what that took."""
    if result.table.empty:
        return "There is only one feature, so there is nothing to rank."
    return race_sentence(result)


def caveats(result: PairInteractions) -> tuple[str, ...]:
    """What a reader must know before believing the finding, a sentence each, the weightiest first."""
    if result.table.empty:
        return result.provenance.notes
    sentences = [
        open_sentence(result),
        _support_of_the_first(result),
        result.assumption,
        unseen_sentence(result),
        result.audit,
        logarithm_sentence(result),
        _below_zero(result),
        _few_rows(result),
        truth_sentence(result),
    ]
    model = "This is about the model: no interval covers errors that the model itself makes."
    return (*(sentence for sentence in sentences if sentence), model, *result.provenance.notes)


# The caveats, each empty where it does not apply


def _off_the_data(result: PairInteractions) -> str:
    """The beginning of a finding about a pair whose moves hardly look like data; else empty."""
    share = float(result.table["support"].iloc[0]) if "support" in result.table else 1.0
    if not share < HARDLY:
        return ""
    look = "none of the moves looks" if share == 0 else f"only {percent(share)} of the moves look"
    return f"In this model, but hardly in your data ({look} like them), "


def _support_of_the_first(result: PairInteractions) -> str:
    """Whether the strongest pair rests on rows that look like data."""
    if "support" not in result.table or not result.table["strength"].iloc[0] > 0 or _off_the_data(result):
        return ""
    return f"{both_names(row_at(result, 0))}: {_lower_first(support_sentence(float(result.table['support'].iloc[0])))}"


def _lower_first(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _below_zero(result: PairInteractions) -> str:
    negative = int((result.table["strength"].to_numpy() < 0).sum())
    if not negative:
        return ""
    pairs = "The strength of 1 pair lies" if negative == 1 else f"The strengths of {negative:,} pairs lie"
    return f"{pairs} below 0: without an interaction, an estimate across networks scatters around 0."


def _few_rows(result: PairInteractions) -> str:
    rows = result.provenance.rows
    many = "stands" if rows == 1 else "stand"
    few = f"Only {count(rows, words_of(result).noun)} {many} behind this; other rows could tell another story."
    return few if rows < FEW_ROWS else ""


# Parts of sentences


def _nothing_found(result: PairInteractions) -> str:
    n_pairs, rows = len(result.table), count(result.provenance.rows, "row")
    if not result.is_exact:
        return (
            f"No interaction was seen on the rows evaluated so far, for any of {count(n_pairs, 'pair')}; that there is "
            "none is not proven."
        )
    if (result.table["strength"].to_numpy() == 0).all():
        which = (
            "The only pair of features does not interact"
            if n_pairs == 1
            else f"None of the {n_pairs:,} pairs interacts"
        )
        return (
            f"{which}: on the {rows} evaluated the prediction is the sum of the features' separate effects, up to the "
            "rounding of its scores."
        )
    return f"No interaction is detectable: on the {rows} evaluated no pair of features has a strength above 0."


def _joint_effect(result: PairInteractions, place: int) -> str:
    """What a pair does to the prediction, with its interval and the rows behind it in brackets."""
    row, kind = row_at(result, place), words_of(result)
    lower, upper = result.effect_interval().to_numpy(dtype=float)[place]
    pulls, exact = int(row["pulls"]), _is_exact_at(result, place)
    effect, evidence = float(row["effect"]), _evidence(result, pulls, exact)
    if not row["strength"] > 0:
        return f"no joint effect on {predicted(result.unit)} is detectable ({evidence})"
    if exact:
        amount, interval, evidence = number(effect), "", evidence + for_other_rows(row)
    else:
        amount, *ends = alike(effect, lower, upper)
        words = f"{ends[0]} to {ends[1]}" if math.isfinite(upper) else f"at least {ends[0]}"
        name = f"{percent(result.level)} {kind.interval}"
        if result.provenance.options.get("bound") == "subgaussian":
            name = "sub-Gaussian interval of the paper"
        jointly = "jointly for all pairs, " if len(result.table) > 1 else ""
        interval = f"{name} {words}, {jointly}"
    sentence = kind.move.format(target=predicted(result.unit), amount=amount)
    return f"{sentence} ({interval}{evidence})"


def _evidence(result: PairInteractions, pulls: int, exact: bool) -> str:
    rows = result.provenance.rows
    if exact:
        return f"exact on the {count(pulls, 'row')} evaluated"
    return f"evaluated on {count(pulls, 'row')}" if pulls >= rows else f"evaluated on {pulls:,} of {count(rows, 'row')}"


def _standing(result: PairInteractions, row: Mapping[Hashable, Any]) -> str:
    among, status = _among(result), row["status"]
    if reason := row.get("reason"):
        excluded = status == RaceStatus.EXCLUDED
        return f"They were {'excluded' if excluded else 'left out'} without an evaluation: {reason}."
    if status == RankStatus.RANKED:
        return "Their place is that of the estimates; nothing is proven about it."
    if status == RaceStatus.UNDECIDED:
        return f"Whether they are {among} is undecided."
    are_they = "They are" if result.is_exact else "It is proven that they are"
    return f"{are_they} {among}." if status == RaceStatus.CERTIFIED else f"{are_they} not {among}."


def _among(result: PairInteractions) -> str:
    requested = top_k_of(result)
    of = f" of the {n_raced(result):,} candidates" if n_left_out(result) else ""
    return (
        f"the pair that interacts most{of}"
        if requested == 1
        else f"among the {requested:,} pairs that interact most{of}"
    )


def _is_exact_at(result: PairInteractions, place: int) -> bool:
    """Whether one pair was evaluated on every row, whatever the others were."""
    return bool(result.table["lower"].iloc[place] == result.table["upper"].iloc[place])
