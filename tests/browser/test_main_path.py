"""The three main paths, as somebody walks them who has never seen the project."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.steps import PATIENCE, query, still

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def table(tmp_path) -> Path:
    """A table with an interaction of `a` and `b`, a column that identifies rows, and a name that is no markup."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.normal(size=(400, 3)), columns=["a", "b", "<b>c</b> *d*"])
    frame.insert(0, "id", [f"row {number}" for number in range(len(frame))])
    frame["y"] = frame["a"] * frame["b"] + 0.1 * draw.normal(size=len(frame))
    path = tmp_path / "own table.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def product(tmp_path) -> Path:
    """An ONNX model of `a`, `b` and the third feature: the product of the first two."""
    from onnx import TensorProto, helper, save

    parts = [
        helper.make_node("Split", ["x"], ["a", "b", "c"], axis=1, num_outputs=3),
        helper.make_node("Mul", ["a", "b"], ["y"]),
    ]
    shapes = (("x", 3), ("y", 1))
    rows, scores = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", n]) for name, n in shapes)
    graph = helper.make_graph(parts, "product", [rows], [scores])
    path = tmp_path / "product.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


def test_sample_to_download(page: Page, tmp_path):
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").first.click()
    finding = page.get_by_role("heading", name=re.compile("interact most"))
    expect(finding).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Effect surface")).to_be_visible(timeout=PATIENCE)
    still(page)
    strongest = query(page)["pair"]

    choose(page, "First feature", "windspeed")
    expect(page).to_have_url(re.compile("pair=windspeed"), timeout=60_000)
    assert query(page)["pair"] != strongest
    expect(page.get_by_role("heading", name="Effect surface")).to_be_visible(timeout=PATIENCE)
    still(page)

    page.get_by_role("link", name="Confidence").click()
    expect(page.get_by_role("heading", name="Convergence of this pair")).to_be_visible(timeout=60_000)
    expect(page).to_have_url(re.compile(r"confidence\?.*pair=windspeed"), timeout=60_000)
    page.get_by_test_id("stPopoverButton").filter(has_text="Download").first.click()
    for kind, check in (("CSV", is_table), ("JSON", is_record), ("HTML", is_page), ("SVG", is_svg), ("PNG", is_png)):
        with page.expect_download(timeout=60_000) as found:
            page.get_by_test_id("stPopoverBody").get_by_role("button", name=kind, exact=True).click()
        found.value.save_as(tmp_path / kind)
        check((tmp_path / kind).read_bytes())


def test_a_click_on_the_map_chooses_the_pair_everywhere(page: Page):
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").first.click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)
    still(page)
    before = page.url
    plot = page.locator(".js-plotly-plot").first.locator(".nsewdrag").first
    plot.wait_for()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.05, box["y"] + box["height"] * 0.55)
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + box["width"] * 0.05, box["y"] + box["height"] * 0.55)
    page.wait_for_function(f"location.href != {json.dumps(before)}")
    chosen = query(page)["pair"]
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("link", name="Confidence").click()
    page.get_by_role("heading", name="Convergence of this pair").wait_for(timeout=PATIENCE)
    assert query(page)["pair"] == chosen


def test_own_table_to_training_to_detection(page: Page, table: Path):
    open_table(page, table)
    page.get_by_role("button", name="Go on to the model").click()
    page.get_by_text("Neural network", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    still(page)
    expect(epochs).to_have_count(1, timeout=60_000)  # until the form of the other training is gone
    epochs.fill("5")
    page.keyboard.press("Tab")
    still(page)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Detect interactions").click(timeout=PATIENCE)
    detect(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("<b>c</b> *d*")


def test_onnx_model_to_detection(page: Page, table: Path, product: Path):
    open_table(page, table)
    page.get_by_role("button", name="Go on to the model").click()
    bring(page, product)
    page.get_by_role("button", name="Detect interactions").click(timeout=PATIENCE)
    detect(page)
    expect(page.get_by_role("heading", name=re.compile("a and b interact most"))).to_be_visible()


def test_larger_sets_from_detection_to_three_features_at_once(page: Page):
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").last.click()  # F8, whose truth is known
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("link", name="Higher order").click()
    page.get_by_role("button", name="Look for larger sets").click()
    page.get_by_role("spinbutton", name="Highest order").wait_for(timeout=60_000)
    still(page)
    page.get_by_role("button", name="Start the detection").click()
    page.get_by_role("button", name="See the larger sets").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name=re.compile("x3, x4, x5 and x7 form a four-way interaction"))).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_role("heading", name="Sets of 4")).to_be_visible()
    still(page)
    assert query(page)["set"] == ["x3", "x4", "x5", "x7"]
    expect(page.get_by_role("heading", name="Three features at once")).to_be_visible(timeout=PATIENCE)
    still(page)
    page.get_by_role("link", name="Pairs", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("interact most"))).to_be_visible(timeout=PATIENCE)


def test_a_pickle_under_another_name_is_refused(page: Page, table: Path, tmp_path):
    import pickle

    ran = tmp_path / "ran"
    payload = tmp_path / "model.skops"
    payload.write_bytes(pickle.dumps(Payload(str(ran))))
    open_table(page, table)
    page.get_by_role("button", name="Go on to the model").click()
    bring(page, payload)
    expect(page.get_by_role("alert").first).to_contain_text("model", timeout=PATIENCE)
    assert not ran.exists()


def test_reload_and_a_killed_server_lose_nothing(page: Page, server):
    page.get_by_test_id("stMain").get_by_role("button", name="Explore").first.click()
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)
    finding = page.get_by_role("heading", name=re.compile("interact most"))
    before, address = finding.inner_text(), page.url
    page.goto("about:blank")  # a browser that loses its server complains, and may
    server.kill()
    server.start()
    page.goto(address)
    expect(finding).to_have_text(before, timeout=60_000)
    expect(page.get_by_role("link", name="Confidence")).to_be_visible()


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def open_table(page: Page, table: Path) -> None:
    """Upload a table and accept what is proposed."""
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(table)
    page.get_by_role("button", name="Open the table").click()
    page.get_by_role("button", name="Use these data").click(timeout=60_000)
    page.get_by_role("button", name="Go on to the model").wait_for(timeout=60_000)


def bring(page: Page, model: Path) -> None:
    page.get_by_role("tab", name="Import a model").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(model)
    page.get_by_role("button", name="Check on my data").click()


def detect(page: Page) -> None:
    page.get_by_text("Model calls", exact=True).wait_for(timeout=PATIENCE)
    still(page)
    page.get_by_role("button", name="Start the detection").click()
    page.get_by_role("button", name="See the pairs").click(timeout=PATIENCE)
    page.get_by_role("heading", name="Effect surface").wait_for(timeout=PATIENCE)


def choose(page: Page, label: str, option: str) -> None:
    """Type an option into a selection box and take it; a list that a redraw has closed is opened again."""
    box = page.get_by_role("combobox", name=re.compile(label))
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(5):
        box.click()
        box.fill(option)
        try:
            wanted.click(timeout=5_000)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"`{option}` cannot be chosen in `{label}`.")


def is_table(content: bytes) -> None:
    assert content.startswith(b"feature_1,feature_2,strength")


def is_record(content: bytes) -> None:
    record = json.loads(content)
    assert record["provenance"]["seed"] == 0
    assert len(record["rows"]) == 66


def is_page(content: bytes) -> None:
    assert b"plotly" in content
    assert b'src="http' not in content, "the file must work without a network"


def is_svg(content: bytes) -> None:
    assert content.startswith(b"<svg")


def is_png(content: bytes) -> None:
    assert content.startswith(b"\x89PNG")
