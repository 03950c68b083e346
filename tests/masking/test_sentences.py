"""Sentences of a text column as games: who plays, what masked words are, whose log-odds, and what cannot be used."""

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.words import word_columns
from interaction_engine.masking.choosing import rows_game, sentence_game
from interaction_engine.masking.game import Game
from interaction_engine.models.adapters.wrapping import wrap

WORDS = ["a", "so", "the", "film", "plot", "was", "is", "very", "good", "bad", "not", "dull"]


def texts(n_classes=2, n_rows=60):
    """Sentences of up to eight words, a price, and an opinion."""
    draw = np.random.default_rng(0)
    said = [" ".join(draw.choice(WORDS, 4 + row % 5)) for row in range(n_rows)]
    names = np.array(["bad", "good", "mixed"])[np.arange(n_rows) % n_classes]
    frame = pd.DataFrame({"price": draw.normal(10.0, 2.0, n_rows), "review": said, "opinion": names})
    kinds = {"price": Kind.NUMERIC, "review": Kind.TEXT}
    return assemble(frame, name="reviews", target="opinion", kinds=kinds)


def words_in(data, rows):
    column = word_columns(data.space)[0]
    return [column.decode(row[list(column.places)]) for row in np.asarray(rows)]


def worth(words, price):
    """+1 for "good", turned over by "not"; a little for the price."""
    return 1.0 * ("good" in words) - 2.0 * ("not" in words and "good" in words) + 0.1 * price


class Asked:
    """A stand-in for a model of the feature space that keeps the rows it was asked for."""

    capabilities = frozenset()
    n_members, n_parameters, row_bytes, device, name, class_index = 1, 0, 100, torch.device("cpu"), "asked", None
    unit = "worth"

    def __init__(self, data, function, asked=None, index=None):
        self.data, self.space, self.target, self.function = data, data.space, data.target, function
        self.asked, self.class_index = [] if asked is None else asked, index

    def to(self, device):
        return self

    def predict(self, frame):
        return self.scores(torch.from_numpy(self.data.encode_frame(frame)))[0].numpy()

    def for_class(self, index):
        return Asked(self.data, self.function, self.asked, index)

    def scores(self, rows):
        found = words_in(self.data, rows)
        self.asked += found
        own = len(self.target.classes) == 2 if self.class_index is None else self.class_index
        scores = [self.function(words, int(own), float(row[0])) for words, row in zip(found, rows, strict=True)]
        return torch.tensor(scores, dtype=torch.float64)[None]


def two(words, index, price):
    return (2 * index - 1) * worth(words, price)


def test_typed_words_play_and_masked_ones_are_left_out():
    data = texts()
    model = Asked(data, two)
    game = sentence_game(model, data, "It's NOT a good, good film!")
    assert isinstance(game, Game)
    assert game.players == ("it's", "not", "a", "good (1)", "good (2)", "film", "!")
    assert game.samples[0].row == -1
    assert game.samples[0].label == "It's NOT a good, good film!"
    assert game.baseline == "words left out"
    model.asked.clear()
    values = game.values([0])[0]
    read = ["(other)", "not", "a", "good", "good", "film", "(other)"]
    for mask in (0, 1, 0b0001010, 0b1111111):
        words = [word if mask >> place & 1 else "(none)" for place, word in enumerate(read)]
        while words and words[-1] == "(none)":
            words.pop()
        assert model.asked[mask] == words
        sign = float(values[mask]) / worth(words, data.mean()[0])
        assert abs(sign) == pytest.approx(1.0)
    assert any("does not know" in note and "it's, !" in note for note in game.notes)
    assert any("all other features are at the baseline" in note for note in game.notes)


@pytest.mark.parametrize(("sentence", "opinion"), [("good film", "good"), ("not good bad film", "bad")])
def test_the_class_of_a_sentence_is_the_predicted_one(sentence, opinion):
    data = texts()
    game = sentence_game(Asked(data, lambda w, i, price: (2 * i - 1) * worth(w, 0.0)), data, sentence)
    assert game.unit == f"log-odds of opinion = {opinion}"
    assert float(game.values([0])[0, -1]) == pytest.approx(1.0)


def test_of_several_classes_the_predicted_one_is_scored():
    data = texts(3)
    place = {name: index for index, name in enumerate(data.target.classes)}

    def three(words, index, price):
        return {place["mixed"]: 3.3 * ("plot" in words), place["good"]: 2.2 * ("good" in words)}.get(index, 0.5)

    assert sentence_game(Asked(data, three), data, "good film").unit.endswith("good")
    assert sentence_game(Asked(data, three), data, "good plot").unit.endswith("mixed")
    assert sentence_game(Asked(data, three), data, "the film").unit.endswith("bad")


def test_of_a_row_the_other_features_keep_their_values():
    data = texts()
    game = rows_game(Asked(data, two), data, [5])
    words = words_in(data, data.rows[[5]])[0]
    truth = data.target.classes[int(data.target_values[5])]
    assert [name.split(" (")[0] for name in game.players] == words
    expected = worth(words, data.rows[5, 0]) * (1 if truth == "good" else -1)
    assert float(game.values([0])[0, -1]) == pytest.approx(expected)


def test_of_a_long_sentence_the_words_that_matter_most_play():
    data = texts()
    game = sentence_game(Asked(data, two), data, "so the film is not very good", max_players=2)
    assert game.players == ("not", "good")
    assert any("the other 5 are there throughout: so, the, film, is, very." in note for note in game.notes)
    values = game.values([0])[0]
    base = 0.1 * data.mean()[0]
    sign = 1.0 if game.unit.endswith("good") else -1.0
    assert (sign * values).tolist() == pytest.approx([base, base, base + 1.0, base - 1.0])
    assert game.prepared == len(data.train_rows) + 2 + 8  # is it log-odds, which class, which words


def test_drawn_rows_stand_for_the_other_features_only():
    data = texts()
    game = sentence_game(Asked(data, two), data, "good film", baseline="data", seed=4)
    prices = data.background(16, 4)[:, 0]
    assert game.calls_per_mask == 16
    assert float(game.values([0])[0, 0].abs()) == pytest.approx(0.1 * prices.mean())


def test_groups_of_words_play_under_their_name():
    data = texts()
    players = ("not good = review 1 & review 2", "film = review 3")
    game = sentence_game(Asked(data, two), data, "not good film", players)
    assert game.players == ("not good", "film")
    assert game.parts()["player"].tolist() == ["not good", "not good", "film"]


def test_what_is_drawn_has_all_words_in_order():
    data = texts()
    parts = sentence_game(Asked(data, two), data, "so the film is not very good", max_players=2).parts()
    assert parts.columns.tolist() == ["sample", "kind", "place", "player", "text"]
    assert parts["text"].tolist() == ["so", "the", "film", "is", "not", "very", "good"]
    assert parts["player"].tolist() == ["", "", "", "", "not", "", "good"]
    assert set(parts["kind"]) == {"word"}
    several = rows_game(Asked(data, two), data, [3, 8], parts="features").parts()
    assert several.groupby("sample")["text"].agg(list).tolist() == words_in(data, data.rows[[3, 8]])


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("", "The sentence is empty"),
        (" ... ", "The sentence is empty"),
        ("good", "at least 2 players.*got 1. Take a sentence or a row of at least two words"),
    ],
)
def test_sentences_that_cannot_be_used_are_told(sentence, says):
    data = texts()
    with pytest.raises(InputError, match=says):
        sentence_game(Asked(data, two), data, sentence)


def test_several_sentences_have_no_players_in_common():
    data = texts()
    with pytest.raises(InputError, match="has words of its own"):
        rows_game(Asked(data, two), data, [1, 2])
    assert rows_game(Asked(data, two), data, [1, 2], parts="features").players[0] == "price"


def test_a_sentence_needs_a_text_column():
    frame = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) ** 2, "y": np.arange(20.0)})
    data = assemble(frame, name="numbers", target="y", kinds={"a": Kind.NUMERIC, "b": Kind.NUMERIC})
    with pytest.raises(InputError, match="needs data with a text column; `numbers` has none"):
        sentence_game(wrap(lambda x: x[:, 0], data), data, "good film")
