"""Clusters of point clouds as players: how clouds are known, where masked points go, and what is no cloud."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.masking.choosing import rows_game
from interaction_engine.masking.clouds import cloud_of
from interaction_engine.models.adapters.wrapping import wrap

CENTRES = np.array([[0.0, 5.0, 1.0], [-4.0, 0.0, 2.0], [6.0, -3.0, 0.0]])


def clouds(axes="xy", per_cluster=4, n_rows=30):
    """Three tight clusters in every row."""
    draw = np.random.default_rng(0)
    centres = np.repeat(CENTRES[:, : len(axes)], per_cluster, axis=0)
    points = centres + 0.1 * draw.standard_normal((n_rows, *centres.shape))
    names = [f"{axis}{point}" for point in range(len(centres)) for axis in axes]
    frame = pd.DataFrame(points.reshape(n_rows, -1), columns=names).assign(size=points.sum((1, 2)))
    return assemble(frame, name="clouds", target="size", kinds=dict.fromkeys(names, Kind.NUMERIC))


def total(x):
    return x.sum(1)


@pytest.mark.parametrize("axes", ["xy", "xyz"])
def test_clusters_from_left_to_right_are_masked_by_the_centre_of_the_row(axes):
    data = clouds(axes)
    game = rows_game(wrap(total, data), data, [4], max_players=3)
    assert game.players == ("cluster 1", "cluster 2", "cluster 3")
    assert game.baseline == "the mean of the points"
    points = data.rows[4].reshape(12, len(axes))
    values = game.values([0])[0]
    centre = points.mean(0)
    assert float(values[0]) == pytest.approx(12 * centre.sum())
    for player, cluster in enumerate([1, 0, 2]):  # by their x: -4, 0, 6
        own = points[4 * cluster : 4 * cluster + 4]
        assert float(values[2**player] - values[0]) == pytest.approx((own - centre).sum())


def test_the_same_seed_gives_the_same_clusters_and_there_are_no_more_than_points():
    data = clouds(per_cluster=2)
    model = wrap(total, data)
    first, second = (rows_game(model, data, [1], seed=3) for _ in range(2))
    assert first.members == second.members
    assert len(first.players) == 6
    assert rows_game(model, data, [1], max_players=4).player_set.kind == "cluster"


def test_points_that_are_alike_are_one_cluster():
    data = clouds()
    frame = data.frame.assign(**{f"{axis}{point}": 1.0 * (point % 2) for point in range(12) for axis in "xy"})
    same = assemble(frame, name="same", target="size", kinds=dict.fromkeys(data.space.names, Kind.NUMERIC))
    assert rows_game(wrap(total, same), same, [0]).players == ("cluster 1", "cluster 2")


def test_other_baselines_are_taken_as_they_are():
    data = clouds()
    points = data.rows[4].reshape(12, 2)
    for baseline, masked in [("zero", 0.0), ("median", 12 * np.median(points, axis=0).sum()), (2, data.rows[2].sum())]:
        game = rows_game(wrap(total, data), data, [4], baseline=baseline, max_players=3)
        assert float(game.values([0])[0, 0]) == pytest.approx(masked)


def test_what_is_drawn_has_all_points():
    data = clouds("xyz")
    parts = rows_game(wrap(total, data), data, [4], max_players=3).parts()
    assert parts.columns.tolist() == ["sample", "kind", "place", "player", "x", "y", "z"]
    np.testing.assert_array_equal(parts[["x", "y", "z"]].to_numpy().ravel(), data.rows[4])
    assert parts["player"].tolist() == ["cluster 2"] * 4 + ["cluster 1"] * 4 + ["cluster 3"] * 4
    assert set(parts["kind"]) == {"cluster"}
    flat = rows_game(wrap(total, clouds()), clouds(), [4], parts="features").parts()
    assert "z" not in flat.columns


def space_of(names):
    frame = pd.DataFrame(np.random.default_rng(0).random((20, len(names))), columns=names).assign(target=1.0)
    frame["target"] = frame.iloc[:, 0]
    return assemble(frame, name="t", target="target", kinds=dict.fromkeys(names, Kind.NUMERIC)).space


def test_clouds_are_known_by_their_columns():
    found = cloud_of(space_of(["x1", "x2", "x3", "y1", "y2", "y3"]))
    assert found is not None
    assert found.places.tolist() == [[0, 3], [1, 4], [2, 5]]
    for names in (
        ["x1", "x2", "x3", "x4"],
        ["x1", "y1", "x2", "y2"],
        ["x1", "y1", "x2", "y2", "x4", "y4"],
        ["x1", "y1", "x2", "y2", "x3", "y3", "mass"],
        ["x1", "z1", "x2", "z2", "x3", "z3"],
        ["x1", "y1", "x2", "y2", "x3", "y3", "z3"],
    ):
        assert cloud_of(space_of(names)) is None


def test_tables_that_are_no_cloud_and_several_clouds_are_told():
    data = clouds()
    with pytest.raises(InputError, match="has clusters of its own"):
        rows_game(wrap(total, data), data, [1, 2])
    frame = pd.DataFrame(np.random.default_rng(0).random((30, 3)), columns=list("aby"))
    other = assemble(frame, name="t", target="y", kinds=dict.fromkeys("ab", Kind.NUMERIC))
    with pytest.raises(InputError, match=r"columns are x0, y0, x1, y1.*`t` has other columns"):
        rows_game(wrap(total, other), other, [0], parts="clusters")
