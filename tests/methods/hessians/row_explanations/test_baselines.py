"""What rows are explained from: one row, the average over many, and the words for them."""

import numpy as np
import pytest
import torch

import interaction_engine as ie
from interaction_engine.masking.baselines import baseline_of
from interaction_engine.methods.hessians.explainer import explain


def test_the_expected_hessian_is_the_average_over_its_baselines(california, trained):
    rows = california.rows[:6]
    drawn = baseline_of(california, "data", 3)
    found = explain(trained, california, rows, baseline="data", nodes=24, seed=3)
    single = [explain(trained, california, rows, baseline=base.tolist(), nodes=24) for base in drawn.rows]
    for name in ("interactions", "attributions", "base"):
        np.testing.assert_allclose(
            getattr(found, name), np.mean([getattr(one, name) for one in single], 0), rtol=1e-4, atol=1e-5
        )


def test_held_out_rows_can_be_the_baselines(california, trained):
    result = ie.detect("expected_hessians", trained, california, row=3, baseline="held_out", baselines=4)
    assert result.baseline == "4 drawn held-out rows"
    drawn = np.random.default_rng(0).permutation(california.held_out_rows)[:4]
    own = trained.scores(torch.tensor(california.rows[drawn])).double().mean().item()
    assert result.rows["base"].iloc[0] == pytest.approx(own, abs=0.1)


def test_a_row_explained_from_itself_has_nothing_to_explain(california, trained):
    found = explain(trained, california, california.rows[[7]], baseline=7)
    assert not found.interactions.any()
    assert found.gap[0] == 0


def test_the_words_of_a_baseline(california, trained):
    bases = {
        word: float(explain(trained, california, california.rows[:1], baseline=word).base[0])
        for word in ("mean", "median", "zero", 0)
    }
    frame = california.decode_rows(np.stack([california.mean(), california.median()]))
    rounding = 0.2
    np.testing.assert_allclose([bases["mean"], bases["median"]], trained.predict(frame), atol=rounding)
    assert len(set(bases.values())) == 4
