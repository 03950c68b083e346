"""Exported CSV: no cell that a spreadsheet program would run, numbers untouched, everything readable again."""

import io

import numpy as np
import pandas as pd
import pytest

from interaction_engine.data.io.exports import csv_bytes


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_begins_like_a_formula_is_disarmed(start):
    read = pd.read_csv(io.BytesIO(csv_bytes(pd.DataFrame({f"{start}name": [f"{start}cell", "plain"]}))))
    assert list(read.columns) == [f"'{start}name"]
    assert read.iloc[:, 0].tolist() == [f"'{start}cell", "plain"]


def test_numbers_and_missing_values_stay():
    frame = pd.DataFrame(
        {"n": [-1.5, np.nan], "whole": [-1, 2], "text": ["a,b", None], "level": pd.Categorical(["-x", "y"])}
    )
    read = pd.read_csv(io.BytesIO(csv_bytes(frame)))
    assert read["n"].tolist()[0] == -1.5
    assert read["whole"].tolist() == [-1, 2]
    assert read["n"].isna().tolist() == read["text"].isna().tolist() == [False, True]
    assert read["text"][0] == "a,b"
    assert read["level"].tolist() == ["'-x", "y"]


def test_numbers_among_objects_stay_numbers():
    assert csv_bytes(pd.DataFrame({"mixed": [-1, "-1", True]})).decode().split() == ["mixed", "-1", "'-1", "True"]


def test_the_names_of_a_set_are_joined_and_disarmed():
    frame = pd.DataFrame({"features": [("=a", "b"), ("c", "d", "e")]})
    assert csv_bytes(frame).decode().splitlines() == ["features", "'=a × b", "c × d × e"]


def test_the_frame_is_not_changed_and_duplicate_names_are_allowed():
    frame = pd.DataFrame([["=a", "=b"]], columns=["same", "same"])
    assert csv_bytes(frame).decode().split() == ["same,same", "'=a,'=b"]
    assert frame.iloc[0].tolist() == ["=a", "=b"]
