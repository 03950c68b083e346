"""Races of pairs: pulls on the shipped networks, cost of the intervals, many features, coverage, hard cases, plans."""

import math
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from benchmarks.harness import Line, arguments, publish
from benchmarks.race_cases import ALONE, Recorded, gated, joined, names_of, table_of, three_corners
from benchmarks.race_coverage import FAMILIES, LearntRange, covered, populations
from interaction_engine.core.types import Model
from interaction_engine.methods.finite_differences.racing.race import Race

PULLS = {
    "california": {3: 0.03, 5: 0.05, 10: 0.08, 20: 0.10},
    "F8": {3: 0.16, 5: 0.16, 10: 0.12, 20: 0.45},
    "bike": {3: 0.31, 5: 0.35, 10: 0.49, 20: 0.71},
}
"""The goal of each shipped network: pulls as a share of all pulls, by the number of pairs looked for."""

ALLOWANCE = 1.25
"""What a goal may be exceeded by, as a factor."""

BOUNDS = ("betting", "bernstein", "subgaussian")


@dataclass(frozen=True)
class Plans:
    """Evaluations foreseen and made, by what was raced."""

    sample: str
    foreseen: dict[str, int]
    made: dict[str, int]

    def line(self) -> Line:
        """(f) Whether a plan is right within a factor of two."""
        ratios = {name: self.foreseen[name] / self.made[name] for name in self.foreseen}
        return Line(
            claim=f"(f) {self.sample}: evaluations foreseen by the plan, over those made",
            measured="; ".join(f"{name}: {ratio:.2f}" for name, ratio in ratios.items()),
            goal="0.5 to 2",
            met=all(0.5 <= ratio <= 2.0 for ratio in ratios.values()),
            figures=dict(ratios),
        )


def shipped(quick: bool) -> list[Line]:
    """(a) Pulls on the shipped networks over all training rows, and (f) what the plan foresaw."""
    lines, plans = [], []
    for sample in ("california",) if quick else PULLS:
        data = ie.load_sample(sample)
        model = ie.sample_model(sample, data)
        some, plan = pulls(sample, model, data, seeds=1 if quick else 3)
        lines += some
        plans.append(plan.line())
    return lines + plans


def pulls(sample: str, model: Model, data: ie.Dataset, seeds: int) -> tuple[list[Line], Plans]:
    """Return the pulls on one network: numbers moved by plain steps for each k, and by the usual options."""
    foreseen, made, lines = {}, {}, []

    def planned(**options: Any) -> int:
        table = ie.plan("ucb", model, data, **options).table.set_index("method")
        return int(table.loc["ucb", "evaluations_expected"])

    plain = [Recorded.of(model, data, "central", seed) for seed in range(seeds)]
    for k, goal in PULLS[sample].items():
        line, spent = pulls_line(f"(a) {sample}, k = {k}, plain steps: share of all pulls", plain, k, goal)
        lines.append(line)
        foreseen[f"k = {k}"], made[f"k = {k}"] = planned(top_k=k, scheme="central"), spent
    usual = [Recorded.of(model, data, "auto", seed) for seed in range(seeds)]
    line, made["usual options"] = pulls_line(f"(a) {sample}, usual options: share of all pulls", usual, None, None)
    foreseen["usual options"] = planned()
    return [*lines, line], Plans(sample, foreseen, made)


def pulls_line(claim: str, recorded: list[Recorded], k: int | None, goal: float | None) -> tuple[Line, int]:
    """Return one line of (a), and the evaluations of the first of its races."""
    words, figures, spent = [], {}, 0
    for bound in BOUNDS:
        races = [one.race(k, bound) for one in recorded]
        shares = [one.share_of_pulls(race) for one, race in zip(recorded, races, strict=True)]
        held = sum(one.covered(race) for one, race in zip(recorded, races, strict=True))
        spent = spent or races[0].spent
        figures |= {bound: float(np.mean(shares)), f"{bound}_by_seed": shares, f"{bound}_covered": held}
        words.append(f"{bound} {np.mean(shares):.1%} (covered in {held} of {len(races)})")
    most = math.inf if goal is None else ALLOWANCE * goal
    met = figures["betting"] <= most and figures["betting_covered"] == len(recorded)
    stated = "betting covered" if goal is None else f"betting <= {most:.1%}, covered"
    print(f"    {claim}: {'; '.join(words)}", flush=True)
    return Line(claim=claim, measured="; ".join(words), goal=stated, met=met, figures=figures), spent


@contextmanager
def clocked(owner: type, name: str) -> Generator[list[float]]:
    """Within, the processor time of every call of a method of a class is kept."""
    original: Callable[..., Any] = getattr(owner, name)
    spent: list[float] = []

    def timed(*given: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return original(*given, **named)
        finally:
            spent.append(time.process_time() - start)

    setattr(owner, name, timed)
    try:
        yield spent
    finally:
        setattr(owner, name, original)


def reading(quick: bool) -> Line:
    """(b) Processor time in which intervals are read, as a share of that of the race."""
    shares = {}
    for sample in ("california",) if quick else PULLS:
        data = ie.load_sample(sample)
        model = ie.sample_model(sample, data)
        ie.detect("ucb", model, data, **ALONE, background=500)  # warms up
        with clocked(Race, "_read") as read, clocked(Race, "run") as run:
            ie.detect("ucb", model, data, **ALONE)
        shares[sample] = sum(read) / sum(run)
    return Line(
        claim="(b) processor time for reading intervals, of the race's, usual options",
        measured="; ".join(f"{sample}: {share:.1%}" for sample, share in shares.items()),
        goal="<= 10 %",
        met=all(share <= 0.1 for share in shares.values()),
        figures=dict(shares),
    )


def many_features(quick: bool) -> list[Line]:
    """(c) A hundred features: the race, with and without candidates, beside exact detection."""
    data = joined([f"F{i}" for i in range(1, 11)], 2000 if quick else 10_000)
    model = ie.train(data, "mlp", hidden=(64, 64), epochs=5)
    n_rows = len(data.train_rows)
    part = n_rows // 10

    def seconds(method: str, **options: Any) -> tuple[float, Any]:
        start = time.perf_counter()
        result = ie.detect(method, model, data, **ALONE, **options)
        return time.perf_counter() - start, result

    tenth, exact = seconds("exact", background=part)
    whole, lines = tenth * n_rows / part, []
    every = exact.table["pulls"].sum() * n_rows / part
    fields: dict[str, dict[str, Any]] = {"all pairs": {}, "500 candidates": {"candidates": 500}}
    for name, options in fields.items():
        took, raced = seconds("ucb", **options)
        share = float(raced.table["pulls"].sum() / every)
        lines.append(
            Line(
                claim=f"(c) p = 100, 4,950 pairs x {n_rows:,} rows, trained network: race of {name}",
                measured=f"{took:.0f} s, {share:.1%} of all pulls, {raced.provenance.evaluations:,} evaluations; exact "
                f"{whole:.0f} s (extrapolated from a tenth of the rows)",
                goal="sooner than exact",
                met=took < whole,
                figures={"seconds": took, "share": share, "seconds_of_exact": whole},
            )
        )
        print(f"    {lines[-1].claim}: {lines[-1].measured}", flush=True)
    return lines


def coverage(quick: bool) -> list[Line]:
    """(d) Races in which all intervals hold together, with the range known and with the range learnt."""
    n_races, lines = 100 if quick else 1000, []
    for family in FAMILIES:
        values = populations(family, n_races)
        known = float(covered(values).mean())
        learnt = float(covered(values, LearntRange(n_races)).mean())
        lines.append(
            Line(
                claim=f"(d) {family}: races of {n_races:,} in which all intervals hold, range known",
                measured=f"{known:.1%} (range learnt, tail factor 2: {learnt:.1%})",
                goal=">= 95 %",
                met=known >= 0.95,
                figures={"known": known, "learnt": learnt},
            )
        )
        print(f"    {lines[-1].claim}: {lines[-1].measured}", flush=True)
    return lines


def hard_cases(quick: bool) -> list[Line]:
    """(e) Functions that are hard to race: what is stated wrongly, over many orders of the rows."""
    seeds, lines = 5 if quick else 40, []
    cases: list[tuple[Callable[[np.ndarray], np.ndarray], int, dict[str, Any]]]
    cases = [(three_corners, 6, {"background": 1000}), (gated, 10, {"top_k": 4})]
    for function, n_features, options in cases:
        data = table_of(function, n_features, 4000)
        model = ie.wrap(function, data, takes="array")
        faults = {"false exclusions": 0, "wrong certified sets": 0, "false exact": 0}
        for seed in range(seeds):
            exact = ie.detect("exact", model, data, **ALONE, seed=seed, **options).table
            raced = ie.detect("ucb", model, data, **ALONE, seed=seed, **options)
            strongest = names_of(exact[(exact["status"] == "certified") & (exact["strength"] > 0.0)])
            by_status = {status: names_of(some) for status, some in raced.table.groupby("status")}
            everything = bool((raced.table["pulls"] == raced.provenance.rows).all())
            faults["false exclusions"] += not strongest.isdisjoint(by_status.get("excluded", set()))
            faults["wrong certified sets"] += not by_status.get("certified", set()) <= strongest
            faults["false exact"] += raced.is_exact and not everything
        lines.append(
            Line(
                claim=f"(e) {function.__name__}: races of {seeds} that state something wrong",
                measured=", ".join(f"{name} {count}" for name, count in faults.items()),
                goal="all 0",
                met=not any(faults.values()),
                figures=dict(faults),
            )
        )
        print(f"    {lines[-1].claim}: {lines[-1].measured}", flush=True)
    return lines


def main() -> None:
    asked = arguments(__doc__ or "")
    began = time.perf_counter()
    parts = (shipped, lambda quick: [reading(quick)], many_features, coverage, hard_cases)
    lines = [line for part in parts for line in part(asked.quick)]
    publish("races", lines, time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
