"""Tables in, data sets out: reading, inspecting, remedying, samples. Only `encoding` needs torch."""

from .building import build_dataset
from .contents import BadLine
from .dataset import Dataset, Sampling
from .exports import csv_bytes
from .inspecting import ColumnReport, Histogram, Inspection, Problem, inspect
from .reading import open_table, read_dataset
from .remedies import ACTIONS, Remedy, apply
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
