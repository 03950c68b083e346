"""The values that were pulled in a race, kept because a betting interval reads them all again at every look."""

from collections.abc import Mapping
from typing import Any

import numpy as np

SPARE = 1.5
"""A block that is full grows by this factor."""


class PulledValues:
    """Values of arms by look: block number l holds the pulls between the looks l - 1 and l of the arms that got there.

    Values are float32: their rounding is far below the width of any interval. `numbers` counts those that are kept.
    """

    def __init__(self, n_arms: int, looks: np.ndarray) -> None:
        self.n_arms, self.looks = n_arms, looks
        self.numbers = 0
        self._blocks: list[np.ndarray] = []
        self._places: list[np.ndarray] = []
        self._used: list[int] = []

    def add(self, arms: np.ndarray, look: int, values: np.ndarray) -> None:
        """Keep `values` (arms, pulls) of arms that have just been taken to the look of this number."""
        while len(self._blocks) <= look:
            level = len(self._blocks)
            width = int(self.looks[level] - (self.looks[level - 1] if level else 0))
            self._blocks.append(np.empty((0, width), dtype=np.float32))
            self._places.append(np.full(self.n_arms, -1, dtype=np.int32))
            self._used.append(0)
        used, block = self._used[look], self._blocks[look]
        needed = used + len(arms)
        if needed > len(block):
            rows = min(self.n_arms, max(needed, int(SPARE * len(block))))
            grown = np.empty((rows, block.shape[1]), dtype=np.float32)
            grown[:used] = block[:used]
            self._blocks[look] = block = grown
        block[used:needed] = values
        self._places[look][arms] = np.arange(used, needed, dtype=np.int32)
        self._used[look] = needed
        self.numbers += values.size

    def of(self, arms: np.ndarray, look: int) -> np.ndarray:
        """Return all values up to a look of arms that have reached it, float32 (arms, pulls), in the order drawn."""
        blocks = [self._blocks[level][self._places[level][arms]] for level in range(look + 1)]
        return np.concatenate(blocks, axis=1)

    def state(self) -> dict[str, Any]:
        """Return everything that `resume` needs, as arrays."""
        kept = enumerate(zip(self._blocks, self._places, self._used, strict=True))
        return {
            name: value
            for level, (block, places, used) in kept
            for name, value in ((f"block{level}", block[:used]), (f"places{level}", places))
        }

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        n_levels = sum(name.startswith("block") for name in state)
        self._blocks = [np.array(state[f"block{level}"]) for level in range(n_levels)]
        self._places = [np.array(state[f"places{level}"]) for level in range(n_levels)]
        self._used = [len(block) for block in self._blocks]
        self.numbers = sum(block.size for block in self._blocks)
