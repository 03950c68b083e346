"""Drives the real dashboard through Chromium and writes docs/images: `make screenshots`.

One home folder for all pictures, so that the sample's run of the light ones is an earlier run in the dark ones.
"""

import io
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

import interaction_engine as ie
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.browser.conftest import CHROMIUM, Server

FOLDER = Path(__file__).parent / "images"
WIDTH = 1440
THEMES = ("light", "dark")
WAIT = 120_000
"""Milliseconds: enough for a sample's detection on a slow machine."""

BACKGROUND = 12_000
"""Rows for the picture of a race: so many that it can be watched."""

HOUSES, NETWORKS = 6_000, 60
"""Rows, and networks to compare with, for the picture of what chance makes."""

RACE = '[class*="st-key-panel"] .js-plotly-plot .scatterlayer'
STILL = "document.querySelector('[data-test-script-state=\"notRunning\"]')"
BUSY = ", ".join(f'[data-testid="{part}"]' for part in ("stProgress", "stSpinner", "stSkeleton"))


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with _dashboard() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        compared = _compared_with_chance(server.home)
        for theme in THEMES:
            with _tab(browser, server.address, theme) as page:
                _walk(page, theme)
                page.goto(f"{server.address}/confidence?run={compared}")
                page.get_by_role("heading", name="Interval calibration").wait_for(timeout=WAIT)
                _shoot(page, "Confidence", theme, height=2050, name="chance")
        browser.close()
    return 0


def _compared_with_chance(home: Path) -> str:
    """The pairs of a Bayesian network of the houses, compared with networks trained on targets without interactions."""
    atlas = Atlas(home)
    houses = ie.load_sample("california", rows=HOUSES)
    data = atlas.store.put_dataset(houses)
    model = atlas.store.put_model(ie.train(houses, "bayesian", seed=0), data)
    asked = Specification(
        kind="detect",
        method="group_expected_hessian",
        data=data,
        model=model,
        options={"permutations": NETWORKS},
    )
    view = atlas.wait(atlas.submit(asked), 900)
    atlas.close()
    assert view.status == "done", view.error
    return view.id


def _walk(page: Page, theme: str) -> None:
    """From the sample on the first screen to the race, a picture on every screen."""
    page.get_by_role("button", name="Explore").first.click(timeout=WAIT)
    _shoot(page, "Pairs", theme, height=2150)
    for screen, height in (("Confidence", 1300), ("Data", 1100), ("Model", 1200)):
        _open(page, screen)
        _shoot(page, screen, theme, height)
    _open(page, "Detect")
    _watch_race(page, theme)
    _open(page, "Start")
    _shoot(page, "Start", theme, height=1000)
    _climb(page)
    _shoot(page, "Higher order", theme, height=1250)
    _take_apart(page)
    _shoot(page, "AND-OR", theme, height=1250)
    _take_sentence_apart(page)
    _shoot(page, "AND-OR", theme, height=1250, name="sentence")
    _take_picture_apart(page)
    _shoot(page, "AND-OR", theme, height=1250, name="picture")
    _explain_row(page)
    _shoot(page, "Explain one row", theme, height=2050)
    _watch_training(page)
    _shoot(page, "Training dynamics", theme, height=1750)
    _read_shapes(page)
    _shoot(page, "Shapes", theme, height=2000)


def _watch_race(page: Page, theme: str) -> None:
    rows = page.get_by_role("spinbutton", name="Background rows")
    expect(rows).to_be_visible(timeout=WAIT)
    rows.fill(str(BACKGROUND + THEMES.index(theme)))
    rows.press("Enter")
    _settle(page)
    page.set_viewport_size({"width": WIDTH, "height": 1500})
    page.get_by_role("button", name="Start the detection").click()
    race = page.locator(RACE).first
    expect(race).to_be_visible(timeout=WAIT)
    last = page.screenshot()
    while race.is_visible():  # the last picture before the run is done shows the most
        shot = page.screenshot()
        last = shot if race.is_visible() else last
    _save(last, "Detect", theme)


def _climb(page: Page) -> None:
    """From the sample of known truth to its larger sets."""
    page.set_viewport_size({"width": WIDTH, "height": 1500})
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").last.click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=WAIT)
    _open(page, "Higher order")
    page.get_by_role("button", name="Look for larger sets").click(timeout=WAIT)
    page.get_by_role("spinbutton", name="Highest order").wait_for(timeout=WAIT)
    _settle(page)
    page.get_by_role("button", name="Start the detection").click()
    page.get_by_role("button", name="See the larger sets").click(timeout=WAIT)


def _take_apart(page: Page) -> None:
    """One prediction of the census sample."""
    _open(page, "Start")
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").nth(2).click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=WAIT)
    _open(page, "AND-OR")
    page.get_by_role("button", name="Decompose this prediction").click(timeout=WAIT)
    page.get_by_role("heading", name="Number of patterns needed").wait_for(timeout=WAIT)


def _take_sentence_apart(page: Page) -> None:
    """The sentence of the sample of reviews."""
    _open(page, "Start")
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").nth(3).click()
    page.get_by_role("heading", name="neither").wait_for(timeout=WAIT)


def _take_picture_apart(page: Page) -> None:
    """An image of MNIST."""
    _explore(page, "MNIST")
    page.get_by_role("heading", name="digit").wait_for(timeout=WAIT)


def _explain_row(page: Page) -> None:
    """Rows of the bicycles, the first of them on screen."""
    _open(page, "Start")
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").first.click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=WAIT)
    _open(page, "Explain one row")
    explain = page.get_by_role("button", name="Explain these rows")
    explain.wait_for(timeout=WAIT)
    if page.get_by_role("button", name="Open the latest result").is_visible():
        page.get_by_role("button", name="Open the latest result").click()
    elif not page.get_by_role("heading", name="What if?").is_visible():
        explain.click()
    page.get_by_role("heading", name="Another explanation").wait_for(timeout=WAIT)


def _watch_training(page: Page) -> None:
    """How a network learns to read digits."""
    _explore(page, "Digits")
    page.get_by_role("heading", name="Patterns by their order").wait_for(timeout=2 * WAIT)


def _read_shapes(page: Page) -> None:
    """Sums of curves and maps of the bicycles, side by side."""
    _open(page, "Start")
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").first.click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=WAIT)
    _open(page, "Shapes")
    _settle(page)
    train = page.get_by_role("button", name="Train", exact=True)
    if page.get_by_role("heading", name="No model with shapes yet").is_visible():
        page.get_by_role("button", name="NIT", exact=True).click()  # put aside: it takes minutes
        _settle(page)
        train.click()
    several = "() => new URLSearchParams(location.search).getAll('models').length > 1"
    page.wait_for_function(several, timeout=5 * WAIT)
    page.get_by_role("heading", name="The chosen term").wait_for(timeout=WAIT)


def _explore(page: Page, sample: str) -> None:
    """One of the samples that have no card on the first screen."""
    _open(page, "Data")
    page.get_by_role("tab", name="sample").click()
    box = page.get_by_role("combobox", name="Sample")
    box.click()
    box.fill(sample)
    page.get_by_role("option").first.click()
    _settle(page)
    page.get_by_role("button", name="Explore it now").click()


def _open(page: Page, screen: str) -> None:
    _settle(page)  # a run that ends draws the page anew, and a click before that is lost
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=screen).click()


def _shoot(page: Page, screen: str, theme: str, height: int, name: str = "") -> None:
    page.set_viewport_size({"width": WIDTH, "height": height})
    title = "Which features act together?" if screen == "Start" else screen
    expect(page.get_by_role("heading", name=title, exact=True).first).to_be_visible(timeout=WAIT)
    _settle(page)
    _save(page.screenshot(), name or screen, theme)


def _settle(page: Page) -> None:
    """Wait until nothing runs any more and the figures have stopped moving."""
    for _ in range(2):  # a run that ends draws the page anew
        page.wait_for_function(f"() => {STILL} && !document.querySelector('{BUSY}')", timeout=WAIT)
        page.wait_for_timeout(2000)


def _save(shot: bytes, screen: str, theme: str) -> None:
    """Save a picture with a palette of 256 colours, a third of the size."""
    name = f"{screen.lower().replace(' ', '-')}-{theme}.png"
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)
    print(f"Written: {name}")


@contextmanager
def _tab(browser: Browser, address: str, theme: str) -> Generator[Page]:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 1000}, color_scheme="dark" if theme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


@contextmanager
def _dashboard() -> Generator[Server]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        server = Server(Path(home))
        server.start()
        try:
            yield server
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
