import json

import numpy as np
import pytest

from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.models.io import probe
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.recognising import FORMATS

from ..files import pickled, write_linear_onnx

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_whatever_its_name_and_does_not_run(tmp_path, numeric, suffix, protocol):
    mark, path = tmp_path / "ran", tmp_path / f"model{suffix}"
    path.write_bytes(pickled(mark, protocol))
    with pytest.raises(ModelError, match=r"may be a pickle.*never opened"):
        load_model(path, numeric, trust=True)
    assert not mark.exists()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"#!/bin/sh\ntouch ran\n"], ids=["empty", "zeros", "script"])
def test_other_content_is_refused(tmp_path, numeric, suffix, content):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is no "):
        load_model(path, numeric, trust=True)


def test_other_suffixes_and_missing_files_are_refused(tmp_path, numeric):
    with pytest.raises(InputError, match=r"\.onnx.*never opened"):
        load_model(tmp_path / "model.pkl", numeric)
    with pytest.raises(InputError, match="no file"):
        load_model(tmp_path / "model.onnx", numeric)


def test_the_reading_that_fits_the_target_is_chosen(tmp_path, numeric):
    frame, space = numeric.frame, numeric.space
    rows = np.column_stack([numeric.rows, np.ones(len(frame))])
    *slope, bias = np.linalg.lstsq(rows, frame["number"], rcond=None)[0]
    write_linear_onnx(tmp_path / "plain.onnx", np.array(slope)[:, None], [bias])
    scaled, shift = np.array(slope) * space.scales, bias + slope @ space.means
    write_linear_onnx(tmp_path / "scaled.onnx", scaled[:, None], [shift])
    models = [load_model(tmp_path / name, numeric) for name in ("plain.onnx", "scaled.onnx")]
    assert [model.mapping[0][1] for model in models] == ["a", "a (standardised)"]
    first, second = (model.predict(frame) for model in models)
    np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-4)


def test_arguments_out_of_range_are_named(tmp_path, numeric, binary):
    path = write_linear_onnx(tmp_path / "m.onnx", [[1], [1]], [0])
    with pytest.raises(InputError, match="takes"):
        load_model(path, numeric, takes="frame")
    with pytest.raises(InputError, match="class_index"):
        load_model(path, binary, class_index=7)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.json", b'{"learner":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        ("broken.txt", b"tree\nversion=v4\nnum_class=1\nmax_feature_idx=99999999\nTree=0\nnum_leaves=-5\n"),
        ("broken.skops", b"PK\x03\x04 and no more"),
    ],
)
def test_a_malformed_file_is_one_sentence_in_this_process(tmp_path, numeric, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=name) as caught:
        load_model(path, numeric)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_file_that_computes_for_ever_is_given_up(tmp_path, numeric, monkeypatch):
    path = write_linear_onnx(tmp_path / "m.onnx", [[1], [1]], [0])
    child = probe.subprocess.CompletedProcess([], -probe.signal.SIGXCPU, "", "")
    monkeypatch.setattr(probe.subprocess, "run", lambda *_, **__: child)
    with pytest.raises(ModelError, match="far too slow"):
        load_model(path, numeric)


def test_the_probe_reads_a_request_and_answers_in_json(tmp_path, numeric):
    from dataclasses import asdict

    path = write_linear_onnx(tmp_path / "m.onnx", [[1, 1], [1, 1]], [0, 0])
    request = {
        "path": str(path), "space": asdict(numeric.space), "target": asdict(numeric.target), "class_index": None,
        "readings": ["array"], "rows": numeric.rows[:5].tolist(),
    }  # fmt: skip
    assert "returns 2 numbers" in probe.answer(json.loads(json.dumps(request)))["array"]
