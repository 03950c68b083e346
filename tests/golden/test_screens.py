"""Every screen shows the runs of a home folder of before, and draws what was recorded."""

import pytest

from tests.golden import access, figures, home, screens

RECORDED = figures.read(screens.FIGURES)
ADDRESSES = screens.addresses()
ROOT_PAGES = {path.stem for path in (screens.ROOT / "pages").glob("*.py")}


@pytest.fixture(scope="module")
def old_home(tmp_path_factory):
    with home.opened(tmp_path_factory.mktemp("old-home")) as atlas:
        yield atlas


def computed(atlas) -> set[str]:
    """Return the ids of all runs but plans: what a run will cost may be measured again."""
    return {view.id for view in atlas.runs(limit=1000) if view.specification.kind != "plan"}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_screen_draws_what_was_recorded(old_home, name):
    before = computed(old_home)
    with access.app_environment(old_home.store.home):
        app = screens.open_screen(*ADDRESSES[name])
    assert bool(app.error) == name.endswith("failed")
    assert computed(old_home) == before, "The screen has a stored run computed again."
    figures.assert_same(screens.screen_figures(app), RECORDED[name])


def test_every_page_is_opened():
    assert {page for page, _ in ADDRESSES.values()} == ROOT_PAGES
