"""The Hessian family judged: Integrated Hessians and the group expected Hessian beside the figures of their papers.

`python -m benchmarks.hessians` (`--quick` for fewer rows, networks and draws; a quick run has no goals but those of
exactness). Speeds are against plain re-implementations of the papers' own loops in `hessian_loops`, same network, same
run.

Every case is kept in `benchmarks/out` as soon as it is measured: a run that was cut short goes on where it was,
`--fresh` begins anew, `--tables` prints the tables of what there is, and `--only speed ranks` measures some sections.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.harness import OUT, Line, parser, publish
from benchmarks.hessian_groups import GROUPS, MEASURES, RULES, chance_rates, null_rates, places, simulated, strongest
from benchmarks.hessian_ranks import rank_correlation, sanity
from benchmarks.hessian_removal import METHODS, OTHERS, removal
from benchmarks.hessian_shown import closed_forms, completeness, exclusive_or
from benchmarks.hessian_speed import group_speed, speed
from benchmarks.hessian_truths import EXTREMES, PRODUCTS, SHAPES
from benchmarks.parts import Parts

Figures = dict[str, Any]

TRUTHS = {truth.name: truth for truth in (PRODUCTS, EXTREMES)}
TABLE_3 = {"products": (1.000, 0.991), "extremes": (1.000, 0.313)}
"""Rank correlations of the Integrated Hessians paper, globally and locally."""
RATIOS = {50: 15, 500: 100}
"""Goals: how many times as fast as the paper's loop, by number of features."""
NULL_RATES = {"california": 0.097, "bike": 0.042, "diabetes": 0.051}
"""False-positive rates of M-GEH in the GEH paper's table 1; its small table is another one than `diabetes`."""
WELL_KNOWN = {"california": (("Latitude", "Longitude"), 3), "bike": (("workingday", "hour"), 1)}
"""Pairs that must be found, and the place that they must have at least."""
NAMES = {"aeh": "AEH", "geh": "M-GEH", "eah": "EAH", "contour": "contour of M-GEH"}
MADE_RANDOM = ("random weights", "shuffled labels")


def cases(quick: bool) -> dict[str, Callable[[], Figures]]:
    """All measurements by key (section/case), in the order in which they are worth their time."""
    found: dict[str, Callable[[], Figures]] = {
        "shown/closed forms": closed_forms,
        "shown/exclusive or": exclusive_or,
        "shown/completeness": partial(completeness, quick),
    }
    for n_features in (50,) if quick else RATIOS:
        for activation in ("softplus", "relu"):
            found[f"speed/{n_features}/{activation}"] = partial(speed, n_features, activation, quick)
    found["speed/groups"] = partial(group_speed, quick)
    for name, truth in TRUTHS.items():
        for seed in range(1 if quick else 5):
            found[f"ranks/{name}/{seed}"] = partial(rank_correlation, truth, seed, quick)
        for kind in MADE_RANDOM:
            found[f"sanity/{name}/{kind}"] = partial(sanity, truth, kind, quick)
    for shape in ("multiply",) if quick else SHAPES:
        for method in METHODS:
            found[f"removal/{shape}/{method}"] = partial(removal, shape, method, quick)
    for name in ("bike",) if quick else WELL_KNOWN:
        found[f"strongest/{name}"] = partial(strongest, name, quick)
    for seed in range(1 if quick else 40):
        found[f"chance/{seed}"] = partial(chance_rates, seed, quick)
    for index in range(1 if quick else 5):
        for name in ("diabetes",) if quick else NULL_RATES:
            found[f"null/{name}/{index}"] = partial(null_rates, name, index, quick)
        for seed in range(index * 2, index * 2 + (1 if quick else 2)):
            found[f"simulation/{seed}"] = partial(simulated, seed, quick)
    return found


def shown(parts: Parts) -> list[Line]:
    lines = []
    if one := parts.found.get("shown/closed forms"):
        worst = max(one.values())
        words = ", ".join(f"{name} {error:.0e}" for name, error in one.items())
        lines.append(Line("closed forms", words, "<= 1e-6", worst <= 1e-6, dict(one)))
    if one := parts.found.get("shown/exclusive or"):
        words = f"Integrated Hessians {one['integrated']:.3f}, Input Hessian {one['at_the_row']:.4f} at (1, 1)"
        met = one["integrated"] < -0.2 and abs(one["at_the_row"]) < 0.01
        lines.append(Line("exclusive or", words, "negative; none", met, dict(one)))
    if one := parts.found.get("shown/completeness"):
        words = f"largest gap {one['gap']:.1e} of {one['rows']} rows in {one['seconds']:.1f} s; rounding shifts a score"
        words += f" by {one['rounding_median']:.1%} of the target's spread (median), {one['rounding']:.1%} at most"
        lines.append(Line("completeness by default", words, "<= 1e-3", one["gap"] <= 1e-3, dict(one)))
    return lines


def speeds(parts: Parts, quick: bool) -> list[Line]:
    lines = []
    for n_features, goal in RATIOS.items():
        for activation in ("softplus", "relu"):
            if not (one := parts.found.get(f"speed/{n_features}/{activation}")):
                continue
            words = f"{one['ratio']:.0f} x ({one['milliseconds']:.1f} ms a row over {one['rows']} rows, gap at most "
            words += f"{one['gap']:.0e} with {one['nodes']:.0f} nodes; loop {one['milliseconds_of_the_loop']:.0f} ms, "
            words += f"gap {one['gap_of_the_loop']:.1%} with {one['points_of_the_loop']} points), "
            words += f"{one['ratio_one_by_one']:.0f} x the loop point by point"
            met = quick or (one["ratio"] >= goal and one["gap"] <= 1e-4)
            title = "softplus" if activation == "softplus" else "ReLU rounded"
            lines.append(
                Line(f"5 x 128 {title}, d = {n_features}", words, _goal(f">= {goal} x, <= 1e-4", quick), met, dict(one))
            )
    if one := parts.found.get("speed/groups"):
        words = f"{one['ratio']:.0f} x ({one['seconds']:.2f} s for {one['draws']} draws at {one['rows']} rows; loop "
        words += f"{one['seconds_of_the_loop']:.0f} s; same figures to {one['error']:.0e})"
        met = one["error"] <= 1e-5 and (quick or one["ratio"] >= 200)
        lines.append(Line("Bayesian GEH, 8-20-10-1, 15 regions", words, _goal(">= 200 x", quick), met, dict(one)))
    return lines


def ranks(parts: Parts, quick: bool) -> list[Line]:
    lines = []
    for name in TRUTHS:
        if found := parts.of("ranks", name):
            everywhere, row_by_row = TABLE_3[name]
            middle: Figures = {key: float(np.median([one[key] for one in found])) for key in found[0]}
            least = {key: min(one[key] for one in found) for key in ("global", "local")}
            words = f"global {middle['global']:.3f}, local {middle['local']:.3f}, medians of {len(found)} networks (at "
            words += f"least {least['global']:.3f}, {least['local']:.3f}; R2 {middle['r2']:.3f}); Input Hessian "
            words += f"{middle['global_hessian']:.3f}, {middle['local_hessian']:.3f}; NID {middle['global_nid']:.3f}"
            met = quick or (round(middle["global"], 3) >= everywhere and round(middle["local"], 3) >= row_by_row)
            goal = _goal(f">= {everywhere:.3f}, {row_by_row}", quick)
            lines.append(Line(f"rank correlation, {name}", words, goal, met, middle))
        for kind in MADE_RANDOM:
            if one := parts.found.get(f"sanity/{name}/{kind}"):
                words = f"global {one['global']:.2f} ± {one['global_spread']:.2f}, local {one['local']:.2f} ± "
                words += f"{one['local_spread']:.2f} over {one['networks']} networks"
                met = quick or max(abs(one["global"]), abs(one["local"])) <= 0.2
                lines.append(Line(f"{kind}, {name}", words, _goal("|rho| <= 0.2", quick), met, dict(one)))
    return lines


def removals(parts: Parts, quick: bool) -> list[Line]:
    lines = []
    for shape in SHAPES:
        found = {method: parts.found.get(f"removal/{shape}/{method}") for method in METHODS}
        known = {method: one for method, one in found.items() if one}
        if one := known.get("integrated_hessians"):
            words = ", ".join(f"{method.replace('_', ' ')} {other['area']:.3f}" for method, other in known.items())
            words += f" (± {one['area_error']:.3f}; R2 {one['r2']:.3f})"
            met = quick or all(one["area"] >= known[method]["area"] for method in OTHERS if method in known)
            areas: Figures = {method: other["area"] for method, other in known.items()}
            lines.append(Line(f"remove and retrain, {shape}", words, _goal("above the others", quick), met, areas))
    return lines


def simulation(parts: Parts, quick: bool) -> list[Line]:
    """Equation 8: true effects covered, and the three measures compared."""
    if not (found := parts.of("simulation")):
        return []
    mean: Figures = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
    words = f"{mean['covered']:.0%} of the true effects, {mean['covered_all']:.0%} of all pairs over {len(found)} data "
    words += f"sets; M-GEH is {mean['bias']:+.0%} beside the truth; training {mean['seconds']:.0f} s"
    lines = [Line("equation 8, covered by 95 %", words, _goal(">= 90 %", quick), quick or mean["covered"] >= 0.9, mean)]
    told = {name: f"{mean[f'auc_{name}']:.3f} (by means {mean[f'auc_{name}_mean']:.3f})" for name in MEASURES}
    words = ", ".join(f"{NAMES[name]} {auc}" for name, auc in told.items()) + f", contour {mean['auc_contour']:.3f}"
    met = quick or mean["auc_geh"] >= max(mean["auc_aeh"], mean["auc_eah"])
    lines.append(Line("equation 8, ROC-AUC", words, _goal("M-GEH highest", quick), met, mean))
    rates = [f"{NAMES[rule]} {mean[f'found_{rule}']:.0%} / {mean[f'false_{rule}']:.0%}" for rule in RULES]
    lines.append(Line("equation 8, significant true / false pairs", ", ".join(rates), "told", True, mean))
    return lines


def nulls(parts: Parts, quick: bool) -> list[Line]:
    """Shares of pairs called significant where the targets were permuted, or where all features act by themselves."""
    lines = []
    for name, paper in NULL_RATES.items():
        if found := parts.of("null", name):
            means: Figures = {rule: float(np.mean([one[rule] for one in found])) for rule in RULES}
            words = ", ".join(f"{NAMES[rule]} {mean:.3f}" for rule, mean in means.items())
            words += f", {GROUPS[name]} regions, {len(found)} permutations (paper's M-GEH {paper})"
            met = quick or 0.02 <= means["contour"] <= 0.08
            lines.append(Line(f"null rate, {name}", words, _goal("contour 5 % ± 3 %", quick), met, means))
    if found := parts.of("chance"):
        rates: Figures = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
        words = (
            f"a pair with p <= 5 % in {rates['any']:.3f} of {len(found)} tables; of all pairs {rates['pairs']:.3f}, "
        )
        words += f"by the contour {rates['contour']:.3f}"
        error = float(np.sqrt(0.05 * 0.95 / len(found)))
        met = quick or rates["any"] <= 0.05 + 2.0 * error
        lines.append(Line("permutation test, curves alone", words, _goal("5 %", quick), met, rates))
    return lines


def best_pairs(parts: Parts, quick: bool) -> list[Line]:
    lines = []
    for name, (pair, within) in WELL_KNOWN.items():
        if one := parts.found.get(f"strongest/{name}"):
            place = places(one["top"], *pair)
            words = f"{'; '.join(one['top'][:3])}; {one['groups']} regions, {one['seconds']:.0f} s"
            met = quick or (place is not None and place <= within)
            figures: Figures = {"place": place or 0, "groups": one["groups"], "seconds": one["seconds"]}
            lines.append(
                Line(
                    f"strongest pairs, {name}", words, _goal(f"{' x '.join(pair)} within {within}", quick), met, figures
                )
            )
    return lines


def _goal(words: str, quick: bool) -> str:
    return "none: quick" if quick else words


def tables(parts: Parts, quick: bool) -> list[Line]:
    """All claims that something is known about."""
    of_rows = [*shown(parts), *speeds(parts, quick), *ranks(parts, quick), *removals(parts, quick)]
    return [*of_rows, *simulation(parts, quick), *nulls(parts, quick), *best_pairs(parts, quick)]


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--fresh", action="store_true", help="measure again what was measured before")
    options.add_argument("--tables", action="store_true", help="only the tables of what was measured before")
    options.add_argument("--only", nargs="+", metavar="SECTION", help="only these: shown, speed, ranks, sanity, ..")
    asked = options.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    parts = Parts(OUT / f"hessians_parts{'_quick' if asked.quick else ''}.json", asked.fresh)
    for key, measure in {} if asked.tables else cases(asked.quick).items():
        if not asked.only or key.split("/")[0] in asked.only:
            parts.measure(key, measure)
    publish("hessians", tables(parts, asked.quick), time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
