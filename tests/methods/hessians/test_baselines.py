"""The Input Hessian and NID: closed forms, hand-made weights, intervals over rows and over networks."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.data.encoding import encode
from interaction_engine.methods.common.pair_result import PAIR_COLUMNS
from interaction_engine.methods.registry import METHODS
from interaction_engine.methods.results import load_result
from interaction_engine.models.networks.mlp import Mlp
from tests.methods.hessians.row_explanations.formulas import formula
from tests.oracles import mixed_dataset, numeric_dataset


def by_itself(name, model, data, **options):
    """A method's own result: models of random weights have no skill, and `ie.detect` would take its statuses back."""
    return METHODS[name].function(model, data, **options)


@pytest.fixture(scope="module")
def numbers():
    return numeric_dataset(n_rows=100)


def of_pair(result, *names):
    found = result.table[result.table["feature_1"].isin(names) & result.table["feature_2"].isin(names)]
    assert len(found) == 1
    return found.iloc[0]


class TestInputHessian:
    def test_a_polynomial(self, numbers):
        """x y^2 + 3 z w: the derivatives are 2 y and 3 everywhere."""
        model = formula(numbers, lambda x: x[:, 0] * x[:, 1] ** 2 + 3 * x[:, 2] * x[:, 3])
        rows = encode(numbers.space, torch.tensor(numbers.rows[numbers.train_rows]), torch.float64).numpy()
        sizes = np.abs(2 * rows[:, 1])
        absolute = of_pair(ie.detect("input_hessian", model, numbers), "a", "b")
        assert absolute.strength == pytest.approx(sizes.mean(), rel=1e-6)
        assert absolute.effect == absolute.strength
        assert absolute.signed == pytest.approx(2 * rows[:, 1].mean(), abs=1e-6)
        assert absolute.upper - absolute.strength == pytest.approx(2 * sizes.std(ddof=1) / np.sqrt(80), rel=1e-6)
        square = ie.detect("input_hessian", model, numbers, measure="square")
        assert of_pair(square, "a", "b").strength == pytest.approx((sizes**2).mean(), rel=1e-6)
        assert of_pair(square, "a", "b").effect == pytest.approx(np.sqrt((sizes**2).mean()), rel=1e-6)
        constant = of_pair(square, "c", "d")
        assert (constant.strength, constant.effect) == pytest.approx((9, 3))
        assert constant.upper - constant.lower < 1e-3
        assert of_pair(square, "a", "c").strength == pytest.approx(0, abs=1e-12)
        assert square.degree == 2
        assert tuple(square.to_frame().columns) == PAIR_COLUMNS

    def test_one_row(self, numbers):
        model = formula(numbers, lambda x: x[:, 0] * x[:, 1] ** 2)
        result = by_itself("input_hessian", model, numbers, row=4, top_k=1)
        own = float(encode(numbers.space, torch.tensor(numbers.rows[[4]]), torch.float64)[0, 1])
        best = result.table.iloc[0]
        assert best.strength == best.lower == best.upper == pytest.approx(abs(2 * own))
        assert best.signed == pytest.approx(2 * own)
        assert set(result.table["status"]) == {"ranked"}

    def test_a_number_and_a_category(self):
        """size times [town is Lyon]: Lyon less Bonn, times the root of both shares."""
        data = mixed_dataset()
        place = data.space.index("town")
        column = data.space.groups[place].start + data.space.features[place].levels.index("Lyon")
        result = ie.detect("input_hessian", formula(data, lambda x: x[:, 0] * x[:, column]), data)
        share = (data.frame["town"].iloc[data.train_rows] == "Lyon").mean()
        assert of_pair(result, "size", "town").strength == pytest.approx(np.sqrt(share * (1 - share)), rel=1e-5)
        assert result.table["strength"].iloc[1] == pytest.approx(0, abs=1e-9)

    def test_a_network_is_what_automatic_differentiation_makes_of_it(self):
        data = mixed_dataset()
        model = network(data, 2)
        fast = ie.detect("input_hessian", model, data, rows=20)
        slow = ie.detect("input_hessian", formula(data, lambda x: _mean_score(model, x)), data, rows=20)
        both = [one.matrix("strength").to_numpy() for one in (fast, slow)]
        np.testing.assert_allclose(*both, rtol=2e-3, atol=1e-4)

    def test_little_memory_gives_the_same(self, numbers):
        model = formula(numbers, lambda x: (x[:, 0] * x[:, 1]).sin() * x[:, 2])
        whole, parts = (
            ie.detect("input_hessian", model, numbers, compute=Compute(memory=memory)) for memory in ("1GB", "20KB")
        )
        pd.testing.assert_frame_equal(whole.table, parts.table)

    @pytest.mark.parametrize(
        ("function", "options", "error", "says"),
        [
            (lambda x: x[:, 0].round(), {}, InputError, "it goes in steps"),
            (lambda x: (x[:, 0] * (x[:, 0] > 0)).sqrt(), {}, ModelError, "must be finite numbers"),
            (lambda x: x[:, 0] * x[:, 1], {"row": 100}, InputError, "`row` must be a row from 0 to 99"),
            (lambda x: x[:, 0] * x[:, 1], {"measure": "cube"}, InputError, "`measure`"),
            (lambda x: x[:, 0] * x[:, 1], {"beta": 0}, InputError, "`beta`"),
        ],
    )
    def test_bad_input(self, numbers, function, options, error, says):
        with pytest.raises(error, match=says):
            ie.detect("input_hessian", formula(numbers, function), numbers, **options)


def network(data, members=1, outputs=1, target=None, class_index=None):
    random = torch.Generator().manual_seed(1)
    sizes = (data.space.n_columns, 7, 6, outputs)
    weights = [torch.randn(members, high, low, generator=random) for low, high in itertools.pairwise(sizes)]
    biases = tuple(torch.randn(members, size, generator=random) for size in sizes[1:])
    return Mlp.of_layers(
        data.space, target or data.target, tuple(weights), biases, "tanh", scale=2.0, class_index=class_index
    )


def _mean_score(model, inputs):
    return model.double().score_encoded(inputs).mean(0)


class TestNid:
    def test_the_formula_unit_by_unit(self, numbers):
        model = network(numbers)
        first, second, last = (weight[0].numpy().astype(float) for weight in model.weights)
        influence = 2.0 * np.abs(last) @ np.abs(second)
        expected = sum(influence[0, unit] * min(abs(first[unit, 0]), abs(first[unit, 1])) for unit in range(len(first)))
        result = ie.detect("nid", model, numbers)
        assert of_pair(result, "a", "b").strength == pytest.approx(expected)
        assert (result.table["lower"] == result.table["upper"]).all()
        assert result.provenance.evaluations == 0

    def test_a_unit_that_sees_one_feature_lets_nothing_interact(self, numbers):
        model = network(numbers)
        model.weights[0].zero_()
        model.weights[0][0, :5] = torch.eye(5)
        assert (ie.detect("nid", model, numbers).table["strength"] == 0).all()

    def test_networks_are_averaged_with_an_interval(self, numbers):
        model = network(numbers, 3)
        single = np.array(
            [of_pair(ie.detect("nid", model.member(index), numbers), "b", "d").strength for index in range(3)]
        )
        found = of_pair(ie.detect("nid", model, numbers), "b", "d")
        assert found.strength == pytest.approx(single.mean())
        assert found.upper == pytest.approx(single.mean() + 2 * single.std(ddof=1) / np.sqrt(3))

    def test_adding_a_number_to_all_levels_of_a_category_changes_nothing(self):
        """Their one-hot columns sum to 1, so that it only moves the bias."""
        data = mixed_dataset()
        model = network(data)
        before = ie.detect("nid", model, data).matrix("strength")
        group = data.space.groups[data.space.index("colour")]
        model.weights[0][:, :, group] += 3.0
        np.testing.assert_allclose(ie.detect("nid", model, data).matrix("strength"), before, rtol=1e-5)

    def test_several_classes_count_against_each_other(self):
        digits = ie.load_sample("digits", rows=100)
        model = network(digits, outputs=10)
        before = ie.detect("nid", model, digits).matrix("strength")
        model.weights[-1][...] += torch.randn(6)  # the same for all classes: no log-odds change
        np.testing.assert_allclose(ie.detect("nid", model, digits).matrix("strength"), before, rtol=1e-4)

    def test_a_model_of_another_kind_is_refused(self, numbers):
        with pytest.raises(InputError, match="a multilayer perceptron"):
            ie.detect("nid", formula(numbers, lambda x: x[:, 0]), numbers)


@pytest.mark.parametrize("method", ["input_hessian", "nid"])
@pytest.mark.parametrize("top_k", [1, 10, 50])
def test_pairs_are_ranked_whatever_number_is_asked_for(numbers, method, top_k):
    """However far apart the intervals lie: they hold for each pair by itself."""
    result = by_itself(method, network(numbers, 2), numbers, top_k=top_k)
    assert result.table["status"].tolist() == ["ranked"] * 10
    assert result.provenance.options["top_k"] == top_k


@pytest.mark.parametrize("method", ["input_hessian", "nid"])
def test_results_survive_saving(numbers, method, tmp_path):
    result = ie.detect(method, network(numbers, 2), numbers)
    result.save(tmp_path / "run")
    again = load_result(tmp_path / "run")
    pd.testing.assert_frame_equal(again.table, result.table)
    assert again.provenance == result.provenance
    assert again.trace.empty
