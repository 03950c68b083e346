"""The verbs of the library."""

from functools import partial

import pytest

import interaction_engine as ie
from interaction_engine.methods.additive_models.compression import compression
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace
from tests.oracles import numeric_dataset


def test_every_public_name_can_be_had():
    for name in ie.__all__:
        assert getattr(ie, name) is not None
    assert set(dir(ie)) == set(ie.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        ie.nothing  # noqa: B018


def test_detect_runs_the_method_of_that_name():
    data = numeric_dataset()
    model = ie.wrap(lambda x: x[:, 0] * x[:, 1], data)
    for name in ("ucb", "exact"):
        result = ie.detect(name, model, data, seed=2, top_k=1, background=50)
        assert result.provenance.method == name
        assert result.provenance.seed == 2
        assert result.provenance.options["top_k"] == 1
        assert result.to_frame().iloc[0][["feature_1", "feature_2"]].tolist() == ["a", "b"]


def test_options_and_names_are_checked_before_anything_runs():
    data = numeric_dataset()
    model = ie.wrap(lambda x: x[:, 0], data)
    with pytest.raises(ie.InputError, match="`rounds` is no option"):
        ie.detect("ucb", model, data, rounds=3)
    with pytest.raises(ie.InputError, match="no detector `mlp`"):
        ie.detect("mlp", model, data)
    with pytest.raises(ie.InputError, match="no trainer `deep`"):
        ie.train(data, "deep")


def test_a_study_takes_no_model_and_everything_else_does(monkeypatch):
    monkeypatch.setattr(compression, "train_paraace", partial(train_paraace, epochs=2))
    data = numeric_dataset()
    small = {"teacher": (12, 4), "epochs": 1, "round_epochs": 1, "interactions": ("a & b",), "most_rows": 60}
    result = ie.detect("compression", None, data, seed=3, **small)
    assert (result.provenance.method, result.provenance.seed) == ("compression", 3)
    assert len(result.to_frame()) == 7
    with pytest.raises(ie.InputError, match="`compression` trains its own networks"):
        ie.detect("compression", ie.wrap(lambda x: x[:, 0], data), data)
    with pytest.raises(ie.InputError, match="`ucb` studies a model; got None"):
        ie.detect("ucb", None, data)


def test_plan_tells_the_cost():
    data = numeric_dataset()
    model = ie.wrap(lambda x: x[:, 0], data)
    plan = ie.plan("exact", model, data, background=50, scheme="central")
    assert plan.table.set_index("method").evaluations_most["exact"] == 10 * 4 * 50
    assert ie.plan("mlp", None, data, hidden=(8,), epochs=2).seconds > 0
    with pytest.raises(ie.InputError, match="`exact` studies a model; got None"):
        ie.plan("exact", None, data)
    with pytest.raises(ie.InputError, match="What `dynamics` will cost is not known before"):
        ie.plan("dynamics", model, data)
    with pytest.raises(ie.InputError, match="`integrated_hessians` needs a model with derivatives"):
        ie.plan("integrated_hessians", model, data)


def test_a_sample_without_a_network_says_so():
    with pytest.raises(ie.InputError, match="train one"):
        ie.sample_model("nowhere", numeric_dataset())
