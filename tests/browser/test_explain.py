"""One row explained as a user does it: started, read, another row and pair chosen, its values moved."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import PATIENCE, query, still
from tests.browser.test_and_or import stored

pytestmark = pytest.mark.timeout(600)

NOTICE = """() => {
    window.moved = null; window.drawn = null;
    const texts = () => [...document.querySelectorAll('.st-key-what-if .js-plotly-plot')].map(one => one.textContent);
    const before = texts();
    document.addEventListener('keydown', () => { window.moved = performance.now(); }, true);
    const look = () => {
        const now = texts();
        if (window.moved && now.length === before.length && now.every((text, at) => text !== before[at]))
            window.drawn = window.drawn || performance.now() - window.moved;
        else requestAnimationFrame(look);
    };
    look();
}"""
"""Tells how long after a key was pressed the figure of the changed row is redrawn."""

SLOW = 10_000
"""Milliseconds until a moved slider has redrawn its figure, on a machine that is busy with much else."""


def test_a_row_is_explained_and_its_values_moved(page: Page, server) -> None:
    page.goto(f"{server.address}/explain?{stored(server.home, 'bike')}")
    rows = page.get_by_role("spinbutton", name="Rows", exact=True)
    rows.fill("40", timeout=PATIENCE)
    rows.press("Enter")
    still(page)
    page.get_by_role("button", name="Explain these rows").click()
    expect(page.get_by_role("heading", name="What if?")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("the parts add up").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot")).to_have_count(6, timeout=60_000)
    still(page)

    (first,) = query(page)["row"]
    dot = page.locator(".st-key-figure-pair-dependence .js-plotly-plot .scatterlayer .point").last
    dot.scroll_into_view_if_needed()
    dot.click(force=True)
    page.wait_for_function("(first) => !location.href.includes(`row=${first}&`)", arg=first, timeout=PATIENCE)
    still(page)
    (second,) = query(page)["row"]
    expect(page.get_by_role("heading", name=f"For row {int(second):,}")).to_be_visible()

    slider = page.locator('[data-testid="stSlider"]').filter(has_text="hour").locator('input[type="range"]').first
    slider.scroll_into_view_if_needed()
    slider.focus()
    there, back = ("ArrowRight", "ArrowLeft") if int(slider.input_value()) < 22 else ("ArrowLeft", "ArrowRight")
    times = []
    for key in (there, there, back, there):
        page.evaluate(NOTICE)
        slider.press(key)
        page.wait_for_function("() => window.drawn !== null", timeout=PATIENCE)
        expect(page.get_by_text("goes from")).to_be_visible()
        times.append(page.evaluate("window.drawn"))
        still(page)
    assert min(times[1:]) < SLOW, times  # the first may have met a process that was still starting

    page.get_by_role("button", name="As it was").click()
    expect(page.get_by_text("Nothing is changed yet")).to_be_visible(timeout=PATIENCE)
    address = page.url
    page.reload()
    expect(page.get_by_role("heading", name=f"For row {int(second):,}")).to_be_visible(timeout=PATIENCE)
    assert query(page)["row"] == [second]
    assert page.url == address
