"""Exporting a model, with the file run on held-out rows beside the model."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import torch
from pydantic import Field

from ....core.compute import Compute
from ....core.run_context import Description, RunContext
from ....core.types import Model, Report, silent
from ...checking import MOST_ROWS, score_rows
from ..recognising import open_model
from .exported import Exported
from .files import FileFormat, export

if TYPE_CHECKING:
    from ....data.dataset import Dataset

TITLE = "Export"
SOURCE = "torch.export, ONNX; run with torch and onnxruntime"

READINGS = {".onnx": "array", ".pt2": "encoded"}
INPUTS = {
    ".onnx": "the values of the table, a column per feature in their order, a level as its place among the levels",
    ".pt2": "the encoded columns: numbers standardised, a column of 0 and 1 per level",
}

Format = Annotated[
    FileFormat, Field(title="Format", description=".onnx for most programs; .pt2 for torch, can be differentiated.")
]


def export_checked(
    model: Model,
    data: "Dataset",
    *,
    format: Format = ".onnx",
    compute: Compute = Compute(),
    report: Report = silent,
) -> Exported:
    """`model` as a file, with the largest distance of its scores to the model's on held-out rows of `data`.

    Raises `InputError` for a model that was not made here.
    """
    source = f"{SOURCE} (torch {torch.__version__})"
    run = RunContext.begin(Description("export", TITLE, source), data, options={"format": format})
    report(0.1, "Writing the file")
    content = export(model, data, format)
    report(0.6, "Running the file on held-out rows")
    rows = data.rows[np.random.default_rng(0).permutation(data.held_out_rows)[:MOST_ROWS]]
    class_index = model.class_index
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{format}"
        path.write_bytes(content)
        read = open_model(path, model.space, model.target, class_index, READINGS[format])
        given = score_rows(read, rows)
    scores = score_rows(model, rows)
    provenance = run.provenance(model=model.name, device="cpu", rows=len(rows), evaluations=2 * len(rows))
    return Exported(
        provenance=provenance, file=pd.DataFrame({"format": [format], "content": [content]}),
        difference=float(np.abs(given - scores).max(initial=0.0)), spread=float(scores.std()),
        unit=model.unit, inputs=INPUTS[format],
    )  # fmt: skip
