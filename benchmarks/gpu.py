"""How much of a card's peak each computation reaches: products a second against its own best, in the same process.

`--device cpu` measures the same on the processor. Without a card, and without that, it says so and ends well.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from benchmarks.detection import random_network
from benchmarks.harness import Line, best_seconds, parser, publish
from benchmarks.hessian_truths import table
from benchmarks.race_cases import ALONE
from interaction_engine.core.compute import Compute

NO_CARD = (
    "There is no NVIDIA card here that this PyTorch can use, so nothing was measured; "
    "`--device cpu` measures the same on the processor."
)
CARD_MEMORY = "8GB"


@dataclass(frozen=True)
class Sizes:
    """How much is computed: `product` is the side of the matrices of the peak, `rows` those of the table, `background`
    and `explained` those that are asked about, `patterns` the rows that are split into patterns of `players`."""

    product: int = 8192
    rows: int = 50_000
    features: int = 40
    hidden: tuple[int, ...] = (1024, 1024, 1024)
    background: int = 5000
    explained: int = 200
    patterns: int = 32
    players: int = 12
    epochs: int = 2
    repetitions: int = 3


QUICK = Sizes(1024, 2000, 12, (256, 256), 200, 20, 2, 8, 1, 1)


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    options = parser(__doc__ or "")
    options.add_argument("--device", default="cuda", help="cuda, or cpu to exercise the same without a card")
    asked = options.parse_args(given)
    if asked.device != "cpu" and not torch.cuda.is_available():
        print(NO_CARD)
        return 0
    began = time.perf_counter()
    lines = measure(QUICK if asked.quick else Sizes(), asked.device)
    publish("gpu", lines, time.perf_counter() - began, asked.out)
    return 0


def measure(sizes: Sizes, device: str) -> list[Line]:
    """The peak of products, then the share of it that each computation reaches."""
    peaks = {"float32": peak(sizes, device, "highest")}
    if device != "cpu":
        peaks["TF32"] = peak(sizes, device, "high")
    told = [
        _stated(f"peak of a product, {name}, {sizes.product} x {sizes.product}", f"{value / 1e12:.2f} TFLOP/s", value)
        for name, value in peaks.items()
    ]
    for name, compute in workloads(sizes, device).items():
        told.append(_share(name, compute, peaks, sizes, device))
    return told


def peak(sizes: Sizes, device: str, precision: str) -> float:
    """Operations a second of PyTorch's own product of two large matrices, at its best: with the `precision` "highest"
    in float32, with "high" in TF32 where the device has it."""
    source = torch.Generator().manual_seed(0)
    a, b = (torch.randn(sizes.product, sizes.product, generator=source).to(device) for _ in range(2))
    out, before = torch.empty_like(a), torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        seconds = best_seconds(lambda: (torch.mm(a, b, out=out), _finished(device)), 2 + sizes.repetitions)
    finally:
        torch.set_float32_matmul_precision(before)
    return 2 * sizes.product**3 / seconds


def workloads(sizes: Sizes, device: str) -> dict[str, Callable[[], object]]:
    """The computations, by name."""
    rows = np.random.default_rng(0).standard_normal((sizes.rows, sizes.features))
    data = table("noise", rows, rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]))
    compute = Compute(device, CARD_MEMORY if device != "cpu" else "1GB")
    network = random_network(data, sizes.hidden).to(device)
    smooth = random_network(data, sizes.hidden[:2]).to(device)
    shared: dict[str, Any] = {"compute": compute, "seed": 0}

    def training() -> object:
        settings = {"hidden": sizes.hidden, "epochs": sizes.epochs, "batch": min(8192, sizes.rows // 4)}
        return ie.train(data, "mlp", **settings, **shared)

    return {
        "race": lambda: ie.detect("ucb", network, data, top_k=10, background=sizes.background, **ALONE, **shared),
        "exact": lambda: ie.detect("exact", network, data, top_k=10, background=sizes.background, **ALONE, **shared),
        "Hessians": lambda: ie.detect(
            "integrated_hessians", smooth, data, rows=sizes.explained, nodes=32, beta=10.0, **shared
        ),
        "AND-OR": lambda: ie.detect(
            "and_or", network, data, rows=sizes.patterns, max_players=sizes.players, max_iterations=500, **shared
        ),
        "training": training,
    }


def _share(name: str, compute: Callable[[], object], peaks: dict[str, float], sizes: Sizes, device: str) -> Line:
    counted = operations(compute)
    seconds = best_seconds(lambda: (compute(), _finished(device)), sizes.repetitions)
    shares = {precision: counted / seconds / value for precision, value in peaks.items()}
    words = ", ".join(f"{share:.1%} of the peak of {precision}" for precision, share in shares.items())
    figures = {f"share_of_{precision}": share for precision, share in shares.items()}
    return _stated(
        f"{name}, computed in float32", f"{words} ({seconds:.2f} s)", counted / seconds, seconds=seconds, **figures
    )


def operations(compute: Callable[[], object]) -> float:
    """Additions and multiplications of all matrix products of a computation; other arithmetic does not count."""
    fused = {}
    if hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        fused[torch.ops.mkldnn._linear_pointwise] = _of_fused
    with FlopCounterMode(display=False, custom_mapping=fused) as counter:
        compute()
    return float(counter.get_total_flops())


def _of_fused(inputs: Sequence[int], weight: Sequence[int], *_: Any, **__: Any) -> int:
    """Of the processor's product with its activation, from the shapes of both."""
    return 2 * int(np.prod(inputs)) * weight[0]


def _finished(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def _stated(claim: str, measured: str, rate: float, **figures: float) -> Line:
    """A figure without a goal: what a card reaches is stated, not promised."""
    return Line(claim, measured, "stated", True, {"operations_a_second": rate, **figures})


if __name__ == "__main__":
    sys.exit(main())
