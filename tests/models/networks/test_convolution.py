"""The small network for images, and training epoch by epoch: closed forms, and going on as if nothing happened."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from interaction_engine.core.errors import Cancelled, InputError
from interaction_engine.core.types import Kind, Model
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.models.networks.convolution import Cnn, image_side, shows_images
from interaction_engine.models.scoring import log_odds
from interaction_engine.models.training.watched_trainer import (
    Pace,
    WatchedTrainer,
    class_logits,
    mean_loss,
    network_inputs,
    new_cnn,
    new_mlp,
    true_log_odds,
    wrong_labels,
)


@pytest.fixture(scope="module")
def digits():
    return load_sample("digits", rows=200)


def pixels(n_features: int, name: str = "p{}", first: int = 0, kind: Kind = Kind.NUMERIC):
    """A data set of noise with so many features."""
    names = [name.format(place + first) for place in range(n_features)]
    values = np.random.default_rng(0).integers(0, 9, (30, n_features)).astype(float)
    frame = pd.DataFrame(values, columns=names).assign(digit=["a", "b", "c"] * 10)
    kinds = dict.fromkeys(names, Kind.NUMERIC) | {names[0]: kind}
    return assemble(frame, name="noise", target="digit", kinds=kinds)


def training(data, network, seed=0, **pace):
    rows = data.train_rows
    labels = torch.from_numpy(data.target_values[rows].astype(np.int64))
    inputs = network_inputs(network, torch.tensor(data.rows[rows]))
    return WatchedTrainer(network, inputs, labels, Pace(pace.get("learning_rate", 0.05), pace.get("batch", 32), seed))


def test_it_is_a_model_whose_score_is_the_log_odds_of_its_class(digits):
    network = new_cnn(digits, 0)
    assert isinstance(network, Model)
    rows = torch.tensor(digits.rows[:7])
    logits = network.network(network.images(rows))
    for index in (0, 3, 9):
        shares = logits.softmax(1)[:, index]
        expected = shares.log() - (-shares).log1p()
        torch.testing.assert_close(network.for_class(index).scores(rows)[0], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(network.predict(digits.frame[:7]), network.scores(rows)[0].numpy(), rtol=1e-6)
    with pytest.raises(InputError, match="`class_index` must be 0 to 9"):
        network.for_class(10)


def test_the_first_map_and_the_rest_make_the_whole(digits):
    network = new_cnn(digits, 1)
    images = network.images(torch.tensor(digits.rows[:5]))
    assert images.shape == (5, 1, 8, 8)
    first = network.network.first_map(images)
    assert first.shape == (5, 16, 8, 8)
    assert bool((first >= 0).all())
    torch.testing.assert_close(network.network.after_first_map(first), network.network(images))
    first_layer = network.network.convolutions[0]
    by_hand = functional.conv2d(functional.pad(images, (1, 1, 1, 1)), first_layer.weight) + first_layer.bias.reshape(
        -1, 1, 1
    )
    torch.testing.assert_close(first, by_hand.clamp(min=0.0), rtol=1e-4, atol=1e-5)


def test_all_pixels_are_standardised_alike_and_stand_row_by_row(digits):
    network = new_cnn(digits, 0)
    images = network.images(torch.tensor(digits.rows[digits.train_rows]))
    assert float(images.mean()) == pytest.approx(0.0, abs=1e-5)
    assert float(images.std()) == pytest.approx(1.0, abs=1e-3)
    one = digits.frame["p10"].to_numpy()[digits.train_rows]
    np.testing.assert_allclose(images[:, 0, 1, 2].numpy() * network.scale + network.shift, one, atol=1e-4)


@pytest.mark.parametrize("n_pixels", [25, 36, 49, 64])
def test_images_of_any_side_have_a_network(n_pixels):
    data = pixels(n_pixels)
    assert new_cnn(data, 0).scores(torch.tensor(data.rows)).shape == (1, 30)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pixels(63), "63 features"),
        (pixels(16), "at least 25"),
        (pixels(64, kind=Kind.CATEGORICAL), "Pixels are numbers"),
    ],
)
def test_what_is_no_square_image_is_refused(data, says):
    with pytest.raises(InputError, match=says):
        image_side(data.space)
    with pytest.raises(InputError, match=says):
        new_cnn(data, 0)
    assert not shows_images(data.space)


@pytest.mark.parametrize(
    ("name", "first", "shown"),
    [("p{}", 0, True), ("pixel{}", 1, True), ("Pixel_{}", 0, True), ("x{}", 1, False), ("p{}a", 0, False)],
)
def test_images_are_told_by_the_names_of_their_columns(name, first, shown):
    assert shows_images(pixels(25, name, first).space) == shown


def test_weights_of_other_images_are_refused(digits):
    network = new_cnn(digits, 0)
    other = pixels(25)
    with pytest.raises(InputError, match="Images of 5 x 5 pixels in 3 classes need weights"):
        Cnn(other.space, other.target, network.network, 0.0, 1.0)


def test_true_log_odds_are_those_of_each_rows_class():
    logits = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 3, 3, 0])
    expected = torch.stack([log_odds(row.double(), int(label)) for row, label in zip(logits, labels, strict=True)])
    torch.testing.assert_close(true_log_odds(logits, labels), expected)


def test_two_classes_have_two_logits_whose_difference_is_the_score(digits):
    two = load_sample("adult", rows=200)
    network = new_mlp(two, (8,), 0)
    rows = torch.tensor(two.rows[:20])
    logits = class_logits(network, network_inputs(network, rows))
    torch.testing.assert_close(logits[:, 1] - logits[:, 0], network.scores(rows)[0], rtol=1e-4, atol=1e-5)
    labels = torch.ones(20, dtype=torch.int64)
    expected = functional.softplus(-network.scores(rows)[0]).mean()
    assert mean_loss(network, network_inputs(network, rows), labels) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("kind", ["cnn", "mlp"])
def test_training_learns_and_goes_on_from_its_state_as_if_never_stopped(digits, kind):
    def new():
        return training(digits, new_cnn(digits, 3) if kind == "cnn" else new_mlp(digits, (16,), 3), seed=3)

    whole, first, second = new(), new(), new()
    before = mean_loss(whole.model, whole.rows, whole.labels)
    for _ in range(4):
        whole.train_epoch()
    assert mean_loss(whole.model, whole.rows, whole.labels) < before
    first.train_epoch()
    first.train_epoch()
    second.restore(first.state())
    assert second.epoch == 2
    second.train_epoch()
    second.train_epoch()
    for one, other in zip(whole.parameters, second.parameters, strict=True):
        assert torch.equal(one, other)


def test_one_step_is_a_step_against_the_gradient_then_momentum_joins(digits):
    descent = training(digits, new_mlp(digits, (4,), 0), learning_rate=0.1, batch=10_000)
    begin = [parameter.detach().clone() for parameter in descent.parameters]

    def gradients():
        loss = functional.cross_entropy(class_logits(descent.model, descent.rows), descent.labels)
        return torch.autograd.grad(loss, descent.parameters)

    first = gradients()
    descent.train_epoch()
    second = gradients()
    descent.train_epoch()
    for at, one, two, now in zip(begin, first, second, descent.parameters, strict=True):
        expected = at - 0.1 * one - 0.1 * (0.9 * one + two)
        torch.testing.assert_close(now.detach(), expected, rtol=1e-4, atol=1e-6)


def test_training_stops_when_its_watcher_raises_and_tells_when_it_diverges(digits):
    def stop(share):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        training(digits, new_mlp(digits, (4,), 0)).train_epoch(stop)
    broken = training(digits, new_mlp(digits, (4,), 0))
    with torch.no_grad():
        broken.parameters[0].fill_(float("inf"))
    with pytest.raises(InputError, match="diverged in epoch 1; use a smaller `learning_rate`"):
        broken.train_epoch()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.333, 0.9])
def test_exactly_the_asked_share_of_labels_is_wrong(share):
    labels = np.random.default_rng(0).integers(0, 10, 1437)
    changed = wrong_labels(labels, 10, share, seed=4)
    assert (changed != labels).sum() == round(share * 1437)
    assert set(changed) <= set(range(10))
    np.testing.assert_array_equal(changed, wrong_labels(labels, 10, share, seed=4))
    if share:
        assert (changed != wrong_labels(labels, 10, share, seed=5)).any()


def test_wrong_labels_are_any_other_class_alike():
    labels = np.zeros(9000, dtype=np.int64)
    counts = np.bincount(wrong_labels(labels, 10, 0.999, seed=0), minlength=10)
    assert counts[0] == 9000 - round(0.999 * 9000)
    assert counts[1:].min() > 850  # 999 each on average, 5 standard deviations are 150
    with pytest.raises(InputError, match="`label_noise` is a share"):
        wrong_labels(labels, 10, 1.0, seed=0)


def test_every_epoch_has_an_order_of_its_own(digits):
    first, second = (training(digits, new_mlp(digits, (4,), 0)) for _ in range(2))
    second.epoch = 1
    first.train_epoch()
    second.train_epoch()
    assert not torch.equal(first.parameters[0], second.parameters[0])
