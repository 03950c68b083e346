"""What is known of a model stands above its findings on every screen, and goes into every file."""

import json

import pytest

from dashboard.components import figures
from interaction_engine.methods.common import skill_summary
from tests.dashboard.stand_ins import detection, finished, pairs, subsets
from tests.dashboard.test_pages import stored_effect, texts
from tests.words.test_skill import AGREES, NONE, R2


@pytest.mark.parametrize("page", ["pairs", "confidence", "detect"])
def test_a_model_without_skill_is_named_first(page, open_page, atlas, data_id, data, model_card):
    run = finished(atlas, detection(data_id), pairs(data.space.names).judged(NONE))
    stored_effect(atlas, data_id)
    app = open_page(page, run=run)
    assert "no better than the mean of the training rows does" in app.header[0].value.replace("\\", "")
    shown = texts(app).replace("\\", "")
    assert skill_summary.ALONE in shown
    assert "It is proven" not in shown


def test_larger_sets_of_a_model_without_skill_are_withheld(open_page, atlas, data_id, data, model_card):
    result = subsets(data.space.names).judged(NONE)
    app = open_page("higher_order", run=finished(atlas, detection(data_id, "cliques"), result))
    assert "so none of its interactions is certified" in app.header[0].value.replace("\\", "")


def test_skill_and_agreement_stand_beside_the_finding(open_page, atlas, data_id, data, model_card):
    run = finished(atlas, detection(data_id), pairs(data.space.names).judged(R2, AGREES))
    stored_effect(atlas, data_id)
    shown = texts(open_page("pairs", run=run)).replace("\\", "")
    assert "The model explains 71 % (68 to 74 %) of the held-out variation of `count` (2,064 rows)." in shown
    assert "A boosted additive model of the same rows shows `x1` and `x2` too" in shown


def test_files_carry_what_is_known_of_the_model(data):
    result = pairs(data.space.names).judged(R2, AGREES)
    written = json.loads(figures._json(result.to_frame(), result.provenance))
    assert written["skill"]["value"] == 0.71
    assert written["second_opinion"]["strongest"] == ["x1", "x2"]
    table = figures.with_skill(result.to_frame(), result.provenance)
    assert set(table["model_skill"]) == {"better than the baseline"}
    assert set(table["second_opinion"]) == {"agrees"}
    plain = pairs(data.space.names)
    assert figures.with_skill(plain.to_frame(), plain.provenance).equals(plain.to_frame())
    assert figures.with_skill(plain.to_frame(), None).equals(plain.to_frame())
