"""Rows, players and options that cannot be used are refused in a sentence."""

import pytest

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import numeric_dataset


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"row": 400}, "`row` must be a row from 0 to 399"),
        ({"row": -1}, "`row` of `and_or`"),
        ({"players": ("a",)}, "at least 2 players"),
        ({"players": ("a", "z")}, "no feature `z`"),
        ({"players": ("a & b", "b & c")}, "one player only"),
        ({"players": ("ab = a & b", "b")}, "`b` is in `ab` and in `b`"),
        ({"players": ("ab = a & z", "c")}, "no feature `z`"),
        ({"players": ("g = a & b", "g = c & d")}, "Two players are called `g`"),
        ({"players": (" = a & b", "c")}, "gives a group no name"),
        ({"players": tuple("abcdefghijklmnopqrstu")}, "at most 20 players.*got 21"),
        ({"parts": "patches"}, "need a square image"),
        ({"parts": "clusters"}, "`numbers` has other columns"),
        ({"parts": "words"}, "`parts` of `and_or`"),
        ({"sentence": "a good film"}, "needs data with a text column"),
        ({"sentence": "a good film", "row": 3}, "got both \\(row 3\\)"),
        ({"baseline": (0.0, 1.0)}, "one value per feature \\(5\\); got 2"),
        ({"max_players": 21}, "`max_players`"),
        ({"delta": -0.1}, "`delta`"),
        ({"tolerance": 0}, "`tolerance`"),
    ],
)
def test_bad_input_is_a_sentence(options, says):
    data = numeric_dataset()
    with pytest.raises(InputError, match=says):
        ie.detect("and_or", wrap(lambda x: x[:, 0], data), data, **options)


def test_a_single_feature_cannot_act_with_another():
    data = numeric_dataset(n_features=1)
    with pytest.raises(InputError, match="at least 2 players"):
        and_or(wrap(lambda x: x[:, 0], data), data)
