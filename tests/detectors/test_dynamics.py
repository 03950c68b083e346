"""Training watched from outside: masks by hand, orders of known patterns, phases of made curves, and going on."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine import wording
from interaction_engine.data.assembling import assemble
from interaction_engine.data.encoding import encode
from interaction_engine.data.samples import load_sample
from interaction_engine.data.words import NONE
from interaction_engine.detectors.dynamics import dynamics
from interaction_engine.detectors.phases import (
    Orders,
    averaged,
    fitted,
    ratio_table,
    salient,
    second_phase,
    share_apart,
    standard_errors,
    turning_point,
)
from interaction_engine.detectors.training_games import TrainingGame
from interaction_engine.detectors.training_players import Players, features, patches, words, wordy_rows
from interaction_engine.detectors.training_watch import TrainingWatch
from interaction_engine.detectors.watched_training import checkpoint_epochs
from interaction_engine.errors import Cancelled, InputError, ModelError
from interaction_engine.models.gradual import (
    class_logits,
    mean_loss,
    network_inputs,
    new_cnn,
    new_mlp,
    new_words,
    true_log_odds,
)
from interaction_engine.models.own_class import own_loss
from interaction_engine.models.storing import save_network
from interaction_engine.models.wrapping import wrap
from interaction_engine.numerics.compute import Compute
from interaction_engine.numerics.learning_theory import learnt_interactions, strength_ratios
from interaction_engine.results import load_result
from interaction_engine.types import Kind, Report
from tests.models.files import write_pt2

TINY = {"epochs": 3, "checkpoints": 3, "samples": 4, "players": 4}


@pytest.fixture(scope="module")
def digits():
    return load_sample("digits", rows=150)


@pytest.fixture(scope="module")
def tiny(digits):
    return dynamics(new_cnn(digits, 0), digits, **TINY)


@pytest.fixture(scope="module")
def classes():
    """Two numbers and a category, of which two classes are made; one feature says nothing."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.standard_normal((300, 3)), columns=["a", "b", "idle"])
    frame["c"] = draw.choice(["low", "mid", "top"], 300)
    frame["answer"] = np.where(frame.a * frame.b + (frame.c == "top") > 0.3, "yes", "no")
    kinds = dict.fromkeys(["a", "b", "idle"], Kind.NUMERIC) | {"c": Kind.CATEGORICAL}
    return assemble(frame, name="classes", target="answer", kinds=kinds)


class Memory(Report):
    """Keeps what it is told, and stops a run at its `stop`-th checkpoint."""

    def __init__(self, stop=None, restored=None):
        self.stop, self.restored = stop, restored
        self.states, self.told = [], []

    def __call__(self, fraction, message, partial=None):
        self.told.append((fraction, message, json.loads(json.dumps(partial))))

    def checkpoint(self, state):
        self.states.append(
            {
                key: value.copy() if isinstance(value, np.ndarray) else json.loads(json.dumps(value))
                for key, value in state.items()
            }
        )
        if len(self.states) == self.stop:
            raise Cancelled("Stopped by its user.")


def assert_same(first, second):
    for name in ("checkpoints", "distribution", "theory", "ratios"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    for name in ("players", "turning_epoch", "phase_epoch", "n_samples", "label_noise", "unit"):
        assert getattr(first, name) == getattr(second, name)
    assert first.provenance.evaluations == second.provenance.evaluations


# Masks


def test_masked_patches_are_zero_on_the_first_map(digits):
    network, players = new_cnn(digits, 0), patches(digits.space, 3, seed=1)
    rows = digits.held_out_rows[:2]
    values = TrainingGame(digits, rows, players).values(network)
    assert values.shape == (2, 8)
    assert values.dtype == torch.float64
    for place, row in enumerate(rows):
        first = network.first_map(network.images(torch.tensor(digits.rows[row : row + 1])))
        for subset in range(8):
            masked = first.clone()
            for player, members in enumerate(players.members):
                if not subset >> player & 1:
                    masked.flatten(2)[..., list(members)] = 0.0
            label = torch.tensor([int(digits.target_values[row])])
            expected = true_log_odds(network.after_first_map(masked), label)
            torch.testing.assert_close(values[place, subset], expected[0].detach(), rtol=1e-4, atol=1e-5)


def test_masked_features_stand_at_their_mean_or_most_frequent_level(classes):
    network = new_mlp(classes, (5,), 0)
    players = Players(("a", "c"), ((0,), (3,)))
    rows = classes.held_out_rows[:3]
    game = TrainingGame(classes, rows, players)
    values, mean = game.values(network), classes.mean()
    assert game.evaluations == 12
    for place, row in enumerate(rows):
        for subset, (a, c) in enumerate(itertools.product((False, True), repeat=2)):
            masked = classes.rows[row].copy()
            masked[3], masked[0] = masked[3] if a else mean[3], masked[0] if c else mean[0]
            logits = class_logits(network, network_inputs(network, torch.tensor(masked)[None]))
            expected = true_log_odds(logits, torch.tensor([int(classes.target_values[row])]))
            torch.testing.assert_close(values[place, subset], expected[0].detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("side", "grid"), [(8, 8), (28, 7), (16, 8), (21, 7), (10, 7), (5, 5)])
def test_patches_are_cells_inside_a_grid_and_none_touches_the_edge(side, grid):
    names = [f"p{place}" for place in range(side**2)]
    frame = pd.DataFrame(np.arange(6 * side**2).reshape(6, -1) % 7, columns=names).assign(digit=list("ababab"))
    space = assemble(frame, name="noise", target="digit", kinds=dict.fromkeys(names, Kind.NUMERIC)).space
    every = patches(space, (grid - 2) ** 2, seed=0)
    covered = [place for members in every.members for place in members]
    assert len(set(covered)) == len(covered)
    rows, columns = np.divmod(covered, side)
    assert min(rows.min(), columns.min()) > 0
    assert max(rows.max(), columns.max()) < side - 1
    few = patches(space, 3, seed=0)
    assert len(set(few.names)) == 3
    assert set(few.names) <= set(every.names)
    with pytest.raises(InputError, match=f"`players` must be at most {(grid - 2) ** 2}"):
        patches(space, (grid - 2) ** 2 + 1, seed=0)


def test_of_a_large_table_the_players_are_the_models_strongest_features(classes):
    model = wrap(lambda x: 3 * x[:, 2] + x[:, 0], classes, takes="array")
    chosen = features(model, classes, 2, 0, Compute())
    assert (chosen.names, chosen.members) == (("a", "idle"), ((0,), (2,)))
    assert features(model, classes, 10, 0, Compute()).names == classes.space.names


@pytest.fixture(scope="module")
def opinions():
    """Sentences in which "not" turns "good" and "bad" round, of different lengths."""
    draw = np.random.default_rng(0)
    texts, answers = [], []
    for _ in range(300):
        good, negated = bool(draw.integers(2)), bool(draw.integers(2))
        words = ["not" if negated else "so", "good" if good else "bad"]
        texts.append(" ".join([*draw.choice(["it", "is", "a", "film"], draw.integers(1, 5)), *words]))
        answers.append("yes" if good != negated else "no")
    frame = pd.DataFrame({"text": texts, "mark": draw.standard_normal(300), "answer": answers})
    return assemble(frame, name="opinions", target="answer", kinds={"text": Kind.TEXT, "mark": Kind.NUMERIC})


def test_masked_words_are_not_there_and_each_row_has_its_own(opinions):
    network = new_words(opinions, 0)
    rows = wordy_rows(opinions, opinions.held_out_rows, 5)[:3]
    each = words(opinions, rows, 3, seed=1)
    values = TrainingGame(opinions, rows, each).values(network)
    assert values.shape == (3, 8)
    for place, row in enumerate(rows):
        assert len(set(each[place].members)) == 3
        for subset in range(8):
            masked = opinions.rows[row].copy()
            for player, (slot,) in enumerate(each[place].members):
                assert masked[slot] != NONE or not subset >> player & 1
                masked[slot] = masked[slot] if subset >> player & 1 else NONE
            sign = 2 * opinions.target_values[row] - 1
            expected = sign * float(network.scores(torch.tensor(masked)[None])[0, 0])
            assert float(values[place, subset]) == pytest.approx(expected, abs=1e-5)


def test_players_that_few_texts_have_are_refused(opinions):
    lengths = (opinions.rows[opinions.held_out_rows][:, :6] != NONE).sum(1)
    assert len(wordy_rows(opinions, opinions.held_out_rows, 5)) == (lengths >= 5).sum()
    with pytest.raises(InputError, match="only 0 have 7"):
        dynamics(new_words(opinions, 0), opinions, players=7)


def test_any_model_is_asked_through_its_scores(classes):
    ours = new_mlp(classes, (5,), 0)
    rows, players = classes.held_out_rows[:4], Players(("a", "c"), ((0,), (3,)))

    other = wrap(ours.predict, classes, takes="frame")
    game = TrainingGame(classes, rows, players)
    torch.testing.assert_close(game.values(other), game.values(ours), rtol=1e-4, atol=1e-4)
    table, labels = torch.tensor(classes.rows), torch.from_numpy(classes.target_values.astype(np.int64))
    assert own_loss(other, table, labels) == pytest.approx(own_loss(ours, table, labels), rel=1e-4)


# Orders


def test_orders_of_known_patterns():
    effects = torch.zeros(2, 2, 8, dtype=torch.float64)
    effects[0, 0, 0] = 9.0  # the base
    effects[0, 0, 0b011], effects[0, 1, 0b111], effects[0, 0, 0b001] = 2.0, -1.0, 0.05
    effects[1, 0, 0b100] = -3.0
    orders = Orders.of(effects, 0.1)
    assert orders.strength.shape == (2, 3, 2, 2)
    expected = np.zeros((2, 3, 2, 2))
    expected[0, 1, 0, 0], expected[0, 2, 1, 1], expected[1, 0, 0, 1] = 2.0, 1.0, 3.0
    np.testing.assert_array_equal(orders.strength, expected)
    np.testing.assert_array_equal(orders.count, (expected > 0).astype(float))
    np.testing.assert_allclose(orders.mean_order, [(2 * 2 + 1 * 3) / 3, 1.0])
    np.testing.assert_allclose(orders.distribution, np.array([3.0, 2.0, 1.0]) / 2)


def test_effects_at_the_threshold_are_salient_and_rounding_errors_never():
    effects = torch.tensor([[[0.0, 1.0, -0.5, 1e-12], [7.0, 0.49, 0.0, 0.0]]], dtype=torch.float64)
    kept = salient(effects, 0.5)
    assert kept.tolist() == [[[0.0, 1.0, -0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]]
    assert int((salient(effects, 0.0) != 0).sum()) == 3
    assert np.isnan(Orders.of(effects, 2.0).mean_order).all()


def test_samples_without_salient_patterns_are_left_out_of_means():
    orders = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [2.0, np.nan, np.nan]])
    np.testing.assert_allclose(averaged(orders), [2.0, np.nan, 2.0])
    np.testing.assert_allclose(standard_errors(orders), [1.0, np.nan, np.nan])


def test_and_games_are_told_from_or_games(classes):
    network = new_mlp(classes, (3,), 0)
    game = TrainingGame(classes, classes.held_out_rows[:2], Players(("a", "b", "c"), ((0,), (1,), (3,))))
    together = torch.tensor([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], dtype=torch.float64)  # a and b
    either = -2.0 * torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0], dtype=torch.float64)  # a or c
    game.values = lambda *_: torch.stack([together, either])
    watch = TrainingWatch(game, classes, 0.03, 1e-6, Compute(), Report())
    labels = torch.from_numpy(classes.target_values[classes.train_rows].astype(np.int64))
    watch.look(network, 7, labels, 0.0, 1.0)
    expected = np.zeros((2, 3, 2, 2))
    expected[0, 1, 0, 0], expected[1, 1, 1, 1] = 1.0, 2.0
    np.testing.assert_allclose(watch.orders[0].strength, expected, atol=1e-5)
    assert watch.epochs == [7]


# Phases


def curve(means, spread=0.1, samples=30, seed=0):
    """Mean orders by sample around given means."""
    noise = np.random.default_rng(seed).normal(0.0, spread, (len(means), samples))
    return np.array(means)[:, None] + noise


def test_the_second_phase_begins_where_a_rise_is_certain():
    fall_and_rise = curve([4.0, 3.0, 1.5, 1.52, 2.0, 3.0])
    assert (turning_point(fall_and_rise), second_phase(fall_and_rise)) == (2, 4)
    falling = curve([4.0, 3.0, 2.0, 1.0])
    assert (turning_point(falling), second_phase(falling)) == (3, None)
    rising = curve([1.0, 2.0])
    assert (turning_point(rising), second_phase(rising)) == (0, 1)
    noisy = curve([4.0, 1.5, 1.6], spread=1.0)
    assert second_phase(noisy) is None


def test_exact_rises_and_missing_samples():
    flat = np.full((3, 5), 2.0)
    assert second_phase(flat) is None
    assert second_phase(flat + np.array([[0.0], [0.0], [0.5]])) == 2
    missing = curve([3.0, 1.0, 2.0])
    missing[2, 1:] = np.nan
    assert second_phase(missing) is None
    nothing = np.full((3, 5), np.nan)
    assert (turning_point(nothing), second_phase(nothing)) == (0, None)


def test_a_flat_curve_seldom_has_a_second_phase():
    found = [second_phase(curve([2.0] * 8, samples=20, seed=seed)) is not None for seed in range(400)]
    assert np.mean(found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


# Theory


def test_patterns_learnt_under_noise_are_recognised_by_their_noise():
    draw = torch.Generator().manual_seed(0)
    final = torch.randn(3, 2, 32, generator=draw, dtype=torch.float64)
    final[..., 0] = 0.0
    for noise in (0.03, 0.6):
        learnt = learnt_interactions(final, noise)
        true = final.flatten(0, 1)
        seen = learnt.flatten(0, 1)
        thresholds = 0.03 * seen[:, 1:].sum(1).abs()
        kept = torch.where(seen.abs() >= thresholds[:, None], seen, 0.0).reshape(3, 2, 32)
        (fit,) = fitted([Orders.of(kept, 0.0).distribution], final)
        assert fit is not None
        assert fit.distance < 0.02
        assert true.shape[1] == 32
    assert fitted([np.zeros(5)], final) == [None]
    assert fitted([np.ones(5)], torch.zeros_like(final)) == [None]


def test_ratios_are_those_of_the_paper_and_grow_with_the_noise():
    table = ratio_table(4)
    assert table["order"].tolist() == [1, 2, 3] * 5
    wide = table.pivot_table(index="noise", columns="order", values="ratio")
    np.testing.assert_allclose(wide, strength_ratios(4, wide.index.tolist()))
    assert (wide.to_numpy() > 1).all()
    assert (np.diff(wide.to_numpy(), axis=0) > 0).all()


def test_how_far_distributions_are_apart():
    assert share_apart(np.array([1.0, 1.0]), np.array([3.0, 3.0])) == 0.0
    assert share_apart(np.array([2.0, 0.0]), np.array([0.0, 5.0])) == 1.0
    assert share_apart(np.array([3.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.25)


# The method


@pytest.mark.parametrize(
    ("epochs", "count", "expected"),
    [(100, 10, (0, 1, 2, 3, 6, 10, 18, 32, 56, 100)), (3, 10, (0, 1, 2, 3)), (1, 2, (0, 1)), (50, 2, (0, 50))],
)
def test_checkpoints_are_spaced_by_their_logarithm(epochs, count, expected):
    assert checkpoint_epochs(epochs, count) == expected


def test_tables_belong_together(tiny):
    assert tiny.checkpoints["epoch"].tolist() == [0, 1, 3]
    assert len(tiny.distribution) == len(tiny.checkpoints) * 4 * 2 * 2
    np.testing.assert_allclose(
        tiny.checkpoints["loss_gap"], tiny.checkpoints["test_loss"] - tiny.checkpoints["train_loss"]
    )
    by_checkpoint = tiny.distribution.groupby("checkpoint")
    np.testing.assert_allclose(by_checkpoint["share"].sum(), 4.0)  # the mean over 4 orders is 1
    np.testing.assert_allclose(by_checkpoint["count"].sum(), tiny.checkpoints["salient"])
    assert tiny.turning_epoch == tiny.checkpoints["epoch"][tiny.checkpoints["mean_order"].idxmin()]
    assert set(tiny.theory["checkpoint"]) <= set(tiny.checkpoints["checkpoint"])
    np.testing.assert_allclose(tiny.theory.groupby("checkpoint")["share"].mean(), 1.0)
    assert tiny.checkpoints["distance"].between(0, 1).all()
    assert len(tiny.ratios) == 5 * 3
    assert tiny.unit == "log-odds of the row's own digit"
    assert tiny.provenance.evaluations == 3 * 4 * 2**4
    assert tiny.provenance.model.startswith("cnn, ")


def test_a_run_that_was_stopped_goes_on_to_the_same_figures(digits, tiny):
    for stop in (1, 2):
        stopped = Memory(stop=stop)
        with pytest.raises(Cancelled):
            dynamics(new_cnn(digits, 0), digits, report=stopped, **TINY)
        again = Memory(restored=stopped.states[-1])
        assert_same(dynamics(new_cnn(digits, 0), digits, report=again, **TINY), tiny)
        assert len(again.states) == 2 - stop


def test_the_given_model_is_only_the_occasion_and_the_seed_decides(digits, tiny):
    assert_same(dynamics(new_cnn(digits, 5), digits, **TINY), tiny)
    other = dynamics(new_cnn(digits, 0), digits, seed=1, **TINY)
    assert (other.checkpoints["train_loss"] != tiny.checkpoints["train_loss"]).all()


def test_progress_is_told_per_checkpoint_with_what_is_known(digits):
    report = Memory()
    result = dynamics(new_cnn(digits, 0), digits, report=report, **TINY)
    fractions = [fraction for fraction, _, _ in report.told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    messages = {message for _, message, _ in report.told}
    assert {"Checkpoint at epoch 0", "Epoch 1 of 3", "Checkpoint at epoch 3"} <= messages
    last = report.told[-1][2]
    assert last["kind"] == "dynamics"
    assert last["epoch"] == result.checkpoints["epoch"].tolist()
    for name in ("mean_order", "train_loss", "test_loss"):
        np.testing.assert_allclose(last[name], result.checkpoints[name])


def test_tables_are_learnt_by_a_perceptron(classes):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    options = {"epochs": 60, "checkpoints": 3, "samples": 20, "learning_rate": 0.1, "hidden": (16,), "label_noise": 0.0}
    result = dynamics(model, classes, **options)
    assert result.players == classes.space.names
    assert result.provenance.model.startswith("mlp, ")
    losses = result.checkpoints["train_loss"]
    assert losses.iloc[-1] < 0.5 * losses.iloc[0]
    pairs = result.distribution.query("checkpoint == 2 and order == 2")["strength"].sum()
    assert pairs > 0.1 * result.distribution.query("checkpoint == 2")["strength"].sum()  # a times b decides


def test_texts_are_learnt_by_a_network_of_words(opinions):
    options = {"epochs": 30, "checkpoints": 3, "samples": 12, "players": 4, "learning_rate": 0.1, "label_noise": 0.0}
    result = dynamics(new_words(opinions, 3), opinions, batch=16, **options)
    assert result.provenance.model.startswith("words, ")
    assert result.players == ("word 1", "word 2", "word 3", "word 4")
    losses = result.checkpoints["test_loss"]
    assert losses.iloc[-1] < 0.3 * losses.iloc[0]
    last = result.distribution.query("checkpoint == 2")
    assert last.query("order == 2")["strength"].sum() > 0.15 * last["strength"].sum()  # "not" and "good"
    assert any("4 of its own words play" in note for note in result.provenance.notes)
    same = dynamics(new_words(opinions, 3), opinions, batch=16, network="words", **options)
    assert_same(same, result)
    flat = dynamics(new_words(opinions, 3), opinions, network="mlp", hidden=(4,), **TINY)
    assert flat.provenance.model.startswith("mlp, ")
    assert flat.players == result.players
    with pytest.raises(InputError, match="Pixels are numbers"):
        dynamics(new_words(opinions, 3), opinions, network="cnn", **TINY)


def test_a_table_without_text_has_no_network_of_words(classes):
    with pytest.raises(InputError, match="needs a text column"):
        dynamics(new_mlp(classes, (3,), 0), classes, network="words", **TINY)


def test_an_image_may_be_learnt_by_a_perceptron_and_a_table_taken_as_an_image(digits):
    flat = dynamics(new_cnn(digits, 0), digits, network="mlp", **TINY)
    assert flat.provenance.model.startswith("mlp, ")
    assert all(name.startswith("p") for name in flat.players)
    with pytest.raises(InputError, match='`network="mlp"`'):
        dynamics(new_cnn(digits, 0), load_sample("adult", rows=100), network="cnn", **TINY)


def test_results_survive_saving(tiny, tmp_path):
    tiny.save(tmp_path)
    assert_same(load_result(tmp_path), tiny)


# Checkpoints of one's own


@pytest.fixture
def folder(classes, tmp_path):
    for epoch in (1, 2, 10):
        save_network(new_mlp(classes, (6,), seed=epoch), tmp_path / f"epoch-{epoch}")
    return tmp_path


def test_a_folder_of_networks_is_looked_at_in_the_order_of_its_numbers(classes, folder):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    result = dynamics(model, classes, folder=str(folder), samples=5)
    assert result.checkpoints["epoch"].tolist() == [1, 2, 10]
    assert result.label_noise == 0.0
    held_out = classes.held_out_rows
    network = new_mlp(classes, (6,), seed=10)
    scores = network.scores(torch.tensor(classes.rows[held_out]))[0].double()
    signs = torch.from_numpy(2 * classes.target_values[held_out] - 1)
    expected = torch.nn.functional.softplus(-signs * scores).mean()
    assert result.checkpoints["test_loss"].iloc[-1] == pytest.approx(float(expected), rel=1e-5)
    assert any("brought as files" in note for note in result.provenance.notes)
    assert not any("trained for it" in said for said in wording.dynamics_caveats(result))


def test_names_without_growing_numbers_are_counted(classes, tmp_path):
    for name in ("final", "begin"):
        save_network(new_mlp(classes, (6,), seed=0), tmp_path / name)
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    assert dynamics(model, classes, folder=str(tmp_path), samples=3).checkpoints["epoch"].tolist() == [0, 1]


def test_checkpoints_that_cannot_be_compared_are_refused(classes, folder, digits):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    save_network(new_mlp(classes, (7,), seed=0), folder / "epoch-3")
    with pytest.raises(InputError, match=r"`epoch-3.safetensors` has layers 6-7-1 \(relu\) and `epoch-1.safetensors`"):
        dynamics(model, classes, folder=str(folder))
    with pytest.raises(ModelError, match="the target is `digit`"):
        dynamics(new_cnn(digits, 0), digits, folder=str(folder))
    (folder / "epoch-3.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="epoch-3"):
        dynamics(model, classes, folder=str(folder))


def test_networks_of_images_and_of_words_are_looked_at_too(digits, opinions, tmp_path):
    for name, data, made in (("images", digits, new_cnn), ("texts", opinions, new_words)):
        for epoch in (0, 5):
            (tmp_path / name).mkdir(exist_ok=True)
            save_network(made(data, epoch), tmp_path / name / f"epoch-{epoch}")
        result = dynamics(made(data, 0), data, folder=str(tmp_path / name), samples=3, players=4)
        assert result.checkpoints["epoch"].tolist() == [0, 5]
        network, rows = made(data, 0), data.held_out_rows
        labels = torch.from_numpy(data.target_values[rows].astype(np.int64))
        expected = mean_loss(network, network_inputs(network, torch.tensor(data.rows[rows])), labels)
        assert result.checkpoints["test_loss"].iloc[0] == pytest.approx(expected, rel=1e-5)
    save_network(new_cnn(digits, 0), tmp_path / "texts" / "epoch-6")
    with pytest.raises(ModelError, match="the target is `answer`"):
        dynamics(new_words(opinions, 0), opinions, folder=str(tmp_path / "texts"), players=4)


def test_exported_modules_are_opened_on_trust_only(classes, tmp_path):
    modules = []
    for epoch in (1, 2):
        torch.manual_seed(epoch)
        modules.append(torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1)))
        write_pt2(tmp_path / f"epoch-{epoch}.pt2", modules[-1], 6)
    model = new_mlp(classes, (3,), 0)
    with pytest.raises(InputError, match="can run code when they are opened; set `trust_files` only if"):
        dynamics(model, classes, folder=str(tmp_path))
    report = Memory()
    result = dynamics(model, classes, folder=str(tmp_path), trust_files=True, samples=4, report=report)
    assert report.told[0][1] == "Reading epoch-2.pt2"
    rows = classes.held_out_rows
    with torch.no_grad():
        logits = modules[1](encode(classes.space, torch.tensor(classes.rows[rows])))[:, 0]
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.from_numpy(classes.target_values[rows]).float()
    )
    assert result.checkpoints["test_loss"].iloc[1] == pytest.approx(float(expected), rel=1e-5)
    save_network(model, tmp_path / "epoch-3")
    with pytest.raises(InputError, match="files of one kind"):
        dynamics(model, classes, folder=str(tmp_path), trust_files=True)


def test_folders_without_checkpoints_are_refused(classes, tmp_path):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    with pytest.raises(InputError, match="there is none at"):
        dynamics(model, classes, folder=str(tmp_path / "nowhere"))
    (tmp_path / "epoch-1.pt2").write_bytes(b"")
    with pytest.raises(InputError, match=r"2 to 200 files.*has 1\."):
        dynamics(model, classes, folder=str(tmp_path))


# Bad input


def test_a_number_has_no_log_odds():
    data = load_sample("F1", rows=50)
    model = wrap(lambda x: x[:, 0], data, takes="array")
    with pytest.raises(InputError, match="need a target of classes"):
        dynamics(model, data)


def test_too_few_rows_and_features():
    frame = pd.DataFrame({"a": range(9), "b": range(9), "y": ["u", "v", "w"] * 3})
    kinds = {"a": Kind.NUMERIC, "b": Kind.NUMERIC}
    few = assemble(frame, name="few", target="y", kinds=kinds)
    with pytest.raises(InputError, match="At least 2 held-out rows"):
        dynamics(new_mlp(few, (3,), 0), few)
    frame = pd.concat([frame, frame.iloc[:2]], ignore_index=True)
    more = assemble(frame, name="more", target="y", kinds=kinds)
    assert len(more.held_out_rows) == 2
    with pytest.raises(InputError, match="at least 10 training rows; got 9"):
        dynamics(new_mlp(more, (3,), 0), more, epochs=1)
    one = assemble(frame, name="one", target="y", kinds={"a": Kind.NUMERIC})
    with pytest.raises(InputError, match="at least 2 features"):
        dynamics(new_mlp(one, (3,), 0), one)


def test_fewer_held_out_rows_than_asked_for_are_told(classes):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    result = dynamics(model, classes, epochs=1, checkpoints=2, samples=100)
    assert result.n_samples == 60
    assert any("Only 60 rows are held out; 100 were asked for" in note for note in result.provenance.notes)
