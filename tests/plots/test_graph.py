"""The interaction graph: what is drawn is what was accepted, every feature at its place, no label on another."""

import dataclasses
import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.primitives.graph import drawn_sets
from interaction_engine.plots.primitives.graph_marks import HULLS
from interaction_engine.plots.style.geometry import apart, bent, rounded_hull, spread
from tests.plots.made import NASTY, hierarchy, subsets

pytestmark = pytest.mark.slow


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def crowded(p: int, n_sets: int = 0):
    """Pairs of neighbours and of features far apart, and triples of three in a row."""
    near = [(i, i + 1) for i in range(p - 1)]
    far = [(i, i + 2) for i in range(p - 2)]
    return subsets([*near, *far, *((i, i + 1, i + 2) for i in range(n_sets))], p=p, width=0.1)


# Shapes


@given(
    st.lists(st.floats(-math.pi, math.pi, allow_nan=False), min_size=1, max_size=60, unique=True), st.floats(0.001, 0.5)
)
def test_spread_angles_keep_their_distance_and_order(angles, gap):
    angles = np.array(angles)
    moved = spread(angles, gap)
    gap = min(gap, 2 * math.pi / len(angles))
    around = np.sort(moved % (2 * math.pi))
    if len(angles) > 1:
        assert np.diff(around, append=around[0] + 2 * math.pi).min() >= gap - 1e-6
    # Walking around the circle, the names come in the same order, wherever one begins.
    before, after = (np.argsort(values % (2 * math.pi), kind="stable") for values in (angles, moved))
    start = int(np.flatnonzero(after == before[0])[0])
    if gap > 1e-3 and np.diff(np.sort(angles)).min(initial=1.0) > 1e-6:
        assert np.roll(after, -start).tolist() == before.tolist()


def test_angles_that_are_far_apart_stay():
    angles = np.array([0.0, 1.0, -2.0, 3.0])
    np.testing.assert_allclose((spread(angles, 0.3) - angles) % (2 * math.pi), 0, atol=1e-12)


def test_the_hull_of_discs():
    # Around one disc of radius r the outline is its rim; around three, it holds all of them.
    rim = rounded_hull(np.array([[1.0, 2.0]]), 0.5) - [1.0, 2.0]
    np.testing.assert_allclose(np.hypot(*rim.T), 0.5)
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]])
    outline = rounded_hull(corners, 0.1)
    assert outline.min() == pytest.approx(-0.1)
    np.testing.assert_array_equal(outline[0], outline[-1])
    x, y = outline.T
    area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2  # the triangle, a margin along its sides, and a disc
    assert area == pytest.approx(6 + 0.1 * 12 + math.pi * 0.01, rel=0.005)


def test_lines_end_at_their_features_and_bow_inwards():
    start, end = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    line = bent(start, end, bend=0.3)
    np.testing.assert_array_equal(line[[0, -1]], [start, end])
    assert np.hypot(*line[len(line) // 2]) < np.hypot(0.5, 0.5)
    np.testing.assert_allclose(bent(start, end, bend=0.0)[2], [0.5, 0.5])


@given(st.integers(2, 40))
def test_marks_at_one_place_part(n):
    moved = apart(np.zeros((n, 2)), 0.1)
    distances = [np.hypot(*(a - b)) for a, b in combinations(moved, 2)]
    assert min(distances) > 0.05
    far = np.array([[0.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(apart(far, 0.1), far, atol=1e-3)


# The graph


def test_features_stand_where_the_result_has_them():
    result = hierarchy()
    figure = plots.interaction_graph(result)
    marks = [*named(figure, "feature, larger: more main effect"), *named(figure, "feature in no accepted pair")]
    drawn = {data[0]: (x, y) for mark in marks for data, x, y in zip(mark.customdata, mark.x, mark.y, strict=True)}
    assert drawn == {row["feature"]: (row["x"], row["y"]) for row in result.nodes.to_dict("records")}


def test_another_result_has_its_features_at_the_same_places():
    one, other = plots.interaction_graph(hierarchy()), plots.interaction_graph(subsets([(8, 9)], p=10))

    def places(figure):
        return {
            data[0]: (x, y)
            for trace in figure.data
            if trace.customdata is not None and len(trace.customdata[0]) == 1
            for data, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
        }

    assert places(one) == places(other)


def test_larger_main_effects_are_larger_areas():
    result = hierarchy()
    effects = np.zeros(10)
    effects[2], effects[3] = 1.0, 4.0
    result = dataclasses.replace(result, nodes=result.nodes.assign(effect=effects))
    (mark,) = named(plots.interaction_graph(result), "feature, larger: more main effect")
    size = {data[0]: size for data, size in zip(mark.customdata, mark.marker.size, strict=True)}
    smallest, largest = size["x1"], size["x4"]
    assert size["x3"] == pytest.approx(smallest + (largest - smallest) / 2)


def test_lines_are_the_accepted_pairs_wider_where_stronger():
    figure = plots.interaction_graph(hierarchy())
    (spots,) = named(figure, "pairs")
    pairs = {frozenset(data) for data in spots.customdata}
    assert pairs == {frozenset(names) for names in hierarchy().accepted(2)["features"]}
    lines = named(figure, "accepted pair, wider: stronger")
    widths = [line.line.width for line in lines]
    assert widths == sorted(widths)
    assert 1 < len(lines) <= 6
    # The strongest pair, x2 and x4, is alone on the widest line.
    ends = np.array([[0.0, 0.0], [0.0, 0.0]])
    nodes = hierarchy().nodes.set_index("feature")
    ends = nodes.loc[["x2", "x4"], ["x", "y"]].to_numpy()
    np.testing.assert_allclose([[lines[-1].x[0], lines[-1].y[0]], [lines[-1].x[-2], lines[-1].y[-2]]], ends, atol=1e-4)
    assert sum(value is None for line in lines for value in line.x) == 12


def test_sets_inside_a_larger_one_are_left_to_it():
    result = hierarchy()
    assert [set(names) for names in drawn_sets(result, None, 150)["features"]] == [
        {"x3", "x4", "x6", "x7"},
        {"x6", "x7", "x8"},
    ]
    figure = plots.interaction_graph(result)
    assert "4 sets inside a larger one not drawn." in figure.layout.title.text
    threes = plots.interaction_graph(result, orders=(3,))
    assert len(named(threes, "accepted set of 3")[0].x) == 5
    assert not named(threes, "pairs")


def test_few_sets_are_areas_and_many_are_marks_tied_to_their_features():
    assert [trace.fill for trace in plots.interaction_graph(crowded(20, HULLS)).data].count("toself") == HULLS
    figure = plots.interaction_graph(crowded(20, HULLS + 1))
    assert not [trace for trace in figure.data if trace.fill == "toself"]
    (marks,) = named(figure, "accepted set of 3")
    assert len(marks.customdata) == HULLS + 1
    assert list(marks.customdata[0]) == ["x1", "x2", "x3"]


def test_what_was_chosen_is_outlined():
    figure = plots.interaction_graph(hierarchy(), chosen=("x6", "x7", "x8"), pair=("x2", "x4"))
    assert len(named(figure, "chosen set")) == len(named(figure, "chosen pair")) == 1
    bold = [note.text for note in figure.layout.annotations if note.text.startswith("<b>")]
    assert sorted(bold) == [f"<b>x{n}</b>" for n in (2, 4, 6, 7, 8)]


def test_the_weakest_pairs_are_left_out_and_their_share_is_stated():
    # The strengths are 1, 1/2, 1/3, 1/4: without the last two, 7/25 of the sum.
    figure = plots.interaction_graph(subsets([(0, 1), (2, 3), (4, 5), (6, 7)], p=8), top=2)
    assert "2 of 4 pairs drawn, the others hold 28 % of the strength." in figure.layout.title.text


def test_without_an_accepted_pair_the_features_are_still_there():
    figure = plots.interaction_graph(subsets([], p=10))
    assert figure.layout.annotations[-1].text == "No pair of features was accepted."
    (mark,) = named(figure, "feature in no accepted pair")
    assert len(mark.x) == 10


def test_wrong_options_are_refused():
    with pytest.raises(InputError, match='`layout` must be "circle" or "drawn"'):
        plots.interaction_graph(hierarchy(), layout="force")
    with pytest.raises(InputError, match="must be features of the result; got `x1`, `gone`"):
        plots.interaction_graph(hierarchy(), chosen=("x1", "gone"))


# Many features


def boxes(figure):
    """The labels around the circle as turned rectangles: their corners in pixels, from generous letters."""
    height = figure.layout.height - 130
    scale = height / 2 / figure.layout.yaxis.range[1]
    for note in figure.layout.annotations:
        angle = math.atan2(note.y, note.x)
        along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
        start = np.array([note.x, note.y]) * scale
        length, half = 0.5 * note.font.size * len(note.text), note.font.size / 2
        yield np.array([start + side * half * across + end * length * along for end in (0, 1) for side in (-1, 1)])


def parted(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a line along a side of one of two rectangles has them on its two sides."""
    for corners in (one, other):
        for edge in (corners[1] - corners[0], corners[2] - corners[0]):
            a, b = one @ edge, other @ edge
            if a.max() <= b.min() + 1e-9 or b.max() <= a.min() + 1e-9:
                return True
    return False


@pytest.mark.parametrize("p", [5, 14, 40, 100, 300])
def test_labels_around_the_circle_never_lie_on_each_other_nor_leave_the_figure(p):
    figure = plots.interaction_graph(crowded(p, n_sets=min(p - 2, 20)))
    drawn = list(boxes(figure))
    assert len(drawn) >= min(p, 60)
    if p > 12:  # up to twelve are written level, with room around each
        for one, other in combinations(drawn, 2):
            assert parted(one, other)
    half = (figure.layout.height - 130) / 2 + 12
    assert max(np.abs(corners[:, 1]).max() for corners in drawn) <= half


def test_of_many_features_only_those_that_take_part_are_named():
    figure = plots.interaction_graph(subsets([(3, 200), (10, 11)], p=300))
    assert sorted(note.text for note in figure.layout.annotations) == ["x11", "x12", "x201", "x4"]
    (others,) = named(figure, "feature in no accepted pair")
    assert len(others.x) == 296
    assert "main effect" in others.hovertext[0]


def test_three_hundred_features_stay_light():
    figure = plots.interaction_graph(crowded(300, n_sets=100))
    assert len(figure.data) < 20
    assert len(figure.to_json()) < 700_000


@pytest.mark.parametrize("layout", ["circle", "drawn"])
@pytest.mark.parametrize("names", [NASTY, tuple(f"feature number {n}" for n in range(30))])
def test_both_layouts_name_the_chosen(layout, names):
    figure = plots.interaction_graph(hierarchy(names=names), layout=layout, chosen=names[2:5])
    texts = [note.text for note in figure.layout.annotations]
    texts += [text for trace in figure.data for text in (trace.text if trace.text is not None else ())]
    assert sum(text.startswith("<b>") for text in texts) == 3
