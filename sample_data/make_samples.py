"""Writes the sample tables from the CSV files inside an installed `shapiq` wheel (1.4.1 was used).

    pip install --no-deps shapiq==1.4.1
    python sample_data/make_samples.py

Only the wheel's files are read, its code is not run. Nothing is changed but the format (Parquet, text as text).
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from interaction_engine.data.samples import SAMPLES

FILES = {"bike": "bike.csv", "california": "california_housing.csv", "adult": "adult_census.csv"}
FOLDER = Path(__file__).resolve().parent


def installed_tables() -> Path:
    """The folder of the wheel's tables, found without importing the wheel."""
    spec = find_spec("shapiq")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "`shapiq` is not installed; run `pip install --no-deps shapiq==1.4.1` first, or pass --tables."
        )
    return Path(spec.origin).parent / "datasets" / "data"


def main() -> None:
    """Write `<name>.parquet` for every table, and check its number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tables", type=Path, help="folder of the CSV files; default: inside the installed wheel")
    tables = parser.parse_args().tables or installed_tables()
    for name, file in FILES.items():
        frame = pd.read_csv(tables / file)
        if len(frame) != SAMPLES[name].rows:
            raise SystemExit(f"{file} has {len(frame)} rows, expected {SAMPLES[name].rows}; is it another version?")
        frame.to_parquet(FOLDER / f"{name}.parquet", index=False, compression="zstd")
        print(f"{name}: {len(frame):,} rows, {len(frame.columns)} columns")


if __name__ == "__main__":
    main()
