"""Distillation, lottery tickets and SynFlow: what they cut and keep, in closed form, and the comparison as a whole."""

import itertools
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import silent
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.additive_models.compression import compression as module
from interaction_engine.methods.additive_models.compression.compression import PAPERS_TEACHER, compression
from interaction_engine.methods.additive_models.compression.distillation import distilled, pseudo_rows, student_sizes
from interaction_engine.methods.additive_models.compression.pruning import (
    _saliency,
    lottery_ticket,
    synflow,
    weights_left,
)
from interaction_engine.methods.additive_models.compression_result import COMPRESSION_COLUMNS, Compression
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace
from interaction_engine.methods.additive_models.paraace.plain_networks import (
    Lesson,
    PlainTrainer,
    linear_layers,
    plain_network,
)
from tests.notes import Notes

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
TRAINING = {"epochs": 8, "learning_rate": 1e-3}
SMALL = {"teacher": (24, 16, 8), "epochs": 6, "round_epochs": 2, "compute": Compute("cpu")}


@pytest.fixture(scope="module")
def data():
    """A product, a square, and a feature that does nothing."""
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(-1, 1, (300, 4)), columns=list("abcd"))
    frame["y"] = 2 * frame["a"] * frame["b"] + frame["c"] ** 2
    return read_dataset(frame, target="y", name="product")


@pytest.fixture(scope="module")
def lesson(data):
    return Lesson(data, 0, CPU)


@pytest.fixture(autouse=True)
def small_paraace(monkeypatch):
    """Small ParaACE networks, soon trained."""
    monkeypatch.setattr(module, "train_paraace", partial(train_paraace, hidden=(12, 6), epochs=20))


def sparse(network):
    return [layer.weight.detach() for layer in linear_layers(network)]


def test_the_papers_sizes():
    network = plain_network(Lesson(load_sample("F1", rows=50), 0, CPU), PAPERS_TEACHER, 0)
    assert sum(parameter.numel() for parameter in network.parameters()) == 4_959_461
    widths = student_sizes(10, 1, 30, 17_841)
    assert widths == (70, 70, 70, 70, 30)


@pytest.mark.parametrize("budget", [500, 3000, 17_486])
def test_a_student_has_about_the_parameters_that_it_may_have(budget, lesson):
    student = plain_network(lesson, student_sizes(4, 1, 8, budget), 0)
    size = sum(parameter.numel() for parameter in student.parameters())
    assert abs(size - budget) < 0.06 * budget


def test_saliency_is_the_flow_through_every_path(lesson):
    """On a network of four inputs, three and two hidden units, a weight's saliency is the sum over all paths through it
    of the product of absolute weights, as a share of the sum over all paths."""
    network = synflow(plain_network(lesson, (3, 2), 0), lesson, 10_000, silent, epochs=0, learning_rate=1e-3)
    layers = linear_layers(network)
    first, second, last = (layer.weight.detach().double().abs().numpy() for layer in layers)
    paths = {
        (i, j, k): first[j, i] * second[k, j] * last[0, k]
        for i, j, k in itertools.product(range(4), range(3), range(2))
    }
    whole, found = sum(paths.values()), [one.numpy() for one in _saliency(layers)]
    for i, j in itertools.product(range(4), range(3)):
        assert found[0][j, i] == pytest.approx(sum(paths[i, j, k] for k in range(2)) / whole)
    for j, k in itertools.product(range(3), range(2)):
        assert found[1][k, j] == pytest.approx(sum(paths[i, j, k] for i in range(4)) / whole)
    assert found[2].sum() == pytest.approx(1)


def test_synflow_keeps_the_weights_of_the_largest_saliency_and_the_thresholds(lesson):
    network = plain_network(lesson, (16, 12, 8), 0)
    whole = synflow(network, lesson, 10_000, silent, epochs=0, learning_rate=1e-3)
    saliency = torch.cat([one.flatten() for one in _saliency(linear_layers(whole))])
    cut = synflow(network, lesson, 60, silent, epochs=3, learning_rate=1e-3)
    assert weights_left(cut) == 60
    kept = torch.cat([layer.weight_mask.flatten() for layer in linear_layers(cut)]).bool()
    assert saliency[kept].min() >= saliency[~kept].max()
    for layer in linear_layers(cut):
        assert (layer.weight[layer.weight_mask == 0] == 0).all()
        assert layer.bias.abs().sum() > 0
    several = synflow(network, lesson, 60, silent, epochs=0, learning_rate=1e-3, shots=20)
    assert weights_left(several) == 60


def test_a_ticket_cuts_every_layer_alike_but_the_last_and_goes_back_to_its_beginning(lesson):
    network = plain_network(lesson, (20, 16, 8), 0)
    before = sparse(network)
    ticket = lottery_ticket(network, lesson, 200, silent, epochs=0, learning_rate=1e-3)
    *cut, last = linear_layers(ticket)
    assert weights_left(ticket) == pytest.approx(200, abs=6)
    shares = [float(layer.weight_mask.mean()) for layer in cut]
    assert max(shares) - min(shares) < 0.03
    torch.testing.assert_close(last.weight, before[-1])
    for layer, first in zip(cut, before, strict=False):
        mask = layer.weight_mask.bool()
        torch.testing.assert_close(layer.weight.detach(), first * mask)
        assert first[mask].abs().min() >= first[~mask].abs().max()  # nothing was trained, so magnitude is all there is


def test_what_was_cut_stays_cut_while_it_trains(lesson):
    ticket = lottery_ticket(plain_network(lesson, (20, 16, 8), 0), lesson, 200, silent, **TRAINING | {"epochs": 3})
    assert sum(int((weight != 0).sum()) for weight in sparse(ticket)) <= weights_left(ticket)


def test_a_student_of_a_perfect_teacher_learns_rows_that_nobody_measured(lesson):
    teacher = plain_network(lesson, (32, 16), 5)
    PlainTrainer(teacher, lesson, learning_rate=5e-3).run(silent, epochs=60, patience=60)
    student = distilled(teacher, lesson, 1500, silent, epochs=30, learning_rate=3e-3, patience=30)
    rows = pseudo_rows(lesson)
    with torch.no_grad():
        answers, learnt = teacher(rows), student(rows)
    assert float((learnt - answers).square().mean() / answers.var()) < 0.1


def test_pseudo_rows_take_every_value_from_the_data_and_are_new():
    frame = pd.DataFrame({"a": np.arange(60.0), "c": ["x", "y", "z"] * 20, "y": np.arange(60.0) % 7})
    some = Lesson(read_dataset(frame, target="y", name="mixed"), 0, CPU)
    rows = pseudo_rows(some)
    assert len(rows) == 5 * len(some.inputs)
    assert set(rows[:, 0].tolist()) <= set(some.inputs[:, 0].tolist())
    assert (rows[:, 1:].sum(1) == 1).all()
    measured = {tuple(row) for row in some.inputs.tolist()}
    assert any(tuple(row) not in measured for row in rows.tolist())


def test_the_comparison_is_of_one_size_and_survives_saving(data, tmp_path):
    result = compression(data, interactions=("a & b", "c & d"), **SMALL)
    table = result.to_frame()
    assert list(table.columns) == list(COMPRESSION_COLUMNS)
    assert list(table["method"]) == ["paraace", "random", "gann", "teacher", "distillation", "lottery", "synflow"]
    budget = result.row("paraace")["n_parameters"]
    assert result.row("random")["n_parameters"] == budget
    assert result.row("teacher")["ratio"] == 1.0
    # The teacher of this test is smaller than the network: nothing can be cut, and nothing is.
    assert (
        result.row("lottery")["n_parameters"] == result.row("synflow")["n_parameters"] == 4 * 24 + 24 * 16 + 16 * 8 + 8
    )
    assert result.interactions == (("a", "b"), ("c", "d"))
    assert len(result.random) == 2
    assert np.isfinite(table["error"]).all()
    result.save(tmp_path / "compression")
    again = Compression.load(tmp_path / "compression")
    assert isinstance(again, Compression)
    pd.testing.assert_frame_equal(again.table, result.table)


def test_an_interrupted_comparison_goes_on_where_it_was(data):
    whole = compression(data, interactions=("a & b",), **SMALL)
    stopped = Notes(stop=4)
    with pytest.raises(KeyboardInterrupt):
        compression(data, interactions=("a & b",), **SMALL, report=stopped)
    resumed = Notes(restored=stopped.states[-1])
    result = compression(data, interactions=("a & b",), **SMALL, report=resumed)
    pd.testing.assert_series_equal(result.table["error"], whole.table["error"])
    assert len(resumed.states) == 3
    assert resumed.fractions == sorted(resumed.fractions)
    assert resumed.fractions[-1] == 1.0


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_compared_by_their_error_rate(classes):
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.normal(size=(300, 3)), columns=list("abc"))
    frame["y"] = np.array(["no", "yes", "maybe"])[np.digitize(frame["a"] * frame["b"], [0.0, 1.0][: classes - 1])]
    data = read_dataset(frame, target="y", name="classes")
    result = compression(data, interactions=("a & b",), **SMALL | {"epochs": 20})
    assert result.metric == "error rate"
    assert result.table["error"].between(0, 1).all()
    assert result.row("paraace")["error"] < result.row("gann")["error"]


def test_no_interactions_are_refused(data):
    with pytest.raises(InputError, match="got none"):
        compression(data, interactions=(), **SMALL)


def test_layers_are_those_of_a_plain_network(lesson):
    network = plain_network(lesson, (7, 5), 0)
    assert [type(layer) for layer in network] == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]
