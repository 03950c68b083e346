"""What every walk through the pages does between two clicks."""

from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page

PATIENCE = 180_000
"""Milliseconds for a training or a detection on a busy machine."""


def still(page: Page) -> None:
    """Wait until the page is drawn to its end: on a busy machine a click before that meets figures not yet alive."""
    page.wait_for_function("""document.querySelector('[data-test-script-state="notRunning"]')""", timeout=PATIENCE)
    page.wait_for_timeout(1000)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)
