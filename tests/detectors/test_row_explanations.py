"""Integrated and Expected Hessians as methods: closed forms, completeness, means over rows, and bad input."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import interaction_engine as ie
from interaction_engine.data.encoding import encode
from interaction_engine.detectors.explaining import GAP, Explainer, explain
from interaction_engine.errors import Cancelled, InputError, ModelError
from interaction_engine.games.baselines import baseline_of
from interaction_engine.models.networks import Mlp
from interaction_engine.numerics.compute import Compute
from interaction_engine.results import PAIR_COLUMNS, load_result
from interaction_engine.types import Report
from tests.oracles import mixed_dataset, numeric_dataset

METHODS = ("integrated_hessians", "expected_hessians")


class Formula(nn.Module):
    """A function of encoded inputs, in float64."""

    def __init__(self, function):
        super().__init__()
        self.function, self.one = function, nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, inputs):
        return self.function(inputs) * self.one


def formula(data, function):
    return ie.wrap(Formula(function), data, takes="encoded")


def encoded(data, rows):
    return encode(data.space, torch.tensor(rows), torch.float64).numpy()


@pytest.fixture(scope="module")
def numbers():
    return numeric_dataset(n_rows=60)


@pytest.fixture(scope="module")
def california():
    return ie.load_sample("california", rows=600)


@pytest.fixture(scope="module")
def trained(california):
    return ie.train(california, "mlp", hidden=(32, 32), epochs=3, activation="relu")


class TestClosedForms:
    """From the average row, which is 0 in the encoded inputs."""

    def test_a_quadratic_form(self, numbers):
        form = np.array([[1.0, 2.0], [2.0, -3.0]])
        where, given = numbers.rows[:5], torch.tensor(form)
        found = explain(formula(numbers, lambda x: ((x[:, :2] @ given) * x[:, :2]).sum(1)), numbers, where)
        x = encoded(numbers, where)[:, :2]
        expected = form * x[:, :, None] * x[:, None] / 2
        main = np.einsum("ri,ii->ri", x**2, form) / 2 + x * (x @ form) / 2
        expected[:, [0, 1], [0, 1]] = main
        np.testing.assert_allclose(found.interactions[:, :2, :2], expected, atol=1e-6)
        np.testing.assert_allclose(found.attributions[:, :2], x * (x @ form), atol=1e-6)
        assert not found.interactions[:, 2:].any()

    @pytest.mark.parametrize("n", [2, 3, 4])
    def test_a_product(self, numbers, n):
        """x_1 ... x_n is divided equally among the ordered pairs, and each main effect has as much."""
        found = explain(formula(numbers, lambda x: x[:, :n].prod(1)), numbers, numbers.rows[:5])
        product = encoded(numbers, numbers.rows[:5])[:, :n].prod(1)
        expected = np.broadcast_to(product[:, None, None] / n**2, (5, n, n))
        np.testing.assert_allclose(found.interactions[:, :n, :n], expected, atol=1e-6)

    def test_an_exponential_of_a_sum(self, numbers):
        found = explain(formula(numbers, lambda x: x[:, :2].sum(1).exp()), numbers, numbers.rows[:5])
        x = encoded(numbers, numbers.rows[:5])
        total = x[:, 0] + x[:, 1]
        series = sum(total**k / math.factorial(k) / (k + 2) ** 2 for k in range(60))
        np.testing.assert_allclose(found.interactions[:, 0, 1], x[:, 0] * x[:, 1] * series, atol=1e-6)

    def test_levels_of_a_category_are_one_feature(self):
        """size times [colour is red], from a row of another colour: x / 4 where the row is red, else nothing."""
        data = mixed_dataset()
        place = data.space.index("colour")
        red = data.space.groups[place].start + data.space.features[place].levels.index("red")
        base = data.mean()
        base[place] = data.space.features[place].levels.index("green")
        model = formula(data, lambda x: x[:, 0] * x[:, red])
        found = explain(model, data, data.rows[:20], baseline=base.tolist())
        x = encoded(data, data.rows[:20])
        assert 0 < x[:, red].sum() < 20
        np.testing.assert_allclose(found.interactions[:, 0, place], x[:, 0] * x[:, red] / 4, atol=1e-6)


class TestCompleteness:
    def test_by_default_on_a_trained_network_of_rectifiers(self, california, trained):
        result = ie.detect("integrated_hessians", trained, california, rows=100)
        assert result.completeness_gap.max() <= GAP == 1e-3
        for row in result.rows["row"].head(5):
            own = result.rows[result.rows["row"] == row].iloc[0]
            gain = own["score"] - own["base"]
            assert abs(result.row_matrix(int(row)).to_numpy().sum() - gain) <= GAP * max(abs(gain), 2.0)

    def test_the_points_chosen_by_default_are_enough_for_every_pair(self, california, trained):
        """Not only for the sum, by which they are chosen."""
        rows = california.rows[:40]
        chosen, many = (explain(trained, california, rows, nodes=nodes) for nodes in (None, 256))
        assert chosen.nodes.max() < 100
        off = np.abs(chosen.interactions - many.interactions).max()
        assert off < 0.01 * np.abs(many.interactions).max()

    def test_what_rounding_changes_is_told(self, california, trained):
        rows = california.rows[:50]
        found, sharper = (explain(trained, california, rows, beta=beta, nodes=64) for beta in (10.0, 100.0))
        own = trained.scores(torch.tensor(rows)).double().mean(0).numpy()
        np.testing.assert_allclose(found.score - found.rounding, own, atol=1e-5)
        assert np.abs(found.rounding).max() > 5 * np.abs(sharper.rounding).max() > 0

    def test_interactions_of_a_feature_sum_to_its_attribution(self, california):
        smooth = ie.train(california, "mlp", hidden=(16,), epochs=3, activation="tanh")
        found = explain(smooth, california, california.rows[:30], nodes=48)
        np.testing.assert_allclose(found.interactions.sum(2), found.attributions, atol=1e-4)

    def test_few_nodes_gap_and_the_gap_is_told(self, california, trained):
        few = explain(trained, california, california.rows[:30], nodes=2)
        assert few.gap.max() > 10 * GAP
        assert (few.nodes == 2).all()
        missing = np.abs(few.interactions.sum((1, 2)) - (few.score - few.base))
        assert np.all(few.gap <= missing / np.abs(few.score - few.base) + 1e-12)

    def test_the_sweep_tells_beta_and_nodes_against_the_gap(self, california, trained):
        told = ie.detect("integrated_hessians", trained, california, rows=20, beta=5.0).accuracy
        assert set(told["beta"]) == {1.0, 3.0, 5.0, 10.0, 30.0, 100.0}
        at = told.pivot(index="beta", columns="nodes", values="completeness_gap")
        assert at.loc[1.0, 64] < 1e-4 < at.loc[100.0, 64]
        assert (told.groupby("beta")["rounding"].max().diff().dropna() < 0).all()

    def test_nothing_is_rounded_where_nothing_has_kinks(self, california):
        smooth = ie.train(california, "mlp", hidden=(8,), epochs=2, activation="gelu")
        result = ie.detect("integrated_hessians", smooth, california, rows=5)
        assert result.accuracy["beta"].unique().tolist() == [10.0]
        assert result.rows["rounding"].abs().max() < 1e-5

    def test_the_papers_grid_is_offered(self, numbers):
        model = formula(numbers, lambda x: x[:, 0] * x[:, 1])
        exact, coarse, fine = (
            explain(model, numbers, numbers.rows[:5], nodes=nodes, quadrature=rule).interactions
            for nodes, rule in ((8, "gauss"), (10, "riemann"), (40, "riemann"))
        )
        assert 3 < np.abs(coarse - exact).max() / np.abs(fine - exact).max() < 5


def exclusive_or(data):
    """relu(a + b) - 2 relu(a + b - 1) of the table values, as a network of ours."""
    means, scales = (torch.tensor(v, dtype=torch.float32) for v in (data.space.means, data.space.scales))
    weight, bias = scales.expand(2, 2), torch.stack([means.sum(), means.sum() - 1.0])
    weights = (weight[None].clone(), torch.tensor([[[1.0, -2.0]]]))
    return Mlp(data.space, data.target, weights, (bias[None], torch.zeros(1, 1)))


def test_exclusive_or_is_seen_by_the_integral_and_not_by_the_hessian_at_the_row():
    data = numeric_dataset(n_features=2)
    model = exclusive_or(data)
    frame = pd.DataFrame({"a": [1.0, 1.0, 0.0], "b": [1.0, 0.0, 0.0]})
    np.testing.assert_allclose(model.predict(frame), [0.0, 1.0, 0.0], atol=1e-6)
    found = explain(model, data, np.array([[1.0, 1.0]]), baseline=[0.0, 0.0], beta=200.0)
    assert found.interactions[0, 0, 1] < -0.3
    at_row = dataset_with_row(data, [1.0, 1.0])
    result = ie.detect("input_hessian", model, at_row, row=0, beta=200.0)
    assert result.table["strength"].iloc[0] < 1e-6


def dataset_with_row(data, values):
    """The data set whose first row has these values."""
    frame = data.frame.copy()
    frame.loc[0, list(data.space.names)] = values
    return replace(data, frame=frame)


class TestBaselines:
    def test_the_expected_hessian_is_the_average_over_its_baselines(self, california, trained):
        rows = california.rows[:6]
        drawn = baseline_of(california, "data", 3)
        found = explain(trained, california, rows, baseline="data", nodes=24, seed=3)
        single = [explain(trained, california, rows, baseline=base.tolist(), nodes=24) for base in drawn.rows]
        for name in ("interactions", "attributions", "base"):
            np.testing.assert_allclose(
                getattr(found, name), np.mean([getattr(one, name) for one in single], 0), rtol=1e-4, atol=1e-5
            )

    def test_held_out_rows_can_be_the_baselines(self, california, trained):
        result = ie.detect("expected_hessians", trained, california, row=3, baseline="held_out", baselines=4)
        assert result.baseline == "4 drawn held-out rows"
        drawn = np.random.default_rng(0).permutation(california.held_out_rows)[:4]
        own = trained.scores(torch.tensor(california.rows[drawn])).double().mean().item()
        assert result.rows["base"].iloc[0] == pytest.approx(own, abs=0.1)

    def test_a_row_explained_from_itself_has_nothing_to_explain(self, california, trained):
        found = explain(trained, california, california.rows[[7]], baseline=7)
        assert not found.interactions.any()
        assert found.gap[0] == 0

    def test_the_words_of_a_baseline(self, california, trained):
        bases = {
            word: float(explain(trained, california, california.rows[:1], baseline=word).base[0])
            for word in ("mean", "median", "zero", 0)
        }
        frame = california.decode_rows(np.stack([california.mean(), california.median()]))
        rounding = 0.2
        np.testing.assert_allclose([bases["mean"], bases["median"]], trained.predict(frame), atol=rounding)
        assert len(set(bases.values())) == 4


class TestMeansOverRows:
    @pytest.mark.parametrize("method", METHODS)
    def test_figures_of_pairs_are_means_over_the_rows(self, california, trained, method):
        result = ie.detect(method, trained, california, rows=40, top_k=3)
        assert tuple(result.to_frame().columns) == PAIR_COLUMNS
        kept = result.interactions.groupby(["feature_1", "feature_2"])["interaction"]
        table = result.table.set_index(["feature_1", "feature_2"])
        expected = pd.DataFrame({"size": kept.apply(lambda v: v.abs().mean()), "signed": kept.mean()})
        expected["error"] = kept.apply(lambda v: v.abs().std() / np.sqrt(len(v)))
        expected = expected.loc[table.index]
        np.testing.assert_allclose(table["strength"], expected["size"])
        np.testing.assert_allclose(table["effect"], 2 * expected["size"])
        np.testing.assert_allclose(table["signed"], 2 * expected["signed"])
        np.testing.assert_allclose(table["upper"], expected["size"] + 2 * expected["error"])
        np.testing.assert_allclose(table["lower"], (expected["size"] - 2 * expected["error"]).clip(lower=0))
        assert (table["pulls"] == 40).all()
        assert (table["strength"].diff().dropna() <= 0).all()

    def test_one_row_is_exact_about_itself(self, california, trained):
        result = ie.detect("integrated_hessians", trained, california, row=17, top_k=4)
        assert result.rows["row"].tolist() == [17]
        assert (result.table["lower"] == result.table["upper"]).all()
        assert result.table["status"].head(5).tolist() == ["certified"] * 4 + ["excluded"]
        assert result.level == 1.0

    def test_an_additive_function_has_no_interaction(self, numbers):
        result = ie.detect("integrated_hessians", formula(numbers, lambda x: (x**3 + x).sum(1)), numbers)
        assert result.table["strength"].max() < 1e-12
        assert not (result.table["status"] == "certified").any()

    def test_an_ensemble_is_explained_by_its_mean(self, california):
        model = ie.train(california, "ensemble", members=2, hidden=(12,), epochs=2)
        rows = california.rows[:5]
        both = [explain(model.member(index), california, rows, nodes=16) for index in range(2)]
        found = explain(model, california, rows, nodes=16)
        for name in ("interactions", "attributions", "score", "base"):
            np.testing.assert_allclose(
                getattr(found, name), np.mean([getattr(one, name) for one in both], 0), atol=1e-5
            )

    def test_permuted_features_permute_the_matrices(self, numbers):
        def function(x):
            return (x[:, 0] * x[:, 1]).tanh() + x[:, 2] * x[:, 3]

        order = [2, 0, 3, 1, 4]
        turned = numeric_dataset(n_rows=60)
        straight = explain(formula(numbers, function), numbers, numbers.rows[:5]).interactions
        rows = numbers.rows[:5][:, order]
        space = type(turned.space)(tuple(numbers.space.features[place] for place in order))
        names = [numbers.space.names[place] for place in order]
        moved = replace(numbers, space=space, frame=numbers.frame[[*names, "target"]])
        back = np.argsort(order)
        permuted = explain(formula(moved, lambda x: function(x[:, back])), moved, rows).interactions
        np.testing.assert_allclose(permuted, straight[:, order][:, :, order], atol=1e-12)

    def test_little_memory_gives_the_same(self, california, trained):
        rows = california.rows[:12]
        whole = explain(trained, california, rows, baseline="data", nodes=12)
        little = explain(trained, california, rows, baseline="data", nodes=12, compute=Compute(memory="300KB"))
        np.testing.assert_allclose(little.interactions, whole.interactions, atol=1e-4)
        explainer = Explainer(
            trained, california, baseline_of(california, "mean", 0), nodes=12, compute=Compute(memory="4KB")
        )
        assert len(list(explainer.parts(rows))) > 1

    def test_the_same_seed_explains_the_same_rows(self, california, trained):
        one, same, other = (
            ie.detect("integrated_hessians", trained, california, rows=8, seed=seed) for seed in (1, 1, 2)
        )
        pd.testing.assert_frame_equal(one.table, same.table)
        assert set(one.rows["row"]) != set(other.rows["row"])
        assert set(one.rows["row"]) <= set(california.train_rows)

    def test_a_large_table_keeps_the_interactions_of_its_first_rows(self, california, trained, monkeypatch):
        monkeypatch.setattr("interaction_engine.detectors.row_explanations.KEPT", 28 * 3)
        little = Compute(memory="9KB")  # two rows at once
        result = ie.detect("integrated_hessians", trained, california, rows=10, compute=little)
        assert result.interactions["row"].unique().tolist() == result.rows["row"].head(3).tolist()
        full = np.isfinite(result.row_matrix(int(result.rows["row"].iloc[2])).to_numpy())
        assert full.all()
        part = result.row_matrix(int(result.rows["row"].iloc[3])).to_numpy()
        assert np.isfinite(np.diagonal(part)).all()
        assert np.isnan(part[0, 1])


def test_results_survive_saving(california, trained, tmp_path):
    result = ie.detect("expected_hessians", trained, california, rows=5, baselines=3)
    result.save(tmp_path / "run")
    again = load_result(tmp_path / "run")
    for name in ("rows", "attributions", "interactions", "table", "accuracy"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name))
    assert again.provenance == result.provenance
    assert again.baseline == "3 drawn training rows"
    np.testing.assert_array_equal(result.matrix("effect"), result.matrix("effect").T)


def test_progress_rises_to_one_and_a_stop_is_heard(california, trained):
    told = []

    class Listener(Report):
        def __call__(self, fraction, message, partial=None):
            told.append(fraction)

    class Stopped(Report):
        def __call__(self, fraction, message, partial=None):
            raise Cancelled("Stopped by its user.")

    ie.detect("expected_hessians", trained, california, rows=20, report=Listener())
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3
    with pytest.raises(Cancelled):
        ie.detect("expected_hessians", trained, california, rows=20, report=Stopped())


class TestBadInput:
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
    def test_options(self, california, trained, method, options, says):
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
    def test_baselines(self, california, trained, baseline, says):
        with pytest.raises(InputError, match=says):
            ie.detect("integrated_hessians", trained, california, baseline=baseline)

    def test_a_model_that_goes_in_steps(self, numbers):
        with pytest.raises(InputError, match=r"are 0 at all of 48 rows: it goes in steps\. Use a method"):
            ie.detect("integrated_hessians", formula(numbers, lambda x: x[:, 0].round() + 0 * x[:, 1]), numbers)

    def test_a_model_that_is_constant(self, numbers):
        with pytest.raises(InputError, match="it predicts the same for all of them"):
            ie.detect("integrated_hessians", formula(numbers, lambda x: 0 * x[:, 0] + 3), numbers)

    def test_a_model_without_gradients(self, numbers):
        with pytest.raises(InputError, match="needs a model with derivatives"):
            ie.detect("integrated_hessians", ie.wrap(lambda x: x[:, 0], numbers), numbers)

    def test_derivatives_that_are_no_numbers(self, numbers):
        """Below 0 the root of max(x, 0) is 0, but its slope is 0 times infinity."""
        model = formula(numbers, lambda x: (x[:, 0] * (x[:, 0] > 0)).sqrt() + x[:, 1])
        with pytest.raises(ModelError, match=r"must be finite numbers; near \d+ of 48 rows they are not"):
            ie.detect("integrated_hessians", model, numbers)

    def test_derivatives_that_fail_on_the_way(self, numbers):
        """Here they fail where the row has the average value of `c`, as no row of the data has."""
        rows = numbers.rows[:2].copy()
        rows[1, 2] = numbers.space.features[2].mean
        model = formula(numbers, lambda x: x[:, 0] * x[:, 1] + (x[:, 2] ** 2).sqrt())
        with pytest.raises(ModelError, match="for 1 of 2 rows they are not on the way from the baseline"):
            explain(model, numbers, rows)

    def test_rows_of_another_table(self, numbers):
        model = formula(numbers, lambda x: x.sum(1))
        with pytest.raises(InputError, match=r"needs rows of 5 values; got an array of shape \(2, 3\)"):
            explain(model, numbers, np.zeros((2, 3)))

    def test_one_feature_has_no_pairs(self):
        data = numeric_dataset(n_features=1)
        with pytest.raises(InputError, match="Pairs need at least 2 features"):
            ie.detect("integrated_hessians", formula(data, lambda x: x[:, 0] ** 2), data)

    @pytest.mark.parametrize("method", METHODS)
    def test_as_few_rows_as_a_data_set_may_have_are_enough(self, method):
        with pytest.raises(InputError, match="needs at least 5 rows; 3 are left"):
            numeric_dataset(n_rows=3)
        data = numeric_dataset(n_rows=5)
        result = ie.detect(method, formula(data, lambda x: (x[:, 0] * x[:, 1]).tanh() + x[:, 2]), data)
        assert len(result.rows) == 4
        assert result.completeness_gap.max() <= GAP
        assert np.isfinite(result.table[["strength", "lower", "upper"]].to_numpy()).all()
