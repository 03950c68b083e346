import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from interaction_engine.core.errors import ModelError
from interaction_engine.models.adapters.wrapping import tried
from interaction_engine.models.io.onnx import load
from interaction_engine.models.scoring import Reading

from ..files import external, write_linear_onnx, write_onnx


def opened(path, data, takes="array", class_index=None):
    return tried(load(path, data.space, data.target, class_index, takes), data.rows[:20])


def rows_of(data):
    return torch.tensor(data.rows[:7])


def test_a_matrix_of_table_values(tmp_path, numeric):
    path = write_linear_onnx(tmp_path / "m.onnx", [[2], [-1]], [3])
    rows = rows_of(numeric)
    expected = (2 * rows[:, 0] - rows[:, 1] + 3)[None]
    torch.testing.assert_close(opened(path, numeric).scores(rows), expected, atol=1e-4, rtol=1e-4)


def test_a_matrix_of_standardised_values(tmp_path, mixed):
    path = write_linear_onnx(tmp_path / "m.onnx", np.eye(5)[:, [4]], [0])
    expected = (rows_of(mixed)[:, 2] == 2).double()[None]
    torch.testing.assert_close(opened(path, mixed, "encoded").scores(rows_of(mixed)), expected)
    path = write_linear_onnx(tmp_path / "m.onnx", np.eye(5)[:, [0]], [0])
    feature = mixed.space.features[0]
    expected = ((rows_of(mixed)[:, 0] - feature.mean) / feature.scale)[None]
    torch.testing.assert_close(opened(path, mixed, "encoded").scores(rows_of(mixed)), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("batch", [1, 3, 7, 100])
def test_a_fixed_number_of_rows_per_call(tmp_path, numeric, batch):
    path = write_linear_onnx(tmp_path / "m.onnx", [[1], [0]], [0], batch)
    torch.testing.assert_close(
        opened(path, numeric).scores(rows_of(numeric)), rows_of(numeric)[None, :, 0], atol=1e-5, rtol=1e-5
    )


def test_one_input_per_feature_by_name(tmp_path, mixed):
    table = helper.make_node("Where", ["is_top", "three", "b"], ["y"])
    nodes = [helper.make_node("Equal", ["c", "top"], ["is_top"]), table]
    constants = [
        numpy_helper.from_array(np.array(["top"], dtype=object), "top"),
        numpy_helper.from_array(np.array([3.0], np.float32), "three"),
    ]
    inputs = [("b", ["n", 1]), ("c", ["n", 1], TensorProto.STRING)]
    path = write_onnx(tmp_path / "m.onnx", nodes, inputs, [("y", ["n", 1])], constants)
    rows = rows_of(mixed)
    names = np.array(mixed.space.features[2].levels)[rows[:, 2].int().numpy()]
    expected = np.where(names == "top", 3.0, rows[:, 1].numpy())
    np.testing.assert_allclose(opened(path, mixed).scores(rows)[0].numpy(), expected, rtol=1e-5)


def test_probabilities_and_logits_are_told_apart(tmp_path, binary, multiclass):
    weight, bias = [[0.3, -0.3], [0.1, 0.2]], [0.1, 0.0]
    logits = write_linear_onnx(tmp_path / "logits.onnx", weight, bias)
    softmax = helper.make_node("Softmax", ["sum"], ["y"], axis=1)
    shares = write_linear_onnx(tmp_path / "shares.onnx", weight, bias, "rows", softmax)
    of_logits, of_shares = opened(logits, binary), opened(shares, binary)
    assert (of_logits.reading, of_shares.reading) == (Reading.LOG_ODDS, Reading.PROBABILITIES)
    rows = rows_of(binary)
    torch.testing.assert_close(of_logits.scores(rows), of_shares.scores(rows), atol=1e-4, rtol=1e-4)
    with pytest.raises(ModelError, match="needs 3"):
        opened(logits, multiclass)


def test_a_label_beside_the_probabilities_is_passed_over(tmp_path, binary, numeric):
    nodes = [
        helper.make_node("Gemm", ["x", "W"], ["sum"]),
        helper.make_node("Softmax", ["sum"], ["shares"], axis=1),
        helper.make_node("ArgMax", ["sum"], ["label"], axis=1, keepdims=0),
    ]
    constants = [numpy_helper.from_array(np.array([[0.0, 1.0], [0.0, 0.0]], np.float32), "W")]
    outputs = [("label", ["n"], TensorProto.INT64), ("shares", ["n", 2])]
    path = write_onnx(tmp_path / "m.onnx", nodes, [("x", ["n", 2])], outputs, constants)
    rows = rows_of(binary)
    torch.testing.assert_close(opened(path, binary).scores(rows), rows[None, :, 0], atol=1e-4, rtol=1e-4)
    with pytest.raises(ModelError, match="2 outputs"):
        opened(path, numeric)


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/hostname", "weights.bin"])
def test_external_data_is_refused_wherever_it_points(tmp_path, numeric, location):
    path = write_linear_onnx(tmp_path / "m.onnx", [[2], [-1]], [3])
    (tmp_path / "weights.bin").write_bytes(np.array([2, -1], np.float32).tobytes())
    path.write_bytes(external(onnx.load(path), location).SerializeToString())
    with pytest.raises(ModelError, match="other files"):
        opened(path, numeric)


def test_external_data_in_a_subgraph_is_refused(tmp_path, numeric):
    hidden = onnx.load(write_linear_onnx(tmp_path / "inner.onnx", [[2], [-1]], [3]))
    branch = external(hidden, "x.bin").graph
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    path = write_onnx(tmp_path / "m.onnx", [node], [("x", ["n", 2])], [("y", ["n", 1])])
    with pytest.raises(ModelError, match="other files"):
        opened(path, numeric)


@pytest.mark.parametrize(
    ("weight", "bias", "match"),
    [
        ([[1], [1], [1]], [0], "3 inputs"),
        ([[1, 1], [1, 1]], [0, 0], "returns 2 numbers"),
        ([[np.nan], [1]], [0], "NaN"),
    ],
)
def test_a_model_that_does_not_fit_is_explained(tmp_path, numeric, weight, bias, match):
    with pytest.raises(ModelError, match=match):
        opened(write_linear_onnx(tmp_path / "m.onnx", weight, bias), numeric)


def test_labels_alone_are_no_scores(tmp_path, numeric):
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.STRING)
    path = write_onnx(tmp_path / "m.onnx", [node], [("x", ["n", 2])], [("y", ["n", 2], TensorProto.STRING)])
    with pytest.raises(ModelError, match="text"):
        opened(path, numeric)
