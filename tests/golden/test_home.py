"""A home folder of before can be opened: its runs are listed, and its results, models and data are as recorded."""

import pytest

from tests.golden import access, figures, home

RECORDED = figures.read(home.FIGURES)
INDEX = home.index()
DONE = [run_id for run_id, status in INDEX["statuses"].items() if status == "done"]
NAMES = {run_id: name for name, run_id in INDEX["runs"].items()}


def ids(identifier: str) -> str:
    return NAMES.get(identifier, identifier)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    with home.opened(tmp_path_factory.mktemp("old-home")) as opened:
        yield opened


def test_all_runs_are_listed_with_their_status(atlas):
    assert {view.id: view.status for view in atlas.runs(limit=1000)} == INDEX["statuses"]


def test_a_run_that_failed_states_why(atlas):
    assert atlas.run(INDEX["runs"]["failed"]).error


@pytest.mark.parametrize("run_id", DONE, ids=ids)
def test_the_result_of_a_run_is_as_recorded(atlas, run_id):
    figures.assert_same(home.run_figures(atlas, run_id), RECORDED[run_id])


@pytest.mark.parametrize("name", INDEX["models"])
def test_a_model_gives_what_was_recorded(atlas, name):
    model_id = INDEX["models"][name]
    figures.assert_same(home.model_figures(atlas, model_id), RECORDED[model_id])


@pytest.mark.parametrize("name", INDEX["data"])
def test_a_data_set_holds_what_was_recorded(atlas, name):
    data_id = INDEX["data"][name]
    figures.assert_same(home.data_figures(atlas, data_id), RECORDED[data_id])


def test_every_stored_thing_is_known(atlas):
    assert {card["id"] for card in atlas.store.datasets()} == set(INDEX["data"].values())
    assert {card["id"] for card in atlas.store.models()} == set(INDEX["models"].values())


@pytest.mark.parametrize("name", INDEX["data"])
def test_the_same_data_are_stored_under_the_same_id(atlas, name):
    assert atlas.store.put_dataset(access.data_set(name)) == INDEX["data"][name]


def test_the_same_run_is_not_computed_twice(atlas):
    for run_id in DONE:
        assert atlas.submit(atlas.store.specification(run_id)) == run_id
    assert {view.id: view.status for view in atlas.runs(limit=1000)} == INDEX["statuses"]


def test_runs_are_of_every_method_with_a_screen():
    kept = {*home.DETECTIONS, *home.TRAININGS} | {"comparison", "edited", "check", "exported", home.CANCELLED}
    assert set(INDEX["runs"]) == kept
    methods = {method for method, *_ in [*home.DETECTIONS.values(), *home.TRAININGS.values()]}
    roles = ("detector", "trainer")
    assert {name for name in access.default_options() if access.METHODS[name].role in roles} == methods
