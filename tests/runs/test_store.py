"""What is stored is found again under the id of its content, and nothing a user names becomes a path."""

import io
import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.errors import InputError, InteractionError, RunError
from interaction_engine.runs.specification import Specification
from interaction_engine.runs.store import CARD, Store
from tests.runs.stand_ins import model_report

NOWHERE = "f" * 16


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return Store(tmp_path / "home", None if request.param == "folder" else f"memory://{tmp_path.name}")


@pytest.fixture
def result():
    return model_report(r2=0.9)


def test_a_data_set_is_stored_once(store, dataset):
    id_ = store.put_dataset(dataset)
    assert store.put_dataset(dataset) == id_
    (card,) = store.datasets()
    assert (card["id"], card["rows"], card["features"], card["target"]) == (id_, 200, 10, "y")
    again = store.dataset(id_)
    assert again.content_hash == dataset.content_hash
    np.testing.assert_array_equal(again.rows, dataset.rows)


def test_a_network_scores_the_same_after_being_stored(store, dataset, network):
    from interaction_engine.models.io.stored.files import load_network

    data = store.put_dataset(dataset)
    id_ = store.put_model(network, data)
    assert store.put_model(network, data) == id_
    rows = torch.tensor(dataset.rows)
    torch.testing.assert_close(load_network(store.model_path(id_)).scores(rows), network.scores(rows), rtol=0, atol=0)
    assert [card["id"] for card in store.models(data)] == [id_]
    assert store.models(NOWHERE) == []


@pytest.mark.parametrize("name", ["net.onnx", "../../etc/net.ONNX", "<script>\n.onnx", "🦊" * 400 + ".onnx"])
def test_a_model_file_keeps_its_name_on_the_card_only(store, dataset, name):
    data = store.put_dataset(dataset)
    id_ = store.put_model_file(io.BytesIO(b"bytes"), name, data)
    assert store.model_card(id_)["name"] == name
    assert store.model_path(id_).name == "model.onnx"
    assert store.model_path(id_).read_bytes() == b"bytes"
    assert {path.name for path in store.home.rglob("*") if path.is_file() and path.parent.name == id_} <= {
        "model.onnx",
        CARD,
    }


def test_trust_is_part_of_what_is_stored(store, dataset, tmp_path):
    data = store.put_dataset(dataset)
    (tmp_path / "net.pt2").write_bytes(b"bytes")
    trusted = store.put_model_file(tmp_path / "net.pt2", "net.pt2", data, trust=True)
    assert store.put_model_file(b"bytes", "net.pt2", data) != trusted
    assert store.model_card(trusted)["trust"] is True


@pytest.mark.parametrize(
    ("name", "file"),
    [("my table.CSV", "table.csv"), ("../x.tar.gz", "table.gz"), ("no ending", "table"), ("a.<b>", "table")],
)
def test_an_upload_is_named_by_its_content(store, name, file):
    id_ = store.put_upload(b"a,b\n1,2\n", name)
    path, given = store.upload(id_)
    assert (path.name, given, path.read_bytes()) == (file, name, b"a,b\n1,2\n")
    assert store.put_upload(b"a,b\n1,2\n", name) == id_


def test_a_result_is_stored_whole(store, result):
    spec = Specification(kind="check", method="check", data=NOWHERE)
    store.put_specification(spec)
    assert store.specification(spec.run_id).run_id == spec.run_id
    assert not store.has_result(spec.run_id)
    with pytest.raises(RunError, match="has no result"):
        store.result(spec.run_id)
    store.put_result(spec.run_id, result)
    assert store.result(spec.run_id).metrics == {"r2": 0.9}
    store.delete_run(spec.run_id)
    assert not store.has_result(spec.run_id)


def test_a_disk_that_fills_up_while_a_result_is_saved_leaves_no_result(tmp_path, result, monkeypatch):
    store = Store(tmp_path)

    def fill_up(frame, path, **_):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fill_up)
    with pytest.raises(InteractionError, match=r"The disk is full"):
        store.put_result(NOWHERE, result)
    assert not store.has_result(NOWHERE)
    assert list((tmp_path / "unfinished").iterdir()) == []
    monkeypatch.undo()
    store.put_result(NOWHERE, result)
    assert store.has_result(NOWHERE)


def test_a_disk_that_is_really_full_is_a_sentence_for_all_that_is_stored(small_disk, dataset, network, result):
    store = Store(small_disk)
    store.put_result(NOWHERE, result)
    disk = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(bytes(disk.f_bavail * disk.f_bsize - 2 * 4096))
    wide = network.with_layers(
        (torch.zeros(1, 8000, 10), torch.zeros(1, 1, 8000)), (torch.zeros(1, 8000), torch.zeros(1, 1))
    )
    curves = pd.DataFrame({"epoch": np.random.default_rng(0).random(10_000)})
    for put in (
        lambda: store.put_dataset(dataset),
        lambda: store.put_model(wide, NOWHERE),
        lambda: store.put_model_file(bytes(60_000), "net.onnx", NOWHERE),
        lambda: store.put_upload(bytes(60_000), "table.csv"),
        lambda: store.put_result("e" * 16, replace(result, curves=curves)),
    ):
        with pytest.raises(InteractionError, match=r"The disk is full: the (data set|model|upload|result) could not"):
            put()
    assert list((small_disk / "unfinished").iterdir()) == []
    assert store.result(NOWHERE).metrics == {"r2": 0.9}
    assert (store.datasets(), store.models(), store.has_result("e" * 16)) == ([], [], False)


@pytest.mark.parametrize("ask", ["dataset", "model_card", "model_path", "upload", "specification", "result"])
@pytest.mark.parametrize("id_", [NOWHERE, "../../../etc", "", "F" * 16])
def test_an_unknown_id_is_a_sentence(store, ask, id_):
    with pytest.raises((InputError, RunError), match=r"There is no|has no result|16 hexadecimal"):
        getattr(store, ask)(id_)
