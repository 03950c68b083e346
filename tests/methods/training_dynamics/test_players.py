"""Who plays: cells inside an image, the strongest features of a large table, words that enough texts have."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.words import NONE
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.methods.training_dynamics.training_players import features, patches, wordy_rows
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.training.watched_trainer import new_words


@pytest.mark.parametrize(("side", "grid"), [(8, 8), (28, 7), (16, 8), (21, 7), (10, 7), (5, 5)])
def test_patches_are_cells_inside_a_grid_and_none_touches_the_edge(side, grid):
    names = [f"p{place}" for place in range(side**2)]
    frame = pd.DataFrame(np.arange(6 * side**2).reshape(6, -1) % 7, columns=names).assign(digit=list("ababab"))
    space = assemble(frame, name="noise", target="digit", kinds=dict.fromkeys(names, Kind.NUMERIC)).space
    every = patches(space, (grid - 2) ** 2, seed=0)
    covered = [place for members in every.members for place in members]
    assert len(set(covered)) == len(covered)
    rows, columns = np.divmod(covered, side)
    assert min(rows.min(), columns.min()) > 0
    assert max(rows.max(), columns.max()) < side - 1
    few = patches(space, 3, seed=0)
    assert len(set(few.names)) == 3
    assert set(few.names) <= set(every.names)
    with pytest.raises(InputError, match=f"`players` must be at most {(grid - 2) ** 2}"):
        patches(space, (grid - 2) ** 2 + 1, seed=0)


def test_of_a_large_table_the_players_are_the_models_strongest_features(classes):
    model = wrap(lambda x: 3 * x[:, 2] + x[:, 0], classes, takes="array")
    chosen = features(model, classes, 2, 0, Compute())
    assert (chosen.names, chosen.members) == (("a", "idle"), ((0,), (2,)))
    assert features(model, classes, 10, 0, Compute()).names == classes.space.names


def test_players_that_few_texts_have_are_refused(opinions):
    lengths = (opinions.rows[opinions.held_out_rows][:, :6] != NONE).sum(1)
    assert len(wordy_rows(opinions, opinions.held_out_rows, 5)) == (lengths >= 5).sum()
    with pytest.raises(InputError, match="only 0 have 7"):
        dynamics(new_words(opinions, 0), opinions, players=7)
