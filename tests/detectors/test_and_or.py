"""Predictions taken apart: known patterns, exact matching, efficiency, the tables, and runs that are stopped."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch

import interaction_engine as ie
from interaction_engine import cli
from interaction_engine.data.assembling import assemble
from interaction_engine.detectors.and_or import and_or
from interaction_engine.detectors.taking_apart import cost, usual_gap
from interaction_engine.errors import Cancelled, InputError
from interaction_engine.games.players import named_players
from interaction_engine.models.wrapping import wrap
from interaction_engine.numerics.compute import Compute
from interaction_engine.results import PART_COLUMNS, PATTERN_COLUMNS, AndOrPatterns, load_result
from interaction_engine.types import Kind, Report
from tests.oracles import numeric_dataset

FIVE = tuple("abcde")


def game(function, data=None):
    """A model whose score depends on which features are not at 0; to be used with the baseline "zero"."""
    data = data or numeric_dataset()
    return wrap(lambda x: function(x != 0.0).astype(float), data), data


def patterns(result, status="certified"):
    table = result.table[result.table["status"] == status]
    return {("".join(row.features), row.kind): row.effect for row in table.itertuples()}


EXACT = {"row": 0, "baseline": "zero", "delta": 0.0}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda there: there[:, :3].all(1), {("abc", "and"): 1.0}),
        (lambda there: there[:, 1:4].any(1), {("bcd", "or"): 1.0}),
        (lambda there: -2 * there[:, 0] + there[:, 3:].any(1), {("a", "and"): -2.0, ("de", "or"): 1.0}),
    ],
)
def test_a_conjunction_is_one_and_pattern_a_disjunction_one_or_pattern(function, expected):
    model, data = game(function)
    result = and_or(model, data, **EXACT)
    assert patterns(result) == pytest.approx(expected, abs=1e-9)
    assert result.samples["salient"].tolist() == [len(expected)]
    assert result.primal == pytest.approx(sum(map(abs, expected.values())))
    assert len(result.table) == len(expected)


def test_an_additive_model_has_single_players_only():
    data = numeric_dataset()
    model = wrap(lambda x: np.sin(x[:, 0]) + x[:, 1] ** 3 - x[:, 2] + 2 * x[:, 3] + 0.5 * x[:, 4], data)
    result = and_or(model, data, row=3, delta=0.0, salient=0.0)
    assert set(result.table["order"]) == {1}
    assert set(result.table["kind"]) == {"and"}
    x, base = data.rows[3], data.mean()
    expected = [f(x[i]) - f(base[i]) for i, f in enumerate([np.sin, lambda v: v**3, lambda v: -v, lambda v: 2 * v])]
    found = result.table.set_index(result.table["features"].str[0])["effect"]
    assert found[list("abcd")].tolist() == pytest.approx(expected, abs=1e-9)
    assert result.indices["k_sii"].abs().max() < 1e-9


def rough(x):
    return np.tanh(x[:, 0] * x[:, 1] + x[:, 2]) + np.maximum(x[:, 3] - x[:, 4], 0) * x[:, 0] + np.abs(x[:, 1] + x[:, 3])


def test_patterns_match_every_masked_row_and_sum_to_the_prediction():
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, rows=4, delta=0.0, salient=0.0)
    assert (result.matching_error <= 1e-10).all()
    assert (result.gap <= 0.002).all()
    assert (result.dual <= result.primal).all()
    for sample, row in result.samples.iterrows():
        apart = row["score"] - row["base"]
        assert row["score"] == pytest.approx(rough(data.rows[[int(row["row"])]])[0], abs=1e-12)
        assert result.of_sample(sample)["effect"].sum() == pytest.approx(apart, abs=1e-9)
        shapley = result.attributions.query("sample == @sample")
        assert shapley["player"].tolist() == list(FIVE)
        assert shapley["shapley"].sum() == pytest.approx(apart, abs=1e-10)


def test_shapley_values_are_those_of_all_orders_of_arrival():
    data = numeric_dataset(n_features=4)
    model = wrap(lambda x: x[:, 0] * x[:, 1] * x[:, 2] + np.abs(x[:, 3] - x[:, 0]), data)
    result = and_or(model, data, row=5)
    expected = np.zeros(4)
    for order in itertools.permutations(range(4)):
        now = data.mean().copy()
        for player in order:
            before = model.function(now[None])[0]
            now[player] = data.rows[5, player]
            expected[player] += (model.function(now[None])[0] - before) / 24
    np.testing.assert_allclose(result.attributions["shapley"], expected, atol=1e-12)


def test_the_noise_box_is_kept_and_makes_the_split_sparser():
    data = numeric_dataset()
    model = wrap(rough, data)
    exact, boxed = (and_or(model, data, row=2, delta=delta) for delta in (0.0, 0.1))
    span = abs(float(exact.samples["score"].iloc[0] - exact.samples["base"].iloc[0]))
    assert boxed.primal[0] < exact.primal[0]
    assert boxed.matching_error[0] <= 1e-10
    sums = boxed.of_sample(0)["effect"].sum()
    assert abs(sums - float(boxed.samples["score"].iloc[0] - boxed.samples["base"].iloc[0])) <= 0.1 * span + 1e-9
    assert abs(float(boxed.samples["noise"].iloc[0])) <= 0.1 * span + 1e-9


def test_groups_are_masked_together():
    model, data = game(lambda there: there[:, :3].all(1))
    result = and_or(model, data, **EXACT, players=("a & b", "c", "d"))
    assert result.players == ("a & b", "c", "d")
    found = result.table.iloc[0]
    assert (found["features"], found["kind"], found["order"]) == (("a & b", "c"), "and", 2)
    assert len(result.table) == 1


def test_groups_have_names_of_their_own():
    model, data = game(lambda there: there[:, :3].all(1))
    result = and_or(model, data, **EXACT, players=("both = a & b", "c", "d = e"))
    assert result.players == ("both", "c", "d")
    assert result.table["features"].tolist() == [("both", "c")]
    assert result.parts is None


def test_names_that_look_like_groups_are_features_first():
    names = ["a", "b", "a & b", "c = a", "c = a & b"]
    data = numeric_dataset()
    frame = data.frame.rename(columns=dict(zip("abcde", names, strict=True)))
    kinds = dict.fromkeys(names, Kind.NUMERIC)
    space = assemble(frame, name="t", target="target", kinds=kinds).space
    found = named_players(space, ("c = a & b", "a & b", "c = a", "d = a"))
    assert (found.names, found.members) == (("c = a & b", "a & b", "c = a", "d"), ((4,), (2,), (3,), (0,)))
    assert named_players(space, ("x = c = a & b", "a")).members == ((3, 1), (0,))


def test_features_that_do_not_play_keep_the_rows_values():
    model, data = game(lambda there: there[:, :3].all(1))
    result = and_or(model, data, **EXACT, players=("a", "b"))
    assert patterns(result) == pytest.approx({("ab", "and"): 1.0}, abs=1e-9)
    assert any("3 of 5 features are no players" in note for note in result.provenance.notes)


def test_proposed_players_are_told():
    data = numeric_dataset()
    result = and_or(wrap(lambda x: x[:, 1] * 3 + x[:, 4], data), data, row=0, max_players=2)
    assert result.players == ("b", "e")
    assert any("The 2 features that move the score most" in note for note in result.provenance.notes)
    assert result.provenance.evaluations == 4 + 2 + 2 * 64 + 6 * 256


def test_effects_of_a_single_row_are_compared_with_those_of_usual_rows():
    data = numeric_dataset()
    base = data.mean()
    near = int(np.abs(rough(data.rows) - rough(base[None])).argmin())
    result = and_or(wrap(rough, data), data, row=near)
    drawn = np.random.default_rng(0).permutation(data.train_rows)[:64]
    usual = np.abs(rough(data.rows[drawn]) - rough(base[None])).mean()
    assert float(result.samples["threshold"].iloc[0]) == pytest.approx(0.03 * usual)
    assert abs(float(result.samples["score"].iloc[0]) - float(result.samples["base"].iloc[0])) < 0.1 * usual


def test_counts_and_sums_by_order_are_those_of_the_table():
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, rows=3)
    salient = result.table[result.table["status"] == "certified"]
    keys = ["sample", "order", "kind"]
    found = result.orders[result.orders["count"] > 0].groupby(keys)[["strength", "count"]].sum()
    expected = salient.groupby(keys)["strength"].agg(strength="sum", count="count")
    pd.testing.assert_frame_equal(found, expected.sort_index(), check_dtype=False)
    threshold = float(result.samples["threshold"].iloc[0])
    spans = (result.samples["score"] - result.samples["base"]).abs()
    assert threshold == pytest.approx(0.03 * spans.mean())
    assert (salient["strength"] >= threshold).all()
    assert (result.table.query("status == 'excluded'")["strength"] < threshold).all()
    assert result.samples["carried"].iloc[0] == pytest.approx(
        result.orders.query("sample == 0")["strength"].sum() / result.primal[0]
    )


def test_the_matching_curve_is_that_of_the_strongest_patterns():
    data = numeric_dataset()
    model = wrap(rough, data)
    result = and_or(model, data, row=2, delta=0.0, salient=0.0)
    curve = result.matching.set_index("kept")["error"]
    assert curve.index[0] == 0
    assert curve.index[-1] == 62
    assert curve.iloc[-1] < 1e-10
    x, base, table = data.rows[2], data.mean(), result.of_sample(0)
    masks = np.array(list(itertools.product([False, True], repeat=5)))
    scores = rough(np.where(masks, x, base))
    span = abs(scores[-1] - scores[0])
    for kept in curve.index[1:6]:
        predicted = np.full(32, scores[0])
        for pattern in table.head(int(kept)).itertuples():
            inside = masks[:, [FIVE.index(name) for name in pattern.features]]
            predicted += pattern.effect * (inside.all(1) if pattern.kind == "and" else inside.any(1))
        assert curve[kept] == pytest.approx(np.sqrt(((predicted - scores) ** 2).mean()) / span, rel=1e-6)


def test_the_sparsity_curve_falls_and_begins_with_the_strongest():
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, row=2)
    for kind, curve in result.sparsity.groupby("kind"):
        assert (np.diff(curve["strength"]) <= 0).all()
        assert (np.diff(curve["rank"]) > 0).all()
        strongest = result.table.loc[result.table["kind"] == kind, "strength"].max()
        assert curve["strength"].iloc[0] == pytest.approx(strongest)


def test_what_recurs_over_rows_is_counted():
    """The sign of a product of signs differs from row to row; a conjunction is the same in all."""
    data = numeric_dataset()
    model = wrap(lambda x: 5.0 * (x[:, :2] != 0).all(1) + np.sign(x[:, 2]) * (x[:, 3] != 0), data)
    result = and_or(model, data, rows=20, baseline="zero", delta=0.0)
    shared = {("".join(row.features), row.kind): row for row in result.transfer.itertuples()}
    assert set(shared) == {("ab", "and"), ("cd", "and")}
    both, signs = shared["ab", "and"], shared["cd", "and"]
    assert (both.share, both.agreement, both.effect) == pytest.approx((1.0, 1.0, 5.0))
    up = float((data.rows[result.samples["row"], 2] > 0).mean())
    assert 0 < up < 1
    assert (signs.share, signs.agreement, signs.effect) == pytest.approx((1.0, max(up, 1 - up), 2 * up - 1), abs=1e-9)


def test_rows_are_drawn_from_the_held_out_ones_and_the_same_seed_draws_the_same():
    data = numeric_dataset()
    model = wrap(rough, data)
    first, second, other = (and_or(model, data, rows=6, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.samples, second.samples)
    assert first.samples["row"].tolist() != other.samples["row"].tolist()
    assert set(first.samples["row"]) <= set(data.held_out_rows.tolist())


def test_a_constant_model_has_no_pattern():
    data = numeric_dataset()
    result = and_or(wrap(lambda x: np.full(len(x), 2.5), data), data, row=0)
    assert result.table.empty
    assert (result.primal[0], result.gap[0], result.matching_error[0]) == (0.0, 0.0, 0.0)
    assert result.matching["error"].eq(0.0).all()


def test_a_score_that_equals_its_base_is_told():
    model, data = game(lambda there: there[:, 0] ^ there[:, 1])
    result = and_or(model, data, **EXACT, players=("a", "b"))
    assert any("Score and base are the same for 1 of 1" in note for note in result.provenance.notes)
    assert result.matching["error"].iloc[0] == pytest.approx(np.sqrt(0.5))


def test_result_has_the_agreed_columns_and_survives_saving(tmp_path):
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, rows=2)
    frame = result.to_frame()
    assert tuple(frame.columns) == PATTERN_COLUMNS
    assert frame["features"].map(len).tolist() == frame["order"].tolist()
    result.save(tmp_path / "r")
    loaded = load_result(tmp_path / "r")
    assert isinstance(loaded, AndOrPatterns)
    for name in ("table", "samples", "orders", "matching", "sparsity", "attributions", "indices", "transfer"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(result, name))
    assert loaded.provenance == result.provenance


def test_results_saved_before_there_were_parts_are_read(tmp_path):
    data = numeric_dataset()
    and_or(wrap(rough, data), data, row=2).save(tmp_path / "r")
    header = json.loads((tmp_path / "r" / "result.json").read_text())
    assert header.pop("parts") is None
    (tmp_path / "r" / "result.json").write_text(json.dumps(header))
    assert load_result(tmp_path / "r").parts is None


@pytest.mark.parametrize(
    ("name", "options", "kind"), [("reviews", {"sentence": "not a good film"}, "word"), ("digits", {"row": 7}, "patch")]
)
def test_what_can_be_drawn_is_saved(tmp_path, name, options, kind):
    data = ie.load_sample(name)
    result = and_or(ie.sample_model(name, data), data, **options)
    assert tuple(result.parts.columns) == PART_COLUMNS[kind]
    assert set(result.parts["kind"]) == {kind}
    assert set(result.parts["player"]) <= {*result.players, ""}
    result.save(tmp_path / "r")
    pd.testing.assert_frame_equal(load_result(tmp_path / "r").parts, result.parts)


def test_the_cost_is_known_before_and_told_first():
    data, told = numeric_dataset(), []

    class Watch(Report):
        def __call__(self, fraction, message, partial=None):
            told.append((fraction, message, partial))

    result = and_or(wrap(rough, data), data, rows=4, report=Watch())
    evaluations, memory = cost(5, 4)
    assert told[0][1].startswith(f"32 masked samples of each of 4: {evaluations} model evaluations")
    assert result.provenance.evaluations == evaluations + 2 * 4
    assert memory == 4 * 480 * 32
    assert cost(20)[1] == 480 * 2**20
    assert cost(10, 50, 16) == (50 * 1024 * 16, 50 * 480 * 1024)
    fractions = [fraction for fraction, _, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("gap" in message for _, message, _ in told)


class Interrupt(Report):
    """Stops a run at its n-th report; keeps its last checkpoint as it would be read from a file."""

    def __init__(self, after, restored=None):
        self.after, self.kept, self.restored = after, None, restored

    def __call__(self, fraction, message, partial=None):
        self.after -= 1
        if self.after == 0:
            raise Cancelled("Stopped.")

    def checkpoint(self, state):
        self.kept = json.loads(json.dumps(state))


def test_a_stopped_run_goes_on_after_its_last_batch(monkeypatch):
    monkeypatch.setattr("interaction_engine.detectors.taking_apart.CHECKPOINT_SECONDS", -1.0)
    data = numeric_dataset()
    model, compute = wrap(rough, data), Compute(memory="32KB")  # two rows at a time
    whole = and_or(model, data, rows=6, compute=compute)
    reports = Interrupt(10**6)
    and_or(model, data, rows=6, compute=compute, report=reports)
    first = Interrupt((10**6 - reports.after) * 2 // 3)
    with pytest.raises(Cancelled):
        and_or(model, data, rows=6, compute=compute, report=first)
    assert first.kept is not None
    assert first.kept["done"] in (2, 4)
    resumed = and_or(model, data, rows=6, compute=compute, report=Interrupt(10**6, first.kept))
    for name in ("table", "samples", "orders", "matching", "transfer"):
        pd.testing.assert_frame_equal(getattr(resumed, name), getattr(whole, name))
    together = and_or(model, data, rows=6)
    np.testing.assert_allclose(together.samples["primal"], whole.samples["primal"], rtol=0.004)


def test_the_gap_asked_for_is_coarser_for_many_players_and_always_told():
    assert [usual_gap(n) for n in (2, 12, 13, 16, 17, 20)] == [0.002, 0.002, 0.01, 0.01, 0.02, 0.02]
    data = numeric_dataset(n_features=13)
    model = wrap(lambda x: x.sum(1) + x[:, 0] * x[:, 1], data)
    assert and_or(model, data, row=0, players=data.space.names).provenance.options["tolerance"] == 0.01
    assert and_or(model, data, row=0, tolerance=0.1).provenance.options["tolerance"] == 0.1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"row": 400}, "`row` must be a row from 0 to 399"),
        ({"row": -1}, "`row` of `and_or`"),
        ({"players": ("a",)}, "at least 2 players"),
        ({"players": ("a", "z")}, "no feature `z`"),
        ({"players": ("a & b", "b & c")}, "one player only"),
        ({"players": ("ab = a & b", "b")}, "`b` is in `ab` and in `b`"),
        ({"players": ("ab = a & z", "c")}, "no feature `z`"),
        ({"players": ("g = a & b", "g = c & d")}, "Two players are called `g`"),
        ({"players": (" = a & b", "c")}, "gives a group no name"),
        ({"players": tuple("abcdefghijklmnopqrstu")}, "at most 20 players.*got 21"),
        ({"parts": "patches"}, "need a square image"),
        ({"parts": "clusters"}, "`numbers` has other columns"),
        ({"parts": "words"}, "`parts` of `and_or`"),
        ({"sentence": "a good film"}, "needs data with a text column"),
        ({"sentence": "a good film", "row": 3}, "got both \\(row 3\\)"),
        ({"baseline": (0.0, 1.0)}, "one value per feature \\(5\\); got 2"),
        ({"max_players": 21}, "`max_players`"),
        ({"delta": -0.1}, "`delta`"),
        ({"tolerance": 0}, "`tolerance`"),
    ],
)
def test_bad_input_is_a_sentence(options, says):
    data = numeric_dataset()
    with pytest.raises(InputError, match=says):
        ie.detect("and_or", wrap(lambda x: x[:, 0], data), data, **options)


def test_a_single_feature_cannot_act_with_another():
    data = numeric_dataset(n_features=1)
    with pytest.raises(InputError, match="at least 2 players"):
        and_or(wrap(lambda x: x[:, 0], data), data)


def test_a_real_network_of_a_sample_is_taken_apart():
    data = ie.load_sample("adult")
    model = ie.sample_model("adult", data)
    result = and_or(model, data, row=3, max_players=8)
    assert result.gap[0] <= 0.002
    assert result.matching_error[0] <= 1e-10
    sign = 1 if data.target_values[3] == 1 else -1
    exact = model.double().scores(torch.from_numpy(data.rows[3:4].copy())).mean()
    assert result.samples["score"].iloc[0] == pytest.approx(sign * float(exact), abs=1e-12)


def test_the_command_line_prints_it(capsys, tmp_path):
    options = ["--row", "3", "--players", "age,education & occupation,hours-per-week", "--baseline", "7"]
    out = ["--out", str(tmp_path / "r")]
    assert cli.main(["detect", "and_or", "sample:adult", *options, *out, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["family"] == "and_or"
    assert printed["players"] == ["age", "education & occupation", "hours-per-week"]
    assert printed["baseline"] == "row 7"
    assert printed["samples"][0]["row"] == 3
    assert printed["samples"][0]["dual"] <= printed["samples"][0]["primal"]
    assert printed["finding"].startswith("For `row 3, class =")
    assert cli.main(["show", *out[1:]]) == 0
    assert "`and` acts where all are there" in capsys.readouterr().out


def test_the_command_line_takes_sentences_and_images_apart(capsys):
    assert cli.main(["detect", "and_or", "sample:reviews", "--sentence", "Not a good film", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["players"] == ["not", "a", "good", "film"]
    assert printed["samples"][0]["label"] == "Not a good film"
    assert printed["unit"].startswith("log-odds of opinion = ")
    assert cli.main(["detect", "and_or", "sample:mnist", "--row", "3", "--parts", "patches", "--lines", "2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("For `row 3, digit =")
    assert "patch 2,2" in out
    assert cli.main(["detect", "and_or", "sample:reviews", "--sentence", ""]) == 2
    assert capsys.readouterr().err == "The sentence is empty; type at least two words.\n"
