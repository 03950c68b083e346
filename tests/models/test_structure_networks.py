"""Which sets of features networks and additive models can combine, against brute force."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from interaction_engine.core.types import Feature, FeatureSpace, Kind, Target, TargetKind
from interaction_engine.methods.additive_models.editing import edit_shapes
from interaction_engine.models.adapters.modules import ModuleModel
from interaction_engine.models.additive.editing.edits import Edit
from interaction_engine.models.additive.paraace import FixUp, ParaAce
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.structure import combinable
from tests.methods.additive_models.test_editing import made
from tests.methods.additive_models.test_terms import data_of
from tests.models.mixed import all_subsets, largest_effects, spread

SPACE = FeatureSpace(
    (
        Feature("a", Kind.NUMERIC, mean=5.0, scale=2.0),
        Feature("c", Kind.CATEGORICAL, levels=("x", "y", "z")),
        Feature("b", Kind.NUMERIC, mean=1.0, scale=0.5),
        Feature("d", Kind.NUMERIC),
        Feature("e", Kind.NUMERIC),
    )
)
NUMBER = Target("t", TargetKind.REGRESSION)
BINARY, SEVERAL = Target("t", TargetKind.BINARY, ("no", "yes")), Target("t", TargetKind.MULTICLASS, ("p", "q", "r"))
OWNERS = torch.tensor([0, 1, 1, 1, 2, 3, 4])
BLOCKS = ((0, 1), (1, 2, 3), (4,))
"""The features that the units of each block of a sparse network see."""


def sparse(target=NUMBER, blocks=BLOCKS, members=1, hidden=(12, 9), dense_last=False, **fields) -> Mlp:
    """A network of blocks of units that see only their own features, in every layer."""
    source = torch.Generator().manual_seed(0)
    n_outputs = len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
    sizes = (7, *hidden, n_outputs)
    weights = [torch.randn(members, n, m, generator=source) for m, n in pairwise(sizes)]
    biases = tuple(torch.randn(members, n, generator=source) for n in sizes[1:])
    block_of = [torch.arange(size) % len(blocks) for size in hidden]
    sees = torch.tensor([[feature in block for feature in range(5)] for block in blocks])
    weights[0] *= sees[block_of[0]][:, OWNERS]
    if not dense_last:
        weights[1] *= block_of[1][:, None] == block_of[0]
    return Mlp.of_layers(SPACE, target, tuple(weights), biases, activation="gelu", **fields)


def check(model, allowed_pairs=None, orders=(2, 3)):
    structure = combinable(model)
    assert structure is not None
    for order in orders:
        subsets = all_subsets(len(model.space), order)
        allowed = structure.allows(subsets)
        excluded = largest_effects(model, subsets[~allowed])
        assert excluded.max() <= 3e-6 * 2**order * spread(model)
        if order == 2 and allowed_pairs is not None:
            assert {tuple(pair) for pair in subsets[allowed].tolist()} == allowed_pairs
            assert largest_effects(model, subsets[allowed]).min() > 1e-4 * spread(model)
    return structure


PAIRS = {(0, 1), (1, 2), (1, 3), (2, 3)}


@pytest.mark.parametrize("target", [NUMBER, BINARY])
def test_sparse_networks_combine_what_a_unit_sees(target):
    structure = check(sparse(target), PAIRS)
    assert structure.reason == "no unit of the network sees them together"
    assert structure.allows(torch.tensor([[3, 1, 2], [0, 1, 2]])).tolist() == [True, False]


def test_an_ensemble_combines_what_any_member_does():
    one, two = sparse(), sparse(blocks=((0, 4), (1,), (2,), (3,)))
    both = one.with_layers(
        (torch.cat(pair) for pair in zip(one.weights, two.weights, strict=True)),
        (torch.cat(pair) for pair in zip(one.biases, two.biases, strict=True)),
    )
    check(both, PAIRS | {(0, 4)})


def test_dense_layers_and_logits_of_several_classes_combine_all():
    assert combinable(sparse(dense_last=True)) is None
    assert combinable(sparse(SEVERAL)) is None


def test_several_classes_combine_what_they_use():
    model = sparse(SEVERAL, blocks=((0, 1), (3,)))
    structure = check(model)
    assert structure.reason == "no unit of the network sees them together"
    assert structure.allows(torch.tensor([[0, 3], [1, 3], [0, 2], [3, 4]])).tolist() == [True, True, False, False]


def test_units_that_the_output_never_hears_do_not_count():
    model = sparse(blocks=((0, 1), (2, 3), (4,)))
    last = model.weights[2].clone()
    last[..., torch.arange(9) % 3 == 0] = 0.0
    check(model.with_layers((*model.weights[:2], last), model.biases), {(2, 3)})


def as_sequential(model: Mlp) -> nn.Sequential:
    layers: list[nn.Module] = []
    for weight, bias in zip(model.weights, model.biases, strict=True):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.weight.data, linear.bias.data = weight[0].clone(), bias[0].clone()
        layers += [linear, nn.Tanh(), nn.Dropout(0.2)]
    return nn.Sequential(*layers[:-2])


def wrapped(module: nn.Module) -> ModuleModel:
    return ModuleModel.of(module, SPACE, NUMBER, "module")


def test_torch_modules_of_plain_layers():
    check(wrapped(as_sequential(sparse())), PAIRS)
    # A function of the output bends the whole sum.
    bent = nn.Sequential(*as_sequential(sparse(blocks=((0, 1), (2,), (4,)))), nn.Sigmoid())
    check(wrapped(bent), {(0, 1), (0, 2), (0, 4), (1, 2), (1, 4), (2, 4)})


def test_pruned_modules_are_read_with_their_masks():
    dense, mask = as_sequential(sparse(dense_last=True)), as_sequential(sparse())
    for layer, masked in zip(dense, mask, strict=True):
        if isinstance(layer, nn.Linear) and isinstance(masked, nn.Linear):
            prune.custom_from_mask(layer, "weight", masked.weight != 0)
    module = dense.eval()
    module(torch.zeros(1, 7))
    check(ModuleModel("module", SPACE, NUMBER, module), PAIRS)


@pytest.mark.parametrize("place", ["whole", "layer", "activation"])
def test_modules_with_hooks_and_other_modules_may_compute_anything(place):
    module = as_sequential(sparse())
    hooked = {"whole": module, "layer": module[0], "activation": module[1]}[place]
    hooked.register_forward_hook(lambda part, inputs, output: output * inputs[0].sum())
    assert combinable(ModuleModel("module", SPACE, NUMBER, module.eval())) is None
    mixing = nn.Sequential(nn.Linear(7, 12), nn.Softmax(dim=1), nn.Linear(12, 1))
    assert combinable(wrapped(mixing)) is None
    assert combinable(wrapped(nn.Sequential(nn.Sequential(*as_sequential(sparse()))))) is None


@pytest.fixture(scope="module")
def datasets():
    return {target: data_of(target) for target in ("y", "answer", "tier")}


OTHERS = all_subsets(4, 2)
TRIPLE = {(0, 1), (0, 3), (1, 3)}


@pytest.mark.parametrize("target", ["y", "answer"])
@pytest.mark.parametrize("kind", ["network", "tables"])
def test_additive_models_combine_the_features_of_a_term(datasets, kind, target):
    structure = check(made(kind, datasets[target]), TRIPLE if kind == "network" else {(0, 1)})
    assert structure.reason == "no term of the model has them together"
    assert bool(structure.allows(torch.tensor([[0, 1, 3]]))[0]) == (kind == "network")


@pytest.mark.parametrize("kind", ["network", "fix-up", "tables"])
def test_several_classes_bend_the_sums_of_additive_models(datasets, kind):
    model = made(kind, datasets["tier"])
    structure = combinable(model)
    assert structure is not None  # feature 2 is in no term
    assert structure.allows(OTHERS).tolist() == [True, False, True, False, True, False]
    assert largest_effects(model, OTHERS[~structure.allows(OTHERS)]).max() <= 1e-5 * spread(model)


def fixed_up(datasets, change) -> ParaAce:
    model = made("fix-up", datasets["y"])
    assert isinstance(model, ParaAce)
    weights = [weight.clone() for weight in model.fix_up.weights]
    change(weights)
    biases = (0.3 * model.fix_up.biases[0], *(0.0 * bias for bias in model.fix_up.biases[1:]))  # every unit bends
    return replace(model, fix_up=FixUp(tuple(weights), biases))


def test_a_linear_fix_up_leaves_the_terms_apart(datasets):
    def without_units(weights):
        weights[1].zero_()

    check(fixed_up(datasets, without_units), TRIPLE)


def test_a_unit_of_the_fix_up_combines_what_its_subnets_see(datasets):
    # Subnets: (0,), (1,), (3,), (0, 1), (0, 3), (0, 1, 3); without those of several features only the units combine.
    def only_first_and_third(weights):
        weights[0][:, 1] = 0.0
        weights[0][:, 3:] = 0.0
        weights[1][3:] = 0.0
        weights[2][:, 3:] = 0.0

    check(fixed_up(datasets, only_first_and_third), {(0, 3)})
    assert combinable(made("fix-up", datasets["y"])) is not None  # feature 2 is in no subnet


@pytest.mark.parametrize("kind", ["network", "fix-up", "tables"])
def test_edited_models(datasets, kind):
    data = datasets["y"]
    edits = (Edit(("a",), "clip", low=-0.05, high=0.1), Edit(("a", "b"), "off"))
    edited = edit_shapes(made(kind, data), data, edits=edits)
    structure = check(edited)
    assert structure.allows(OTHERS).tolist()[1::2] == [False, False, False]  # those with feature 2
    if kind == "tables":
        assert not structure.allows(torch.tensor([[0, 1]]))[0]
    if kind == "network":
        without = edit_shapes(made(kind, data), data, edits=(*edits, Edit(("a", "b", "c"), "off")))
        check(without)


def test_a_bayesian_network_without_its_linear_part():
    from tests.models.networks.test_bayesian import bayesian, changed

    model = bayesian(chance=0.0)
    weights = list(model.network.weights)
    first = torch.zeros_like(weights[0])
    first[:, ::2, 0], first[:, 1::2, 1:] = weights[0][:, ::2, 0], weights[0][:, 1::2, 1:]
    second = weights[1].clone()
    second[:, ::2, 1::2], second[:, 1::2, ::2] = 0.0, 0.0
    sparse_one = changed(model, weights=(first, second, weights[2]))
    check(sparse_one, {(1, 2)})
    assert combinable(model) is None
