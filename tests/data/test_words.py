"""Texts: sentences cut by hand, columns recognised, split into word slots, stored and read back."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.cleaning.inspecting import inspect
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.data.texts import COVERED, MOST_PLACES, MOST_WORDS, folded, is_text, word_slots
from interaction_engine.data.words import NONE, OTHER, word_columns, words_of

SENTENCES = [
    "The film is not good at all",
    "a good film, and a funny one!",
    "It isn't a film but a bore",
    "not bad, not good: a film",
    "this one I would see again",
]
ROWS = 60


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    draw = np.random.default_rng(1)
    texts = [f"{SENTENCES[n % 5]} w{n} number{n % 7}" for n in range(ROWS)]
    return pd.DataFrame({"text": texts, "stars": draw.normal(size=ROWS), "like": ["no", "yes"] * (ROWS // 2)})


@pytest.fixture(scope="module")
def data(table) -> Dataset:
    return read_dataset(table, target="like")


# Words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("It isn't GOOD -- not at all!?", ["it", "isn't", "good", "not", "at", "all", "!", "?"]),
        ("C’était 'quoted' rock'n'roll'", ["c'était", "quoted", "rock'n'roll"]),
        ("well-made, 1,000 a_b (c)", ["well", "made", "1", "000", "a", "b", "c"]),
        ("cafe\u0301 Ἀθῆναι STRASSE straße", ["café", "ἀθῆναι", "strasse", "straße"]),
        ("यह फ़िल्म अच्छी है", ["यह", "फ़िल्म", "अच्छी", "है"]),
        ("电影很好 ok", ["电", "影", "很", "好", "ok"]),
        ("good ❤️😀", ["good", "❤", "😀"]),
        ("  … -- ''", []),
    ],
)
def test_sentences_cut_by_hand(sentence, words):
    import unicodedata

    assert words_of(sentence) == [unicodedata.normalize("NFC", word) for word in words]


@given(st.text())
def test_words_are_their_own_words_and_never_the_names_of_empty_places(sentence):
    words = words_of(sentence)
    assert words_of(" ".join(words)) == words
    assert not any(set(word) & set('() \t\n"') for word in words)


def test_the_way_into_slots_and_back(data):
    (text,) = word_columns(data.space)
    assert text.name == "text"
    assert [data.space.names[place] for place in text.places] == [f"text {n + 1}" for n in range(len(text.places))]
    sentence = "not a GOOD flurb"
    indices, unknown, beyond = text.encode(sentence)
    assert (unknown, beyond) == (("flurb",), ())
    assert indices.dtype == np.int64
    assert indices[3] == OTHER
    assert (indices[4:] == NONE).all()
    assert text.decode(indices) == ["not", "a", "good", "(other)"]
    _, _, beyond = text.encode("film " * (len(text.places) + 2))
    assert beyond == ("film", "film")
    assert text.decode(text.encode("")[0]) == []


def test_a_word_that_stays_unknown_is_not_told_as_one_when_its_sentence_is_read_again(data):
    (text,) = word_columns(data.space)
    before, _, _ = text.encode("not a GOOD flurb")
    again, unknown, beyond = text.reread(" ".join(text.decode(before)))
    assert again.tolist() == before.tolist()
    assert (unknown, beyond) == ((), ())
    changed, unknown, _ = text.reread("not (other), zwack film")
    assert text.decode(changed) == ["not", "(other)", "(other)", "film"]
    assert unknown == ("zwack",)


# Reading


def test_a_text_is_recognised_and_split_unless_something_else_is_wanted(table, data):
    report = inspect(table, target="like").column("text")
    assert (report.kind, report.role, report.type) == (Kind.TEXT, "feature", "text")
    assert [remedy.action for remedy in report.problems[0].remedies] == ["split_words", "ignore_column"]
    assert "texts of about 9 words" in report.problems[0].sentence
    assert data.remedies == (Remedy("text", "split_words"),)
    assert data.space.names[-1] == "stars"
    ignored = read_dataset(table, target="like", remedies=[Remedy("text", "ignore_column")])
    assert ignored.space.names == ("stars",)
    categories = read_dataset(table, target="like", kinds={"text": "categorical"}, remedies=data.remedies)
    assert len(categories.space.features[0].levels) == 50
    assert not word_columns(categories.space)


def test_a_text_is_no_proposed_target(table):
    assert inspect(table[["stars", "like", "text"]]).suggested_target == "like"


@pytest.mark.parametrize(
    "values",
    [
        [f"id-{n}" for n in range(ROWS)],
        [f"Ann Smith {n}" for n in range(ROWS)],
        [f"a{n} b{n} c{n} d{n} e{n} f{n}" for n in range(ROWS)],
    ],
    ids=["codes", "names", "no word twice"],
)
def test_what_only_names_the_row_is_no_text(values, table):
    assert not is_text(pd.Series(values))
    report = inspect(table.assign(text=values), target="like").column("text")
    assert (report.problems[0].code, report.role) == ("identifier", "ignored")


def test_short_texts_are_split_when_asked_for_and_missing_ones_have_no_words():
    frame = pd.DataFrame({"tags": ["red small", "red", None, "small red", "big red"] * 4, "y": range(20)})
    data = read_dataset(frame, target="y", kinds={"tags": "text"})
    assert data.remedies == (Remedy("tags", "split_words"),)
    (text,) = word_columns(data.space)
    assert text.levels == ("(none)", "(other)", "red", "small", "big")
    assert data.frame["tags 1"].tolist()[:5] == ["red", "red", "(none)", "small", "big"]
    assert data.frame["tags 2"].tolist()[:5] == ["small", "(none)", "(none)", "red", "red"]


def test_slots_and_vocabulary_are_those_of_the_training_rows():
    texts = pd.Series(["b a a", "a b c", "a", "only here twice twice " * 20], name="t")
    slots, features = word_slots(texts, np.array([0, 1, 2]))
    assert list(slots) == ["t 1", "t 2", "t 3"]
    assert {feature.levels for feature in features} == {("(none)", "(other)", "a", "b")}
    assert slots["t 3"].tolist() == ["a", "(other)", "(none)", "(other)"]
    assert all(feature.word_of == "t" and feature.kind is Kind.CATEGORICAL for feature in features)


def test_long_texts_and_large_vocabularies_are_cut():
    draw = np.random.default_rng(0)
    lengths = [40, *draw.integers(1, 20, 99)]
    words = [f"w{n}" for n in draw.permutation(np.repeat(np.arange(3000), 2))]
    texts = [" ".join(words[60 * row : 60 * row + 60]) for row in range(100)]
    slots, features = word_slots(pd.Series(texts, name="t"), np.arange(100))
    assert (len(slots), len(features[0].levels)) == (MOST_PLACES, MOST_WORDS + 2)
    short = [" ".join(["w"] * length) for length in lengths]
    assert len(word_slots(pd.Series(short, name="t"), np.arange(100))[0]) == np.ceil(np.quantile(lengths, COVERED))


def test_slots_take_no_name_of_another_column():
    frame = pd.DataFrame({"t": SENTENCES * 4, "t 2": range(20), "y": range(20)})
    data = read_dataset(frame, target="y", kinds={"t": "text"})
    assert data.space.names[:2] == ("t word 1", "t word 2")
    assert data.space.names[-1] == "t 2"


def test_a_renamed_text_keeps_its_new_name(table):
    data = read_dataset(table, target="like", remedies=[Remedy("text", "rename", "said")])
    assert [text.name for text in word_columns(data.space)] == ["said"]


def test_a_text_without_common_words_is_refused():
    frame = pd.DataFrame({"t": [f"a{n} b{n}" for n in range(20)], "y": range(20)})
    with pytest.raises(InputError, match="no word that occurs 2 times in the training rows"):
        read_dataset(frame, target="y", kinds={"t": "text"})


# The data set


def test_a_table_is_encoded_whole_or_cut(data, table):
    np.testing.assert_array_equal(data.encode_frame(table), data.rows)
    np.testing.assert_array_equal(data.encode_frame(data.frame), data.rows)
    with pytest.raises(InputError, match="`text 1`"):
        data.encode_frame(table.drop(columns="text"))


def test_the_typical_row_says_nothing(data):
    (text,) = word_columns(data.space)
    assert (data.mean()[list(text.places)] == NONE).all()
    assert (data.median()[list(text.places)] == NONE).all()


def test_folding_joins_the_words(data, table):
    whole = folded(data.space, data.frame)
    assert list(whole.columns) == ["text", "stars", "like"]
    assert whole["text"][0] == "the film is not good at all (other) number0"
    pd.testing.assert_frame_equal(folded(data.space, whole), whole)


def test_storage_writes_the_words_once(data, tmp_path):
    data.save(tmp_path)
    loaded = Dataset.load(tmp_path)
    assert loaded.space == data.space
    assert loaded.content_hash == data.content_hash
    text = (tmp_path / "dataset.json").read_text()
    assert text.count('"film"') == 1
    assert all("word_of" not in feature for feature in json.loads(text)["features"] if feature["name"] == "stars")


def test_other_words_are_another_content(table, data):
    other = read_dataset(table.assign(text=table["text"].str.replace("film", "movie")), target="like")
    np.testing.assert_array_equal(np.sort(other.rows, axis=1).shape, data.rows.shape)
    assert other.content_hash != data.content_hash


def test_two_texts_have_their_own_words():
    frame = pd.DataFrame({"a": ["x y", "y"] * 10, "b": ["z z", "z"] * 10, "y": range(20)})
    data = assemble(frame, name="two", target="y", kinds={"a": Kind.TEXT, "b": Kind.TEXT})
    assert [(text.name, text.places, text.levels[2:]) for text in word_columns(data.space)] == [
        ("a", (0, 1), ("y", "x")),
        ("b", (2, 3), ("z",)),
    ]


def test_the_reviews_are_as_described():
    data = load_sample("reviews")
    (text,) = word_columns(data.space)
    assert (text.name, len(text.places), len(text.levels)) == ("review", 20, 2002)
    assert data.target.classes == ("negative", "positive")
    assert len(load_sample("reviews", rows=100)) == 100
    assert (data.rows[:, 0] != NONE).all()
