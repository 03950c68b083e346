"""What a run is made of. Its content gives its id, so that the same question asked twice is one run."""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from ..core.errors import InputError
from ..core.types import JSON

KINDS = ("detect", "train", "check", "view", "plan", "study")
ID = re.compile(r"[0-9a-f]{16}")
"""The form of all ids: sixteen hexadecimal digits, safe in an address and as the name of a folder."""


def identify(content: bytes) -> str:
    """The id of some content: the first 64 bits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def checked_id(value: str, noun: str) -> str:
    """`value` if it has the form of an id; else `InputError`, before anything looks for a file of that name."""
    if not ID.fullmatch(value):
        raise InputError(f"The id of a {noun} is 16 hexadecimal digits; got {value[:40]!r}. Choose it from the list.")
    return value


@dataclass(frozen=True, kw_only=True)
class Specification:
    """One training, detection, model check, view, plan or study, complete enough to be computed anywhere at any time.

    `kind` is one of KINDS (a plan tells what the run of the same method and options will cost), `method` a name of the
    catalog (for a check: "check"), `options` its options, `data` and `model` ids in the store, `class_index` the class
    whose log-odds are studied, `compute` the arguments of `Compute`. `seed` is the run's, wherever it was given: here
    or among the options. `attempt` tells a repetition after a failure or a cancellation apart. `InputError` when a part
    cannot be stored.
    """

    kind: str
    method: str
    data: str
    options: Mapping[str, JSON] = field(default_factory=dict)
    model: str | None = None
    class_index: int | None = None
    seed: int = 0
    compute: Mapping[str, JSON] = field(default_factory=dict)
    attempt: int = 1
    owner: str = ""
    created: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"`kind` must be one of {', '.join(KINDS)}; got {self.kind!r}.")
        checked_id(self.data, "data set")
        if self.model is not None:
            checked_id(self.model, "model")
        for name in ("options", "compute"):
            object.__setattr__(self, name, _plain(name, getattr(self, name)))
        if "seed" in self.options:
            object.__setattr__(self, "seed", self.options["seed"])
            object.__setattr__(self, "options", {n: v for n, v in self.options.items() if n != "seed"})

    @cached_property
    def run_id(self) -> str:
        """The id of the run: the same for the same content, whenever it was asked for."""
        content = {name: value for name, value in asdict(self).items() if name != "created"}
        return identify(json.dumps(content, sort_keys=True).encode())

    def again(self) -> "Specification":
        """The same run once more, as a new one."""
        return replace(self, attempt=self.attempt + 1, created=time.time())

    def to_json(self) -> bytes:
        """Return the specification as JSON."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Specification":
        """Return the specification that `to_json` wrote."""
        return cls(**json.loads(text))


def _plain(name: str, values: Mapping[str, Any]) -> dict[str, JSON]:
    """`values` as JSON gives them back: tuples as lists, names as text."""
    try:
        return json.loads(json.dumps(dict(values), allow_nan=False))
    except (TypeError, ValueError) as problem:
        raise InputError(f"`{name}` must hold numbers, text and lists of them; {problem}.") from None
