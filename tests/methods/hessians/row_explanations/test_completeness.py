"""Interactions sum to the change of the score, as closely as is told."""

import numpy as np
import pytest
import torch

import interaction_engine as ie
from interaction_engine.methods.hessians.explainer import GAP, explain
from interaction_engine.methods.hessians.result import COMPLETE, rank_status
from tests.methods.hessians.row_explanations.formulas import METHODS, formula


def test_by_default_on_a_trained_network_of_rectifiers(california, trained):
    result = ie.detect("integrated_hessians", trained, california, rows=100)
    assert result.completeness_gap.max() <= GAP == 1e-3
    for row in result.rows["row"].head(5):
        own = result.rows[result.rows["row"] == row].iloc[0]
        gain = own["score"] - own["base"]
        assert abs(result.row_matrix(int(row)).to_numpy().sum() - gain) <= GAP * max(abs(gain), 2.0)


def test_the_points_chosen_by_default_are_enough_for_every_pair(california, trained):
    """Not only for the sum, by which they are chosen."""
    rows = california.rows[:40]
    chosen, many = (explain(trained, california, rows, nodes=nodes) for nodes in (None, 256))
    assert chosen.nodes.max() < 100
    off = np.abs(chosen.interactions - many.interactions).max()
    assert off < 0.01 * np.abs(many.interactions).max()


def test_what_rounding_changes_is_told(california, trained):
    rows = california.rows[:50]
    found, sharper = (explain(trained, california, rows, beta=beta, nodes=64) for beta in (10.0, 100.0))
    own = trained.scores(torch.tensor(rows)).double().mean(0).numpy()
    np.testing.assert_allclose(found.score - found.rounding, own, atol=1e-5)
    assert np.abs(found.rounding).max() > 5 * np.abs(sharper.rounding).max() > 0


def test_interactions_of_a_feature_sum_to_its_attribution(california):
    smooth = ie.train(california, "mlp", hidden=(16,), epochs=3, activation="tanh")
    found = explain(smooth, california, california.rows[:30], nodes=48)
    np.testing.assert_allclose(found.interactions.sum(2), found.attributions, atol=1e-4)


def test_few_nodes_gap_and_the_gap_is_told(california, trained):
    few = explain(trained, california, california.rows[:30], nodes=2)
    assert few.gap.max() > 10 * GAP
    assert (few.nodes == 2).all()
    missing = np.abs(few.interactions.sum((1, 2)) - (few.score - few.base))
    assert np.all(few.gap <= missing / np.abs(few.score - few.base) + 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_where_rows_do_not_add_up_the_pairs_are_unreliable(california, trained, method):
    few = ie.detect(method, trained, california, rows=30, nodes=2)
    assert not few.reliable
    assert not few.complete.all()
    assert set(few.table["status"]) == set(few.pairs().table["status"]) == {"unreliable"}
    assert [few.is_complete(int(row)) for row in few.rows["row"]] == (few.completeness_gap <= COMPLETE).tolist()
    enough = ie.detect(method, trained, california, rows=30)
    assert enough.reliable
    assert set(enough.table["status"]) == {"ranked"}


@pytest.mark.parametrize(
    ("gaps", "status"),
    [([0.0, COMPLETE], "ranked"), ([0.0, 1.01 * COMPLETE], "unreliable"), ([0.0, np.nan], "unreliable")],
)
def test_one_row_that_does_not_add_up_makes_a_mean_unreliable(gaps, status):
    assert rank_status(np.array(gaps)) == status


def test_the_sweep_tells_beta_and_nodes_against_the_gap(california, trained):
    told = ie.detect("integrated_hessians", trained, california, rows=20, beta=5.0).accuracy
    assert set(told["beta"]) == {1.0, 3.0, 5.0, 10.0, 30.0, 100.0}
    at = told.pivot(index="beta", columns="nodes", values="completeness_gap")
    assert at.loc[1.0, 64] < 1e-4 < at.loc[100.0, 64]
    assert (told.groupby("beta")["rounding"].max().diff().dropna() < 0).all()


def test_nothing_is_rounded_where_nothing_has_kinks(california):
    smooth = ie.train(california, "mlp", hidden=(8,), epochs=2, activation="gelu")
    result = ie.detect("integrated_hessians", smooth, california, rows=5)
    assert result.accuracy["beta"].unique().tolist() == [10.0]
    assert result.rows["rounding"].abs().max() < 1e-5


def test_the_papers_grid_is_offered(numbers):
    model = formula(numbers, lambda x: x[:, 0] * x[:, 1])
    exact, coarse, fine = (
        explain(model, numbers, numbers.rows[:5], nodes=nodes, quadrature=rule).interactions
        for nodes, rule in ((8, "gauss"), (10, "riemann"), (40, "riemann"))
    )
    assert 3 < np.abs(coarse - exact).max() / np.abs(fine - exact).max() < 5
