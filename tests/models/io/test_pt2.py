import contextlib
import io
import zipfile

import pytest
import torch
from torch import nn

from interaction_engine.core.errors import InputError
from interaction_engine.data.encoding import encode
from interaction_engine.models.io import pt2
from interaction_engine.models.io.loading import load_model

from ..files import Payload, edited, edited_json, pickled, with_part, write_pt2

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.GELU(), nn.Linear(8, 1))


@pytest.fixture
def archive(tmp_path, module):
    return write_pt2(tmp_path / "net.pt2", module, 2)


def opened(path, data, takes="encoded"):
    return pt2.load(path, data.space, data.target, None, takes)


def test_it_scores_like_the_module_and_has_second_derivatives(archive, module, numeric):
    model, rows = opened(archive, numeric), torch.tensor(numeric.rows[:6])
    encoded = encode(numeric.space, rows).requires_grad_()
    torch.testing.assert_close(model.scores(rows), module(encoded).detach().T)
    (slopes,) = torch.autograd.grad(model.score_encoded(encoded).sum(), encoded, create_graph=True)
    assert torch.autograd.grad(slopes.sum(), encoded)[0].abs().sum() > 0


def test_it_can_take_table_values(archive, module, numeric):
    rows = torch.tensor(numeric.rows[:6])
    expected = module(rows.float()).detach().T
    torch.testing.assert_close(opened(archive, numeric, "array").scores(rows), expected, atol=1e-4, rtol=1e-4)


def test_only_a_trusted_file_is_opened(archive, numeric):
    with pytest.raises(InputError, match="trust=True"):
        load_model(archive, numeric)


def first_node(model):
    return model["graph_module"]["graph"]["nodes"][0]


def first_value(model):
    return model["graph_module"]["graph"]["tensor_values"]["input"]["sizes"][0]["as_expr"]


CALL = "__import__('pathlib').Path({!r}).touch()"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda model, code: first_value(model).update(expr_str=code), "expression"),
        (lambda model, code: first_node(model).update(target="torch.ops.aten._print.default.os"), "operator"),
        (lambda model, code: first_node(model).update(target="torch.hub.load"), "operator"),
        (lambda model, code: first_node(model).update(name=f"x = {code}"), "text"),
        (lambda model, code: model.update(extra={code: 1}), "name"),
        (
            lambda model, code: model["graph_module"]["module_call_graph"][0]["signature"].update(
                in_spec='[1, {"type": "collections.defaultdict", "context": "null", "children_spec": []}]'
            ),
            "container",
        ),
    ],
)
def test_what_could_run_code_is_refused(archive, numeric, tmp_path, change, match):
    mark = tmp_path / "ran"
    bad = edited_json(archive, "model.json", lambda model: change(model, CALL.format(str(mark))))
    with pytest.raises(InputError, match=match):
        opened(bad, numeric)
    assert not mark.exists()


def test_guards_and_metadata_are_dropped(archive, numeric, tmp_path):
    mark = tmp_path / "ran"

    def add(model):
        model["guards_code"] = [CALL.format(str(mark))]
        first_node(model)["metadata"]["torch_fn"] = CALL.format(str(mark))

    assert opened(edited_json(archive, "model.json", add), numeric).scores(torch.tensor(numeric.rows)).isfinite().all()
    assert not mark.exists()


def test_pickled_sample_inputs_are_not_read(archive, numeric, tmp_path):
    mark, buffer = tmp_path / "ran", io.BytesIO()
    torch.save(Payload(mark), buffer)
    bad = edited(archive, "sample_inputs/model.pt", lambda _: buffer.getvalue())
    with contextlib.suppress(Exception):  # the attack works where nothing stands before it
        torch.export.load(bad)
    assert mark.exists()
    mark.unlink()
    opened(bad, numeric)
    assert not mark.exists()


def test_pickled_weights_are_refused(archive, numeric, tmp_path):
    mark = tmp_path / "ran"

    def claim(config):
        config["config"]["0.weight"]["use_pickle"] = True

    bad = edited_json(archive, "model_weights_config.json", claim)
    bad = edited(bad, "weights/weight_0", lambda _: pickled(mark))
    with pytest.raises(InputError, match="pickled part"):
        opened(bad, numeric)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name", ["data/weights/model.pt", "data/constants/opaque_obj_0", "data/aotinductor/model/x.so", "models/other.json"]
)
def test_parts_that_no_exported_program_needs_are_refused(archive, numeric, tmp_path, name):
    with pytest.raises(InputError, match="no exported program needs"):
        opened(with_part(archive, name, pickled(tmp_path / "ran")), numeric)
    assert not (tmp_path / "ran").exists()


def test_a_part_that_stands_twice_is_refused(archive, numeric):
    with pytest.warns(UserWarning, match="Duplicate"):
        bad = with_part(archive, "models/model.json", b"{}")
    with pytest.raises(InputError, match="no exported program needs"):
        opened(bad, numeric)


def test_archives_of_other_kinds_are_refused(tmp_path, numeric, module):
    scripted = tmp_path / "script.pt2"
    torch.save(module, scripted)
    with pytest.raises(InputError, match="no exported program needs"):
        opened(scripted, numeric)
    empty = tmp_path / "empty.pt2"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("a/archive_format", "pt2")
    with pytest.raises(InputError, match="lacks a readable"):
        opened(empty, numeric)


def test_a_fixed_batch_and_other_inputs_are_explained(tmp_path, numeric, mixed, archive):
    fixed = tmp_path / "fixed.pt2"
    torch.export.save(torch.export.export(nn.Linear(2, 1), (torch.randn(4, 2),)), fixed)
    with pytest.raises(InputError, match="only takes 4 rows"):
        opened(fixed, numeric)
    with pytest.raises(InputError, match="2 inputs, but the data set has 5"):
        opened(archive, mixed)
