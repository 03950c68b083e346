"""A model as a file that other programs run."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from ....core.result import Result


@dataclass(frozen=True, kw_only=True)
class Exported(Result):
    """A model as a file, and how far the file is from the model.

    `file` has one row: format (".pt2" or ".onnx") and content (bytes). `difference` is the largest distance of the
    file's score to the model's over `provenance.rows` held-out rows, run from the file, in `unit`; `spread` the
    standard deviation of the model's scores there. `inputs` says what the file takes.
    """

    family: ClassVar[str] = "exported"

    file: pd.DataFrame
    difference: float
    spread: float
    unit: str
    inputs: str

    @property
    def format(self) -> str:
        """The suffix of the file."""
        return str(self.file["format"].iloc[0])

    @property
    def content(self) -> bytes:
        """What to write into the file."""
        return bytes(self.file["content"].iloc[0])

    def to_frame(self) -> pd.DataFrame:
        """Return the size of the file, and how far its scores are from the model's."""
        sizes = {"bytes": len(self.content), "difference": self.difference, "spread": self.spread}
        return pd.DataFrame([{"format": self.format, **sizes}])
