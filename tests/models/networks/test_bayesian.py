"""Distributions of perceptrons: what a draw is, what all draws share, and what they say together."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Capability, Model, Target, TargetKind
from interaction_engine.data.encoding import encode
from interaction_engine.models.networks.bayesian import AVERAGED, BETA, BayesianNetwork, DropoutPerceptron
from interaction_engine.models.smoothing import smooth_model

from .test_mlp import NUMBER, ROWS, SPACE

TIER = Target("tier", TargetKind.MULTICLASS, ("low", "mid", "top"))


def bayesian(target=NUMBER, sizes=(5, 20, 9), chance=0.3, members=2, noise=0.0, **fields) -> BayesianNetwork:
    source = torch.Generator().manual_seed(0)
    n_outputs = len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
    shapes = list(pairwise((*sizes, n_outputs)))
    network = DropoutPerceptron(
        tuple(torch.randn(members, n, m, generator=source) / m**0.5 for m, n in shapes),
        tuple(torch.randn(members, n, generator=source) for _, n in shapes),
        tuple(torch.full((members, m), chance) for m, _ in shapes),
        torch.randn(members, n_outputs, 5, generator=source),
        torch.full((members,), noise),
    )
    return BayesianNetwork(SPACE, target, network, **fields)


def changed(model: BayesianNetwork, **parts) -> BayesianNetwork:
    """The same network with other parts."""
    network = model.network
    own = {name: getattr(network, name) for name in ("weights", "biases", "dropout", "main", "noise")}
    return replace(model, network=DropoutPerceptron(**own | parts))


def by_hand(model: BayesianNetwork, member: int, masks, inputs):
    """The outputs of one drawn network: nodes that are masked are 0, the main effect is added."""
    values = inputs
    for place, (weight, bias, mask) in enumerate(zip(model.network.weights, model.network.biases, masks, strict=True)):
        values = (values * mask) @ weight[member].T + bias[member]
        if place < len(model.network.weights) - 1:
            values = functional.softplus(values, beta=BETA)
    return values + inputs @ model.network.main[member].T


def masks_of(model: BayesianNetwork, network, draw: int):
    """Which nodes a drawn network uses, read off its weights."""
    found = []
    for place, weight in enumerate(model.network.weights):
        drawn = network.weights[place][draw][: weight.shape[1], : weight.shape[2]]
        found.append((drawn != 0).any(0).float())
    return found


@pytest.mark.parametrize("target", [NUMBER, TIER])
def test_a_draw_uses_each_node_fully_or_not_at_all_and_is_the_same_for_all_rows(target):
    model = bayesian(target)
    network, inputs = model.draws(6, seed=1), encode(SPACE, ROWS.repeat(5, 1))
    for draw in range(6):
        masks = masks_of(model, network, draw)
        assert 0 < sum(float(mask.sum()) for mask in masks) < sum(len(mask) for mask in masks)
        raw = by_hand(model, draw % 2, masks, inputs)  # the trainings take turns
        expected = replace(network, class_index=None).head(raw[None])[0]
        torch.testing.assert_close(network.member(draw).score_encoded(inputs)[0], expected, atol=1e-4, rtol=1e-4)


def test_nodes_are_left_out_as_often_as_their_probability_says():
    model = bayesian(sizes=(5, 40, 30))
    chances = torch.stack([torch.linspace(0.0, 1.0, 40), torch.linspace(1.0, 0.0, 40)])
    model = changed(model, dropout=(model.network.dropout[0], chances, model.network.dropout[2]))
    n = 2000
    network = model.draws(2 * n, seed=0)
    used = (network.weights[1][:, :30, :40] != 0).any(1).float()
    used = torch.stack([used[member::2].mean(0) for member in range(2)])
    assert used[0, 0] == used[1, -1] == 1.0
    assert used[0, -1] == used[1, 0] == 0.0
    reach = 4.5 * (chances * (1 - chances) / n).sqrt() + 1e-9
    assert ((used - (1 - chances)).abs() <= reach).all()


def test_the_main_effect_passes_unbent_through_every_draw():
    model = bayesian(chance=1.0, scale=2.0, shift=3.0)
    far = torch.cat([ROWS, 40.0 * ROWS])
    for draw, scores in enumerate(model.draws(3, seed=0).scores(far)):
        constant = model.network.biases[-1][draw % 2]  # all that is left of a network without any inputs
        expected = 2.0 * (encode(SPACE, far) @ model.network.main[draw % 2].T + constant)[:, 0] + 3.0
        torch.testing.assert_close(scores, expected, atol=1e-3, rtol=1e-5)


def test_a_training_by_itself_draws_what_it_draws_in_the_mixture():
    model = bayesian(members=3, noise=0.5)
    whole = model.draws(7, seed=4).scores(ROWS)
    for member in range(3):
        only = model.training(member)
        assert len(only.network.main) == 1
        with_others = changed(model, **{
            name: tuple(tensor[[member] * 3] for tensor in getattr(model.network, name))
            for name in ("weights", "biases", "dropout")
        }, main=model.network.main[[member] * 3])  # fmt: skip
        alone = only.draws(7, seed=4).scores(ROWS)
        torch.testing.assert_close(alone, with_others.draws(7, seed=4).scores(ROWS))
        torch.testing.assert_close(alone[member::3], whole[member::3])


def test_the_score_is_the_mean_over_draws_and_can_be_differentiated_twice():
    model = bayesian()
    torch.testing.assert_close(model.scores(ROWS)[0], model.draws(AVERAGED, 0).scores(ROWS).mean(0))
    encoded = encode(SPACE, ROWS)
    torch.testing.assert_close(model.score_encoded(encoded), model.scores(ROWS), atol=1e-4, rtol=1e-4)
    hessian = torch.func.hessian(lambda row: model.score_encoded(row[None])[0, 0])(encoded[0])
    assert hessian.abs().max() > 0


def test_it_is_a_model_that_can_be_drawn_from_and_has_derivatives():
    model = bayesian()
    assert isinstance(model, Model)
    assert {Capability.QUERIES, Capability.GRADIENTS, Capability.POSTERIOR} == model.capabilities
    smooth = smooth_model(model, beta=5.0)
    assert not smooth.rounded
    found = smooth.scores(encode(SPACE, ROWS)).mean(0, keepdim=True)
    torch.testing.assert_close(found, model.scores(ROWS), atol=1e-4, rtol=1e-4)


def test_the_same_seed_gives_the_same_networks_and_another_others():
    model = bayesian()
    first, again, other = (model.draws(4, seed).scores(ROWS) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_another_class_is_scored_by_the_same_networks():
    model = bayesian(TIER)
    scores = torch.stack([model.for_class(index).draws(5, 0).scores(ROWS) for index in range(3)])
    chances = torch.sigmoid(scores)
    torch.testing.assert_close(chances.sum(0), torch.ones_like(chances[0]), atol=1e-4, rtol=1e-4)
    with pytest.raises(InputError, match="class_index"):
        model.for_class(3)


def test_intervals_are_those_of_draws_and_noise_together():
    model = changed(bayesian(scale=2.0), noise=torch.tensor([0.5, 0.25]))
    frame = _frame()
    scores = model.draws(200, 0).scores(ROWS).double().numpy()
    np.testing.assert_allclose(model.noise_of(3), [1.0, 0.5, 1.0])
    reach = 1.959964 * np.sqrt(scores.var(0) + (1.0 + 0.25) / 2)
    lower, upper = model.predict_interval(frame)
    np.testing.assert_allclose(lower, scores.mean(0) - reach, rtol=1e-5)
    np.testing.assert_allclose(upper, scores.mean(0) + reach, rtol=1e-5)
    with pytest.raises(InputError, match="level"):
        model.predict_interval(frame, 1.0)


def _frame():
    import pandas as pd

    values = ROWS.numpy()
    return pd.DataFrame({"a": values[:, 0], "c": [("x", "y", "z")[int(i)] for i in values[:, 1]], "b": values[:, 2]})


def test_features_are_left_out_as_rarely_as_their_rarest_input():
    model = bayesian()
    chances = torch.tensor([[0.1, 0.5, 0.1, 0.7, 0.9], [0.1, 0.5, 0.3, 0.7, 0.9]])
    model = changed(model, dropout=(chances, *model.network.dropout[1:]))
    np.testing.assert_allclose(model.feature_dropout, [0.1, 0.2, 0.9], rtol=1e-6)


def test_networks_that_do_not_fit_their_features_or_target_are_named():
    model = bayesian()
    with pytest.raises(InputError, match="inputs"):
        changed(model, main=torch.zeros(2, 1, 4))
    with pytest.raises(InputError, match="outputs"):
        replace(model, target=TIER)
    with pytest.raises(InputError, match="draws"):
        model.draws(0, 0)
