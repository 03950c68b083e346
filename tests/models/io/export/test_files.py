"""An exported model is read back here and scores the same."""

import json
from itertools import pairwise

import numpy as np
import onnx
import pytest
import torch

from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.core.types import TargetKind
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.editing import edit_shapes
from interaction_engine.methods.additive_models.gam import train_gam, train_linear
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import tried, wrap
from interaction_engine.models.io.export import check as export_check
from interaction_engine.models.io.export.check import export_checked
from interaction_engine.models.io.export.exported import Exported
from interaction_engine.models.io.export.files import export
from interaction_engine.models.io.export.onnx import write_onnx
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.recognising import open_model
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.numerics.derivatives.mlp import ACTIVATIONS
from tests.methods.additive_models.test_editing import CLIP, FLAT, KINDS, PAIR_OFF, TARGETS, made
from tests.methods.additive_models.test_terms import data_of, table

pytestmark = pytest.mark.slow

READINGS = {".onnx": "array", ".pt2": "encoded"}


@pytest.fixture(scope="module")
def datasets():
    return {target: data_of(target) for target in TARGETS}


def read_back(content, data, format, folder, class_index=None):
    path = folder / f"model{format}"
    path.write_bytes(content)
    model = open_model(path, data.space, data.target, class_index, READINGS[format])
    return tried(model, data.background(32, seed=0))


def scores(model, data) -> np.ndarray:
    return model.scores(torch.tensor(data.rows)).double().mean(0).numpy()


@pytest.mark.parametrize("format", [".pt2", ".onnx"])
@pytest.mark.parametrize("target", ["y", "tier"])
@pytest.mark.parametrize("kind", KINDS)
def test_edited_models_score_the_same(kind, target, format, datasets, tmp_path):
    data = datasets[target]
    base = made(kind, data)
    edited = edit_shapes(base, data, edits=(CLIP, FLAT, PAIR_OFF))
    for model in (base, edited) if target == "y" else (edited,):
        again = read_back(export(model, data, format), data, format, tmp_path)
        np.testing.assert_allclose(scores(again, data), scores(model, data), atol=3e-5)
    assert scores(edited, data).std() > 0.01


@pytest.mark.parametrize("format", [".pt2", ".onnx"])
def test_other_classes_can_be_scored_from_the_file(format, datasets, tmp_path):
    for target in ("answer", "tier"):
        data = datasets[target]
        model = made("network", data)
        content = export(model, data, format)
        for index in range(len(data.target.classes)):
            again = read_back(content, data, format, tmp_path, index)
            np.testing.assert_allclose(scores(again, data), scores(model.for_class(index), data), atol=3e-5)


@pytest.mark.parametrize("activation", sorted({*ACTIVATIONS} - {"relu", "gelu", "sigmoid"}))
def test_perceptrons_and_ensembles_of_any_activation(activation, datasets, tmp_path):
    data = datasets["y"]
    model = _mlp(data, activation)
    again = read_back(export(model, data, ".onnx"), data, ".onnx", tmp_path)
    np.testing.assert_allclose(scores(again, data), scores(model, data), atol=1e-5)


def _mlp(data, activation="relu", members=2):
    draw = torch.Generator().manual_seed(0)
    n_outputs = len(data.target.classes) if data.target.kind is TargetKind.MULTICLASS else 1
    sizes = (data.space.n_columns, 6, 4, n_outputs)
    weights = tuple(torch.randn(members, n, m, generator=draw) for m, n in pairwise(sizes))
    biases = tuple(torch.randn(members, n, generator=draw) for n in sizes[1:])
    return Mlp.of_layers(data.space, data.target, weights, biases, activation, scale=2.0, shift=1.0)


def test_the_file_says_what_it_takes(datasets):
    data = datasets["tier"]
    file = onnx.load_from_string(export(made("network", data), data, ".onnx"))
    about = {item.key: item.value for item in file.metadata_props}
    assert json.loads(about["features"]) == list(data.space.names)
    assert json.loads(about["levels"]) == {"c": list(data.space.features[3].levels)}
    assert json.loads(about["classes"]) == list(data.target.classes)


@pytest.mark.parametrize("format", [".pt2", ".onnx"])
def test_a_file_is_brought_like_any_other(format, datasets, tmp_path):
    data = datasets["y"]
    model = train_gam(data, bags=0)
    path = tmp_path / f"brought{format}"
    path.write_bytes(export(model, data, format))
    again = load_model(path, data, trust=True)
    np.testing.assert_allclose(again.predict(data.frame), model.predict(data.frame), atol=1e-4)


@pytest.mark.parametrize("format", [".pt2", ".onnx"])
def test_the_result_holds_the_file_and_its_distance(format, datasets, tmp_path):
    data = datasets["answer"]
    model = edit_shapes(made("fix-up", data), data, edits=(CLIP,))
    result = export_checked(model, data, format=format)
    assert result.provenance.rows == len(data.held_out_rows)
    assert 0 < result.difference < 1e-4 * result.spread
    result.save(tmp_path / "result")
    again = load_result(tmp_path / "result")
    assert isinstance(again, Exported)
    assert again.content == result.content
    assert (again.format, again.to_frame()["bytes"].tolist()) == (format, [len(result.content)])


def test_a_wrong_file_would_be_seen(datasets, monkeypatch):
    data = datasets["y"]
    model = made("network", data)
    other = export(made("network", data, seed=5), data, ".onnx")
    monkeypatch.setattr(export_check, "export", lambda *_: other)
    assert export_check.export_checked(model, data).difference > 0.1


def test_straight_lines_have_no_breaks(datasets, tmp_path):
    data = datasets["y"]
    line = train_linear(data, bags=0)
    for model in (line, edit_shapes(line, data, edits=(CLIP, FLAT))):
        again = read_back(export(model, data, ".onnx"), data, ".onnx", tmp_path)
        np.testing.assert_allclose(scores(again, data), scores(model, data), atol=3e-5)


def test_numbers_far_from_zero_keep_their_digits(tmp_path):
    frame = table().assign(a=lambda one: 2011.0 + (one["a"] * 64).round() / 64)  # exact in float32
    data = read_dataset(frame[["a", "b", "y"]], target="y", name="far")
    model = train_linear(data, bags=0)
    again = read_back(export(model, data, ".onnx"), data, ".onnx", tmp_path)
    assert np.abs(scores(again, data) - scores(model, data)).max() < 1e-5 * scores(model, data).std()


def test_what_cannot_be_exported_is_said(datasets):
    data = datasets["y"]
    with pytest.raises(InputError, match="cannot be exported"):
        export(wrap(lambda frame: frame["a"].to_numpy(), data, takes="frame"), data, ".onnx")
    with pytest.raises(InputError, match="train one network"):
        export(_mlp(datasets["tier"]), datasets["tier"], ".pt2")
    program = torch.export.export(
        torch.nn.Softsign(), (torch.zeros(2, 3),), dynamic_shapes=({0: torch.export.Dim.AUTO},)
    )
    write_onnx(program, {})
    with pytest.raises(ModelError, match="operation `cumsum`"):
        write_onnx(torch.export.export(_Cumulated(), (torch.zeros(2, 3),)), {})


class _Cumulated(torch.nn.Module):
    def forward(self, rows):
        return rows.cumsum(1)
