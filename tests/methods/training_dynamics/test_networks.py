"""Which network learns: a perceptron from tables, a network of words from texts, and the one that is asked for."""

import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.training.watched_trainer import new_cnn, new_mlp, new_words
from tests.methods.training_dynamics.watching import TINY, assert_same

pytestmark = pytest.mark.slow


def test_tables_are_learnt_by_a_perceptron(classes):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    options = {"epochs": 60, "checkpoints": 3, "samples": 20, "learning_rate": 0.1, "hidden": (16,), "label_noise": 0.0}
    result = dynamics(model, classes, **options)
    assert result.players == classes.space.names
    assert result.provenance.model.startswith("mlp, ")
    losses = result.checkpoints["train_loss"]
    assert losses.iloc[-1] < 0.5 * losses.iloc[0]
    pairs = result.distribution.query("checkpoint == 2 and order == 2")["strength"].sum()
    assert pairs > 0.1 * result.distribution.query("checkpoint == 2")["strength"].sum()  # a times b decides


def test_texts_are_learnt_by_a_network_of_words(opinions):
    options = {"epochs": 30, "checkpoints": 3, "samples": 12, "players": 4, "learning_rate": 0.1, "label_noise": 0.0}
    result = dynamics(new_words(opinions, 3), opinions, batch=16, **options)
    assert result.provenance.model.startswith("words, ")
    assert result.players == ("word 1", "word 2", "word 3", "word 4")
    losses = result.checkpoints["test_loss"]
    assert losses.iloc[-1] < 0.3 * losses.iloc[0]
    last = result.distribution.query("checkpoint == 2")
    assert last.query("order == 2")["strength"].sum() > 0.15 * last["strength"].sum()  # "not" and "good"
    assert any("4 of its own words play" in note for note in result.provenance.notes)
    same = dynamics(new_words(opinions, 3), opinions, batch=16, network="words", **options)
    assert_same(same, result)
    flat = dynamics(new_words(opinions, 3), opinions, network="mlp", hidden=(4,), **TINY)
    assert flat.provenance.model.startswith("mlp, ")
    assert flat.players == result.players
    with pytest.raises(InputError, match="Pixels are numbers"):
        dynamics(new_words(opinions, 3), opinions, network="cnn", **TINY)


def test_a_table_without_text_has_no_network_of_words(classes):
    with pytest.raises(InputError, match="needs a text column"):
        dynamics(new_mlp(classes, (3,), 0), classes, network="words", **TINY)


def test_an_image_may_be_learnt_by_a_perceptron_and_a_table_taken_as_an_image(digits):
    flat = dynamics(new_cnn(digits, 0), digits, network="mlp", **TINY)
    assert flat.provenance.model.startswith("mlp, ")
    assert all(name.startswith("p") for name in flat.players)
    with pytest.raises(InputError, match='`network="mlp"`'):
        dynamics(new_cnn(digits, 0), load_sample("adult", rows=100), network="cnn", **TINY)
