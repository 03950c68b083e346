"""Tables in, data sets out: reading, inspecting, remedying, samples. Only `encoding` needs torch."""

from .cleaning.building import build_dataset
from .cleaning.inspecting import ColumnReport, Histogram, Inspection, Problem, inspect
from .cleaning.remedies import ACTIONS, Remedy, apply
from .dataset import Dataset, Sampling
from .io.contents import BadLine
from .io.exports import csv_bytes
from .io.reading import open_table, read_dataset
from .samples import SAMPLES, Sample, load_sample
from .table import Table

__all__ = [
    "ACTIONS",
    "SAMPLES",
    "BadLine",
    "ColumnReport",
    "Dataset",
    "Histogram",
    "Inspection",
    "Problem",
    "Remedy",
    "Sample",
    "Sampling",
    "Table",
    "apply",
    "build_dataset",
    "csv_bytes",
    "inspect",
    "load_sample",
    "open_table",
    "read_dataset",
]
