"""What a race or an exact evaluation proves about the places of pairs, and what it leaves open, in sentences."""

from ...core.status import RaceStatus, RankStatus
from .pair_result import PairInteractions
from .phrases import are, count, percent


def top_k_of(result: PairInteractions) -> int:
    """Return how many pairs were looked for; a method of larger sets has as many as were certified."""
    given = None if "max_order" in result.provenance.options else result.provenance.options.get("top_k")
    requested = int(given) if isinstance(given, int | float) else max(1, result.n_with_status(RaceStatus.CERTIFIED))
    return min(requested, len(result.table))


def race_sentence(result: PairInteractions) -> str:
    """Return how much of the ranking is proven, and what that took."""
    n_pairs, n_rows = len(result.table), result.provenance.rows
    if result.is_exact:
        return _exact(result, n_pairs, n_rows)
    raced = n_raced(result)
    pulled = float(result.table["pulls"].to_numpy().sum()) / (max(1, raced) * max(1, n_rows))
    of_all = f"the {raced:,} candidate pairs" if n_left_out(result) else f"{n_pairs:,}"
    cost = f"after {percent(pulled)} of the evaluations that an exact ranking takes"
    if result.n_with_status(RankStatus.RANKED):
        return f"{count(n_pairs, 'pair')} ranked by the paper's approximate intervals, which certify nothing, {cost}."
    certified, requested = result.n_with_status(RaceStatus.CERTIFIED), top_k_of(result)
    if certified >= requested:
        strongest = "The strongest pair is" if requested == 1 else f"The {requested:,} strongest pairs are"
        return f"{strongest} certified among {of_all}, {cost}."
    return f"{certified_of(result)}, {cost}; {_undecided(result)}."


def certified_of(result: PairInteractions) -> str:
    """Return how many of the pairs looked for are certified, as the beginning of a sentence."""
    certified, requested = result.n_with_status(RaceStatus.CERTIFIED), top_k_of(result)
    if requested == 1:
        return f"The strongest pair is {'certified' if certified else 'not certified'}"
    number_of = f"{certified:,}" if certified else "None"
    return f"{number_of} of the {requested:,} strongest pairs {are(max(1, certified))} certified"


def open_sentence(result: PairInteractions) -> str:
    """Return what is undecided and why; empty where nothing is."""
    undecided = result.n_with_status(RaceStatus.UNDECIDED) - n_left_out(result)
    if undecided <= 0 or result.is_exact or result.is_withheld:
        return ""
    budget = result.provenance.options.get("budget")
    if result.settled and result.tie:
        why = (
            f"at the cut, or near zero, they differ by less than {percent(result.tie)} of the strongest pair, and such "
            "ties are not settled"
        )
    elif budget is not None:
        why = f"the budget of {count(int(budget), 'model evaluation')} ended before the intervals parted"
    else:
        why = "the run ended before the intervals parted"
    return f"{certified_of(result)}; {count(undecided, 'pair')} {are(undecided)} undecided: {why}."


def tied_sentence(result: PairInteractions, place: int) -> str:
    """Return with how many others one pair is tied; empty where with none, or where ties are not known."""
    if "tie_group" not in result.table or not result.tie:
        return ""
    groups = result.table["tie_group"].to_numpy()
    others = int((groups == groups[place]).sum()) - 1
    if not others or float(result.table["strength"].iloc[place]) <= 0:
        return ""
    most = percent(result.tie)
    return f"Tied with {count(others, 'other pair')}: not proven to differ by more than {most} of the strongest."


def unseen_sentence(result: PairInteractions) -> str:
    """Return in how many rows an effect may hide that the race has not seen; empty where all rows were evaluated."""
    if "unseen_rows" not in result.table or result.is_exact or not len(result.table):
        return ""
    raced = result.table[result.table["reason"] == ""] if "reason" in result.table else result.table
    most = int(raced["unseen_rows"].max()) if len(raced) else 0
    if not most:
        return ""
    pulls = int(raced["pulls"].iloc[int(raced["unseen_rows"].to_numpy().argmax())])
    n_rows = result.provenance.rows
    return (
        f"An effect in at most {count(most, 'row')} ({percent(most / n_rows)}) may have escaped the pairs evaluated "
        f"least ({pulls:,} of {n_rows:,} rows), with {percent(result.level)} confidence for each pair."
    )


def n_raced(result: PairInteractions) -> int:
    """Return how many pairs were evaluated at all."""
    return int((result.table["reason"] == "").sum()) if "reason" in result.table else len(result.table)


def n_left_out(result: PairInteractions) -> int:
    """Return how many pairs a screen left out."""
    if "reason" not in result.table:
        return 0
    return int(((result.table["reason"] != "") & (result.table["status"] == RaceStatus.UNDECIDED)).sum())


def _exact(result: PairInteractions, n_pairs: int, n_rows: int) -> str:
    skipped = n_pairs - n_raced(result)
    rows = count(n_rows, "row")
    if skipped == n_pairs:
        return f"The model cannot combine any of the {count(n_pairs, 'pair')}: all strengths are exactly zero."
    order = "its strength is" if n_pairs == 1 else "strengths and their order are"
    if left_out := n_left_out(result):
        return f"{n_pairs - skipped:,} candidate pairs were evaluated on all {rows}; {left_out:,} were left out."
    if skipped:
        return (
            f"{count(n_pairs - skipped, 'pair')} of {n_pairs:,} were evaluated on all {rows}, the model cannot combine "
            f"the others: {order} exact on these rows."
        )
    every = "The only pair was" if n_pairs == 1 else f"All {n_pairs:,} pairs were"
    return f"{every} evaluated on all {rows}: {order} exact on these rows."


def _undecided(result: PairInteractions) -> str:
    undecided = result.n_with_status(RaceStatus.UNDECIDED) - n_left_out(result)
    why = f" (ties below {percent(result.tie)} of the strongest)" if result.settled and result.tie else ""
    return f"{count(undecided, 'pair')} {are(undecided)} undecided{why}"
