"""Results that were saved can be loaded, with the figures and the provenance that they were saved with."""

from dataclasses import asdict

import pytest

import interaction_engine as ie
from tests.golden import figures, saved_results
from tests.golden.access import FAMILIES

RECORDED = figures.read(saved_results.FIGURES)
FOLDERS = pytest.mark.parametrize("folder", saved_results.folders(), ids=lambda folder: folder.name)


@FOLDERS
def test_a_saved_result_has_the_recorded_figures(folder):
    figures.assert_same(saved_results.saved_figures(folder), RECORDED[folder.name])


@FOLDERS
def test_a_saved_result_keeps_its_provenance(folder):
    saved = saved_results.header(folder)["provenance"]
    loaded = asdict(ie.load_result(folder).provenance)
    for name in ("method", "title", "seed", "data", "model", "rows", "evaluations", "seconds", "version", "source"):
        assert loaded[name] == saved[name]
    assert list(loaded["notes"]) == saved["notes"]
    assert sorted(loaded["options"]) == sorted(saved["options"])


@FOLDERS
def test_a_loaded_result_is_the_same_when_it_is_saved_again(folder, tmp_path):
    ie.load_result(folder).save(tmp_path / "again")
    figures.assert_same(saved_results.saved_figures(tmp_path / "again"), RECORDED[folder.name])


def test_every_family_is_saved():
    assert {saved_results.header(folder)["family"] for folder in saved_results.folders()} == set(FAMILIES)
