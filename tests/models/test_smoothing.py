"""Models with their kinks rounded: the closed form of our networks, modules, exported graphs and additive networks."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.data.encoding import encode
from interaction_engine.methods.hessians.explainer import explain
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.smoothing import smooth_model
from interaction_engine.numerics.derivatives.path_integrals import AnyScore, Lines, product_rule

pytestmark = pytest.mark.slow

BETA = 5.0


@pytest.fixture(scope="module")
def digits():
    return ie.load_sample("digits", rows=200)


@pytest.fixture(scope="module")
def data():
    return ie.load_sample("california", rows=300)


def mlp(space, target, outputs, activation="relu", scale=1.0):
    random = torch.Generator().manual_seed(0)
    sizes = (space.n_columns, 12, 10, outputs)
    shapes = [(2, high, low) for low, high in itertools.pairwise(sizes)]
    weights = tuple(torch.randn(shape, generator=random) / shape[2] ** 0.5 for shape in shapes)
    biases = tuple(0.1 * torch.randn(shape[:2], generator=random) for shape in shapes)
    return Mlp.of_layers(space, target, weights, biases, activation, scale=scale, shift=0.5)


def rows_of(data, n=6):
    return encode(data.space, torch.tensor(data.rows[:n]), torch.float64)


def lines_of(data):
    rows = rows_of(data)
    owners = [place for place, group in enumerate(data.space.groups) for _ in range(group.stop - group.start)]
    return Lines(rows, torch.zeros_like(rows), torch.tensor(owners), len(data.space))


def agree(found, expected, tolerance=1e-10):
    torch.testing.assert_close(found.first, expected.first, atol=tolerance, rtol=1e-6)
    torch.testing.assert_close(found.second, expected.second, atol=tolerance, rtol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "gelu", "elu"])
def test_a_network_of_ours_is_what_automatic_differentiation_makes_of_it(data, activation):
    model = mlp(data.space, data.target, 1, activation, scale=3.0).double()
    found = smooth_model(model, BETA)
    for member in range(2):
        slow = AnyScore(lambda rows, m=member: found.scores(rows)[m]).integrals(
            lines_of(data), product_rule("gauss", 8)
        )
        fast = found.score.integrals(lines_of(data), product_rule("gauss", 8))
        torch.testing.assert_close(fast.first[member], slow.first[0])
        torch.testing.assert_close(fast.second[member], slow.second[0])
    assert found.rounded == (activation in ("relu", "leaky_relu"))


def test_activations_that_are_kept_leave_the_scores_as_they_are(data):
    model = mlp(data.space, data.target, 1, "gelu", scale=3.0).double()
    torch.testing.assert_close(smooth_model(model, BETA).scores(rows_of(data)), model.score_encoded(rows_of(data)))


def test_rounded_scores_come_to_the_networks_own_as_beta_grows(data):
    model = mlp(data.space, data.target, 1, "relu", scale=3.0).double()
    own = model.score_encoded(rows_of(data))
    shifts = [float((smooth_model(model, beta).scores(rows_of(data)) - own).abs().max()) for beta in (10, 100, 1000)]
    assert shifts[0] > 5 * shifts[1] > 25 * shifts[2] > 0


class TestClasses:
    @pytest.mark.parametrize("index", [0, 3])
    def test_the_log_odds_of_any_class(self, digits, index):
        model = mlp(digits.space, digits.target, len(digits.target.classes)).double().for_class(index)
        found = smooth_model(model, BETA)
        where = lines_of(digits)
        slow = AnyScore(lambda rows: found.scores(rows)[1]).integrals(where, product_rule("gauss", 4))
        fast = found.score.integrals(where, product_rule("gauss", 4))
        torch.testing.assert_close(fast.second[1], slow.second[0])
        torch.testing.assert_close(fast.first[1], slow.first[0])
        kept = mlp(digits.space, digits.target, len(digits.target.classes), "gelu").double().for_class(index)
        torch.testing.assert_close(
            smooth_model(kept, BETA).scores(rows_of(digits)), kept.score_encoded(rows_of(digits))
        )

    def test_the_first_of_two_classes_is_the_second_turned_round(self):
        adult = ie.load_sample("adult", rows=200)
        model = mlp(adult.space, adult.target, 1).double()
        first, second = (
            smooth_model(model.for_class(index), BETA).score.integrals(lines_of(adult), product_rule("gauss", 4))
            for index in (0, 1)
        )
        torch.testing.assert_close(first.second, -second.second)


class TestModules:
    def stack(self, data, *kinks):
        torch.manual_seed(0)
        n, layers = data.space.n_columns, []
        for kink in kinks:
            layers += [nn.Linear(n, n), kink]
        return nn.Sequential(*layers, nn.Linear(n, 1)).double()

    def test_a_module_and_its_export_are_rounded_alike(self, data, tmp_path):
        module = self.stack(data, nn.ReLU(), nn.LeakyReLU(0.1)).float()
        program = torch.export.export(
            module, (torch.randn(4, data.space.n_columns),), dynamic_shapes=({0: torch.export.Dim.AUTO},)
        )
        torch.export.save(program, tmp_path / "net.pt2")
        brought = ie.load_model(tmp_path / "net.pt2", data, trust=True)
        found = [smooth_model(model, BETA) for model in (ie.wrap(module, data), brought)]
        assert found[0].rounded
        assert found[1].rounded
        where = lines_of(data)
        integrals = [one.score.integrals(where, product_rule("gauss", 8)) for one in found]
        agree(integrals[0], integrals[1], 1e-5)

    def test_the_slope_of_a_leaky_rectifier_is_its_own(self, data):
        """One leaky unit, very sharp: beneath 0 its slope is 0.3."""
        module = nn.Sequential(nn.Linear(data.space.n_columns, 1), nn.LeakyReLU(0.3)).double()
        with torch.no_grad():
            module[0].weight.fill_(1.0)
            module[0].bias.fill_(-100.0)
        found = smooth_model(ie.wrap(module, data), 1000.0)
        where = lines_of(data)
        first = found.score.integrals(where, product_rule("gauss", 4)).first[0]
        torch.testing.assert_close(first, 0.3 * where.summed(where.steps))

    def test_a_module_without_kinks_is_left_as_it_is(self, data):
        model = ie.wrap(self.stack(data, nn.Tanh()), data)
        found = smooth_model(model, BETA)
        assert not found.rounded
        torch.testing.assert_close(found.scores(rows_of(data)), model.score_encoded(rows_of(data)))


def test_a_model_without_gradients_is_told_so(data):
    with pytest.raises(InputError, match="only gives predictions; use a method"):
        smooth_model(ie.wrap(lambda rows: rows[:, 0], data), BETA)


@pytest.fixture(scope="module")
def opinions():
    words = ["good film", "not good film", "a bad one", "not a bad one at all", "good", "so so"]
    frame = pd.DataFrame(
        {
            "first": words * 5,
            "mark": np.linspace(-1.0, 1.0, 30),
            "second": (words[2:] + words[:2]) * 5,
            "like": ["yes", "no"] * 15,
        }
    )
    return ie.read_dataset(frame, target="like", kinds={"first": "text", "second": "text"})


@pytest.fixture(scope="module")
def of_words(opinions):
    return ie.train(opinions, "words", epochs=4, batch=8, dimensions=5, filters=7, units=6)


class TestWords:
    """A network of words as a function of its embeddings, with three texts' worth of traps: absent words, words that
    are not known, a number between the texts."""

    def test_the_embedded_rows_have_the_models_scores(self, opinions, of_words):
        rows = torch.tensor(opinions.rows)
        torch.testing.assert_close(of_words.score_encoded(of_words.encoded(rows)), of_words.scores(rows))

    def test_columns_stand_feature_by_feature(self, opinions, of_words):
        owners = of_words.owners
        assert (owners.diff() >= 0).all()
        assert owners.unique().tolist() == list(range(len(opinions.space)))
        changed = opinions.rows[:1].repeat(len(opinions.space), axis=0)
        mark = opinions.space.index("mark")
        for place in range(len(opinions.space)):
            changed[place, place] += 1.0
        moved = of_words.encoded(torch.tensor(changed)) != of_words.encoded(torch.tensor(opinions.rows[:1]))
        for place in range(len(opinions.space)):
            assert set(owners[moved[place]].tolist()) == {place}
        assert int((owners == mark).sum()) == 1

    def test_rounded_scores_come_to_the_models_own(self, opinions, of_words):
        rows = torch.tensor(opinions.rows)
        shifts = []
        for beta in (10.0, 100.0, 1000.0):
            found = smooth_model(of_words, beta)
            shifts.append(float((found.scores(found.inputs(rows)) - of_words.scores(rows)).abs().max()))
        assert shifts[0] > 2 * shifts[1] > 4 * shifts[2] > 0

    def test_words_are_explained_place_by_place(self, opinions, of_words):
        found = explain(of_words, opinions, opinions.rows[:6], nodes=24)
        assert found.gap.max() < 1e-3
        absent = opinions.rows[:6] == 0
        absent[:, opinions.space.index("mark")] = False
        assert absent.any()
        assert not found.attributions[absent].any()
        assert np.abs(found.attributions[~absent]).min() > 0
        np.testing.assert_allclose(found.interactions.sum(2), found.attributions, atol=2e-3)

    def test_the_input_hessian_counts_words_along_their_embedding(self, opinions, of_words):
        """For two words it is d2/ds dt of the score with their embeddings s and t times as long, at s = t = 1."""
        result = ie.detect("input_hessian", of_words, opinions, row=1)
        smooth = smooth_model(of_words, 10.0)
        point = smooth.inputs(torch.tensor(opinions.rows[[1]])).double()
        first, second = ((smooth.owners == place) * point for place in (0, 1))
        found = smooth_model(of_words.double(), 10.0)
        h = 1e-3
        ends = [found.scores(point + a * h * first + b * h * second)[0] for a in (1, -1) for b in (1, -1)]
        expected = float((ends[0] - ends[1] - ends[2] + ends[3]) / (4 * h * h))
        names = opinions.space.names[:2]
        assert result.matrix("signed").loc[names[0], names[1]] == pytest.approx(expected, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("nit", {"blocks": 3, "rounds": 1, "hidden": (8, 6)}), ("paraace", {"n_pairs": 2, "hidden": (8, 4)})],
)
def test_additive_networks_of_float32_are_differentiated_in_float64(data, kind, options):
    model = ie.train(data, kind, epochs=2, refits=0, **options)
    smooth, rows = smooth_model(model, 1e6), torch.tensor(data.rows[:6])
    inputs = smooth.inputs(rows)
    assert inputs.dtype == smooth.scores(inputs).dtype == torch.float64
    torch.testing.assert_close(smooth.scores(inputs), model.scores(rows).double(), rtol=1e-5, atol=1e-5)
    found = explain(model, data, data.rows[:3], beta=10.0)
    assert found.gap.max() < 1e-3
