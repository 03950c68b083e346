"""Parts of a run: tasks that do not depend on each other, computed by any worker; each leaves a file of its own."""

import io
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..files import Files


@dataclass(frozen=True)
class Wanted:
    """What a run waits for: the parts `missing` of its `count`; its progress goes from `begin` to `end` with them."""

    count: int
    missing: tuple[int, ...]
    message: str
    begin: float = 0.0
    end: float = 1.0

    def fraction(self, missing: float) -> float:
        """How much of the whole work is done when only so many parts are missing; some may be half done."""
        return self.begin + (self.end - self.begin) * (1 - missing / self.count)

    def told(self, missing: int) -> str:
        """Where the run stands, in words."""
        return f"{self.message}: {self.count - missing} of {self.count} parts done"


class PartsMissing(Exception):
    """Leaves a method whose parts are not there yet, so that it holds no worker while others compute them."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class PartFiles:
    """The parts of a run that are there: `runs/<id>/parts/<index>.npz`; beside them, how far others are."""

    def __init__(self, files: Files, run_id: str) -> None:
        self._files = files
        self._folder = f"runs/{run_id}/parts"

    def missing(self, count: int) -> tuple[int, ...]:
        """The indices below `count` that nobody has computed yet."""
        there = set(self._files.names(self._folder))
        return tuple(index for index in range(count) if f"{index}.npz" not in there)

    def keep(self, index: int, values: Mapping[str, Any]) -> None:
        """Write the result of a part."""
        self._files.write(f"{self._folder}/{index}.npz", pack(values))

    def tell(self, index: int, fraction: float) -> None:
        """Say how much of a part is done."""
        self._files.write(f"{self._folder}/{index}.told", f"{min(1.0, fraction):.4f}".encode())

    def done(self, indices: Iterable[int]) -> float:
        """How many parts' work is done in the parts that are being computed: none that say nothing."""
        done = 0.0
        for index in indices:
            with suppress(ValueError):  # half a word, where files are not written in one go
                done += float(self._files.read(f"{self._folder}/{index}.told") or 0.0)
        return done

    def read(self, count: int) -> list[Mapping[str, Any]]:
        """All parts in order; each must be there."""
        result = (self._files.read(f"{self._folder}/{index}.npz") for index in range(count))
        return [unpack(content or b"") for content in result]

    def remove(self) -> None:
        """Delete the results of all parts."""
        self._files.remove(self._folder)


def pack(values: Mapping[str, Any]) -> bytes:
    """One `.npz` file of the arrays among `values`, with the others as JSON among them. Nothing is pickled."""
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    others = {name: value for name, value in values.items() if name not in arrays}
    content = io.BytesIO()
    np.savez(
        content,
        allow_pickle=False,
        **{f"array.{name}": value for name, value in arrays.items()},
        values=np.frombuffer(json.dumps(others).encode(), dtype=np.uint8),
    )
    return content.getvalue()


def unpack(content: bytes) -> dict[str, Any]:
    """What `pack` was given."""
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        arrays = {name.removeprefix("array."): kept[name] for name in kept.files if name != "values"}
        return arrays | json.loads(kept["values"].tobytes())
