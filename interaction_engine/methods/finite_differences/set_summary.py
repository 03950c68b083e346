"""What a result about sets of features says: the largest set found, each order, what was refused, and what to know."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from ...core.errors import InputError
from ..common.pair_summary import FEW_ROWS, finding
from ..common.phrases import alike, are, count, duration, for_other_rows, named, number, ordinal, percent, predicted
from .set_result import SubsetInteractions

SIZES = {2: "pair", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def subset_finding(result: SubsetInteractions) -> str:
    """The strongest of the largest sets that were accepted; where none is larger than a pair, the pairs, and why."""
    accepted = result.accepted()
    if accepted.empty:
        return _no_pair(result)
    largest = int(accepted["order"].max())
    if largest == 2:
        return f"{finding(result.pairs())} {_no_larger(result)}"
    rows = result.accepted(largest)
    sentence = f"{all_of(rows['features'].iloc[0])} form {_interaction_of(largest)}: {_joint_effect(result, rows, 0)}."
    if len(rows) > 1:
        sentence += f" {count(len(rows) - 1, 'other set')} of {largest} {are(len(rows) - 1)} accepted too."
    return sentence


def set_sentence(result: SubsetInteractions, features: Sequence[str]) -> str:
    """Where one set stands: its rank in its order, its joint effect with its interval, and what is proven of it.

    Raises `InputError` when the set was not tried.
    """
    row = result.row(set(features))
    order = int(str(row["order"]))
    rows = result.of_order(order)
    place = int(rows.index[rows["features"].map(frozenset) == frozenset(features)][0])
    standing = f"rank {ordinal(int(str(row['rank'])))} of {_tried(len(rows), order)}"
    if len(rows) == 1:
        standing = "are the only pair" if order == 2 else f"are the only candidate of {order}"
    rank = f"{all_of(rows['features'].iloc[place])} {standing}"
    if not rows["pulls"].iloc[place] > 0:
        reason = str(row.get("reason") or "")
        return (
            f"{rank}. They were excluded without an evaluation: {reason}."
            if reason
            else (f"{rank}: they were not evaluated yet.")
        )
    sentences = [f"{rank}: {_joint_effect(result, rows, place)}.", _standing(str(row["status"]), rows.iloc[place])]
    if result.truth is not None:
        inside = any(set(features) <= set(members) for members in result.truth)
        sentences.append(f"The truth is known: they {'interact' if inside else 'do not interact'}.")
    return " ".join(sentences)


def level_sentence(result: SubsetInteractions, order: int) -> str:
    """What came of one order: candidates, accepted, excluded, undecided, refused, left out, and what it took."""
    levels = result.levels[result.levels["order"] == order]
    if levels.empty:
        raise InputError(f"Order {order} was not tried; tried were {', '.join(map(str, result.orders))}.")
    level: Mapping[Hashable, Any] = levels.iloc[0].to_dict()
    tried = int(level["candidates"])
    if not tried:
        return _nothing_tried(order, level)
    accepted = int(level["accepted"])
    parts = [f"{f'{accepted:,}' if accepted else 'none'} {'was' if accepted < 2 else 'were'} accepted"]
    parts += [f"{int(level[name]):,} {name}" for name in ("excluded", "undecided") if level[name]]
    sentences = [f"Of {_tried(tried, order)}, {', '.join(parts)}."]
    if level["refused"]:
        sentences.append(_refused(int(level["refused"]), order))
    if level["skipped"]:
        sentences.append(_skipped(int(level["skipped"]), order))
    estimated = float(level["planned_seconds"])
    estimate = f" (estimated: {'at most ' if estimated >= 1 else ''}{duration(estimated)})" if estimated > 0 else ""
    cost = f"{count(int(level['evaluations']), 'model evaluation')} in {duration(float(level['seconds']))}{estimate}"
    return " ".join([*sentences, f"It took {cost}."])


def refused_sentence(features: Sequence[str], missing: Sequence[str]) -> str:
    """Why one clique was no candidate."""
    which = "the pair" if len(missing) == 2 else "the smaller set"
    tried = f"{all_of(features)} were not tried as {_interaction_of(len(features))}"
    return f"{tried}: {which} {all_of(missing)} was not accepted."


def subset_caveats(result: SubsetInteractions) -> tuple[str, ...]:
    """What a reader must know before believing the finding, a sentence each, the weightiest first."""
    sentences = [
        _undecided(result),
        _on_scales(result),
        _truth(result),
        _few_rows(result),
        "Larger sets are looked for among accepted smaller ones: one without its pairs or smaller sets is not found.",
        "This is about the model: no interval covers errors that the model itself makes.",
    ]
    return (*(sentence for sentence in sentences if sentence), *result.provenance.notes)


def all_of(names: Sequence[str]) -> str:
    """Names as a list in a sentence: `a`, `b` and `c`."""
    *first, last = map(named, names)
    return f"{', '.join(first)} and {last}" if first else last


# The caveats, each empty where it does not apply


def _undecided(result: SubsetInteractions) -> str:
    open_ones = [f"{_tried(int(n), int(order))}" for order, n in _level_counts(result, "undecided")]
    if not open_ones or result.is_withheld:
        return ""
    return f"Undecided: {' and '.join(open_ones)}. The run ended before the intervals parted from the reference."


def _on_scales(result: SubsetInteractions) -> str:
    if result.accepted().query("order > 2").empty:
        return ""
    return "Strengths of different orders are on scales of their own; joint effects can be compared."


def _truth(result: SubsetInteractions) -> str:
    """How the accepted sets compare with the true interactions."""
    if result.truth is None:
        return ""
    accepted = [set(names) for names in result.accepted()["features"]]
    wrong = sum(not any(names <= set(members) for members in result.truth) for names in accepted)
    if not accepted:
        return f"The truth is known: {'some' if result.truth else 'no'} features interact."
    inside = f"all {len(accepted):,} accepted sets lie" if len(accepted) > 1 else "the accepted set lies"
    if wrong:
        inside = f"{wrong:,} of {count(len(accepted), 'accepted set')} {'does' if wrong == 1 else 'do'} not lie"
    return f"The truth is known: {inside} inside a true interaction."


def _few_rows(result: SubsetInteractions) -> str:
    rows = result.provenance.rows
    stands = "stands" if rows == 1 else "stand"
    few = f"Only {count(rows, 'background row')} {stands} behind this; other rows could tell another story."
    return few if rows < FEW_ROWS else ""


def _level_counts(result: SubsetInteractions, column: str) -> list[tuple[int, int]]:
    """(order, count) of the orders where a count of the levels is not 0."""
    rows = result.levels[result.levels[column] > 0]
    return list(zip(rows["order"].astype(int), rows[column].astype(int), strict=True))


# Parts of sentences


def _no_pair(result: SubsetInteractions) -> str:
    if len(result.features) < 2:
        return "There is only one feature, so there is no set that could interact."
    undecided = int((result.of_order(2)["status"] == "undecided").sum())
    why = f"; of {_tried(len(result.of_order(2)), 2)}, {undecided:,} {are(undecided)} undecided" if undecided else ""
    return f"No pair of features was accepted, so there is no larger set to try{why}."


def _no_larger(result: SubsetInteractions) -> str:
    higher = result.levels[result.levels["order"] > 2]
    if higher.empty:
        return "Larger sets were not asked for."
    level: Mapping[Hashable, Any] = higher.iloc[0].to_dict()
    order, tried = int(level["order"]), int(level["candidates"])
    if not tried:
        return _nothing_tried(order, level)
    return f"No larger set was accepted: {_tried(tried, order)} {'was' if tried == 1 else 'were'} tried."


def _nothing_tried(order: int, level: Mapping[Hashable, Any]) -> str:
    if level["refused"]:
        return f"There was no candidate of {order}: {_refused(int(level['refused']), order)}"
    smaller = "pairs" if order == 3 else f"sets of {order - 1}"
    size = SIZES.get(order, str(order))
    return f"No {size} features have all their {smaller} accepted, so there is no larger set to try."


def _refused(n: int, order: int) -> str:
    was = "was" if n == 1 else "were"
    its = "its" if n == 1 else "their"
    return f"{count(n, 'clique')} of {order} {was} refused, because one of {its} smaller sets was not accepted."


def _skipped(n: int, order: int) -> str:
    was = "was" if n == 1 else "were"
    more = f"{n:,} more {'clique' if n == 1 else 'cliques'} of {order} {was}"
    return f"{more} left out by the limit on candidates: the graph is dense, so ask for fewer pairs or raise the limit."


def _standing(status: str, row: pd.Series) -> str:
    if status == "certified":
        return "They are accepted: more than a set without interaction may show."
    if status == "undecided":
        return "Whether they interact is undecided."
    below = float(row["upper"]) <= float(row["reference"])
    return "They are excluded: no more than a set without interaction may show." if below else "They are excluded."


def _joint_effect(result: SubsetInteractions, rows: pd.DataFrame, place: int) -> str:
    """What a set does to the prediction beyond its parts, with its interval and the rows behind it in brackets."""
    row: Mapping[Hashable, Any] = rows.iloc[place].to_dict()
    is_pair, effect, pulls = int(row["order"]) == 2, float(row["effect"]), int(row["pulls"])
    if not row["strength"] > 0:
        return f"no joint effect on {predicted(result.unit)} is detectable (evaluated on {count(pulls, 'row')})"
    if row["lower"] == row["upper"]:
        amount, evidence = number(effect), f"exact on the {count(pulls, 'row')} evaluated{for_other_rows(row)}"
    else:
        amount, interval = _interval(result, row, jointly=len(rows) > 1)
        n_rows = result.provenance.rows
        seen = count(pulls, "row") if pulls >= n_rows else f"{pulls:,} of {count(n_rows, 'row')}"
        evidence = f"{interval}, evaluated on {seen}"
    move = f"{'together ' if is_pair else ''}they typically move {predicted(result.unit)} by {amount} beyond"
    beyond = "the sum of their separate effects" if is_pair else "everything that smaller sets of them explain"
    return f"{move} {beyond} ({evidence})"


def _interval(result: SubsetInteractions, row: Mapping[Hashable, Any], *, jointly: bool) -> tuple[str, str]:
    """The joint effect of one set, and its interval, to the same digits."""
    effect, order = float(row["effect"]), int(row["order"])
    ends = [effect * math.sqrt(max(0.0, float(row[end]) / float(row["strength"]))) for end in ("lower", "upper")]
    amount, low, high = alike(effect, *ends)
    span = f"{low} to {high}" if math.isfinite(ends[1]) else f"at least {low}"
    papers = result.provenance.options.get("bound") == "subgaussian"
    kind = "sub-Gaussian interval of the paper" if papers else f"{percent(result.level)} interval"
    together = f", jointly for all {'pairs' if order == 2 else f'candidates of {order}'}" if jointly else ""
    return amount, f"{kind} {span}{together}"


def _interaction_of(order: int) -> str:
    """An interaction of so many features, as part of a sentence."""
    if order == 2:
        return "a pairwise interaction"
    size = SIZES.get(order, str(order))
    return f"{'an' if order in (8, 11, 18) else 'a'} {size}-way interaction"


def _tried(n: int, order: int) -> str:
    """A count of pairs, or of candidates of an order."""
    return count(n, "pair") if order == 2 else f"{count(n, 'candidate')} of {order}"
