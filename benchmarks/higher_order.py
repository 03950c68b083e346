"""Larger sets: what is recovered at every order from formulas and from trained networks, at what cost, and how batched
differences of order 4 compare with one model call a pull."""

import itertools
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from benchmarks.harness import Line, arguments, best_seconds, publish
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.methods.finite_differences.perturbation import PerturbationContext, PerturbationOptions

ORDERS = (2, 3, 4)


def recovery(data: ie.Dataset, result: ie.SubsetInteractions) -> np.ndarray:
    """True sets, true sets accepted, false sets accepted: (orders, 3)."""
    counts = []
    for order in ORDERS:
        truth = {frozenset(part) for one in data.truth or () for part in itertools.combinations(sorted(one), order)}
        found = {frozenset(names) for names in result.accepted(order)["features"]} if order in result.orders else set()
        counts.append((len(truth), len(found & truth), len(found - truth)))
    return np.array(counts)


def words(counts: np.ndarray) -> str:
    return "; ".join(
        f"order {order}: {hit} of {true} found, {false} false"
        for order, (true, hit, false) in zip(ORDERS, counts.tolist(), strict=True)
    )


def of_formulas(quick: bool) -> Line:
    counts = np.zeros((3, 3), dtype=int)
    for name, function in FUNCTIONS.items():
        data = ie.load_sample(name, rows=1000 if quick else 5000)
        model = ie.wrap(function, data, takes="array")
        counts += recovery(data, ie.detect("cliques", model, data, scheme="swap", smallest=0.0))
    exact = bool((counts[:, 0] == counts[:, 1]).all() and not counts[:, 2].any())
    return Line("F1..F10 as formulas", words(counts), "no error", exact, {"counts": counts.ravel().tolist()})


def of_networks(quick: bool) -> list[Line]:
    lines = []
    names = ["F8"] if quick else list(FUNCTIONS)
    total = np.zeros((3, 3), dtype=int)
    for name in names:
        data = ie.load_sample(name, rows=20_000)
        model = ie.train(data, seed=0)
        begun = time.perf_counter()
        counts = recovery(data, ie.detect("cliques", model, data))
        seconds = time.perf_counter() - begun
        total += counts
        if name == "F8":
            exact = bool((counts[:, 0] == counts[:, 1]).all() and not counts[:, 2].any())
            lines.append(Line("F8, trained", words(counts), "no error", exact, {"seconds": seconds}))
    if not quick:
        figures: dict[str, float | int | str | list[float]] = {"counts": total.ravel().tolist()}
        lines.append(Line("F1..F10, trained", words(total), "no false sets", not total[:, 2].any(), figures))
    return lines


def adult() -> Line:
    data = ie.load_sample("adult")
    model = ie.sample_model("adult", data)
    seconds = best_seconds(lambda: ie.detect("cliques", model, data, max_order=3), 1)
    return Line("Adult to order 3", f"{seconds:.1f} s", "<= 120 s", seconds <= 120, {"seconds": seconds})


def against_the_papers_loop(quick: bool) -> Line:
    """The same fourth-order differences, batched as we do and one pull at a time, all corners of it in one call."""
    data = ie.load_sample("F8", rows=5000)
    n_rows = 20 if quick else 100
    options = PerturbationOptions(background=n_rows, scheme="central")
    context = PerturbationContext(ie.sample_model("F8", data), data, options, ie.Compute())
    subsets = torch.combinations(torch.arange(10), 4)[: 10 if quick else 40]
    differences, moved = context.differences(4), context.moved
    corners = list(itertools.product((0, 1), repeat=4))
    signs = torch.tensor([(-1.0) ** corner.count(0) for corner in corners], dtype=torch.float64)

    def one_pull(subset: list[int], row: int) -> torch.Tensor:
        at = context.rows[row].repeat(len(corners), 1)
        for place, corner in enumerate(corners):
            for feature, high in zip(subset, corner, strict=True):
                at[place, feature] = (moved.high if high else moved.low)[row, feature]
        return differences.model.scores(at) @ signs

    def loop() -> torch.Tensor:
        pulls = [torch.stack([one_pull(subset, row) for row in range(n_rows)], 1) for subset in subsets.tolist()]
        return torch.stack(pulls, 1)

    with torch.inference_mode():
        gap = float((differences(subsets, 0, n_rows) - loop()).abs().max())
        ratio = best_seconds(loop, 1) / best_seconds(lambda: differences(subsets, 0, n_rows), 3)
    figures: dict[str, float | int | str | list[float]] = {"ratio": ratio, "gap": gap}
    return Line(
        "order 4 against one pull a call",
        f"{ratio:.0f} x, largest difference {gap:.0e}",
        "the same",
        gap < 1e-9,
        figures,
    )


def main() -> None:
    asked = arguments(__doc__ or "")
    began = time.perf_counter()
    lines = [of_formulas(asked.quick), *of_networks(asked.quick), adult(), against_the_papers_loop(asked.quick)]
    publish("higher_order", lines, time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
