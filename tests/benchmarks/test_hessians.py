"""The judges of the Hessian family are themselves right: the papers' loops, the data with known truth, the verdicts."""

import numpy as np
import pytest
import torch

from benchmarks import hessians
from benchmarks.hessian_groups import FORMS, Measures, Simulation, places, true_strengths
from benchmarks.hessian_loops import group_expected_hessian, integrated_hessians, integrated_hessians_point_by_point
from benchmarks.hessian_ranks import hessians as hessians_at
from benchmarks.hessian_ranks import interactions
from benchmarks.hessian_removal import METHODS, _ranks
from benchmarks.hessian_retraining import Lesson, retrained_errors
from benchmarks.hessian_shown import closed_forms, exclusive_or
from benchmarks.hessian_speed import as_module, group_speed, random_network
from benchmarks.hessian_truths import EXTREMES, PRODUCTS, SHAPES, Truth, ablated, table, twenty_pairs
from benchmarks.parts import Parts
from interaction_engine.models.smoothing import smooth_model
from interaction_engine.numerics.derivatives.path_integrals import Lines, integrate, product_rule

NONE = np.zeros(28)


def small(activation="softplus"):
    rows = np.random.default_rng(0).standard_normal((30, 4))
    data = table("noise", rows, rows[:, 0])
    return data, random_network(data, (6, 5), activation)


class TestThePapersLoops:
    @pytest.mark.parametrize("activation", ["softplus", "relu"])
    def test_the_grid_gives_what_the_library_gives_on_the_same_grid(self, activation):
        _, model = small(activation)
        row, zero = torch.randn(1, 4, generator=torch.Generator().manual_seed(1)), torch.zeros(1, 4)
        lines = Lines(row, zero, torch.arange(4), 4)
        found = integrate(smooth_model(model, 10.0).score, lines, product_rule("riemann", 5), 10**8)
        by_grid = integrated_hessians(as_module(model), row[0], zero[0], 5)
        torch.testing.assert_close(by_grid, found.interactions()[0, 0], atol=1e-5, rtol=1e-4)
        one_by_one = integrated_hessians_point_by_point(as_module(model), row[0], zero[0], 5)
        torch.testing.assert_close(one_by_one, found.second[0, 0], atol=1e-5, rtol=1e-4)

    def test_regions_of_one_row_are_the_mean_size_of_the_hessian(self):
        _, model = small()
        rows, plain = torch.randn(6, 4, generator=torch.Generator().manual_seed(1)), as_module(model)
        exact = torch.stack([torch.autograd.functional.hessian(lambda x: plain(x[None])[0, 0], row) for row in rows])
        torch.testing.assert_close(group_expected_hessian(plain, list(rows.split(1))), exact.abs().mean(0))
        torch.testing.assert_close(group_expected_hessian(plain, [rows]), exact.mean(0).abs())

    def test_the_library_and_the_loop_agree_on_the_group_expected_hessian(self):
        assert group_speed(quick=True)["error"] < 1e-5


class TestKnownTruths:
    def test_equations_27_and_28(self):
        row = np.array([[2.0, -1.0, 0.5, 3.0, -2.0]])
        products = 10 * -2 - 9 * 1 + 8 * 6 - 7 * -4 + 6 * -0.5 - 5 * -3 + 4 * 2 - 3 * 1.5 + 2 * -1 - 1 * -6
        assert PRODUCTS.effects(row).sum() == pytest.approx(products)
        found = EXTREMES.effects(row)[0]
        assert found[[0, 1, 2, -1]].tolist() == [10 * 2.0, -9 * 0.5, 8 * 2.0, 1 * 3.0]

    @pytest.mark.parametrize("shape", SHAPES)
    def test_twenty_different_pairs_whose_coefficients_sum_to_one(self, shape):
        truth = twenty_pairs(shape)
        assert len(set(truth.pairs)) == 20
        assert all(first < second < 10 for first, second in truth.pairs)
        assert sum(truth.coefficients) == pytest.approx(1.0)
        assert min(truth.coefficients) > 0

    def test_removed_effects_become_noise_of_their_own_size(self):
        truth, random = twenty_pairs("multiply"), np.random.default_rng(0)
        rows = truth.draw(4000, 0)
        draws, nothing = random.standard_normal((len(rows), 20)), np.zeros((len(rows), 20), dtype=bool)
        whole = truth.effects(rows).sum(axis=1)
        assert np.array_equal(ablated(truth, rows, nothing, draws), whole)
        first = nothing.copy()
        first[:, 0] = True
        gone = ablated(truth, rows, first, draws) - whole
        assert np.var(gone) == pytest.approx(2 * truth.coefficients[0] ** 2, rel=0.2)  # x y and noise times x y

    def test_the_true_ranking_removes_more_than_any_other_and_chance_the_least(self):
        truth = twenty_pairs("multiply")
        rows = truth.draw(300, 0)
        data = truth.data(rows)
        model = random_network(data, (8,), "relu")
        squares = {}
        for method in METHODS:
            ranks = _ranks(method, truth, model, data, rows)
            assert ranks.shape == (300, 20)
            squares[method] = float((truth.effects(rows) ** 2 * (ranks < 5)).sum())
        assert max(squares, key=lambda method: squares[method]) == "truth"
        assert squares["truth"] > 3 * squares["random"]

    def test_interactions_and_hessians_of_the_rows_are_told_in_the_features_own_units(self):
        """Both against differences of the network's scores, features of different scales."""
        truth = Truth("apart", 2, ((0, 1),), (1.0,), ("multiply",))
        rows = truth.draw(50, 0) * [3.0, 0.5] + [1.0, -2.0]
        data = truth.data(rows)
        model = random_network(data, (7, 7), "tanh")
        step = 1e-3
        corners = np.array([[step, step], [step, -step], [-step, step], [-step, -step]]) / 2
        scores = [model.double().scores(torch.from_numpy(rows + corner))[0].numpy() for corner in corners]
        mixed = (scores[0] - scores[1] - scores[2] + scores[3]) / step**2
        np.testing.assert_allclose(hessians_at(model, data, rows)[:, 0, 1], mixed, atol=1e-5)
        near = interactions(truth, model, data, rows * 1e-3)[:, 0]
        at_zero = hessians_at(model, data, np.zeros((1, 2)))[0, 0, 1]
        np.testing.assert_allclose(near, at_zero * (rows * 1e-3).prod(axis=1) / 4, rtol=0.05, atol=1e-12)


class TestRetraining:
    def test_networks_are_trained_on_targets_of_their_own_and_noise_stays(self):
        random = np.random.default_rng(0)
        rows, test = random.standard_normal((600, 3)), random.standard_normal((300, 3))
        targets = [(x[:, 0] * x[:, 1], x[:, 2] + random.standard_normal(len(x))) for x in (rows, test)]
        lessons = [Lesson(x, np.stack(both)) for x, both in zip((rows, test), targets, strict=True)]
        errors = retrained_errors(*lessons, hidden=(32, 32), epochs=30, batch=64)
        assert errors[0] < 0.2
        assert 0.8 < errors[1] < 1.6


class TestEquation8:
    def test_the_hessians_are_those_of_the_interactions_alone(self):
        simulation = Simulation.drawn(500, 0)
        found = simulation.hessians(simulation.rows[:20])
        neighbours = np.abs(np.subtract.outer(np.arange(8), np.arange(8))) <= 1
        assert np.abs(found[:, ~neighbours]).max() == 0
        product = simulation.factors[0]  # x1 x2
        np.testing.assert_allclose(found[:, 0, 1], product)
        spreads = [simulation.factors[k] * form(*torch.from_numpy(simulation.rows[:, k : k + 2]).T).numpy().std()
                   for k, form in enumerate(FORMS)]  # fmt: skip
        assert np.abs(spreads).tolist() == pytest.approx([0.6, 0.7, 0.7, 0.9, 0.5, 1.0, 0.6])

    def test_the_symmetric_ones_cancel_over_all_rows_but_not_over_regions(self):
        simulation = Simulation.drawn(4000, 0)
        data = simulation.data(0.0, 0)
        seen = Measures(np.stack(np.triu_indices(8, 1)), {}, NONE, simulation.rows, np.zeros(4000, int), np.ones(8))
        apart = Measures(seen.pairs, {}, NONE, seen.rows, (simulation.rows[:, 1] > 0) * 2 + (simulation.rows[:, 6] > 0),
                         np.ones(8))  # fmt: skip
        whole, parts = true_strengths(simulation, seen, data), true_strengths(simulation, apart, data)
        place = {pair: index for index, pair in enumerate(zip(*seen.pairs.tolist(), strict=True))}
        for pair in ((1, 2), (5, 6)):
            assert whole[place[pair]] < 0.1 * parts[place[pair]]
        assert whole[place[(0, 1)]] == pytest.approx(parts[place[(0, 1)]])
        assert np.all(whole <= parts + 1e-12)

    def test_places_of_pairs_in_words(self):
        words = ["hour x workingday 31.2 (20, 42)", "temp x hour 12 (3, 21)"]
        assert places(words, "workingday", "hour") == 1
        assert places(words, "hour", "temp") == 2
        assert places(words, "hour", "season") is None


class TestVerdicts:
    def test_what_must_be_shown_is(self):
        assert max(closed_forms().values()) < 1e-6
        found = exclusive_or()
        assert found["integrated"] < -0.2
        assert abs(found["at_the_row"]) < 0.01

    def test_cases_are_all_there(self):
        keys = list(hessians.cases(quick=False))
        sections = {key.split("/")[0] for key in keys}
        assert sections == {"shown", "speed", "ranks", "sanity", "removal", "simulation", "null", "chance", "strongest"}
        assert sum(key.startswith("removal/") for key in keys) == len(SHAPES) * len(METHODS)
        assert {key.split("/")[0] for key in hessians.cases(quick=True)} == sections

    def test_rank_correlations_are_judged_by_their_medians(self, tmp_path):
        parts = Parts(tmp_path / "parts.json")
        for seed, local in enumerate((0.30, 0.31, 0.40)):
            parts.found[f"ranks/extremes/{seed}"] = {
                "r2": 0.995, "global": 1.0, "local": local, "global_hessian": 1.0, "local_hessian": 0.0,
                "global_nid": 0.9,
            }  # fmt: skip
        (line,) = hessians.tables(parts, quick=False)
        assert not line.met
        assert line.measured.startswith("global 1.000, local 0.310, medians of 3 networks (at least 1.000, 0.300;")
        parts.found["ranks/extremes/1"]["local"] = 0.32
        assert hessians.tables(parts, quick=False)[0].met

    def test_rankings_are_compared_once_they_are_known(self, tmp_path):
        parts = Parts(tmp_path / "parts.json")
        for method, area in {"truth": 0.9, "integrated_hessians": 0.8, "input_hessian": 0.7}.items():
            parts.found[f"removal/multiply/{method}"] = {"r2": 0.99, "area": area, "area_error": 0.01, "errors": []}
        (line,) = hessians.tables(parts, quick=False)
        assert line.measured.startswith("truth 0.900, integrated hessians 0.800, input hessian 0.700")
        assert line.met
        parts.found["removal/multiply/input_hessian"]["area"] = 0.85
        assert not hessians.tables(parts, quick=False)[0].met

    def test_a_speed_without_accuracy_is_no_speed(self, tmp_path):
        parts = Parts(tmp_path / "parts.json")
        figures = {
            "ratio": 60.0, "ratio_one_by_one": 900.0, "milliseconds": 3.0, "milliseconds_of_the_loop": 180.0,
            "rows": 1000, "points_of_the_loop": 256, "nodes": 8.0, "gap": 1e-5, "gap_of_the_loop": 0.02,
        }  # fmt: skip
        parts.found["speed/50/softplus"] = figures
        assert hessians.tables(parts, quick=False)[0].met
        parts.found["speed/50/softplus"] = figures | {"gap": 1e-3}
        assert not hessians.tables(parts, quick=False)[0].met
        parts.found = {"speed/500/softplus": figures}
        assert not hessians.tables(parts, quick=False)[0].met

    def test_null_rates_must_be_neither_too_high_nor_too_low(self, tmp_path):
        for rate, met in ((0.0, False), (0.05, True), (0.1, False)):
            parts = Parts(tmp_path / f"{rate}.json")
            for index in range(2):
                parts.found[f"null/bike/{index}"] = {
                    "seconds": 1.0, "aeh": 0.0, "geh": 0.2, "eah": 0.5, "contour": 2 * rate * index,
                }  # fmt: skip
            (line,) = hessians.tables(parts, quick=False)
            assert line.met is met
            assert "2 permutations" in line.measured

    def test_the_permutation_test_must_keep_its_level(self, tmp_path):
        for found, met in ((1, True), (9, False)):
            parts = Parts(tmp_path / f"{found}.json")
            for seed in range(40):
                parts.found[f"chance/{seed}"] = {"any": float(seed < found), "pairs": 0.01, "contour": 0.0}
            (line,) = hessians.tables(parts, quick=False)
            assert line.met is met
