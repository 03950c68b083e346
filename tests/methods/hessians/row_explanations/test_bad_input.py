"""Options, baselines, models and tables that cannot be used are refused in a sentence."""

import numpy as np
import pytest

import interaction_engine as ie
from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.methods.hessians.explainer import GAP, explain
from tests.methods.hessians.row_explanations.formulas import METHODS, formula
from tests.oracles import numeric_dataset


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"beta": 0}, "`beta`"),
        ({"beta": -1.0}, "`beta`"),
        ({"beta": float("nan")}, "`beta`"),
        ({"nodes": 1}, "`nodes`"),
        ({"rows": 0}, "`rows`"),
        ({"row": 600}, r"`row` must be a row from 0 to 599"),
        ({"quadrature": "simpson"}, "`quadrature`"),
    ],
)
def test_options(california, trained, method, options, says):
    with pytest.raises(InputError, match=says):
        ie.detect(method, trained, california, **options)


@pytest.mark.parametrize(
    ("baseline", "says"),
    [
        ((1.0, 2.0), r"needs one value per feature \(8\); got 2"),
        (100_000, r"`baseline` must be a row from 0 to 599"),
        ("middle", "baseline"),
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, "x"), "needs a number"),
    ],
)
def test_baselines(california, trained, baseline, says):
    with pytest.raises(InputError, match=says):
        ie.detect("integrated_hessians", trained, california, baseline=baseline)


def test_a_model_that_goes_in_steps(numbers):
    with pytest.raises(InputError, match=r"are 0 at all of 48 rows: it goes in steps\. Use a method"):
        ie.detect("integrated_hessians", formula(numbers, lambda x: x[:, 0].round() + 0 * x[:, 1]), numbers)


def test_a_model_that_is_constant(numbers):
    with pytest.raises(InputError, match="it predicts the same for all of them"):
        ie.detect("integrated_hessians", formula(numbers, lambda x: 0 * x[:, 0] + 3), numbers)


def test_a_model_without_gradients(numbers):
    with pytest.raises(InputError, match="needs a model with derivatives"):
        ie.detect("integrated_hessians", ie.wrap(lambda x: x[:, 0], numbers), numbers)


def test_derivatives_that_are_no_numbers(numbers):
    """Below 0 the root of max(x, 0) is 0, but its slope is 0 times infinity."""
    model = formula(numbers, lambda x: (x[:, 0] * (x[:, 0] > 0)).sqrt() + x[:, 1])
    with pytest.raises(ModelError, match=r"must be finite numbers; near \d+ of 48 rows they are not"):
        ie.detect("integrated_hessians", model, numbers)


def test_derivatives_that_fail_on_the_way(numbers):
    """Here they fail where the row has the average value of `c`, as no row of the data has."""
    rows = numbers.rows[:2].copy()
    rows[1, 2] = numbers.space.features[2].mean
    model = formula(numbers, lambda x: x[:, 0] * x[:, 1] + (x[:, 2] ** 2).sqrt())
    with pytest.raises(ModelError, match="for 1 of 2 rows they are not on the way from the baseline"):
        explain(model, numbers, rows)


def test_rows_of_another_table(numbers):
    model = formula(numbers, lambda x: x.sum(1))
    with pytest.raises(InputError, match=r"needs rows of 5 values; got an array of shape \(2, 3\)"):
        explain(model, numbers, np.zeros((2, 3)))


def test_one_feature_has_no_pairs():
    data = numeric_dataset(n_features=1)
    with pytest.raises(InputError, match="Pairs need at least 2 features"):
        ie.detect("integrated_hessians", formula(data, lambda x: x[:, 0] ** 2), data)


@pytest.mark.parametrize("method", METHODS)
def test_as_few_rows_as_a_data_set_may_have_are_enough(method):
    with pytest.raises(InputError, match="needs at least 5 rows; 3 are left"):
        numeric_dataset(n_rows=3)
    data = numeric_dataset(n_rows=5)
    result = ie.detect(method, formula(data, lambda x: (x[:, 0] * x[:, 1]).tanh() + x[:, 2]), data)
    assert len(result.rows) == 4
    assert result.completeness_gap.max() <= GAP
    assert np.isfinite(result.table[["strength", "lower", "upper"]].to_numpy()).all()
