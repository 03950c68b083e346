"""What all models do alike: devices, precisions and classes are copies, and nothing that was brought is changed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.models.networks.bayesian import BayesianNetwork

TRAINED = {
    "mlp": {"hidden": (8,), "epochs": 1},
    "ensemble": {"hidden": (8,), "epochs": 1, "members": 2},
    "bayesian": {"hidden": (8,), "epochs": 1, "members": 1},
    "nit": {"blocks": 2, "hidden": (8,), "epochs": 2, "rounds": 1, "refits": 2},
    "paraace": {"epochs": 1, "n_pairs": 1, "refits": 2},
    "gam": {},
    "linear": {},
}


@pytest.fixture(scope="module")
def data():
    x = np.random.default_rng(0).normal(size=(200, 3))
    kind = np.where(x[:, 0] * x[:, 1] > 0.5, "high", np.where(x[:, 2] > 0, "middle", "low"))
    return ie.read_dataset(pd.DataFrame(x, columns=list("abc")).assign(kind=kind), target="kind", name="made")


@pytest.fixture(scope="module", params=TRAINED)
def model(request, data):
    return ie.train(data, request.param, **TRAINED[request.param])


def rows_of(data):
    return torch.tensor(data.rows[:20])


def test_a_model_is_moved_to_where_it_is_by_doing_nothing(model):
    assert model.to("cpu").device == model.device == torch.device("cpu")


def test_in_float64_it_scores_the_same_and_the_original_keeps_its_precision(model, data):
    before = model.scores(rows_of(data))
    exact = model.double().scores(rows_of(data))
    assert exact.dtype == torch.float64
    torch.testing.assert_close(exact, before.double(), atol=1e-4, rtol=1e-4)
    after = model.scores(rows_of(data))
    assert after.dtype == before.dtype
    assert torch.equal(after, before)


def test_the_classes_share_their_parameters_and_their_scores_belong_to_one_distribution(model, data):
    chances = [torch.sigmoid(model.for_class(index).double().scores(rows_of(data))) for index in range(3)]
    # the draws of a Bayesian network are spread class by class until their intervals hold what they promise
    allowed = 0.1 if isinstance(model, BayesianNetwork) else 1e-4
    torch.testing.assert_close(sum(chances), torch.ones_like(chances[0]), atol=allowed, rtol=0)
    assert model.for_class(2).class_index == 2
    assert model.for_class(2).unit != model.for_class(1).unit
    with pytest.raises(InputError, match="class_index"):
        model.for_class(3)


def test_the_members_mean_is_predicted_from_columns_in_any_order(model, data):
    frame = data.frame.loc[:, ["c", "kind", "b", "a"]].head(20)
    expected = model.scores(rows_of(data)).double().mean(0).numpy()
    np.testing.assert_allclose(model.predict(frame), expected, atol=1e-4)


class Brought(nn.Module):
    """A module with an attribute `device`, as modules of other libraries have it."""

    device = torch.device("cpu")

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, rows):
        return self.layer(torch.tanh(rows) * rows)


class Callable(Brought):
    """A function that is a module all the same: it takes and gives arrays."""

    def __call__(self, rows):
        with torch.no_grad():
            return self.forward(torch.from_numpy(rows).float()).numpy()


@pytest.mark.parametrize("kind", [Brought, Callable])
def test_what_was_brought_is_never_changed(data, kind):
    brought = kind()
    function = brought if kind is Brought else lambda rows, inner=brought: inner(rows)
    model = ie.wrap(function, data, takes="array")
    before = model.scores(rows_of(data))
    model.double()
    model.to("cpu")
    assert brought.layer.weight.dtype == torch.float32
    assert torch.equal(model.scores(rows_of(data)), before)


def test_a_black_box_that_holds_a_module_is_on_the_processor_and_left_alone(data):
    brought = Callable()
    brought.device = torch.device("meta")
    model = replace(ie.wrap(lambda rows: rows, data, takes="array"), function=brought)
    assert model.device == torch.device("cpu")
    assert model.double() is model
    assert brought.layer.weight.dtype == torch.float32
