"""The app in a session of its own, without a runner; results are in the store as a run would have left them."""

from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from interaction_engine.data.dataset import Dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, detection, finished, healthy, pairs, report, subsets

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture(autouse=True)
def no_runner(monkeypatch):
    monkeypatch.setattr(Atlas, "ensure_runner", lambda self: None)


@pytest.fixture(autouse=True)
def through_app(monkeypatch):
    """AppTest forgets before every run that the app navigates by itself, and would run the screens without `app.py`."""
    begin = PagesManager.__init__

    def begin_with_navigation(self, *arguments, **options):
        begin(self, *arguments, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_with_navigation)


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(APP, default_timeout=60)


@pytest.fixture
def open_page(app):
    """Open a screen with query parameters; fails when it shows an exception or fails in a way it should not."""

    def open_page(page: str, **query) -> AppTest:
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page != "start":
            app.switch_page(f"pages/{page}.py")
            for name, value in query.items():
                app.query_params[name] = value
            app.run()
        healthy(app)
        return app

    return open_page


@pytest.fixture
def data() -> Dataset:
    return load_sample("F8", rows=200)


@pytest.fixture
def atlas() -> Atlas:
    return Atlas()


@pytest.fixture
def data_id(atlas, data) -> str:
    return atlas.store.put_dataset(data)


@pytest.fixture
def detected(atlas, data_id, data, model_card) -> str:
    """A finished detection on the data."""
    return finished(atlas, detection(data_id), pairs(data.space.names))


@pytest.fixture
def climbed(atlas, data_id, data, model_card) -> str:
    """A finished detection of larger sets on the data."""
    return finished(atlas, detection(data_id, "cliques"), subsets(data.space.names))


@pytest.fixture
def model_card(atlas, data_id) -> None:
    """A model in the store, of which only the card is ever read."""
    atlas.store.files.write(
        f"models/{MODEL}/card.json",
        f'{{"name": "net <b>", "format": "network", "data": "{data_id}", "stored": 0}}'.encode(),
    )


@pytest.fixture
def checked(atlas, data_id, data, model_card) -> str:
    """A finished check of the model on the data."""
    return finished(
        atlas, Specification(kind="check", method="check", data=data_id, model=MODEL), report(data.space.names)
    )
