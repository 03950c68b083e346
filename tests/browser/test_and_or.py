"""From a sample to one of its predictions taken apart, as a user clicks through it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import PATIENCE, still

pytestmark = pytest.mark.timeout(600)


def test_a_prediction_of_a_sample_is_taken_apart(page: Page) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").last.click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)
    open_screen(page, "AND-OR")
    page.get_by_role("button", name="Take this prediction apart").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="How few patterns it takes")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot")).to_have_count(7, timeout=60_000)
    expect(page.get_by_text("matches every masked score")).to_be_visible()
    open_screen(page, "Training dynamics")
    expect(page.get_by_role("heading", name="This needs classes")).to_be_visible(timeout=PATIENCE)
    open_screen(page, "Pairs")
    page.get_by_role("button", name="Open the latest result").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Effect surface")).to_be_visible(timeout=PATIENCE)


def open_screen(page: Page, name: str) -> None:
    still(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
