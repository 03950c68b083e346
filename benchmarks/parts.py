"""Long benchmarks in parts: the figures of every case are kept as soon as they are known."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Parts:
    """Figures of cases by key, in a JSON file: a run that was cut short goes on where it was."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        kept = path.exists() and not fresh
        self.found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if kept else {}

    def measure(self, key: str, measure: Callable[[], dict[str, Any]]) -> None:
        """Measure a case, unless it was measured before; what was found is printed."""
        if key in self.found:
            return
        began = time.perf_counter()
        self.found[key] = measure()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.found, indent=1), encoding="utf-8")
        told = ", ".join(f"{name} {_short(value)}" for name, value in self.found[key].items())
        print(f"{time.strftime('%H:%M')}  {key}: {told}  [{time.perf_counter() - began:.0f} s]", flush=True)

    def of(self, *beginning: str) -> list[dict[str, Any]]:
        """The figures of the cases whose key is `beginning` and one more part, in the order of that part."""
        start = "/".join(beginning) + "/"
        keys = [key for key in self.found if key.startswith(start) and "/" not in key.removeprefix(start)]
        return [self.found[key] for key in sorted(keys)]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} rows"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
