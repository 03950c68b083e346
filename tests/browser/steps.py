"""What every walk through the pages does between two clicks."""

from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page

PATIENCE = 180_000
"""Milliseconds for a training or a detection on a busy machine."""

QUIET = 1_500
"""Milliseconds: longer than a live panel waits before it looks again."""


def still(page: Page) -> None:
    """Wait until nothing has been drawn for a while: a click before that can meet a figure that is being replaced, and
    the timer of a finishing run can send the browser back to the page that the click has left."""
    page.evaluate("window.idleSince = null")
    page.wait_for_function(
        """(quiet) => {
            const idle = document.querySelector('[data-test-script-state="notRunning"]');
            window.idleSince = idle ? (window.idleSince || Date.now()) : null;
            return idle && Date.now() - window.idleSince >= quiet;
        }""",
        arg=QUIET,
        polling=100,
        timeout=PATIENCE,
    )


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)
