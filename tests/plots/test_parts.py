"""Drawn samples: words, pixels and points in the colours of their players, with the parts of one pattern marked."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.and_or.and_or_parts import NOBODY, kind_of_parts, picture_of, words_of
from interaction_engine.plots.and_or.and_or_picture import outline
from interaction_engine.plots.and_or.and_or_sentence import WIDTH
from interaction_engine.plots.style.theme import LIGHT
from tests.plots.made import NASTY
from tests.plots.made_patterns import PART_COLUMNS, SENTENCE, cloud, patterns, picture, sentence

pytestmark = pytest.mark.slow

DRAWN = ((plots.pattern_sentence, sentence), (plots.pattern_picture, picture), (plots.pattern_points, cloud))


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def length(xs, ys):
    """Of lines with gaps."""
    steps = np.hypot(np.diff(np.array(xs, dtype=float)), np.diff(np.array(ys, dtype=float)))
    return np.nansum(steps)


def test_every_word_stands_once_and_in_order():
    figure = plots.pattern_sentence(sentence())
    (words,) = named(figure, "words")
    shown = [text.replace("&lt;", "<").replace("&gt;", ">") for text in words.text]
    assert shown == SENTENCE
    assert list(words.x) == sorted(words.x)


def test_words_are_coloured_by_sign_and_size():
    """`not` is worth half of the pattern -2; `great` half of the OR pattern 1.5; `good` nothing of its own."""
    made = sentence()
    boxes = named(plots.pattern_sentence(made), "word")
    values = dict(zip(made.attributions["player"], made.attributions["shapley"], strict=True))
    assert values["not"] == pytest.approx(-1.0)
    fills = {box.text.split("</b>")[0]: box.fillcolor for box in boxes}
    opacity = {word: float(fill.rsplit(",", 1)[1].strip(" )")) for word, fill in fills.items()}
    assert opacity["<b>not"] == max(opacity[f"<b>{word}"] for word in ("not", "good", "film", "cast"))
    assert fills["<b>not"].startswith("rgba(0, 114, 178")
    assert fills["<b>cast"].startswith("rgba(213, 94, 0")
    assert fills["<b>film"].endswith(", 0)")


def test_the_words_of_a_pattern_are_outlined():
    marked = named(plots.pattern_sentence(sentence(), pattern=("not", "good")), "marked")
    assert [box.text.split("</b>")[0] for box in marked] == ["<b>not", "<b>good"]
    assert {box.line.color for box in marked} == {LIGHT.highlight}


def test_words_that_never_play_are_told_apart():
    figure = plots.pattern_sentence(sentence())
    assert sum("plays no part" in box.text for box in named(figure, "word")) == 3
    assert "Grey" in figure.layout.title.text
    (values,) = named(figure, "values")
    assert [text for word, text in zip(SENTENCE, values.text, strict=True) if word in ("a", "!")] == ["", "", ""]


def test_a_long_sentence_runs_over_lines_and_no_box_over_another():
    many = 12 * SENTENCE
    made = sentence()
    rows = [(0, "word", place, "", word) for place, word in enumerate(many)]
    made = dataclasses.replace(made, parts=type(made.parts)(rows, columns=list(PART_COLUMNS["word"])))
    boxes = sorted((np.mean(box.y), min(box.x), max(box.x)) for box in named(plots.pattern_sentence(made), "word"))
    assert max(right for *_, right in boxes) <= WIDTH
    assert len({round(middle) for middle, *_ in boxes}) > 5
    for (line, _, right), (next_line, left, _) in pairwise(boxes):
        assert round(line) != round(next_line) or left > right


def test_words_stay_text():
    made = patterns(names=NASTY[:4], n_samples=1)
    rows = [(0, "word", place, word, word) for place, word in enumerate(NASTY[:4])]
    made = dataclasses.replace(made, parts=type(made.table)(rows, columns=list(PART_COLUMNS["word"])))
    (words,) = named(plots.pattern_sentence(made), "words")
    assert not any("<" in text or "$" in text for text in words.text)


def test_a_picture_has_its_pixels_and_the_values_of_its_patches():
    made = picture(8, 3)
    figure = plots.pattern_picture(made)
    (grey,), (patches,) = named(figure, "picture"), named(figure, "patches")
    assert np.array_equal(np.array(grey.z), 16.0 * np.eye(8))
    values = dict(zip(made.attributions["player"], made.attributions["shapley"], strict=True))
    assert patches.z[0][0] == pytest.approx(values["patch 1,1"]) == pytest.approx(1.0)
    assert patches.z[0][7] == pytest.approx(values["patch 1,3"]) == pytest.approx(-0.6)
    assert len(figure.layout.annotations) == 9


def test_pixels_of_no_player_are_left_alone():
    made = picture(9, 3, spare=True)
    drawn = picture_of(made, 0)
    assert (drawn.owner == NOBODY).sum() == 9
    (patches,) = named(plots.pattern_picture(made), "patches")
    assert np.isnan(np.array(patches.z, dtype=float)[6:, 6:]).all()
    assert "no player" in patches.hovertext[8][8]


def test_the_patches_of_a_pattern_are_outlined():
    """Two neighbours of 4 x 4 pixels: round both, and once between them."""
    (marked,) = named(plots.pattern_picture(picture(8, 2), pattern=("patch 1,1", "patch 1,2")), "marked")
    assert length(marked.x, marked.y) == pytest.approx(2 * (8 + 4) + 4)
    assert not named(plots.pattern_picture(picture(8, 2)), "marked")


@pytest.mark.parametrize(("mask", "edges"), [(np.ones((3, 3)), 12), (np.eye(3), 12), (np.zeros((3, 3)), 0)])
def test_an_outline_is_as_long_as_the_edges(mask, edges):
    xs, ys = outline(mask.astype(bool))
    assert len([x for x in xs if x is None]) == edges
    assert length(xs, ys) == pytest.approx(edges)


def test_groups_are_drawn_and_every_pixel_can_be_chosen():
    pixels = np.arange(64.0).reshape(8, 8)
    figure = plots.picture_groups(pixels, {"<b>top</b>": range(16), "dot": [35]})
    (chosen,) = named(figure, "pixels")
    assert list(chosen.customdata) == list(range(64))
    assert (chosen.x[35], chosen.y[35]) == (35 % 8, 35 // 8)
    assert figure.layout.dragmode == "select"
    assert [note.text for note in figure.layout.annotations] == ["&lt;b&gt;top&lt;/b&gt;", "dot"]
    assert not named(plots.picture_groups(pixels, {}, selectable=False), "pixels")


def test_a_grid_cuts_where_the_patches_end():
    (lines,) = named(plots.picture_grid(np.zeros((28, 28)), 3), "borders")
    assert {x for x, y in zip(lines.x, lines.y, strict=True) if y == -0.5} == {-0.5, 8.5, 18.5, 27.5}


@pytest.mark.parametrize(("dimensions", "kind"), [(2, "scatter"), (3, "scatter3d")])
def test_points_have_the_colour_of_their_cluster(dimensions, kind):
    made = cloud(dimensions)
    figure = plots.pattern_points(made, pattern=("cluster 2",))
    (points,), (marked,) = named(figure, "points"), named(figure, "marked")
    assert {points.type, marked.type} == {kind}
    assert (len(points.x), len(marked.x)) == (36, 12)
    assert list(marked.marker.color) == pytest.approx([1.0] * 12)
    assert sorted({round(value, 6) for value in points.marker.color}) == [-0.6, 1.0]
    assert [trace.text[0] for trace in named(figure, "names")] == list(made.players)


@pytest.mark.parametrize(("draw", "make"), DRAWN)
def test_a_row_of_a_table_has_no_parts(draw, make):
    figure = draw(patterns())
    assert not figure.data
    assert "no " in figure.layout.annotations[0].text
    assert kind_of_parts(patterns()) == ""
    assert draw(make()).data


@pytest.mark.parametrize(("draw", "make"), DRAWN)
def test_an_unknown_sample_is_refused(draw, make):
    with pytest.raises(InputError, match="`sample` must be one of"):
        draw(make(), sample=7)


def test_each_sample_has_its_own_picture():
    made = picture(n_samples=3)
    assert plots.pattern_picture(made, sample=2).data
    assert words_of(made, 0) == []
