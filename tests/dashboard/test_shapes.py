"""The screen of shapes: which models it takes, what it says of them, and what a click on it does."""

import dataclasses
import json

import pytest

from dashboard.components.text import prose
from dashboard.screens.shapes import shape_models
from interaction_engine.methods import words
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.dashboard.stand_ins import finished, healthy, report
from tests.dashboard.test_pages import texts
from tests.plots.made_shapes import shapes

TERMS = ("queries", "terms")
PLAIN, TALL = "1" * 16, "2" * 16


@pytest.fixture
def train(atlas, data_id, data):
    """A finished training of a model that can be drawn, and its shapes."""

    def train(model_id, kind, drawn=None, capabilities=TERMS, seed=0, **options) -> str:
        asked = Specification(kind="train", method=kind, options=options, data=data_id, seed=seed)
        told = dataclasses.replace(report(data.space.names), model_id=model_id, capabilities=capabilities)
        run = atlas.submit(asked)
        atlas.store.put_result(run, told)
        if drawn is not None:
            finished(atlas, Specification(kind="view", method="shapes", data=data_id, model=model_id), drawn)
        return run

    return train


@pytest.fixture
def both(train):
    """Two models: one without the interaction, and one of twice the height that has it."""
    drawn = {"Spline GAM": shapes(product=False), "NIT": shapes(factor=2.0, band=0.2)}
    train(PLAIN, "gam", drawn["Spline GAM"])
    train(TALL, "nit", drawn["NIT"])
    return drawn


def named(app, key: str) -> list[str]:
    value = app.query_params[key]
    return value if isinstance(value, list) else [value]


def charts(app) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def test_without_a_model_it_teaches_and_trains_the_kinds_chosen(open_page, data_id):
    app = open_page("shapes", data=data_id)
    assert "No model with shapes yet" in texts(app)
    app.button(key="shapes/train").click().run()
    healthy(app)
    asked = {view.specification.method: view.specification for view in Atlas().runs()}
    assert set(asked) == {"gam", "ebm", "nit"}
    assert asked["nit"].options["max_order"] == 2
    assert all(app.button(key=f"cancel/{view.id}") for view in Atlas().runs())


def test_a_forest_alone_has_no_shapes(open_page, train, data_id):
    train(PLAIN, "forest", capabilities=("queries",))
    assert "No model with shapes yet" in texts(open_page("shapes", data=data_id))


def test_models_stand_side_by_side(open_page, both, data_id):
    app = open_page("shapes", data=data_id)
    assert named(app, "models") == [PLAIN, TALL]
    assert named(app, "term") == ["a"]
    assert prose(words.shapes_finding(both)) in texts(app)
    for name in both:
        assert prose(words.term_sentence(name, both[name], ("a",))) in texts(app)
    bars, overview, term = charts(app)[:3]
    assert [trace["name"] for trace in bars["data"]] == ["Spline GAM", "NIT"]
    assert [note["text"].split("<br>")[0] for note in term["layout"]["annotations"]] == ["Spline GAM", "NIT"]
    assert {trace["legendgroup"] for trace in overview["data"] if trace["type"] == "scatter"} == set(both)


def test_the_address_chooses_models_and_term(open_page, both, data_id):
    app = open_page("shapes", data=data_id, models=[TALL, "f" * 16], term=["b", "a"])
    assert app.multiselect(key="shapes/models").value == [TALL]
    assert app.selectbox(key="shapes/term").value == "a × b"
    assert prose(words.term_sentence("NIT", both["NIT"], ("a", "b"))) in texts(app)
    app = open_page("shapes", data=data_id, models=[TALL], term=["gone"])
    assert named(app, "term") == ["a"]


def test_a_menu_changes_the_term_of_every_figure(open_page, both, data_id):
    app = open_page("shapes", data=data_id)
    app.selectbox(key="shapes/term").set_value("a × b").run()
    healthy(app)
    assert named(app, "term") == ["a", "b"]
    assert "Without this term: Spline GAM." in charts(app)[2]["layout"]["title"]["text"]


def test_a_term_left_out_costs_at_once(open_page, both, data_id):
    app = open_page("shapes", data=data_id, models=[TALL])
    found = both["NIT"]
    assert prose(words.without_sentence("NIT", found, [])) in texts(app)
    app.multiselect(key=f"shapes/without/NIT/{len(found.table)}").set_value([0, 2]).run()
    healthy(app)
    assert prose(words.without_sentence("NIT", found, [0, 2])) in texts(app)


def test_the_figures_of_the_chosen_model_are_shown(open_page, both, data_id):
    app = open_page("shapes", data=data_id)
    app.segmented_control(key="shapes/judged").set_value("NIT").run()
    healthy(app)
    terms = next(table.value for table in app.dataframe if "cost" in table.value)
    assert terms["term"].tolist() == ["a", "c", "a × b"]
    assert terms["importance"].tolist() == pytest.approx(both["NIT"].table["importance"].tolist())


def test_fewer_models_may_be_chosen(open_page, both, data_id):
    app = open_page("shapes", data=data_id)
    app.multiselect(key="shapes/models").set_value([TALL]).run()
    healthy(app)
    assert named(app, "models") == [TALL]
    assert prose(words.shapes_finding({"NIT": both["NIT"]})) in texts(app)


def test_a_model_trained_here_joins_the_others(open_page, both, train, data_id, atlas, data):
    app = open_page("shapes", data=data_id)
    missing = [kind for kind in shape_models.KINDS if kind not in ("gam", "nit")]
    app.button_group(key=f"shapes/kinds/{'-'.join(missing)}").set_value(["linear"]).run()
    app.button(key="shapes/train").click().run()
    healthy(app)
    (view,) = [view for view in atlas.runs() if view.specification.method == "linear"]
    assert not view.finished
    third = "3" * 16
    told = dataclasses.replace(report(data.space.names), model_id=third, capabilities=TERMS)
    atlas.store.put_result(view.id, told)
    finished(atlas, Specification(kind="view", method="shapes", data=data_id, model=third), shapes())
    app.run()
    healthy(app)
    assert named(app, "models") == [PLAIN, TALL, third]


def test_a_training_that_failed_can_be_started_again_here(open_page, data_id, atlas):
    app = open_page("shapes", data=data_id)
    app.button(key="shapes/train").click().run()
    stopped = next(view.id for view in atlas.runs() if view.specification.method == "nit")
    atlas.cancel(stopped)
    app.run()
    app.button(key=f"again/{stopped}").click().run()
    healthy(app)
    again = named(app, "training")[0]
    assert again != stopped
    assert app.button(key=f"cancel/{again}")


def test_models_of_one_kind_are_told_apart(train, data_id):
    train("3" * 16, "nit", shapes(), max_order=2, blocks=20)
    train("4" * 16, "nit", shapes(), max_order=3, blocks=20)
    train("5" * 16, "gam", shapes(), seed=0)
    train("6" * 16, "gam", shapes(), seed=1)
    labels = {model.id[0]: model.label for model in shape_models.known_models(data_id)}
    assert labels == {
        "3": "NIT, max order 2", "4": "NIT, max order 3", "5": "Spline GAM, seed 0", "6": "Spline GAM, seed 1",
    }  # fmt: skip


def test_the_newest_edit_takes_the_place_of_the_one_before(open_page, both, atlas, data_id, data):
    app = open_page("shapes", data=data_id)
    for n_edits, model_id in ((1, "3" * 16), (2, "4" * 16)):
        edits = [{"features": ["a"], "kind": "off"}] * n_edits
        asked = Specification(kind="train", method="edit", options={"edits": edits}, data=data_id, model=TALL)
        run = atlas.submit(asked)
        told = dataclasses.replace(report(data.space.names), model_id=model_id, capabilities=TERMS)
        atlas.store.put_result(run, told)
        finished(atlas, Specification(kind="view", method="shapes", data=data_id, model=model_id), shapes(factor=0.5))
        app.session_state[shape_models.AWAITED] = [run]
        app.run()
        healthy(app)
        assert named(app, "models") == [PLAIN, TALL, model_id]
        assert app.segmented_control(key=shape_models.EDITED).value == f"NIT, {n_edits} edit{'s' * (n_edits > 1)}"


def test_the_model_page_leads_to_its_shapes(open_page, both, atlas, data_id):
    (run,) = [view.id for view in atlas.runs() if view.specification.method == "nit"]
    atlas.store.files.write(
        f"models/{TALL}/card.json",
        f'{{"name": "nit", "format": "network", "data": "{data_id}", "stored": 0}}'.encode(),
    )
    app = open_page("model", data=data_id, model=TALL, training=run, models=[PLAIN])
    app.button(key="model/shapes").click().run()
    healthy(app)
    assert named(app, "models") == [PLAIN, TALL]


def test_names_stay_text(open_page, train, data_id):
    names = ("<script>alert(1)</script>", "[a](b) *c*", ":material/home:")
    train(PLAIN, "gam", shapes(names=names, levels=("<b>", "`x`", "$y$"), rest=5.0))
    app = open_page("shapes", data=data_id, term=[names[2]])
    assert "\n<script>" not in texts(app)
    assert not any(element.allow_html for element in app.markdown)
