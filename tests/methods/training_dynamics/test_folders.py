"""Checkpoints of one's own: a folder of files in the order of their numbers, and what cannot be compared."""

import numpy as np
import pytest
import torch

from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.data.encoding import encode
from interaction_engine.methods import words
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.io.stored.files import save_network
from interaction_engine.models.training.watched_trainer import mean_loss, network_inputs, new_cnn, new_mlp, new_words
from tests.methods.training_dynamics.watching import Memory
from tests.models.files import write_pt2

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(classes, tmp_path):
    for epoch in (1, 2, 10):
        save_network(new_mlp(classes, (6,), seed=epoch), tmp_path / f"epoch-{epoch}")
    return tmp_path


def test_a_folder_of_networks_is_looked_at_in_the_order_of_its_numbers(classes, folder):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    result = dynamics(model, classes, folder=str(folder), samples=5)
    assert result.checkpoints["epoch"].tolist() == [1, 2, 10]
    assert result.label_noise == 0.0
    held_out = classes.held_out_rows
    network = new_mlp(classes, (6,), seed=10)
    scores = network.scores(torch.tensor(classes.rows[held_out]))[0].double()
    signs = torch.from_numpy(2 * classes.target_values[held_out] - 1)
    expected = torch.nn.functional.softplus(-signs * scores).mean()
    assert result.checkpoints["test_loss"].iloc[-1] == pytest.approx(float(expected), rel=1e-5)
    assert any("imported as files" in note for note in result.provenance.notes)
    assert not any("trained for it" in said for said in words.dynamics_caveats(result))


def test_names_without_growing_numbers_are_counted(classes, tmp_path):
    for name in ("final", "begin"):
        save_network(new_mlp(classes, (6,), seed=0), tmp_path / name)
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    assert dynamics(model, classes, folder=str(tmp_path), samples=3).checkpoints["epoch"].tolist() == [0, 1]


def test_checkpoints_that_cannot_be_compared_are_refused(classes, folder, digits):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    save_network(new_mlp(classes, (7,), seed=0), folder / "epoch-3")
    with pytest.raises(InputError, match=r"`epoch-3.safetensors` has layers 6-7-1 \(relu\) and `epoch-1.safetensors`"):
        dynamics(model, classes, folder=str(folder))
    with pytest.raises(ModelError, match="the target is `digit`"):
        dynamics(new_cnn(digits, 0), digits, folder=str(folder))
    (folder / "epoch-3.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="epoch-3"):
        dynamics(model, classes, folder=str(folder))


def test_networks_of_images_and_of_words_are_looked_at_too(digits, opinions, tmp_path):
    for name, data, made in (("images", digits, new_cnn), ("texts", opinions, new_words)):
        for epoch in (0, 5):
            (tmp_path / name).mkdir(exist_ok=True)
            save_network(made(data, epoch), tmp_path / name / f"epoch-{epoch}")
        result = dynamics(made(data, 0), data, folder=str(tmp_path / name), samples=3, players=4)
        assert result.checkpoints["epoch"].tolist() == [0, 5]
        network, rows = made(data, 0), data.held_out_rows
        labels = torch.from_numpy(data.target_values[rows].astype(np.int64))
        expected = mean_loss(network, network_inputs(network, torch.tensor(data.rows[rows])), labels)
        assert result.checkpoints["test_loss"].iloc[0] == pytest.approx(expected, rel=1e-5)
    save_network(new_cnn(digits, 0), tmp_path / "texts" / "epoch-6")
    with pytest.raises(ModelError, match="the target is `answer`"):
        dynamics(new_words(opinions, 0), opinions, folder=str(tmp_path / "texts"), players=4)


def test_exported_modules_are_opened_on_trust_only(classes, tmp_path):
    modules = []
    for epoch in (1, 2):
        torch.manual_seed(epoch)
        modules.append(torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1)))
        write_pt2(tmp_path / f"epoch-{epoch}.pt2", modules[-1], 6)
    model = new_mlp(classes, (3,), 0)
    with pytest.raises(InputError, match="can run code when they are opened; set `trust_files` only if"):
        dynamics(model, classes, folder=str(tmp_path))
    report = Memory()
    result = dynamics(model, classes, folder=str(tmp_path), trust_files=True, samples=4, report=report)
    assert report.told[0][1] == "Reading epoch-2.pt2"
    rows = classes.held_out_rows
    with torch.no_grad():
        logits = modules[1](encode(classes.space, torch.tensor(classes.rows[rows])))[:, 0]
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.from_numpy(classes.target_values[rows]).float()
    )
    assert result.checkpoints["test_loss"].iloc[1] == pytest.approx(float(expected), rel=1e-5)
    save_network(model, tmp_path / "epoch-3")
    with pytest.raises(InputError, match="files of one kind"):
        dynamics(model, classes, folder=str(tmp_path), trust_files=True)


def test_folders_without_checkpoints_are_refused(classes, tmp_path):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    with pytest.raises(InputError, match="there is none at"):
        dynamics(model, classes, folder=str(tmp_path / "nowhere"))
    (tmp_path / "epoch-1.pt2").write_bytes(b"")
    with pytest.raises(InputError, match=r"2 to 200 files.*has 1\."):
        dynamics(model, classes, folder=str(tmp_path))
