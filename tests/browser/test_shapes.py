"""Sums of curves and maps, trained, read, taken apart and edited as a user clicks through them."""

import pytest
from playwright.sync_api import Page, expect

from interaction_engine.data.samples import load_sample
from interaction_engine.runs.store import Store
from tests.browser.steps import PATIENCE, query, still

pytestmark = pytest.mark.timeout(600)


def test_models_are_trained_read_and_taken_apart(page: Page, server) -> None:
    data = Store(server.home).put_dataset(load_sample("bike", rows=1500))
    page.goto(f"{server.address}/shapes?data={data}")
    page.get_by_role("heading", name="No model with shapes yet").wait_for(timeout=PATIENCE)
    still(page)
    for kind in ("EBM", "NIT"):  # chosen at first: put aside, for they take longer
        page.get_by_role("button", name=kind, exact=True).click()
        still(page)
    page.get_by_role("button", name="Linear", exact=True).click()
    still(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="The chosen term")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("() => new URLSearchParams(location.search).getAll('models').length === 2", timeout=PATIENCE)
    still(page)

    assert query(page)["term"] == ["hour"]
    expect(page.get_by_role("heading", name="hour moves the predicted count most")).to_be_visible(timeout=PATIENCE)
    bars = page.locator(".js-plotly-plot").first
    assert set(bars.evaluate("figure => figure.data.map(trace => trace.name)")) == {"Spline GAM", "Linear"}

    still(page)
    out = page.get_by_role("combobox", name="Leave out")
    out.click()
    out.fill("hour")
    page.get_by_role("option", name="hour", exact=True).click()
    expect(page.get_by_text("grows from")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    still(page)

    choose_term(page, "weather")
    expect(page.locator(".js-plotly-plot").nth(2)).to_contain_text("rain")

    page.reload()
    expect(page.get_by_text("In Linear it runs from")).to_be_visible(timeout=PATIENCE)

    edit_and_use(page)
    find_with_the_edited(page)


def edit_and_use(page: Page) -> None:
    """Let the curve of the hour only rise, and take the new version for all screens."""
    still(page)
    choose_term(page, "hour")
    page.locator('[class*="st-key-shapes-edited"]').get_by_text("Spline GAM", exact=True).click()
    still(page)
    page.get_by_text("Make monotone", exact=True).click()
    page.get_by_text("This would change R²").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Spline GAM, 1 edit").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("() => new URLSearchParams(location.search).getAll('models').length === 3", timeout=PATIENCE)
    still(page)
    expect(page.get_by_text("throughout").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Use everywhere").last.click()


def find_with_the_edited(page: Page) -> None:
    """The edited model is the one of every screen: a sum of curves, in which nothing interacts."""
    page.get_by_role("button", name="See its shapes").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Detect", exact=True).click()
    page.get_by_role("button", name="Start the detection").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Start the detection").click()
    expect(page.get_by_role("button", name="See the pairs")).to_be_visible(timeout=PATIENCE)


def choose_term(page: Page, name: str) -> None:
    box = page.get_by_role("combobox", name="Term", exact=True)
    box.click()
    box.fill(name)
    page.get_by_role("option", name=name, exact=True).click()
    page.wait_for_function("(name) => location.href.includes(`term=${name}`)", arg=name, timeout=PATIENCE)
    still(page)
