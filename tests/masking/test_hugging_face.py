"""A tiny text classifier made here, saved and read from its folder, its sentences taken apart."""

import json
import sys

import pytest
import torch

from interaction_engine.api import detect
from interaction_engine.cli import commands as cli
from interaction_engine.core.errors import InputError
from interaction_engine.masking.hugging_face import TextClassifier
from interaction_engine.methods.and_or.cost import and_or_plan
from interaction_engine.methods.and_or.decompose import Sparsity
from interaction_engine.methods.and_or.decomposition import and_or_of_tokens
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import numeric_dataset

pytestmark = pytest.mark.slow

transformers = pytest.importorskip("transformers")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "not", "good", "bad", "film", "a", "##s"]


def save(folder, n_labels=2):
    """A one-layer BERT with random weights and eleven words."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=n_labels,
        id2label=dict(enumerate(("no", "yes", "maybe")[:n_labels])),
        initializer_range=1.0,
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("text") / "tiny")


def test_a_sentence_is_taken_apart_exactly(folder):
    classifier = TextClassifier(folder)
    game = classifier.game("not a good films", label="yes")
    assert game.players == ("not", "a", "good", "film", "##s")
    assert game.baseline == "[MASK]"
    assert game.unit == "log-odds of yes"
    inputs = classifier.tokenizer("not a good films", return_tensors="pt")
    logits = classifier.model(**inputs).logits[0]
    values = game.values([0])[0]
    assert float(values[-1]) == pytest.approx(float(logits[1] - logits[0]), abs=1e-12)
    masked = classifier.tokenizer("[MASK] a [MASK] [MASK] [MASK]", return_tensors="pt")
    logits = classifier.model(**masked).logits[0]
    assert float(values[2]) == pytest.approx(float(logits[1] - logits[0]), abs=1e-12)
    result = and_or_of_tokens(game, Sparsity(delta=0.0))
    assert result.matching_error[0] <= 1e-10
    assert result.gap[0] <= 0.002


def test_the_class_of_the_sentence_is_scored_by_default(folder):
    game = TextClassifier(folder).game("a bad film")
    assert float(game.values([0])[0, -1]) > 0


@pytest.mark.parametrize("sentence", ["", "   "])
def test_an_empty_sentence_is_told(folder, sentence):
    with pytest.raises(InputError, match="The sentence is empty"):
        TextClassifier(folder).game(sentence)


def test_unknown_labels_and_folders_are_told(folder, tmp_path):
    with pytest.raises(InputError, match="one of no, yes; got 'never'"):
        TextClassifier(folder).game("a film", label="never")
    with pytest.raises(InputError, match=r"must hold `config.json`"):
        TextClassifier(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"none")
    with pytest.raises(InputError, match="holds no text classifier"):
        TextClassifier(tmp_path)


def test_a_model_without_log_odds_is_told(tmp_path):
    with pytest.raises(InputError, match="which is no log-odds"):
        TextClassifier(save(tmp_path / "one", n_labels=1))


def test_without_transformers_the_remedy_is_told(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match="pip install transformers"):
        TextClassifier(folder)


def test_of_a_long_sentence_the_tokens_that_matter_most_play(folder):
    classifier = TextClassifier(folder)
    game = classifier.game("a film a film not good bad", label="yes", max_players=3)
    alone = classifier.game("a film a film not good bad", label="yes")
    whole = 2**7 - 1
    masks = torch.tensor([whole, *(whole - 2**place for place in range(7))])
    values = alone.values([0], masks)[0]
    changes = (values[1:] - values[0]).abs()
    chosen = sorted(changes.argsort(descending=True)[:3].tolist())
    assert game.places == chosen
    assert game.prepared == 8
    assert "The 3 words without which" in game.notes[0]
    parts = game.parts()
    assert parts["text"].tolist() == ["a", "film", "a", "film", "not", "good", "bad"]
    assert parts.loc[parts["player"] != "", "place"].tolist() == chosen


def refusing(data):
    """A model that fails when it is asked, from when it is wrapped."""
    wrapped = []

    def refuse(rows):
        assert not wrapped, "The model was asked."
        return rows[:, 0]

    wrapped.append(wrap(refuse, data))
    return wrapped[0]


def test_detection_reads_the_folder_and_not_the_model(folder):
    data = numeric_dataset()
    result = detect("and_or", refusing(data), data, sentence="not a good film", folder=str(folder))
    assert result.players == ("not", "a", "good", "film")
    assert result.provenance.model == folder.name
    assert result.samples["label"].tolist() == ["not a good film"]
    assert result.matching_error[0] <= 1e-10
    planned = and_or_plan(refusing(data), data, sentence="not a good film", folder=str(folder))
    assert planned.players == result.players
    assert planned.evaluations == result.provenance.evaluations
    for options, says in [({"row": 1}, "got both"), ({"players": ("a", "b")}, "leave them out")]:
        with pytest.raises(InputError, match=says):
            detect("and_or", refusing(data), data, sentence="a film", folder=str(folder), **options)
    with pytest.raises(InputError, match="needs a `sentence`"):
        detect("and_or", refusing(data), data, folder=str(folder))


def test_the_command_line_trains_nothing_for_a_folder(folder, capsys):
    arguments = ["detect", "and_or", "sample:bike", "--sentence", "not a good film", "--folder", str(folder), "--json"]
    assert cli.main(arguments) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["players"] == ["not", "a", "good", "film"]
    assert out.err == ""


def test_a_sentence_longer_than_the_model_reads_is_told(folder):
    with pytest.raises(InputError, match="reads at most 512 tokens; the sentence has 602"):
        TextClassifier(folder).game("good " * 600)
