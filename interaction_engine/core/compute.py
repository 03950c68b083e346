"""Where a method computes and how much memory it may take: the one object that says so."""

import re
from dataclasses import dataclass

import torch

from .errors import InputError

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True)
class Compute:
    """`device` is "auto" (CUDA when there, else the CPU), "cpu" or "cuda".

    `memory` the budget of working memory, as "1GB".

    Raises `InputError` for a device that this machine lacks or a size that cannot be read.
    """

    device: str = "auto"
    memory: str = "1GB"

    def __post_init__(self) -> None:
        if self.device not in ("auto", "cpu") and not re.fullmatch(r"cuda(:\d+)?", self.device):
            raise InputError(f'`device` must be "auto", "cpu" or "cuda"; got {self.device!r}.')
        if self.device.startswith("cuda") and not torch.cuda.is_available():
            raise InputError(f'`device` is {self.device!r}, but this machine has no CUDA device; use "auto" or "cpu".')
        _ = self.memory_bytes

    @property
    def torch_device(self) -> str:
        """The device as PyTorch names it."""
        if self.device == "auto":
            return "cuda" if torch.cuda.is_available() else "cpu"
        return self.device

    @property
    def memory_bytes(self) -> int:
        """The memory budget in bytes."""
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(KB|MB|GB)\s*", self.memory.upper())
        if not match or float(match[1]) == 0:
            raise InputError(f'`memory` must be a size such as "500MB" or "2GB"; got {self.memory!r}.')
        return int(float(match[1]) * UNITS[match[2]])

    def rows_per_call(self, row_bytes: int) -> int:
        """How many evaluations fit the budget at `row_bytes` each, at least one."""
        return max(1, self.memory_bytes // max(1, row_bytes))
