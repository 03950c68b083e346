import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from interaction_engine.core.errors import Cancelled, InputError, ModelError
from interaction_engine.core.types import Capability, Model
from interaction_engine.data.encoding import encode
from interaction_engine.models.adapters.wrapping import wrap


def rows_of(data, n=6):
    return torch.tensor(data.rows[:n])


def test_a_function_of_an_array(numeric):
    model = wrap(lambda x: x[:, 0] * x[:, 1], numeric)
    rows = rows_of(numeric)
    torch.testing.assert_close(model.scores(rows), (rows[:, 0] * rows[:, 1])[None])
    assert isinstance(model, Model)
    assert model.capabilities == {Capability.QUERIES}


def test_a_function_of_a_frame_is_found_out(numeric, mixed):
    expected = numeric.frame["a"].to_numpy()[:6]
    np.testing.assert_allclose(wrap(lambda f: f["a"], numeric).predict(numeric.frame[:6]), expected)
    seen = []
    wrap(lambda f: seen.append(f) or f["a"] + f["c"].map({"low": 0, "mid": 1, "top": 2}), mixed)
    assert all(isinstance(frame, pd.DataFrame) and list(frame) == ["a", "b", "c"] for frame in seen)


def test_categorical_features_as_level_indices_on_request(mixed):
    model = wrap(lambda x: x[:, 2], mixed, takes="array")
    torch.testing.assert_close(model.scores(rows_of(mixed)), rows_of(mixed)[None, :, 2])


def test_no_rows_have_no_scores(numeric):
    for model in (wrap(lambda x: x[:, 0], numeric), wrap(nn.Linear(2, 1), numeric)):
        assert model.predict(numeric.frame[:0]).shape == (0,)


def test_a_model_is_called_by_its_functions_name(numeric):
    def demand(x):
        return x[:, 0]

    names = [wrap(given, numeric).name for given in (demand, lambda x: x[:, 0], nn.Linear(2, 1))]
    assert names == ["demand", "function", "Linear"]
    assert wrap(demand, numeric, name="mine").name == "mine"


def test_a_function_cannot_change_the_rows_it_is_given(numeric):
    rows = rows_of(numeric)
    before = rows.clone()

    def spoil(x):
        x *= 0
        return x[:, 0]

    wrap(spoil, numeric).scores(rows)
    assert torch.equal(rows, before)


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: x, "returns 2 numbers per row"),
        (lambda x: x[:, 0] * np.nan, "NaN"),
        (lambda x: ["high"] * len(x), "text"),
        (lambda x: x[:3, 0], "one number per row"),
        (lambda x: (x[:, 0], x[:, 1]), "one number per row"),
        (lambda x: x @ np.ones(5), "failed on 32 rows: ValueError"),
        (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda x: np.random.default_rng().normal(size=len(x)), "different scores"),
    ],
)
def test_a_broken_function_is_explained_in_one_sentence(numeric, function, match):
    with pytest.raises(ModelError, match=match) as caught:
        wrap(function, numeric, takes="array", name="broken")
    assert "`broken`" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_function_that_breaks_later_is_explained_too(numeric):
    model = wrap(lambda x: np.where(x[:, 0] > 1e5, np.nan, x[:, 0]), numeric)
    with pytest.raises(ModelError, match="1 of 2 rows"):
        model.scores(torch.tensor([[1.0, 1.0], [1e6, 1.0]], dtype=torch.float64))


def test_a_cancelled_run_is_no_broken_model(numeric):
    calls = []

    def cancelled(x):
        calls.append(1)
        if len(calls) > 4:
            raise Cancelled("stop")
        return x[:, 0]

    model = wrap(cancelled, numeric)
    calls.extend([1] * 4)
    with pytest.raises(Cancelled):
        model.scores(rows_of(numeric))


def test_probabilities_of_both_classes_become_log_odds(binary):
    share = lambda x: 1 / (1 + np.exp(-x[:, 0]))  # noqa: E731
    model = wrap(lambda x: np.stack([1 - share(x), share(x)], 1), binary)
    torch.testing.assert_close(model.scores(rows_of(binary)), rows_of(binary)[None, :, 0])
    torch.testing.assert_close(model.for_class(0).scores(rows_of(binary)), -rows_of(binary)[None, :, 0])


def test_a_module_takes_encoded_inputs_and_has_gradients(mixed):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(mixed.space.n_columns, 8), nn.Dropout(0.9), nn.Tanh(), nn.Linear(8, 1))
    model = wrap(module, mixed)
    encoded = encode(mixed.space, rows_of(mixed)).requires_grad_()
    torch.testing.assert_close(model.score_encoded(encoded).detach(), model.scores(rows_of(mixed)))
    (slopes,) = torch.autograd.grad(model.score_encoded(encoded).sum(), encoded, create_graph=True)
    assert torch.autograd.grad(slopes.sum(), encoded)[0].shape == encoded.shape
    assert model.capabilities == {Capability.QUERIES, Capability.GRADIENTS}
    assert module.training


def test_a_module_of_table_values(numeric):
    module = nn.Linear(2, 1).double()
    model = wrap(module, numeric, takes="array")
    expected = module(rows_of(numeric)).detach().T
    torch.testing.assert_close(model.scores(rows_of(numeric)), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("module", "match"),
    [
        (nn.Linear(3, 1), "failed on inputs of shape"),
        (nn.Linear(2, 2), "returns 2 numbers"),
        (nn.LSTM(2, 1), "returned tuple"),
        (nn.Sequential(nn.Linear(2, 1), nn.Flatten(0), nn.Softmax(0), nn.Threshold(2, float("nan"))), "NaN"),
    ],
)
def test_a_broken_module_is_explained(numeric, module, match):
    with pytest.raises(ModelError, match=match):
        wrap(module, numeric)


def test_logits_of_a_module_for_several_classes(multiclass):
    module = nn.Linear(2, 3)
    model = wrap(module, multiclass)
    shares = torch.stack([model.for_class(index).scores(rows_of(multiclass))[0].sigmoid() for index in range(3)])
    expected = module(encode(multiclass.space, rows_of(multiclass))).softmax(1).T
    torch.testing.assert_close(shares, expected.detach())


def test_an_estimator_is_fed_by_name(numeric):
    from sklearn.linear_model import LinearRegression

    estimator = LinearRegression().fit(numeric.frame[["b", "a"]], numeric.frame["number"])
    model = wrap(estimator, numeric)
    np.testing.assert_allclose(model.predict(numeric.frame), estimator.predict(numeric.frame[["b", "a"]]))


def test_an_estimator_of_classes_in_another_order(binary):
    from sklearn.linear_model import LogisticRegression

    estimator = LogisticRegression().fit(binary.rows, binary.frame["answer"].map({"no": "yes", "yes": "no"}))
    expected = estimator.decision_function(binary.rows).clip(-13.8155, 13.8155)
    np.testing.assert_allclose(wrap(estimator, binary).predict(binary.frame), expected, rtol=1e-3)


def test_wrong_arguments_are_named(numeric, mixed):
    with pytest.raises(InputError, match="takes"):
        wrap(len, numeric, takes="rows")
    with pytest.raises(InputError, match="int"):
        wrap(3, numeric)
    with pytest.raises(InputError, match="numeric features only"):
        wrap(nn.Linear(3, 1), mixed, takes="array")
