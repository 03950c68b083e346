"""NIT without blocks: which features a unit sees, what the penalty counts, and what is found."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.nit.disentangling import GateSettings
from interaction_engine.methods.additive_models.nit.layer_gates import (
    SHARP,
    disentangled_layers,
    layer_penalty,
    seen_features,
    unit_orders,
)
from interaction_engine.methods.additive_models.nit.nit import train_nit
from interaction_engine.models.training.rows import TrainingRows

pytestmark = pytest.mark.slow


def drawn_gates(seed: int) -> list[torch.Tensor]:
    source = np.random.default_rng(seed)
    return [torch.from_numpy(source.integers(0, 2, shape)).float() for shape in ((4, 3), (5, 4), (2, 5))]


@pytest.mark.parametrize("seed", range(5))
def test_a_unit_sees_the_features_from_which_a_path_of_open_gates_leads_to_it(seed):
    gates = drawn_gates(seed)
    seen = seen_features(gates)
    for unit, feature in product(range(2), range(3)):
        paths = product(range(4), range(5))
        expected = any(gates[0][a, feature] * gates[1][b, a] * gates[2][unit, b] for a, b in paths)
        assert bool(seen[unit, feature]) == expected


def test_orders_are_the_number_of_features_where_all_inputs_agree():
    apart = [torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]), torch.eye(2)]
    assert unit_orders(apart).tolist() == pytest.approx([1.0, 2.0])
    assert unit_orders([torch.ones(6, 3), torch.ones(4, 6)]).tolist() == pytest.approx([3.0] * 4)
    assert unit_orders([torch.ones(6, 3), torch.zeros(1, 6)]).tolist() == [0.0]


def test_orders_of_a_unit_whose_inputs_differ_are_the_closed_form():
    """One of four inputs sees the first feature, all see the second: shares 1/4 and 1."""
    first = torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    expected = (1 + SHARP) * 0.25 / (SHARP + 0.25) + 1.0
    assert unit_orders([first, torch.ones(1, 4)]).tolist() == pytest.approx([expected])


def test_the_penalty_presses_only_units_that_see_too_many_features():
    opened = [one.clone().requires_grad_() for one in (torch.full((3, 2), 0.5), torch.full((2, 3), 0.5))]
    too_many = torch.tensor([True, False])
    orders = unit_orders(opened).detach()
    both = float(layer_penalty(opened, too_many, 0.3, "all").detach())
    assert both == pytest.approx(20 * float(orders[0]) / 2 + 0.3 * float(orders.mean()))
    pressed = layer_penalty(opened, too_many, 0.0, "largest")
    assert float(pressed.detach()) == pytest.approx(float(orders[0]))
    pressed.backward()
    assert opened[1].grad is not None
    assert opened[1].grad[1].tolist() == [0.0] * 3
    assert float(layer_penalty(opened, torch.tensor([False, False]), 0.0, "all").detach()) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_two_products_are_disentangled(seed):
    x = np.random.default_rng(0).uniform(-1, 1, (1500, 4))
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3])
    data = read_dataset(frame, target="y", name="products")
    rows = TrainingRows(data, 1, seed, torch.device("cpu"))
    settings = GateSettings(2, 10, 1, (16,), "gelu", 0.4, "all", 1e-2, 128, seed)
    assert disentangled_layers(data, rows, settings, lambda share, message: None) == ((0, 1), (2, 3))


@pytest.mark.parametrize(("target", "max_order"), [("number", 1), ("answer", 2), ("tier", 3)])
def test_it_learns_targets_of_every_kind_with_terms_no_larger_than_allowed(target, max_order):
    source = np.random.default_rng(0)
    n = 400
    frame = pd.DataFrame(source.normal(size=(n, 2)), columns=["a", "b"]).assign(c=source.choice(["x", "y", "z"], n))
    frame["same"] = 3.0
    number = frame["a"] * (1 if max_order == 1 else frame["b"]) + 2 * (frame["c"] == "x")
    frame["y"] = {
        "number": number,
        "answer": np.where(number > number.median(), "yes", "no"),
        "tier": np.array(["basic", "middle", "upper"])[np.digitize(number, np.quantile(number, [0.3, 0.7]))],
    }[target]
    data = read_dataset(frame, target="y", kinds={"same": "numeric"}, name=target)
    few = {"blocks": 3, "penalty": 0.02, "hidden": (16, 8), "epochs": 15, "refits": 0, "compute": Compute("cpu")}
    model = train_nit(data, max_order=max_order, gates="all", **few)
    assert 1 <= len(model.subnets) <= 3
    assert max(map(len, model.subnets.members)) <= max_order
    assert model.record.options["gates"] == "all"
    shapes = model.shapes(data)
    assert shapes.identity_error < 1e-5
    assert shapes.metric_value > 0.6
    assert any("c" in names for names in shapes.table["features"])


def test_the_same_seed_finds_the_same_sets():
    x = np.random.default_rng(0).uniform(-1, 1, (200, 4))
    data = read_dataset(pd.DataFrame(x, columns=list("abcd")).assign(y=x[:, 0] * x[:, 1]), target="y", name="one")
    rows = TrainingRows(data, 1, 0, torch.device("cpu"))
    settings = GateSettings(2, 10, 1, (16,), "gelu", 0.1, "largest", 1e-2, 64, 0)
    first, again = (disentangled_layers(data, rows, settings, lambda share, message: None) for _ in range(2))
    assert first == again
    assert (0, 1) in first


def test_a_thousand_levels_do_no_harm():
    source = np.random.default_rng(0)
    n = 1200
    frame = pd.DataFrame({"a": source.normal(size=n), "many": [f"l{i % 1000}" for i in range(n)]})
    data = read_dataset(frame.assign(y=frame["a"] ** 2), target="y", kinds={"many": "categorical"}, name="wide")
    settings = GateSettings(1, 10, 1, (16,), "gelu", 0.4, "all", 1e-2, 256, 0)
    rows = TrainingRows(data, 1, 0, torch.device("cpu"))
    assert (0,) in disentangled_layers(data, rows, settings, lambda share, message: None)
