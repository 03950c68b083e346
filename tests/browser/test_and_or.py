"""Predictions taken apart - of a table, a sentence, a picture - and a training watched, as a user clicks through it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from interaction_engine.data.samples import FOLDER, load_sample
from interaction_engine.runs.store import Store
from tests.browser.steps import PATIENCE, query, still

pytestmark = pytest.mark.timeout(600)

CARDS = {"adult": 2, "reviews": 3, "F8": 4}
"""Places of samples on the start screen."""


def test_a_prediction_of_a_sample_is_taken_apart(page: Page) -> None:
    explore(page, "F8")
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)
    open_screen(page, "AND-OR")
    page.get_by_text("1,024 ways").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Decompose this prediction").click(timeout=PATIENCE)
    wait_for_result(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(7, timeout=60_000)
    expect(page.get_by_text("matches every masked score")).to_be_visible()
    open_screen(page, "Training dynamics")
    expect(page.get_by_role("heading", name="This needs classes")).to_be_visible(timeout=PATIENCE)
    open_screen(page, "Pairs")
    page.get_by_role("button", name="Open the latest result").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Effect surface")).to_be_visible(timeout=PATIENCE)


def test_a_sentence_is_typed_and_its_patterns_are_marked(page: Page) -> None:
    explore(page, "reviews")
    wait_for_result(page)
    still(page)
    first = query(page)["run"]
    box = page.get_by_label("Sentence", exact=True)
    box.fill("Not a good phone, the xyzzy battery is <b>awful</b>!")
    box.press("Control+Enter")
    expect(page.get_by_text("Not in the vocabulary of the data")).to_contain_text("xyzzy", timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Decompose this sentence").click()
    page.wait_for_function("(first) => !location.href.includes(first)", arg=first[0], timeout=PATIENCE)
    wait_for_result(page)
    still(page)
    sentence = page.locator(".js-plotly-plot").first
    expect(sentence).to_contain_text("awful")
    expect(sentence).to_contain_text("xyzzy")
    before = marked(sentence)
    assert before
    page.locator('[class*="st-key-and-or-marked"] button').last.click()
    still(page)
    assert marked(sentence)
    assert marked(sentence) != before


def test_a_picture_is_cut_into_patches_and_into_groups(page: Page, server) -> None:
    page.goto(f"{server.address}/and_or?{stored(server.home, 'mnist')}")
    page.get_by_text("512 ways").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Decompose this prediction").click()
    wait_for_result(page)
    still(page)
    expect(page.locator(".js-plotly-plot").first).to_contain_text("Shapley")
    assert marked(page.locator(".js-plotly-plot").first)

    page.get_by_text("drawn groups").click()
    page.get_by_text("At least two groups are needed").wait_for(timeout=PATIENCE)
    still(page)
    draw = page.locator('[class*="st-key-and-or-drawn"]')
    drag(page, draw, (0.2, 0.1), (0.8, 0.4))
    page.get_by_text("group 1", exact=True).first.wait_for(timeout=PATIENCE)
    page.get_by_text("can be masked in 4 ways").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Decompose this prediction").click()
    page.get_by_role("heading", name="everything else").wait_for(timeout=PATIENCE)


def test_a_training_is_watched_to_its_end(page: Page, server) -> None:
    page.goto(f"{server.address}/dynamics?{stored(server.home, 'digits')}")
    for option, value in (("Epochs", "4"), ("Checkpoints", "4"), ("Samples", "6"), ("Maskable features", "6")):
        field = page.get_by_role("spinbutton", name=option)
        field.fill(value, timeout=PATIENCE)
        field.press("Tab")
        still(page)
    page.get_by_role("button", name="Analyse a training").click()
    expect(page.get_by_role("heading", name="Patterns by their order")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="At epoch 4", exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=60_000)


def explore(page: Page, sample: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").nth(CARDS[sample]).click()


def stored(home, name: str) -> str:
    """A sample and its network in the server's store, as the end of an address."""
    store = Store(home)
    data = store.put_dataset(load_sample(name))
    network = FOLDER / "models" / f"{name}.safetensors"
    architecture = network.with_suffix(".json").read_bytes()
    return f"data={data}&model={store.put_model_file(network, network.name, data, architecture=architecture)}"


def wait_for_result(page: Page) -> None:
    expect(page.get_by_role("heading", name="Number of patterns needed")).to_be_visible(timeout=PATIENCE)


def marked(figure: Locator) -> list[float]:
    """Where the parts of the sample that are outlined as a pattern's begin."""
    return figure.evaluate("figure => figure.data.filter(trace => trace.name === 'marked').map(trace => trace.x[0])")


def drag(page: Page, place: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a box over a figure; corners as shares of its width and height."""
    area = place.locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    (x0, y0), (x1, y1) = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=5)
    page.mouse.move(x1, y1, steps=5)
    page.mouse.up()


def open_screen(page: Page, name: str) -> None:
    still(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
