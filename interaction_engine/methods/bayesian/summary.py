"""What group expected Hessians say: the strongest pair, where it acts, whether chance could do it, what to know."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..common.phrases import alike, are, count, named, number, percent, predicted
from .result import GroupHessians

HONEST, SCATTER = 0.05, 1.36
"""Intervals whose share of rows is at most so far from their level are about right; of few rows the largest such
difference scatters by this, divided by the root of their number, in one case of twenty (Kolmogorov)."""

FEW_PERMUTATIONS = 99
"""With fewer, no p-value can be as small as 0.01."""

HARDLY_CHANGES = 0.05
"""As a share of the largest change, what is hardly a change of the ranking any more."""


def group_finding(result: GroupHessians) -> str:
    """The strongest pair in one sentence: what one standard deviation of both does, and how sure that is."""
    if result.table.empty:
        return "There is only one feature, so there is no pair that could interact."
    top, sure = _row(result, 0), bool(result.significant().iloc[0])
    if not top["strength"] > 0:
        return f"None of the {len(result.table):,} pairs interacts in any of the networks drawn."
    pair = f"{named(top['feature_1'])} and {named(top['feature_2'])}"
    only = len(result.table) == 1
    sentence = (
        f"{pair}, the only pair, are" if only else f"{pair} have the largest estimate {'and' if sure else 'but'} are"
    )
    amount, low, high = alike(float(top["effect"]), float(top["lower"]), float(top["upper"]))
    effect = (
        f"one standard deviation of both changes {predicted(result.unit)} by {amount} beyond the sum of their separate "
        f"effects ({_interval(result)} {low} to {high}, mean size {_evidence(result)})."
    )
    if not sure:
        return f"{sentence} not significant; the networks drawn leave it open whether they interact: {effect}"
    return f"{sentence} significant: {effect}"


def group_caveats(result: GroupHessians) -> tuple[str, ...]:
    """What a reader must know before believing the finding, a sentence each, the weightiest first."""
    if result.table.empty:
        return result.provenance.notes
    sentences = []
    if not _tested(result):
        sentences.append(
            "A strength is a size and never below 0, so that pairs which do not act together have some too; the "
            "permutation test tells how much chance alone makes."
        )
    if calibration := calibration_sentence(result):
        sentences.append(calibration)
    model = (
        "This is about the model: its intervals hold what its trainings leave open. Fitted curves are flatter than "
        "true ones, so that true interactions are rather stronger."
    )
    return (*sentences, model, *result.provenance.notes)


def group_confidence_sentence(result: GroupHessians) -> str:
    """How many pairs are more than nothing, by the posterior and against chance."""
    if result.table.empty:
        return "There is only one feature, so there is nothing to rank."
    n_pairs = len(result.table)
    sure = int(result.significant().sum())
    limit = f"Bayesian p below {percent(result.risk)}{', each by itself' if n_pairs > 1 else ''}"
    sentence = f"{sure if sure else 'None'} of {n_pairs:,} pairs {are(max(1, sure))} significant ({limit})"
    if n_pairs == 1:
        sentence = f"The only pair is {'' if sure else 'not '}significant ({limit})"
    if not _tested(result):
        return f"{sentence}; nothing was compared with chance yet."
    beyond = int(result.beyond_chance().sum())
    others = f"{count(len(result.null), 'network')} trained on data without interactions"
    return f"{sentence}; {beyond if beyond else 'none'} {'stand' if beyond > 1 else 'stands'} out against {others}."


def regions_sentence(result: GroupHessians, first: str, second: str) -> str:
    """Where one pair acts, and in which direction."""
    pair = f"{named(first)} and {named(second)}"
    table = result.effects_of(first, second)
    if table.empty:
        followed = len(result.region_effects[["feature_1", "feature_2"]].drop_duplicates())
        return f"{pair} were not followed into the regions; the {count(followed, 'strongest pair')} {are(followed)}."
    pairs = result.table["feature_1"].isin((first, second)) & result.table["feature_2"].isin((first, second))
    open_ = "" if result.significant()[pairs].any() else f"{pair} are not significant: whether they interact is open. "
    if not table["signed"].all():
        return open_ + _largest_size(result, pair, table)
    sure = table[(table["lower"] > 0) | (table["upper"] < 0)]
    if sure.empty:
        where = (
            "Over all rows the direction" if len(table) == 1 else f"In none of the {len(table):,} regions the direction"
        )
        return f"{open_}{where} of {pair} is {'not ' if len(table) == 1 else ''}certain."
    largest = sure.to_dict("records")[int(sure["effect"].abs().to_numpy().argmax())]
    verb = "adds" if largest["effect"] > 0 else "takes away"
    amount, *ends = alike(float(largest["effect"]), float(largest["lower"]), float(largest["upper"]))
    where = f"act most in the region {_described(largest)} ({percent(float(largest['share']))} of the rows): there"
    if len(table) == 1:
        where = "act over all rows:"
    sentence = (
        f"{open_}{pair} {where} raising both by one standard deviation {verb} {amount.lstrip('−')} beyond their "
        f"separate effects ({_interval(result)} {ends[0]} to {ends[1]})."
    )
    up, down = int((sure["effect"] > 0).sum()), int((sure["effect"] < 0).sum())
    undecided = len(table) - up - down
    if up and down:
        sentence += f" It adds in {count(up, 'region')} and takes away in {down:,}"
        sentence += f"; in {undecided:,} the direction is open." if undecided else "."
    return sentence


def _largest_size(result: GroupHessians, pair: str, table: pd.DataFrame) -> str:
    """Where a pair with a feature of three or more levels acts most; there is no one direction."""
    largest = table.to_dict("records")[int(table["effect"].to_numpy().argmax())]
    where = "over all rows"
    if len(table) > 1:
        where = f"most in the region {_described(largest)} ({percent(float(largest['share']))} of the rows)"
    amount = number(float(largest["effect"]))
    return (
        f"What {pair} do together differs between levels {where}: by {amount} typically. Between three or more levels "
        "there is no one direction."
    )


def screening_sentence(result: GroupHessians) -> str:
    """Which features the networks use, and which they mostly do without."""
    table = result.screening.dropna(subset=["dropout"]).sort_values("dropout", kind="stable")
    if table.empty:
        return "This network has no dropout of its features."
    first, last = (named(str(table["feature"].iloc[place])) for place in (0, -1))
    least, most = (percent(float(table["dropout"].iloc[place])) for place in (0, -1))
    if len(table) == 1:
        return f"The networks leave {first} out in {least} of the draws."
    return (
        f"The networks leave {first} out least ({least} of the draws) and {last} most ({most}). That is weak evidence: "
        "a feature that says nothing may be kept too."
    )


def choice_sentence(result: GroupHessians) -> str:
    """Why there are so many regions."""
    used = count(result.groups, "region")
    deltas = result.choosing.dropna(subset=["delta"]).set_index("groups")["delta"]
    if not result.provenance.options.get("groups"):
        if len(deltas) and not deltas.max() > 0:
            return f"{used[0].upper()}{used[1:]} {are(result.groups)} used: with more, the strengths hardly change."
        if len(deltas) and result.groups == int(max(deltas.index)):
            return f"{used[0].upper()}{used[1:]} are used, the most that were tried: with fewer the ranking changes."
        return f"{used[0].upper()}{used[1:]} {are(result.groups)} used: with more, the ranking hardly changes."
    requested = int(result.provenance.options["groups"])
    if requested > result.groups:
        return (
            f"Of the {requested:,} regions that you asked for {result.groups:,} are used: no more rows are different."
        )
    sentence = f"You asked for {used}"
    after = deltas[deltas.index > result.groups]
    if deltas.empty or after.empty:
        return f"{sentence}."
    still = float(after.iloc[0]) > HARDLY_CHANGES * float(deltas.max())
    return f"{sentence}; one more would {'still change' if still else 'hardly change'} the ranking."


def permutation_sentence(result: GroupHessians, first: str, second: str) -> str:
    """How strong chance alone makes a pair, how many stand out, and whether one does; empty where none was tried."""
    if not _tested(result):
        return ""
    largest = np.sort(result.null["largest"].to_numpy(dtype=float))
    table = result.table
    beyond = int(result.beyond_chance().sum())
    often = f"typically {number(float(np.median(largest)))} and at most {number(float(largest[-1]))}"
    shuffled = result.provenance.options.get("null") == "shuffled"
    where = "With shuffled targets" if shuffled else "Where every feature acts by itself"
    sentences = [f"{where}, the strongest of all pairs reaches {often}."]
    seldom = f"chance makes any pair so strong in at most {percent(result.risk)} of cases"
    sentences.append(f"{beyond:,} of {count(len(table), 'pair')} {_stands(beyond)} out ({seldom})." if beyond else "")
    sentences[-1] = sentences[-1] or "No pair stands out."
    mine = table[table["feature_1"].isin((first, second)) & table["feature_2"].isin((first, second))]
    if len(mine):
        p, q = float(mine["p_value"].iloc[0]), float(mine["q_value"].iloc[0])
        pair = f"{named(first)} and {named(second)}"
        sentences.append(f"For {pair}, p = {number(p)} among all pairs together, and q = {number(q)}.")
    if len(largest) < FEW_PERMUTATIONS:
        least = number(1 / (len(largest) + 1))
        sentences.append(f"With {count(len(largest), 'network')}, no p can be below {least}.")
    return " ".join(sentences)


def calibration_sentence(result: GroupHessians) -> str:
    """Whether the intervals of the predictions hold as many held-out rows as they say; empty where nobody looked."""
    table = result.calibration.dropna()
    if table.empty:
        return ""
    off = (table["covered"] - table["level"]).to_numpy(dtype=float)
    worst = int(np.abs(off).argmax())
    level, covered = (percent(float(table[name].iloc[worst])) for name in ("level", "covered"))
    scatter = SCATTER / math.sqrt(max(1.0, float(table["rows"].iloc[0])))
    if abs(off[worst]) <= max(HONEST, scatter):
        few = f", as far as {table['rows'].iloc[0]:,.0f} of them can tell" if scatter > HONEST else ""
        return f"The intervals of the predictions are about right on held-out rows{few}."
    width = "narrow" if off[worst] < 0 else "wide"
    return f"The intervals of the predictions are too {width}: those of {level} hold {covered} of the held-out rows."


def _described(region: Mapping[Hashable, Any]) -> str:
    """A region's description in quotation marks: it holds names, but not as sentences mark them."""
    return "“" + " ".join(str(region["description"]).replace("`", "'").split()) + "”"


def _tested(result: GroupHessians) -> bool:
    return len(result.null) > 0 and bool(result.table["p_value"].notna().any())


def _stands(number_of: int) -> str:
    return "stands" if number_of == 1 else "stand"


def _interval(result: GroupHessians) -> str:
    """The kind of interval, without what stands in brackets behind it."""
    return f"{percent(result.level)} {result.interval.split(' (')[0]}"


def _evidence(result: GroupHessians) -> str:
    rows, networks = count(result.provenance.rows, "row"), count(result.draws, "network")
    return f"over {count(result.groups, 'region')} of {rows}, {networks} drawn"


def _row(result: GroupHessians, place: int) -> Mapping[Hashable, Any]:
    return {column: result.table[column].iloc[place] for column in result.table}
