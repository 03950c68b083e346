"""Additive networks: their error beside the usual models, what ParaACE's interactions are worth, whether NIT takes
apart what belongs apart, and what each training takes.

`python -m benchmarks.additive` (`--quick` for fewer rows, folds and functions). Errors of real tables are root mean
squared errors of the standardised target (NIT paper, table 3), those of F1..F10 are NRMSE, over the range of the test
target (ParaACE paper, tables 6 and 9). Both readings of the choice of the epoch are printed: by rows kept aside, and by
the test rows, as the code of the ParaACE paper does.

Every case is kept in `benchmarks/out` as soon as it is measured: a run that was cut short goes on where it was,
`--fresh` begins anew, and `--tables` prints the tables of what there is.
"""

import time
from typing import Any

import numpy as np
import torch

from benchmarks.additive_cases import FOLDS, NETWORKS, TABLES, cases
from benchmarks.harness import OUT, Line, parser, publish
from benchmarks.parts import Parts
from interaction_engine.data.synthetic import FUNCTIONS

TABLE_3: dict[str, dict[str, float]] = {
    "california": {"nit 2": 0.448, "nit 3": 0.437, "nit 4": 0.430, "linear": 0.60, "gam": 0.506, "ebm": 0.435,
                   "forest": 0.435, "mlp": 0.445},
    "bike": {"nit 2": 0.31, "nit 3": 0.26, "nit 4": 0.240, "linear": 0.78, "gam": 0.55, "ebm": 0.307,
             "forest": 0.243, "mlp": 0.22},
}  # fmt: skip
"""Errors of the NIT paper's table 3."""

TABLE_6 = {"detected": 0.026, "random": 0.035, "curves": 0.046}
"""NRMSE of the ParaACE paper's tables 6 and 9, averages over F1..F10."""

TEACHERS_PARAMETERS = 4_959_461
"""Of the ParaACE paper's over-parameterised network for ten features."""


def table_3(parts: Parts, name: str, quick: bool) -> list[Line]:
    """NIT for several K beside the models of the paper's table 3."""
    lines = []
    for method, paper in TABLE_3[name].items():
        found = parts.of(name, method)
        if not found:
            continue
        errors, seconds = [one["error"] for one in found], [one["seconds"] for one in found]
        spread = f" ± {np.std(errors):.3f}" if len(errors) > 1 else ""
        words = f"{np.mean(errors):.3f}{spread}{_of_folds(len(errors), quick)}, {np.mean(seconds):.0f} s"
        figures = {"errors": errors, "seconds": seconds}
        is_goal = method.startswith("nit") and not quick
        lines.append(_beside(f"{name}, {method}", words, float(np.mean(errors)), paper, is_goal, figures))
    return lines


def table_6(parts: Parts, quick: bool) -> list[Line]:
    """F1..F10 with 1000 noisy rows: ParaACE with detected and random pairs, curves alone, and the teacher."""
    lines = []
    for method in (*NETWORKS, "splines"):
        by_function = {name: parts.of(name, method) for name in FUNCTIONS}
        by_function = {name: found for name, found in by_function.items() if found}
        if not by_function:
            continue
        honest = {name: _mean(found, "honest") for name, found in by_function.items()}
        mean, paper = float(np.mean(list(honest.values()))), TABLE_6.get(method)
        figures: dict[str, Any] = {"honest": [honest.get(name, float("nan")) for name in FUNCTIONS]}
        if method == "splines":
            words = f"{mean:.4f}, 20,000 rows without noise: about the least that a sum of curves can reach"
            lines.append(_beside(f"F1..F10, {method}", words, mean, None, False, figures))
            continue
        by_test = float(np.mean([_mean(found, "by_test") for found in by_function.values()]))
        size, runs = next(iter(by_function.values()))[0]["parameters"], [len(found) for found in by_function.values()]
        words = f"{mean:.4f} ({by_test:.4f} by the test rows), {size:,} parameters"
        words += "" if method == "teacher" else f", CR {TEACHERS_PARAMETERS // size}"
        words += f", {np.mean([_mean(found, 'seconds') for found in by_function.values()]):.1f} s"
        words += "" if len(runs) == len(FUNCTIONS) or quick else f", {len(runs)} of {len(FUNCTIONS)} functions"
        words += "" if method == "teacher" else _of_folds(min(runs), quick)
        figures |= {"by_test": by_test, "parameters": size}
        lines.append(_beside(f"F1..F10, {method}", words, mean, paper, paper is not None and not quick, figures))
    return lines


def shapes(parts: Parts) -> list[Line]:
    """Known shapes, and x1 x2 + x3 x4 taken apart."""
    lines = []
    if "known shapes" in parts.found:
        one = parts.found["known shapes"]
        far, others, identity = max(one["distances"]), one["others"], one["identity"]
        met = len(one["distances"]) == 3 and far <= 0.05 and others <= 0.02 and identity <= 1e-5
        words, goal = f"{far:.4f} RMS, other terms {others:.2%}, sum to {identity:.0e}", "<= 0.05, <= 2 %, <= 1e-5"
        lines.append(Line("sin(3 x0) + x1^2 + x2 x3", words, goal, met, {"distances": one["distances"]}))
    if found := parts.of("disentangled"):
        apart = sum(one["apart"] for one in found)
        words = f"{apart} of {len(found)} seeds, {_mean(found, 'seconds'):.1f} s each"
        lines.append(Line("x1 x2 + x3 x4 at K = 2", words, "all seeds", apart == len(found), {"apart": apart}))
    if found := parts.found.get("california time"):
        seconds = found["seconds"]
        words = f"{seconds:.0f} s with its bands, {found['parameters']:,} parameters"
        lines.append(Line("California housing, K = 2", words, "<= 180 s", seconds <= 180, {"seconds": seconds}))
    return lines


def compression(parts: Parts) -> list[Line]:
    """Every way of making a network smaller, from one run: ParaACE is to have a smaller error than the others."""
    lines, rows = [], parts.found.get("compression", {}).get("rows", [])
    others = [row["error"] for row in rows if row["method"] not in ("paraace", "random", "gann")]
    for row in rows:
        words = f"{row['error']:.4f}, {row['n_parameters']:,} parameters, CR {row['ratio']:.0f}, {row['seconds']:.0f} s"
        is_goal = row["method"] == "paraace"
        goal, met = ("below the others", row["error"] < min(others)) if is_goal else ("beside it", True)
        figures = {"error": row["error"], "parameters": row["n_parameters"], "ratio": row["ratio"]}
        lines.append(Line(f"F8, {row['title']}", words, goal, bool(met), figures))
    return lines


def _mean(found: list[dict[str, Any]], name: str) -> float:
    return float(np.mean([one[name] for one in found]))


def _of_folds(number: int, quick: bool) -> str:
    return "" if quick or number == FOLDS else f", {number} of {FOLDS} folds"


def _beside(claim: str, words: str, value: float, paper: float | None, is_goal: bool, figures: dict[str, Any]) -> Line:
    """A figure beside the paper's. A quick run is of other rows than the paper's: there, none is a goal."""
    goal = "beside them" if paper is None else f"<= {paper}" if is_goal else f"paper {paper}"
    return Line(claim, words, goal, not is_goal or paper is None or value <= paper, figures)


def tables(parts: Parts, quick: bool) -> list[Line]:
    """All claims that something is known about."""
    errors = [line for name in TABLES for line in table_3(parts, name, quick)]
    return [*shapes(parts), *errors, *table_6(parts, quick), *compression(parts)]


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--fresh", action="store_true", help="measure again what was measured before")
    options.add_argument("--tables", action="store_true", help="only the tables of what was measured before")
    asked = options.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    parts = Parts(OUT / f"additive_parts{'_quick' if asked.quick else ''}.json", asked.fresh)
    for case in () if asked.tables else cases(asked.quick):
        parts.measure(case.key, case.measure)
    publish("additive", tables(parts, asked.quick), time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
