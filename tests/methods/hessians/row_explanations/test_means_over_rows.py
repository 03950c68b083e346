"""Figures of pairs are means over the rows, which the seed draws."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.masking.baselines import baseline_of
from interaction_engine.methods.common.pair_result import PAIR_COLUMNS
from interaction_engine.methods.hessians.explainer import Explainer, explain
from tests.methods.hessians.row_explanations.formulas import METHODS, formula
from tests.oracles import numeric_dataset

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("method", METHODS)
def test_figures_of_pairs_are_means_over_the_rows(california, trained, method):
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


def test_one_row_is_exact_about_itself(california, trained):
    result = ie.detect("integrated_hessians", trained, california, row=17, top_k=4)
    assert result.rows["row"].tolist() == [17]
    assert (result.table["lower"] == result.table["upper"]).all()
    assert set(result.table["status"]) == {"ranked"}
    assert result.level == 1.0


def test_an_additive_function_has_no_interaction(numbers):
    result = ie.detect("integrated_hessians", formula(numbers, lambda x: (x**3 + x).sum(1)), numbers)
    assert result.table["strength"].max() < 1e-12
    assert set(result.table["status"]) == {"ranked"}


def test_an_ensemble_is_explained_by_its_mean(california):
    model = ie.train(california, "ensemble", members=2, hidden=(12,), epochs=2)
    rows = california.rows[:5]
    both = [explain(model.member(index), california, rows, nodes=16) for index in range(2)]
    found = explain(model, california, rows, nodes=16)
    for name in ("interactions", "attributions", "score", "base"):
        np.testing.assert_allclose(getattr(found, name), np.mean([getattr(one, name) for one in both], 0), atol=1e-5)


def test_permuted_features_permute_the_matrices(numbers):
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


def test_little_memory_gives_the_same(california, trained):
    rows = california.rows[:12]
    whole = explain(trained, california, rows, baseline="data", nodes=12)
    little = explain(trained, california, rows, baseline="data", nodes=12, compute=Compute(memory="300KB"))
    np.testing.assert_allclose(little.interactions, whole.interactions, atol=1e-4)
    explainer = Explainer(
        trained, california, baseline_of(california, "mean", 0), nodes=12, compute=Compute(memory="4KB")
    )
    assert len(list(explainer.parts(rows))) > 1


def test_the_same_seed_explains_the_same_rows(california, trained):
    one, same, other = (ie.detect("integrated_hessians", trained, california, rows=8, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.table, same.table)
    assert set(one.rows["row"]) != set(other.rows["row"])
    assert set(one.rows["row"]) <= set(california.train_rows)


def test_a_large_table_keeps_the_interactions_of_its_first_rows(california, trained, monkeypatch):
    monkeypatch.setattr("interaction_engine.methods.hessians.row_explanations.KEPT", 28 * 3)
    little = Compute(memory="9KB")  # two rows at once
    result = ie.detect("integrated_hessians", trained, california, rows=10, compute=little)
    assert result.interactions["row"].unique().tolist() == result.rows["row"].head(3).tolist()
    full = np.isfinite(result.row_matrix(int(result.rows["row"].iloc[2])).to_numpy())
    assert full.all()
    part = result.row_matrix(int(result.rows["row"].iloc[3])).to_numpy()
    assert np.isfinite(np.diagonal(part)).all()
    assert np.isnan(part[0, 1])
