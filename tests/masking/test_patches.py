"""Patches of images as players: the grid, groups that were drawn, what is drawn, and what is no image."""

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.masking.choosing import rows_game
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.networks.mlp import Mlp


def images(side=7, n_rows=40, name="p{}"):
    values = np.random.default_rng(0).random((n_rows, side**2))
    names = [name.format(place) for place in range(side**2)]
    frame = pd.DataFrame(values, columns=names).assign(ink=values.sum(1))
    return assemble(frame, name="images", target="ink", kinds=dict.fromkeys(names, Kind.NUMERIC), one_scale=True)


def ink(x):
    return x.sum(1)


@pytest.mark.parametrize(("most", "edges"), [(12, [0, 2, 5, 7]), (16, [0, 2, 4, 5, 7]), (8, [0, 4, 7])])
def test_cells_of_the_finest_grid_are_masked_whole(most, edges):
    data = images()
    game = rows_game(wrap(ink, data), data, [3], baseline="zero", max_players=most)
    grid = len(edges) - 1
    assert game.players[0] == "patch 1,1"
    assert game.players[grid] == "patch 2,1"
    assert len(game.players) == grid**2
    picture = data.rows[3].reshape(7, 7)
    values = game.values([0])[0]
    for player in range(grid**2):
        row, column = divmod(player, grid)
        cell = picture[edges[row] : edges[row + 1], edges[column] : edges[column + 1]]
        assert float(values[2**player]) == pytest.approx(cell.sum())
    assert sorted(place for places in game.members for place in places) == list(range(49))


def test_a_network_is_asked_for_masked_images_player_by_player():
    """The first layer's shortcut gives what the network says of the masked rows."""
    data = images()
    generator = torch.Generator().manual_seed(0)
    shapes = [(6, 49), (5, 6), (1, 5)]
    weights = tuple(torch.randn(2, *shape, generator=generator) for shape in shapes)
    biases = tuple(torch.randn(2, shape[0], generator=generator) for shape in shapes)
    model = Mlp.of_layers(space=data.space, target=data.target, weights=weights, biases=biases)
    game = rows_game(model, data, [3, 11], players=("a = p0 & p8", "b = p20", "c = p33 & p48"))
    owner = np.full(49, -1)
    owner[[0, 8]], owner[20], owner[[33, 48]] = 0, 1, 2
    masks = np.arange(8)[:, None] >> np.maximum(owner, 0) & 1
    for sample, row in enumerate([3, 11]):
        masked = np.where((owner < 0) | (masks == 1), data.rows[row], data.mean())
        expected = model.double().scores(torch.from_numpy(masked)).mean(0)
        torch.testing.assert_close(game.values([sample])[0], expected, rtol=0, atol=1e-12)


def test_drawn_groups_play_under_their_name_and_the_rest_stays():
    data = images()
    game = rows_game(wrap(ink, data), data, [0], ("corner = p0 & p1 & p7", "middle = p24"), baseline="zero")
    assert game.players == ("corner", "middle")
    values = game.values([0])[0]
    assert float(values[3] - values[1]) == pytest.approx(data.rows[0, 24])
    parts = game.parts()
    assert parts.loc[parts["player"] == "corner", "place"].tolist() == [0, 1, 7]
    assert (parts["player"] == "").sum() == 45


def test_what_is_drawn_has_all_pixels_of_all_samples():
    data = images()
    parts = rows_game(wrap(ink, data), data, [2, 5]).parts()
    assert parts.columns.tolist() == ["sample", "kind", "place", "player", "row", "column", "value"]
    for sample, row in enumerate([2, 5]):
        mine = parts[parts["sample"] == sample]
        assert mine["value"].tolist() == data.rows[row].tolist()
        assert (mine["row"] * 7 + mine["column"]).tolist() == list(range(49))
    assert parts.query("row == 0 and column == 6")["player"].tolist() == ["patch 1,3"] * 2


def test_columns_of_any_name_are_an_image_when_that_is_said():
    data = images(3, name="f{}")
    model = wrap(ink, data)
    assert rows_game(model, data, [0]).players == data.space.names
    assert rows_game(model, data, [0]).parts() is None
    cells = rows_game(model, data, [0], parts="patches", max_players=9)
    assert cells.players[-1] == "patch 3,3"
    assert cells.parts()["kind"].unique().tolist() == ["patch"]


@pytest.mark.parametrize(
    ("data", "most", "says"),
    [
        (images(3), 16, "grid of 4 x 4 is finer than the image of 3 x 3 pixels; pass `max_players` of at most 9"),
        (images(7), 3, "`max_players` of at least 4"),
    ],
)
def test_grids_that_do_not_fit_are_told(data, most, says):
    with pytest.raises(InputError, match=says):
        rows_game(wrap(ink, data), data, [0], parts="patches", max_players=most)


def test_tables_that_are_no_image_are_told():
    frame = pd.DataFrame(np.random.default_rng(0).random((30, 5)), columns=list("abcdy"))
    some = assemble(frame.drop(columns="d"), name="t", target="y", kinds=dict.fromkeys("abc", Kind.NUMERIC))
    with pytest.raises(InputError, match=r"need a square image.*the data have 3 features"):
        rows_game(wrap(ink, some), some, [0], parts="patches")
    words = assemble(frame.assign(d="x"), name="t", target="y", kinds=dict.fromkeys("abcd", Kind.CATEGORICAL))
    with pytest.raises(InputError, match="pixels, which are numbers"):
        rows_game(wrap(lambda x: np.zeros(len(x)), words), words, [0], parts="patches")
