"""Writes the sample of reviews: a row per sentence, columns `review` and `opinion`.

    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    python sample_data/make_reviews.py vaderSentiment-3.3.2.tar.gz

Of the archive only two files are read; its code is not run. A sentence is kept when twenty people together called it
clearly positive or negative and it has at most twenty words; one that occurs again is left out.
"""

import argparse
import sys
import tarfile
from pathlib import Path
from typing import IO

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from interaction_engine.data.samples import SAMPLES
from interaction_engine.data.words import words_of

FOLDER = Path(__file__).resolve().parent
INNER = "additional_resources/hutto_ICWSM_2014.tar.gz"
FILES = ("movieReviewSnippets_GroundTruth.txt", "amazonReviewSnippets_GroundTruth.txt")

CLEAR = 1.0
"""Mean rating, from -4 to 4, from which an opinion is clear."""

MOST_WORDS = 20


def lines(archive: Path) -> list[str]:
    """The lines of both files: a number, the mean rating and the sentence, parted by tabs."""
    with tarfile.open(archive) as files, tarfile.open(fileobj=_opened(files, INNER)) as inner:
        return [line for name in FILES for line in _opened(inner, name).read().decode("utf-8").splitlines()]


def _opened(files: tarfile.TarFile, name: str) -> IO[bytes]:
    """The file in an archive whose path ends like that."""
    member = next((one for one in files.getmembers() if one.name.endswith(name) and one.isfile()), None)
    file = files.extractfile(member) if member else None
    if file is None:
        raise SystemExit(f"The archive has no {name}; is it another version?")
    return file


def reviews(found: list[str]) -> pd.DataFrame:
    """The clear and short sentences, each once, in the order of the files."""
    table = pd.DataFrame([line.split("\t") for line in found], columns=["number", "rating", "review"])
    rating = table["rating"].astype(float)
    short = table["review"].map(lambda text: 1 <= len(words_of(str(text))) <= MOST_WORDS)
    table["opinion"] = rating.map(lambda mean: "positive" if mean > 0 else "negative")
    kept = table[(rating.abs() >= CLEAR) & short & ~table["review"].duplicated()]
    return kept[["review", "opinion"]].reset_index(drop=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("archive", type=Path, help="the downloaded source archive of vaderSentiment")
    frame = reviews(lines(parser.parse_args().archive))
    if len(frame) != SAMPLES["reviews"].rows:
        raise SystemExit(f"{len(frame)} sentences were kept, expected {SAMPLES['reviews'].rows}.")
    frame.to_parquet(FOLDER / "reviews.parquet", index=False, compression="zstd")
    print(f"reviews: {len(frame):,} sentences, {(frame['opinion'] == 'positive').mean():.1%} positive")


if __name__ == "__main__":
    main()
