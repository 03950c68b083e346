"""Group expected Hessians on the screens of pairs and of confidence, and the same run asked for once more."""

import pytest

from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import MODEL, finished, healthy
from tests.dashboard.test_pages import stored_effect, texts
from tests.plots.made_explanations import explanations
from tests.plots.made_groups import group_hessians


def asked(data_id: str, **options) -> Specification:
    return Specification(
        kind="detect", method="group_expected_hessian", options={"draws": 50} | options, data=data_id, model=MODEL
    )


@pytest.fixture
def names(data):
    return data.space.names


@pytest.fixture
def grouped(atlas, data_id, names, model_card) -> str:
    stored_effect(atlas, data_id)
    return finished(atlas, asked(data_id), group_hessians(names))


def test_the_screen_of_pairs_shows_regions_and_screening(open_page, grouped):
    app = open_page("pairs", run=grouped)
    shown = texts(app)
    assert "have the largest estimate and are significant: one standard deviation of both changes" in shown.replace(
        "\\", ""
    )
    assert "Effect by region" in shown
    assert "act most in the region" in shown
    assert "Feature selection by dropout" in shown
    assert app.query_params["pair"] == ["x1", "x2"]


def test_a_pair_that_was_not_followed_is_explained(open_page, atlas, data_id, grouped):
    stored_effect(atlas, data_id, "x9", "x10")
    app = open_page("pairs", run=grouped, pair=["x9", "x10"])
    assert "were not followed into the regions" in texts(app)


def test_the_screen_of_confidence_offers_the_permutation_test(open_page, grouped, data_id):
    app = open_page("confidence", run=grouped)
    shown = texts(app)
    assert "nothing was compared with chance yet" in shown
    for title in ("Permutation test", "Number of regions", "Interval calibration"):
        assert title in shown
    assert "Sensitivity to the step size" not in shown
    app.number_input(key="permutations/number").set_value(30).run()
    app.button(key="permutations/go").click().run()
    healthy(app)
    (view,) = Atlas().runs()
    assert view.specification.run_id == asked(data_id, permutations=30, null="additive").run_id


def test_a_test_that_was_asked_for_is_opened_when_it_is_done(open_page, atlas, grouped, data_id, names):
    app = open_page("confidence", run=grouped, pair=["x1", "x3"])
    app.button(key="permutations/go").click().run()
    healthy(app)
    assert app.query_params["run"] == grouped
    tested = finished(atlas, asked(data_id, permutations=100, null="additive"), group_hessians(names, permutations=100))
    app.run()
    healthy(app)
    assert app.query_params["run"] == tested
    assert app.query_params["pair"] == ["x1", "x3"]
    assert "3 stand out against 100 networks" in texts(app)


def test_another_number_of_regions_is_another_run(open_page, grouped, data_id):
    app = open_page("confidence", run=grouped)
    assert app.button(key="groups/go").disabled
    app.number_input(key=f"groups/{grouped}").set_value(7).run()
    app.button(key="groups/go").click().run()
    healthy(app)
    (view,) = Atlas().runs()
    assert view.specification.run_id == asked(data_id, groups=7).run_id


def test_variants_that_are_there_already_are_offered(open_page, atlas, grouped, data_id, names):
    for options in ({"permutations": 50, "null": "shuffled"}, {"groups": 3}, {"draws": 99}):
        made = asked(data_id, **options)
        atlas.submit(made)
        finished(atlas, made, group_hessians(names, permutations=options.get("permutations", 0)))
    app = open_page("confidence", run=grouped)
    words = [button.label for button in app.button if (button.key or "").startswith("variant/")]
    assert sorted(word.split(" (")[0] for word in words) == [
        "Open the result with 3 regions and no permutation test",
        "Open the result with 50 permutations of shuffled targets",
    ]
    tested = asked(data_id, permutations=50, null="shuffled").run_id
    app.button(key=f"variant/{tested}").click().run()
    healthy(app)
    assert app.query_params["run"] == tested
    assert "stand out against 50 networks" in texts(app)


def test_a_table_of_evidence_has_p_and_q_once_chance_was_tried(open_page, atlas, grouped, data_id, names):
    tested = finished(atlas, asked(data_id, permutations=20), group_hessians(names, permutations=20))
    app = open_page("confidence", run=tested)
    order = app.dataframe[0].proto.column_order
    assert {"p_value", "q_value", "bayes_p"} <= set(order)
    assert "p_value" not in set(open_page("confidence", run=grouped).dataframe[0].proto.column_order)


@pytest.mark.parametrize("page", ["pairs", "confidence"])
def test_explained_rows_have_pairs_too(open_page, atlas, data_id, names, model_card, page):
    stored_effect(atlas, data_id)
    asked = Specification(kind="detect", method="integrated_hessians", data=data_id, model=MODEL)
    app = open_page(page, run=finished(atlas, asked, explanations(names=names)))
    assert app.get("plotly_chart")
    assert "Effect by region" not in texts(app)
    assert "Permutation test" not in texts(app)
    assert len(app.query_params["pair"]) == 2
