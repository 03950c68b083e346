"""Model files and data sets that were stored can be read, and give what was recorded."""

import numpy as np
import pytest

import interaction_engine as ie
from tests.golden import access, figures, stored_models
from tests.golden.access import METHODS

RECORDED = figures.read(stored_models.SCORES)


@pytest.mark.parametrize("path", stored_models.files(), ids=lambda path: path.name)
def test_a_stored_model_gives_what_was_recorded(path):
    figures.assert_same(stored_models.loaded_figures(path), RECORDED[path.name])


@pytest.mark.parametrize("name", stored_models.SAMPLES)
def test_the_network_of_a_sample_predicts_what_was_recorded(name):
    figures.assert_same(stored_models.sample_figures(name), RECORDED[f"sample-{name}"])


def test_every_trainer_and_editor_is_stored():
    stored = {path.name.split(".")[0].split("-")[1] for path in stored_models.files()}
    ours = [name for name in access.default_options() if METHODS[name].role in ("trainer", "editor")]
    assert set(ours) <= stored


@pytest.mark.parametrize("folder", sorted(stored_models.DATA.iterdir()), ids=lambda folder: folder.name)
def test_a_stored_data_set_is_the_one_that_is_read_today(folder):
    stored, read = ie.Dataset.load(folder), access.data_set(folder.name)
    assert stored.content_hash == read.content_hash
    np.testing.assert_array_equal(stored.rows, read.rows)
    assert stored.space == read.space
    assert stored.target == read.target
