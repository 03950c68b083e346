"""Every screen, empty and full, without a runner."""

import pytest

from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, detection, effect, finished, healthy, pairs

PAGES = (
    "start",
    "data",
    "model",
    "detect",
    "pairs",
    "higher_order",
    "and_or",
    "explain",
    "dynamics",
    "shapes",
    "confidence",
)


def texts(app) -> str:
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info")
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind))


def stored_effect(atlas, data_id, first="x1", second="x2"):
    options = {"feature_1": first, "feature_2": second}
    view = Specification(kind="view", method="pair_effect", options=options, data=data_id, model=MODEL)
    return finished(atlas, view, effect(first, second))


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_installation_explains_itself(open_page, page):
    app = open_page(page)
    assert len(app.title) == 1
    assert len(app.button) >= 1


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        ("model", "data"),
        ("detect", "data"),
        ("pairs", "run"),
        ("higher_order", "run"),
        ("and_or", "data"),
        ("dynamics", "data"),
        ("shapes", "data"),
        ("confidence", "run"),
    ],
)
def test_what_is_missing_is_named_with_a_button(open_page, page, missing):
    app = open_page(page)
    assert f"No {missing} yet" in texts(app)
    assert app.button(key="empty/go")


def test_pairs_from_an_address(open_page, atlas, detected, data_id):
    stored_effect(atlas, data_id)
    app = open_page("pairs", run=detected)
    assert app.get("plotly_chart")
    assert app.query_params["pair"] == ["x1", "x2"]
    assert "Effect surface" in texts(app)


def test_the_pair_in_the_address_is_shown(open_page, atlas, detected, data_id):
    stored_effect(atlas, data_id, "x4", "x3")
    app = open_page("pairs", run=detected, pair=["x4", "x3"])
    assert app.selectbox(key="pair/1").value == "x4"
    assert app.query_params["pair"] == ["x4", "x3"]
    app = open_page("confidence", run=detected, pair=["x4", "x3"])
    assert app.selectbox(key="pair/2").value == "x3"


def test_choosing_another_pair_changes_the_address(open_page, atlas, detected, data_id):
    stored_effect(atlas, data_id)
    app = open_page("confidence", run=detected)
    app.selectbox(key="pair/2").select("x5").run()
    healthy(app)
    assert app.query_params["pair"] == ["x1", "x5"]


def test_a_pair_of_other_features_gives_way_to_the_strongest(open_page, detected):
    app = open_page("confidence", run=detected, pair=["gone", "too"])
    assert app.query_params["pair"] == ["x1", "x2"]


def test_a_run_brings_its_data_and_model(open_page, detected, data_id):
    app = open_page("confidence", run=detected)
    assert app.query_params["data"] == data_id
    assert app.query_params["model"] == MODEL


def test_an_unknown_run_is_one_sentence(open_page):
    app = open_page("pairs", run="0" * 16)
    assert any("There is no run" in error.value for error in app.error)


def test_a_forged_run_is_one_sentence(open_page):
    app = open_page("pairs", run="../../etc/passwd")
    assert len(app.error) == 1


def test_an_unfinished_run_shows_its_panel(open_page, atlas, data_id, model_card):
    run = atlas.submit(detection(data_id, "exact"))
    app = open_page("pairs", run=run)
    assert app.button(key=f"cancel/{run}")


def test_a_cancelled_run_offers_to_start_again(open_page, atlas, data_id, model_card):
    run = atlas.submit(detection(data_id, "exact"))
    atlas.cancel(run)
    app = open_page("pairs", run=run)
    assert "cancelled" in texts(app)
    app.button(key=f"again/{run}").click().run()
    healthy(app)
    assert app.query_params["run"] != run


def test_the_model_page_shows_its_report(open_page, checked, data_id):
    app = open_page("model", data=data_id, model=MODEL, training=checked)
    assert [metric.label for metric in app.metric] == ["R²", "RMSE", "Parameters"]
    assert len(app.get("plotly_chart")) == 2


def test_a_check_is_started_by_itself(open_page, data_id, model_card):
    open_page("model", data=data_id, model=MODEL)
    assert [run.specification.kind for run in Atlas().runs()] == ["check"]


def test_training_starts_a_run(open_page, data_id):
    app = open_page("model", data=data_id)
    next(button for button in app.button if button.label == "Train").click().run()
    healthy(app)
    assert app.query_params["training"]


def test_detect_offers_methods_and_starts_a_run(open_page, checked, data_id):
    app = open_page("detect", data=data_id, model=MODEL, training=checked)
    app.number_input(key="option/ucb/top_k").set_value(5).run()
    next(button for button in app.button if button.label == "Start the detection").click().run()
    healthy(app)
    run = app.query_params["run"]
    assert Atlas().run(run).specification.options["top_k"] == 5


def test_names_stay_text(open_page, atlas, data_id, model_card):
    names = ("<script>alert(1)</script>", "[a](b) *c*", ":material/home:", "`tick`")
    run = finished(atlas, detection(data_id), pairs(names))
    app = open_page("confidence", run=run)
    shown = texts(app)
    assert "\n<script>" not in shown
    assert not any(element.allow_html for element in app.markdown)


def test_the_sidebar_names_what_is_on_screen(open_page, detected):
    app = open_page("confidence", run=detected)
    shown = "\n".join(element.value for element in app.sidebar.markdown)
    assert "F8" in shown
    assert "`x1` and `x2`" in shown
