"""A part of a longer work: its share of the progress, and its place in the checkpoints."""

from collections.abc import Mapping
from typing import Any

from ..types import JSON, Report


class Stretch(Report):
    """Reports the work from `begin` to `end` of `whole`, each message after `says`.

    What it keeps stands in a checkpoint under names that begin with `name`, beside what is `kept` of the work before;
    without a `name` nothing is kept. `curves` tells whether its curves are shown.
    """

    def __init__(
        self,
        whole: Report,
        begin: float,
        end: float,
        *,
        says: str = "",
        name: str | None = None,
        kept: Mapping[str, Any] | None = None,
        curves: bool = True,
    ) -> None:
        self.whole, self.begin, self.end, self.says = whole, begin, end, says
        self.name, self.kept, self.curves = name, dict(kept or {}), curves
        own = {} if name is None else _own(whole.restored or {}, name)
        self.restored = own if "curve" in own else None

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        told = f"{self.says} {message}" if self.says else message
        self.whole(self.begin + fraction * (self.end - self.begin), told, partial if self.curves else None)

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        if self.name is not None:
            self.whole.checkpoint(self.kept | {f"{self.name}{key}": value for key, value in state.items()})


def _own(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(name): value for key, value in state.items() if key.startswith(name)}
