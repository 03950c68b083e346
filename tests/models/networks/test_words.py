"""Networks of words: by hand on a tiny one, absent words, learning, storing, and brought to other texts."""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from interaction_engine.api import sample_model
from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.core.types import Model
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.data.words import NONE, word_columns
from interaction_engine.models.checking import check_model
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.models.metrics import auc
from interaction_engine.models.networks.convolution import Cnn
from interaction_engine.models.networks.words import WordNet, WordNetwork, without_words
from interaction_engine.models.training import validated_trainer
from interaction_engine.models.training.mlp import train_mlp
from interaction_engine.models.training.mlp_trainer import MOST_WORD_INPUTS
from interaction_engine.models.training.watched_trainer import (
    Pace,
    WatchedTrainer,
    class_logits,
    network_inputs,
    new_cnn,
    new_words,
)
from interaction_engine.models.training.words import train_words

from ..training.test_mlp import Notes

pytestmark = pytest.mark.slow

QUICK = {"epochs": 6, "batch": 16, "dimensions": 8, "filters": 12, "units": 8}


def sentences(n: int = 400) -> pd.DataFrame:
    """Sentences that are good, not good, or neither, with a length, a mark and targets of each kind."""
    draw = np.random.default_rng(0)
    fill = ["it", "is", "a", "film", "of", "our", "time", "and", "place"]
    rows = []
    for _ in range(n):
        words = list(draw.choice(fill, draw.integers(5, 9)))
        good, negated = bool(draw.integers(2)), bool(draw.integers(2))
        at = int(draw.integers(len(words) - 1))
        words[at] = "good" if good else "bad"
        words.insert(at, "not" if negated else "so")
        rows.append((" ".join(words), draw.normal(), good != negated))
    frame = pd.DataFrame(rows, columns=["text", "mark", "right"])
    frame["like"] = np.where(frame.right, "yes", "no")
    frame["number"] = 3.0 * frame.right + frame.mark
    frame["tier"] = np.where(frame.mark > 0.7, "top", frame.like)
    return frame.drop(columns="right")


@pytest.fixture(scope="module")
def liked():
    return read_dataset(sentences()[["text", "mark", "like"]], target="like", name="liked")


@pytest.fixture(scope="module")
def trained(liked):
    return train_words(liked, **QUICK)


def held_out(model, data):
    rows = data.held_out_rows
    return model.scores(torch.tensor(data.rows[rows]))[0].double().numpy(), data.target_values[rows]


# The network


def test_a_network_of_one_filter_by_hand():
    frame = pd.DataFrame({"t": ["a b", "b a", "a", "a"] * 5, "y": ["n", "p"] * 10})
    data = read_dataset(frame, target="y", kinds={"t": "text"})
    (text,) = word_columns(data.space)
    assert text.levels[2:] == ("a", "b")
    embedding = torch.tensor([[7.0], [0.0], [1.0], [2.0]])  # the 7 of an empty place must not be seen
    kernel = torch.tensor([[[1.0, 10.0, 100.0]]])  # the word before, the word itself, the one after
    weights = (embedding, kernel, torch.tensor([[2.0]]), torch.tensor([[3.0]]))
    biases = (torch.tensor([-5.0]), torch.tensor([1.0]), torch.tensor([0.5]))
    network = WordNet(data.space, data.target, WordNetwork([len(text.places)], weights, biases))
    assert isinstance(network, Model)
    seen = {"a b": 10 + 200 - 5, "b a": 20 + 100 - 5, "a": 10 - 5, "b": 20 - 5, "": 0}
    expected = [3 * (2 * value + 1) + 0.5 for value in seen.values()]
    np.testing.assert_allclose(network.predict(pd.DataFrame({"t": list(seen)})), expected)
    np.testing.assert_allclose(network.for_class(0).predict(pd.DataFrame({"t": list(seen)})), -np.array(expected))


@pytest.mark.parametrize("target", ["like", "number", "tier"])
def test_it_learns_what_negation_does_for_every_kind_of_target(target):
    data = read_dataset(sentences()[["text", "mark", target]], target=target)
    model = train_words(data, **QUICK | {"epochs": 15, "learning_rate": 0.02, "weight_decay": 0.01})
    if target == "tier":
        model = model.for_class(data.target.classes.index("top"))
    scores, values = held_out(model, data)
    if target == "number":
        assert np.corrcoef(scores, values)[0, 1] > 0.9
        return
    hit = values == (data.target.classes.index("top") if target == "tier" else 1)
    assert auc(scores, hit.astype(float)) > 0.9
    if target == "like":
        scores = model.predict(
            pd.DataFrame({"text": ["it is so good", "it is not good", "it is not bad"], "mark": 0.0})
        )
        assert scores[1] < min(scores[0], scores[2])


def test_words_are_left_out_at_random_and_nothing_else(liked):
    inputs = network_inputs(new_words(liked, 0), torch.tensor(liked.rows))
    slots = len(word_columns(liked.space)[0].places)
    fewer = without_words(liked.space, inputs, 0.3, np.random.default_rng(0))
    assert torch.equal(fewer[:, slots:], inputs[:, slots:])
    changed = fewer[:, :slots] != inputs[:, :slots]
    assert (fewer[:, :slots][changed] == NONE).all()
    assert float(changed.sum() / (inputs[:, :slots] != NONE).sum()) == pytest.approx(0.3, abs=0.03)


def test_an_empty_place_is_never_learnt(trained, liked):
    network = new_words(liked, 0)
    assert (network.network.embeddings[0].weight[NONE] == 0).all()
    assert (trained.network.embeddings[0].weight[NONE] == 0).all()
    changed = replace(trained, network=copy.deepcopy(trained.network))
    changed.network.embeddings[0].weight[NONE] = 1.0
    rows = torch.tensor(liked.rows[:20])
    assert torch.equal(changed.scores(rows), trained.scores(rows))


def test_weights_that_do_not_fit_are_refused(trained, liked):
    narrower = copy.deepcopy(trained.network)
    narrower.last = torch.nn.Linear(3, 1)
    with pytest.raises(InputError, match="do not fit its 1 texts"):
        replace(trained, network=narrower)
    network = trained.network
    weights = [network.embeddings[0].weight, network.convolutions[0].weight, network.hidden.weight, network.last.weight]
    biases = [network.convolutions[0].bias[:-1], network.hidden.bias, network.last.bias]
    with pytest.raises(InputError, match="needs a weight of shape"):
        WordNetwork(network.lengths, weights, biases)
    with pytest.raises(InputError, match="do not fit"):
        replace(trained, space=replace(liked.space, features=liked.space.features[:-1]))


# Training


def test_an_interrupted_training_ends_with_the_same_weights(liked, monkeypatch):
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    whole, stopped = train_words(liked, **QUICK), Notes(stop=2)
    with pytest.raises(KeyboardInterrupt):
        train_words(liked, report=stopped, **QUICK)
    resumed = train_words(liked, report=Notes(restored=stopped.states[-1]), **QUICK)
    assert all(torch.equal(a, b) for a, b in zip(whole.network.parameters(), resumed.network.parameters(), strict=True))
    assert whole.record is not None
    assert resumed.record.validation == whole.record.validation
    other = train_words(liked, **QUICK, seed=1)
    assert not torch.equal(other.network.last.weight, whole.network.last.weight)


def test_gradual_descent_goes_on_to_the_same_weights(liked):
    rows = torch.tensor(liked.rows[liked.train_rows])
    labels = torch.from_numpy(liked.target_values[liked.train_rows].astype(np.int64))

    def descent(seed=0):
        network = new_words(liked, seed)
        return WatchedTrainer(network, network_inputs(network, rows), labels, Pace(0.1, 32, 0))

    whole, half, rest = descent(), descent(), descent()
    for _ in range(3):
        whole.train_epoch()
    half.train_epoch()
    rest.restore(half.state())
    rest.train_epoch()
    rest.train_epoch()
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters, rest.parameters, strict=True))
    logits = class_logits(whole.model, network_inputs(whole.model, rows))
    torch.testing.assert_close(whole.model.scores(rows)[0], logits[:, 1] - logits[:, 0])
    assert float(functional.cross_entropy(logits, labels).detach()) < 0.69


def test_data_without_text_and_perceptrons_of_too_many_words_are_refused(numeric, liked):
    with pytest.raises(InputError, match="needs a text column"):
        train_words(numeric)
    with pytest.raises(InputError, match="needs a text column"):
        new_words(numeric, 0)
    assert train_mlp(liked, hidden=(4,), epochs=1).space == liked.space
    words = [f"w{n}" for n in range(1000)] * 2
    frame = pd.DataFrame({"t": [" ".join(words[20 * row : 20 * row + 20]) for row in range(100)], "y": range(100)})
    wide = read_dataset(frame, target="y", kinds={"t": "text"})
    assert wide.space.n_columns > MOST_WORD_INPUTS
    with pytest.raises(InputError, match=r"up to 5,000; .* Train `words`"):
        train_mlp(wide, hidden=(4,), epochs=1)


# Storing


def test_networks_of_words_and_images_survive_saving(trained, liked, tmp_path):
    weights, beside = save_network(trained, tmp_path / "words")
    again = load_network(weights)
    assert isinstance(again, WordNet)
    rows = torch.tensor(liked.rows)
    assert torch.equal(again.scores(rows), trained.scores(rows))
    assert (again.space, again.target, again.record) == (trained.space, trained.target, trained.record)
    assert beside.read_text().count('"good"') == 1
    frame = pd.DataFrame(np.random.default_rng(0).integers(0, 9, (40, 25)), columns=[f"p{n}" for n in range(25)])
    images = read_dataset(frame.assign(digit=["a", "b", "c", "d"] * 10), target="digit")
    network = new_cnn(images, 0)
    again = load_network(save_network(network, tmp_path / "images")[0])
    assert isinstance(again, Cnn)
    assert torch.equal(again.scores(torch.tensor(images.rows)), network.scores(torch.tensor(images.rows)))


def test_an_architecture_of_another_kind_is_refused(trained, tmp_path):
    weights, beside = save_network(trained, tmp_path / "net")
    beside.write_text(beside.read_text().replace('"kind": "words"', '"kind": "cnn"'))
    with pytest.raises(InputError):
        load_network(weights)
    beside.write_text(beside.read_text().replace('"kind": "cnn"', '"kind": "forest"'))
    with pytest.raises(ModelError, match="`kind`"):
        load_network(weights)


def test_it_scores_texts_of_other_vocabularies_and_lengths(trained, liked, tmp_path):
    path = save_network(trained, tmp_path / "net")[0]
    longer = "it is so good and it is a film of our time and place and it is so good"
    frame = sentences()[["text", "mark", "like"]].assign(text=lambda table: table.text.str.replace("time", "hour"))
    frame.loc[frame.index[::2], "text"] = longer
    other = read_dataset(frame, target="like")
    assert other.space.names != liked.space.names
    brought = load_model(path, other)
    known = pd.DataFrame({"text": ["it is so good", "not bad", "is it a bad film"], "mark": [0.0, 1.0, -1.0]})
    np.testing.assert_allclose(brought.predict(known), trained.predict(known), rtol=1e-5, atol=1e-6)
    assert float(brought.predict(known.assign(text="hour"))[0]) == pytest.approx(
        float(trained.predict(known.assign(text="strangeword"))[0]), abs=1e-6
    )


def test_it_needs_its_own_columns(trained, tmp_path):
    path = save_network(trained, tmp_path / "net")[0]
    table = sentences()
    with pytest.raises(ModelError, match=r"needs the columns `text`, `mark`, which the data set lacks \(`mark`"):
        load_model(path, read_dataset(table[["text", "like"]], target="like"))
    with pytest.raises(ModelError, match="in this order and no others"):
        load_model(path, read_dataset(table[["mark", "text", "like"]], target="like"))
    with pytest.raises(ModelError, match="predicts `like`"):
        load_model(path, read_dataset(table[["text", "mark", "number"]], target="number"))


def test_the_network_of_the_reviews_is_as_good_as_told_and_takes_a_part_of_them():
    data, part = load_sample("reviews"), load_sample("reviews", rows=400)
    model, of_part = sample_model("reviews", data), sample_model("reviews", part)
    assert check_model(model, data).metrics["accuracy"] == pytest.approx(0.784, abs=0.002)
    assert len(word_columns(part.space)[0].levels) < len(word_columns(data.space)[0].levels)
    few = pd.DataFrame({"review": ["not a good film", "a bad film"]})
    np.testing.assert_allclose(of_part.predict(few), model.predict(few), rtol=1e-4, atol=1e-5)
