"""Invariants of every registered pair detector, and closed forms."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from interaction_engine.core.errors import Cancelled, InputError, ModelError
from interaction_engine.core.types import Capability, Report
from interaction_engine.data.samples import load_sample
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.methods.common.pair_result import PAIR_COLUMNS, PairInteractions
from interaction_engine.methods.finite_differences.exact import exact_pairs
from interaction_engine.methods.finite_differences.ucb import ucb_pairs
from interaction_engine.methods.registry import of_role
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.training.mlp import train_mlp
from tests.oracles import mixed_dataset, numeric_dataset

pytestmark = pytest.mark.slow

DETECTORS = {
    one.name: one.function for one in of_role("detector") if one.family == "pairs" and one.needs == {Capability.QUERIES}
}
"""Those that move features; the others are tested with their own formulas."""
every_detector = pytest.mark.parametrize("detect", DETECTORS.values(), ids=DETECTORS)


def strengths(result: PairInteractions) -> dict[frozenset, float]:
    return {
        frozenset((a, b)): s
        for a, b, s in zip(*result.table[["feature_1", "feature_2", "strength"]].T.to_numpy(), strict=True)
    }


@every_detector
@pytest.mark.parametrize("scheme", ["auto", "central", "forward", "swap"])
def test_an_additive_function_has_no_interaction(detect, scheme):
    data = mixed_dataset()
    model = wrap(lambda x: np.sin(x[:, 0]) + x[:, 1] ** 3 + 2 * x[:, 2] + (x[:, 3] == 1) - x[:, 4], data, takes="array")
    result = detect(model, data, scheme=scheme, background=60)
    assert (result.table["strength"] == 0.0).all()
    assert (result.table["effect"] == 0.0).all()
    assert (result.table["status"] == "excluded").all()


@every_detector
def test_permuted_features_permute_the_result(detect):
    data = numeric_dataset(n_features=4)
    order = [2, 0, 3, 1]
    inverse = np.argsort(order)
    names = [data.space.names[index] for index in order]
    from interaction_engine.core.types import Kind
    from interaction_engine.data.cleaning.assembling import assemble

    permuted = assemble(
        data.frame[[*names, "target"]], name="permuted", target="target", kinds=dict.fromkeys(names, Kind.NUMERIC)
    )

    def function(x):
        return x[:, 0] * x[:, 1] + np.abs(x[:, 2] + x[:, 3])

    first = detect(wrap(function, data), data, background=80, top_k=2)
    second = detect(wrap(lambda x: function(x[:, inverse]), permuted), permuted, background=80, top_k=2)
    assert strengths(first) == pytest.approx(strengths(second))


@every_detector
def test_the_same_seed_gives_the_same_result_and_another_draws_other_rows(detect):
    data = numeric_dataset()
    model = wrap(lambda x: x[:, 0] * x[:, 1] * x[:, 2], data)
    first, second, other = (detect(model, data, seed=seed, background=50) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first.table, second.table)
    assert strengths(first) != strengths(other)


@every_detector
def test_a_product_of_standardised_features_has_strength_one_and_is_first(detect):
    data = numeric_dataset()
    means, scales = data.space.means, data.space.scales
    model = wrap(lambda x: ((x - means) / scales)[:, :2].prod(1) + x[:, 2], data)
    result = detect(model, data, top_k=1, scheme="central", step=0.6)
    best = result.table.iloc[0]
    assert {best.feature_1, best.feature_2} == {"a", "b"}
    assert best.strength == pytest.approx(1.0)
    assert best.effect == pytest.approx(1.2**2)
    assert best.status == "certified"
    assert (result.table.status[1:] == "excluded").all()


@every_detector
def test_results_have_the_stated_columns_and_survive_saving(detect, tmp_path):
    data = load_sample("F8", rows=300)
    result = detect(wrap(FUNCTIONS["F8"], data, takes="array"), data, top_k=5, background=60, scheme="swap")
    assert tuple(result.to_frame().columns) == PAIR_COLUMNS
    result.save(tmp_path / "run")
    again = load_result(tmp_path / "run")
    pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
    assert again.provenance == result.provenance
    assert again.true_pairs == result.true_pairs
    matrix = result.matrix("strength")
    assert matrix.shape == (10, 10)
    np.testing.assert_array_equal(matrix, matrix.T)
    best = result.table.iloc[0]
    assert matrix.loc[best.feature_1, best.feature_2] == best.strength


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_exact_function_separates_its_true_pairs(name):
    data = load_sample(name, rows=3000)
    result = exact_pairs(wrap(FUNCTIONS[name], data, takes="array"), data, background=1000, scheme="swap")
    truth = [
        frozenset(pair) in result.true_pairs
        for pair in zip(result.table.feature_1, result.table.feature_2, strict=True)
    ]
    false = result.table.strength[~np.array(truth)]
    assert (false == 0.0).all()
    assert roc_auc_score(truth, result.table.strength) == 1.0


@pytest.mark.parametrize("bound", ["bernstein", "subgaussian"])
def test_the_race_agrees_with_exact_detection(bound):
    data = load_sample("F8", rows=2000)
    model = wrap(FUNCTIONS["F8"], data, takes="array")
    exact = exact_pairs(model, data, top_k=4, scheme="swap")
    raced = ucb_pairs(model, data, top_k=4, bound=bound, scheme="swap")
    assert raced.table.head(4)[["feature_1", "feature_2"]].equals(exact.table.head(4)[["feature_1", "feature_2"]])
    known = strengths(exact)
    for row in raced.table.itertuples():
        assert row.lower - 1e-12 <= known[frozenset((row.feature_1, row.feature_2))] <= row.upper + 1e-12


@pytest.mark.parametrize("budget", [1300, 4000, 20_000])
@pytest.mark.parametrize("scheme", ["central", "swap"])
def test_the_budget_of_evaluations_is_held(budget, scheme):
    data = numeric_dataset()
    calls = []
    model = wrap(lambda x: calls.append(len(x)) or x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3], data)
    calls.clear()
    result = ucb_pairs(model, data, top_k=2, budget=budget, scheme=scheme, background=300)
    assert sum(calls) == result.provenance.evaluations
    assert sum(calls) <= budget


def test_cross_network_strength_is_the_u_statistic_of_the_members():
    data = numeric_dataset()

    class Members:
        """Three functions as one model."""

        def __init__(self, model):
            self.model = model

        def __getattr__(self, name):
            return getattr(self.model, name)

        n_members = 3

        def scores(self, rows):
            import torch

            a, b, c = rows[:, 0], rows[:, 1], rows[:, 2]
            return torch.stack([a * b, 2 * a * b + b * c, -a * b])

        def to(self, device):
            return self

    model = Members(wrap(lambda x: x[:, 0], data))
    scale = data.space.scales[:3]
    crossed = strengths(exact_pairs(model, data, scheme="central", background=50))
    assert crossed[frozenset("ab")] == pytest.approx((2 - 1 - 2) / 3 * (scale[0] * scale[1]) ** 2)
    assert crossed[frozenset("bc")] == pytest.approx(0.0, abs=1e-15)
    single = strengths(exact_pairs(model, data, scheme="central", background=50, cross=False))
    assert single[frozenset("ab")] == pytest.approx((2 / 3 * scale[0] * scale[1]) ** 2)


@every_detector
def test_a_cancelled_detection_stops_at_once(detect):
    data = numeric_dataset()

    class Stopped(Report):
        def __call__(self, fraction, message, partial=None):
            raise Cancelled("Stopped by its user.")

    with pytest.raises(Cancelled):
        detect(wrap(lambda x: x[:, 0] * x[:, 1], data), data, report=Stopped())


@every_detector
def test_progress_rises_to_one_with_a_readable_partial_result(detect):
    data = numeric_dataset()
    told = []

    class Listener(Report):
        def __call__(self, fraction, message, partial=None):
            told.append((fraction, message, partial))

    detect(wrap(lambda x: x[:, 0] * x[:, 1], data), data, report=Listener(), background=200, top_k=3)
    fractions = [fraction for fraction, _, _ in told]
    assert fractions[-1] == 1.0
    assert all(0.0 <= fraction <= 1.0 for fraction in fractions)
    last = told[-1][2]
    assert last["kind"] == "race"
    assert last["arms"][0]["pair"] == ["a", "b"]
    assert all(arm["lower"] <= arm["mean"] <= arm["upper"] for arm in last["arms"])


@every_detector
def test_a_model_that_breaks_on_moved_rows_is_named(detect):
    data = numeric_dataset()
    low, high = data.rows[:, 0].min(), data.rows[:, 0].max()
    model = wrap(lambda x: np.where((x[:, 0] < low) | (x[:, 0] > high), np.nan, x[:, 0]), data)
    with pytest.raises(ModelError, match="finite"):
        detect(model, data, scheme="central", step=5.0)


@every_detector
def test_one_feature_has_no_pairs(detect):
    data = numeric_dataset(n_features=1)
    with pytest.raises(InputError, match="at least 2 features"):
        detect(wrap(lambda x: x[:, 0], data), data)


def test_a_matrix_of_an_unknown_column_names_the_choices():
    data = numeric_dataset()
    result = exact_pairs(wrap(lambda x: x[:, 0], data), data, background=20)
    with pytest.raises(InputError, match="strength"):
        result.matrix("strenght")


def test_steps_that_leave_the_data_are_told():
    from interaction_engine.core.types import Kind
    from interaction_engine.data.cleaning.assembling import assemble

    values = np.random.default_rng(0).random((500, 3))
    values[0, 0] = 1000.0
    frame = pd.DataFrame(values, columns=["outlying", "b", "c"]).assign(target=values[:, 1])
    data = assemble(frame, name="d", target="target", kinds=dict.fromkeys(["outlying", "b", "c"], Kind.NUMERIC))
    model = wrap(lambda x: x[:, 0], data)
    result = exact_pairs(model, data, background=100, scheme="central")
    (note,) = [one for one in result.provenance.notes if "outside" in one]
    assert "outlying (50% of the moved values)" in note
    assert "b (" not in note
    within = exact_pairs(model, data, background=100).provenance.notes
    assert not any("outside" in one for one in within)
    (note,) = [one for one in within if "along their ranks" in one]
    assert note.endswith(": outlying.")


def test_steps_that_drown_in_rounding_are_said_to():
    data = numeric_dataset()
    model = train_mlp(data, hidden=(16,), epochs=3, seed=0)
    result = exact_pairs(model, data, step=1e-4, background=50, support=False)
    assert any("drown in the rounding" in note for note in result.provenance.notes)
    usual = exact_pairs(model, data, background=50, support=False)
    assert not any("drown in the rounding" in note for note in usual.provenance.notes)
