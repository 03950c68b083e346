"""A sentence as a game: masked tokens, names of players, and sentences on what cannot be used."""

import numpy as np
import pytest

from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.masking.game import Game
from interaction_engine.masking.tokens import TokenGame
from interaction_engine.methods.and_or.decompose import Sparsity
from interaction_engine.methods.and_or.decomposition import and_or_of_tokens


def not_good(sentences):
    """-2 where "not" and "good" are both there, +1 where "good" is."""
    return [1.0 * ("good" in words) - 2.0 * ("not" in words and "good" in words) for words in sentences]


def test_every_masked_sentence_is_scored_once():
    asked = []

    def score(sentences):
        asked.extend(map(tuple, sentences))
        return np.arange(len(sentences), dtype=float)

    game = TokenGame(score, ["so", "good", "so"], "[MASK]", players=[0, 1, 2])
    assert isinstance(game, Game)
    assert game.players == ("so (1)", "good", "so (2)")
    assert game.values([0])[0].tolist() == list(range(8))
    assert asked[0] == ("[MASK]",) * 3
    assert asked[3] == ("so", "good", "[MASK]")
    assert len(set(asked)) == 8


def test_a_negation_is_one_pattern_of_two_tokens():
    result = and_or_of_tokens(TokenGame(not_good, ["it", "is", "not", "good"], "_"), Sparsity(delta=0.0))
    found = {(row.features, row.kind): row.effect for row in result.table.itertuples()}
    assert found == pytest.approx({(("good",), "and"): 1.0, (("not", "good"), "and"): -2.0}, abs=1e-9)
    assert result.samples["label"].tolist() == ["it is not good"]
    assert result.samples["row"].tolist() == [-1]
    assert result.baseline == "_"


def test_tokens_that_do_not_play_stay():
    game = TokenGame(not_good, ["it", "is", "not", "good"], "_", players=[0, 3])
    assert game.values([0])[0].tolist() == [0.0, 0.0, -1.0, -1.0]


@pytest.mark.parametrize(
    ("tokens", "settings", "says"),
    [
        ([], {}, "The sentence is empty"),
        (["", " "], {}, "The sentence is empty"),
        (["word"], {}, "at least 2 players"),
        (["word"] * 21, {}, "at most 20 players.*got 21. Say with `players`"),
        (["a", "b"], {"players": [0, 2]}, "places of tokens, 0 to 1"),
        (["a", "b"], {"players": [0, 0]}, "different places"),
    ],
)
def test_bad_sentences_are_told(tokens, settings, says):
    with pytest.raises(InputError, match=says):
        TokenGame(not_good, tokens, "_", **settings)


@pytest.mark.parametrize("score", [lambda sentences: [1.0], lambda sentences: [float("nan")] * len(sentences)])
def test_a_broken_score_function_is_told(score):
    with pytest.raises(ModelError, match="one finite log-odds per sentence"):
        TokenGame(score, ["a", "b"], "_").values([0])
