"""What the benchmarks share: timing in ratios, the machine they ran on, a table on the screen and a JSON file."""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Line:
    """One measured claim: what was measured, the figure in words, the goal in words, and whether it was met."""

    claim: str
    measured: str
    goal: str
    met: bool
    figures: dict[str, float | int | str | list[float]]


def best_seconds(call: Callable[[], object], repetitions: int = 5) -> float:
    """The fastest of several calls after one that warms up: what the machine can do when nobody disturbs it."""
    call()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def matmul_peak(size: int = 2000) -> float:
    """Float32 operations a second of torch's own matrix product on this device, at its best."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    out = torch.empty(size, size)
    return 2 * size**3 / best_seconds(lambda: torch.mm(a, b, out=out), 8)


def machine() -> dict[str, str | int]:
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "python": platform.python_version(),
    }


def parser(description: str) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--quick", action="store_true", help="smaller sizes: seconds instead of minutes")
    options.add_argument(
        "--out", type=Path, default=None, help="JSON file to write (default: benchmarks/out/<name>.json)"
    )
    return options


def arguments(description: str) -> argparse.Namespace:
    return parser(description).parse_args()


def publish(name: str, lines: list[Line], seconds: float, out: Path | None) -> None:
    """Print the table and write the JSON file."""
    widths = [
        max(len(text) for text in column)
        for column in zip(*[(x.claim, x.measured, x.goal) for x in lines], strict=True)
    ]
    for line in lines:
        cells = (line.claim, line.measured, line.goal)
        print(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)),
            "met" if line.met else "NOT MET",
        )
    print(f"{seconds:.0f} s in all; {machine()}")
    path = out or OUT / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"benchmark": name, "machine": machine(), "seconds": seconds, "lines": [asdict(line) for line in lines]}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
