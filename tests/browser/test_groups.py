"""A Bayesian network's pairs with their intervals: tested against chance, divided anew, and seen where they act."""

import pytest
from playwright.sync_api import Locator, Page, expect

import interaction_engine as ie
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.browser.steps import PATIENCE, query, still

pytestmark = pytest.mark.timeout(600)


def test_pairs_with_intervals_are_tested_against_chance(page: Page, server) -> None:
    run = detected(server.home)
    page.goto(f"{server.address}/confidence?run={run}")
    expect(page.get_by_text("nothing was compared with chance yet").first).to_be_visible(timeout=PATIENCE)
    pair = query(page)["pair"]
    still(page)
    enter(page, "Null models", 8)
    page.get_by_role("button", name="Run the permutation test").click()
    expect(page.get_by_text("out against 8 networks trained on data without interactions").first).to_be_visible(
        timeout=PATIENCE
    )
    tested = query(page)["run"]
    assert tested != [run]
    assert query(page)["pair"] == pair
    still(page)
    null = page.locator(".js-plotly-plot").nth(1)
    assert null.evaluate("figure => Array.from(figure._fullData[0].y).reduce((sum, count) => sum + count, 0)") == 8

    still(page)
    enter(page, "Regions", 3)
    page.get_by_role("button", name="Use this number").click()
    expect(page.get_by_text("You asked for 3 regions").first).to_be_visible(timeout=PATIENCE)
    assert query(page)["run"] not in ([run], tested)
    expect(page.get_by_role("button", name="Open the result with 8 permutations")).to_be_visible(timeout=PATIENCE)

    still(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Pairs", exact=True).click()
    expect(page.get_by_role("heading", name="Effect by region")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Feature selection by dropout")).to_be_visible(timeout=PATIENCE)
    still(page)
    surface, slices = (page.locator(f".st-key-figure-{name}").last for name in ("effect-surface", "slices"))
    assert below(slices, surface) == 0
    page.set_viewport_size({"width": 900, "height": 1000})
    still(page)
    assert below(slices, surface) > 200  # too narrow for both, so that their labels would overlap
    regions = page.locator(".js-plotly-plot").nth(-2)
    assert regions.evaluate("figure => figure.layout.yaxis.ticktext.length") == 3


def detected(home) -> str:
    """A finished detection on a small network."""
    atlas = Atlas(home)
    data_set = ie.load_sample("bike", rows=300)
    data = atlas.store.put_dataset(data_set)
    model = atlas.store.put_model(ie.train(data_set, "bayesian", hidden=(8,), epochs=3), data)
    options = {"draws": 10, "rows": 60}
    asked = Specification(kind="detect", method="group_expected_hessian", data=data, model=model, options=options)
    view = atlas.wait(atlas.submit(asked), 180)
    assert view.status == "done", view.error
    atlas.close()
    return view.id


def below(one: Locator, other: Locator) -> float:
    """Pixels from the upper edge of one figure down to that of another; 0 for figures side by side."""
    tops = [figure.evaluate("figure => Math.round(figure.getBoundingClientRect().top)") for figure in (one, other)]
    return 0 if abs(tops[0] - tops[1]) < 50 else tops[0] - tops[1]


def enter(page: Page, label: str, number: int) -> None:
    box = page.get_by_role("spinbutton", name=label, exact=True)
    box.fill(str(number))
    box.press("Enter")
    still(page)
