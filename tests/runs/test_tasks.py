"""What a worker does, with the real methods and without any process: train, judge, detect, and the ways to fail."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from interaction_engine import detect, train
from interaction_engine.core.errors import InputError
from interaction_engine.core.plan import DerivativePlan, TrainingPlan
from interaction_engine.core.types import Target, TargetKind
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.additive_models.compression_result import Compression
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.models.additive.editing.edited import Edited
from interaction_engine.models.io.export.exported import Exported
from interaction_engine.models.io.stored.files import save_network
from interaction_engine.models.model_report import ModelReport
from interaction_engine.models.networks.words import WordNet
from interaction_engine.runs.progress import RunReport, read_progress
from interaction_engine.runs.specification import Specification
from interaction_engine.runs.store import Store
from interaction_engine.runs.worker.parts import Wanted
from interaction_engine.runs.worker.tasks import load, perform, perform_part


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def data(store, dataset):
    return store.put_dataset(dataset)


def perform_run(store, **content):
    """Perform a run as a worker does; returns its id and the sentence of its failure."""
    specification = Specification(**content)
    store.put_specification(specification)
    store.files.write(f"runs/{specification.run_id}/lease", b"token")
    return specification.run_id, perform(str(store.home), store.files.address, specification.run_id, "token", 1)


def test_a_network_is_trained_kept_judged_and_studied(store, data):
    options = {"hidden": [8], "epochs": 3}
    run, failure = perform_run(store, kind="train", method="mlp", data=data, options=options, seed=3)
    assert failure is None
    report = store.result(run)
    assert isinstance(report, ModelReport)
    assert (report.format, len(report.curves)) == ("network", 3)
    assert store.model_card(report.model_id)["data"] == data
    assert read_progress(store.files, run).phase == "saving"

    asked = {"kind": "detect", "method": "exact", "data": data, "model": report.model_id}
    run, failure = perform_run(store, **asked, options={"background": 20}, seed=3)
    assert failure is None
    result = store.result(run)
    assert isinstance(result, PairInteractions)
    assert (len(result.to_frame()), result.provenance.seed, result.provenance.rows) == (45, 3, 20)


def test_a_plan_tells_the_cost_and_computes_nothing_else(store, data):
    train = {"method": "mlp", "data": data, "options": {"hidden": [8], "epochs": 3}}
    run, failure = perform_run(store, kind="plan", **train)
    assert failure is None
    assert isinstance(store.result(run), TrainingPlan)
    run, _ = perform_run(store, kind="train", **train)
    asked = {"method": "integrated_hessians", "data": data, "model": store.result(run).model_id}
    run, failure = perform_run(store, kind="plan", **asked, options={"rows": 30})
    assert failure is None
    plan = store.result(run)
    assert isinstance(plan, DerivativePlan)
    assert (plan.n_rows, plan.n_pairs) == (30, 45)
    _, failure = perform_run(store, kind="plan", **{**asked, "method": "dynamics"})
    assert failure == "What `dynamics` will cost is not known before it runs."


def test_a_study_needs_no_model(store, data):
    options = {"teacher": [12, 4], "epochs": 1, "round_epochs": 1, "n_pairs": 2, "most_rows": 60}
    run, failure = perform_run(store, kind="study", method="compression", data=data, options=options, seed=3)
    assert failure is None
    result = store.result(run)
    assert isinstance(result, Compression)
    assert (len(result.table), len(result.interactions), result.provenance.seed) == (7, 2, 3)


def test_a_network_of_words_is_trained_kept_and_studied(store):
    data = store.put_dataset(load_sample("reviews", rows=200))
    asked = {"kind": "train", "method": "words", "data": data, "options": {"epochs": 1}}
    run, failure = perform_run(store, **asked)
    assert failure is None
    report = store.result(run)
    assert report.mapping == (("review", "review"),)
    network = load(store, Specification(**asked, model=report.model_id, class_index=0), store.dataset(data))
    assert isinstance(network, WordNet)
    assert network.class_index == 0


def test_a_model_is_edited_exported_and_found_again(store):
    data_set = load_sample("F8", rows=200)
    data = store.put_dataset(data_set)
    run, _ = perform_run(store, kind="train", method="linear", data=data, options={"bags": 0})
    base = store.result(run).model_id
    edits = [{"features": ["x1"], "kind": "clip", "high": 0.0}, {"features": ["x2"], "kind": "off"}]
    asked = {"kind": "train", "method": "edit", "data": data, "model": base}
    run, failure = perform_run(store, **asked, options={"edits": edits})
    assert failure is None
    report = store.result(run)
    assert isinstance(report, ModelReport)
    check, _ = perform_run(store, kind="check", method="check", data=data, model=base)
    assert report.metrics["r2"] != pytest.approx(store.result(check).metrics["r2"], abs=1e-4)
    assert (store.model_card(report.model_id)["base"], report.format) == (base, "network")
    edited = load(store, Specification(**{**asked, "model": report.model_id}), data_set)
    assert isinstance(edited, Edited)
    assert [edit.written() for edit in edited.edits] == edits

    asked = {"kind": "view", "method": "export", "data": data, "model": report.model_id}
    run, failure = perform_run(store, **asked, options={"format": ".onnx"})
    assert failure is None
    exported = store.result(run)
    assert isinstance(exported, Exported)
    assert exported.difference < 1e-4 * exported.spread
    brought = store.put_model_file(exported.content, "mine.onnx", data)
    run, failure = perform_run(store, kind="check", method="check", data=data, model=brought)
    assert failure is None
    assert store.result(run).metrics["r2"] == pytest.approx(report.metrics["r2"], abs=1e-4)


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "`edits` of `edit`"),
        ([{"features": ["x1"], "kind": "bend"}], "`edits` of `edit`"),
        ([{"features": ["x1"], "kind": "clip"}], "A clip needs `low`, `high` or both"),
        ([{"features": ["x1", "x2"], "kind": "off"}], "no term of `x1` and `x2`"),
        ([{"features": ["x1"], "kind": "off", "speed": 1}], "`edits` of `edit`"),
    ],
)
def test_an_edit_that_cannot_be_made_fails_in_a_sentence(store, edits, sentence):
    data = store.put_dataset(load_sample("F8", rows=200))
    run, _ = perform_run(store, kind="train", method="linear", data=data, options={"bags": 0})
    model = store.result(run).model_id
    _, failure = perform_run(store, kind="train", method="edit", data=data, model=model, options={"edits": edits})
    assert sentence in failure


def test_a_model_without_terms_cannot_be_edited(store, data, network):
    model = store.put_model(network, data)
    edits = [{"features": ["x1"], "kind": "off"}]
    _, failure = perform_run(store, kind="train", method="edit", data=data, model=model, options={"edits": edits})
    assert "needs a model that is a sum of terms" in failure


def test_a_file_that_was_brought_is_judged(store, data, network, tmp_path):
    weights, beside = save_network(network, tmp_path / "mine")
    for architecture in (None, beside.read_bytes()):
        model = store.put_model_file(weights, "mine.safetensors", data, architecture=architecture)
        run, failure = perform_run(store, kind="check", method="check", data=data, model=model)
        assert failure is None
        assert store.result(run).model_id == model
        assert store.result(run).n_parameters == network.n_parameters


def test_a_file_that_is_not_what_it_says_fails_in_a_sentence(store, data):
    model = store.put_model_file(b"\x80\x04not a network", "mine.safetensors", data)
    run, failure = perform_run(store, kind="check", method="check", data=data, model=model)
    assert "model.safetensors" in failure or "mine.safetensors" in failure
    assert not store.has_result(run)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"kind": "detect", "method": "exact"}, "studies a model"),
        ({"kind": "detect", "method": "exact", "model": "f" * 16}, "There is no model"),
        ({"kind": "detect", "method": "guess"}, "There is no method `guess`"),
        ({"kind": "train", "method": "mlp", "options": {"epochs": 0}}, "`epochs` of `mlp`"),
        ({"kind": "train", "method": "mlp", "options": {"speed": 9}}, "`speed` is no option"),
        ({"kind": "train", "method": "mlp", "compute": {"device": "abacus"}}, "`device` must be"),
    ],
)
def test_what_cannot_be_computed_fails_in_a_sentence(store, data, content, sentence):
    _, failure = perform_run(store, data=data, **content)
    assert sentence in failure


def test_the_score_is_that_of_the_chosen_class(store, data, network, dataset):
    target = Target("colour", TargetKind.MULTICLASS, ("red", "green", "blue"))
    layers = (network.weights[0], torch.ones(1, 3, 8)), (network.biases[0], torch.zeros(1, 3))
    model = store.put_model(network.with_layers(*layers, target=target), data)
    chosen = Specification(kind="detect", method="exact", data=data, model=model, class_index=2)
    assert load(store, chosen, dataset).class_index == 2
    with pytest.raises(InputError, match="class"):
        load(store, replace(chosen, class_index=3), dataset)


def test_a_run_that_has_its_result_is_not_computed_again(store, data):
    run, failure = perform_run(store, kind="train", method="mlp", data=data, options={"hidden": [4], "epochs": 1})
    assert failure is None
    before = store.files.read(f"runs/{run}/progress.jsonl")
    assert perform(str(store.home), store.files.address, run, "another worker's", 1) is None
    assert store.files.read(f"runs/{run}/progress.jsonl") == before


def test_a_permutation_test_in_parts_is_the_one_in_a_single_piece(store):
    data_set = load_sample("F8", rows=120)
    data = store.put_dataset(data_set)
    network = train(data_set, "bayesian", hidden=(4,), epochs=2)
    model = store.put_model(network, data)
    options = {"draws": 5, "rows": 40, "permutations": 5}
    specification = Specification(
        kind="detect", method="group_expected_hessian", data=data, model=model, options=options
    )
    store.put_specification(specification)
    run = specification.run_id
    store.files.write(f"runs/{run}/lease", b"token")
    where = (str(store.home), store.files.address, run, "token")
    wanted = perform(*where, 1)
    assert isinstance(wanted, Wanted)
    assert wanted.missing == tuple(range(wanted.count))
    assert not store.has_result(run)
    for index in reversed(range(wanted.count)):  # in whatever order workers finish them
        assert perform_part(*where, index, 1) is None
    assert perform(*where, 1, wanted.end) is None
    alone = detect("group_expected_hessian", network, data_set, **options)
    pd.testing.assert_frame_equal(store.result(run).null, alone.null)
    pd.testing.assert_frame_equal(store.result(run).table, alone.table)
    assert not store.files.names(f"runs/{run}/parts")


def test_a_method_in_one_piece_has_no_parts(store, data, network):
    model = store.put_model(network, data)
    specification = Specification(kind="detect", method="exact", data=data, model=model, options={"background": 20})
    store.put_specification(specification)
    store.files.write(f"runs/{specification.run_id}/lease", b"token")
    said = perform_part(str(store.home), store.files.address, specification.run_id, "token", 3, 1)
    assert said == "`exact` is computed in one piece; it has no part 3."


def test_a_run_that_was_cancelled_stops(store, data):
    specification = Specification(kind="train", method="mlp", data=data)
    store.put_specification(specification)
    store.files.write(f"runs/{specification.run_id}/lease", b"cancelled")
    failure = perform(str(store.home), store.files.address, specification.run_id, "token", 1)
    assert failure == "The run was cancelled."
    assert RunReport(store.files, specification.run_id, "token").restored is None
