"""ParaACE: its sizes, what it learns, how its interactions are chosen, and its shapes."""

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import silent
from interaction_engine.data.dataset import HELD_OUT
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.additive_models import interactions
from interaction_engine.methods.additive_models.interactions import random_pairs, strongest_pairs
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace, usual_pairs
from interaction_engine.methods.additive_models.paraace.paraace_trainer import ParaAceSettings, ParaAceTrainer
from interaction_engine.methods.common.feature_sets import given_sets, sets_of, written
from interaction_engine.models.additive.network import AdditiveNetwork
from interaction_engine.models.additive.paraace import ParaAce
from interaction_engine.models.checking import check_model
from interaction_engine.models.training import validated_trainer
from interaction_engine.models.training.rows import TrainingRows
from tests.notes import Notes

pytestmark = pytest.mark.slow

CPU = Compute("cpu")
QUICK = {"hidden": (12, 6), "epochs": 40, "refits": 0, "compute": CPU}
PAIR = {"interactions": ("a & b",)}


def table(n: int = 500) -> pd.DataFrame:
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(-1, 1, (n, 3)), columns=list("abd"))
    frame["c"] = source.choice(["low", "mid", "top"], n)
    frame["y"] = 2 * frame["a"] * frame["b"] + frame["d"] ** 2 + (frame["c"] == "top")
    frame["answer"] = np.where(frame["y"] > frame["y"].median(), "yes", "no")
    frame["tier"] = np.array(["basic", "middle", "upper"])[np.digitize(frame["y"], [0.0, 0.8])]
    return frame


@pytest.fixture(scope="module")
def data():
    return {
        target: read_dataset(table()[["a", "b", "d", "c", target]], target=target, name=target)
        for target in ("y", "answer", "tier")
    }


@pytest.fixture(scope="module")
def learnt(data):
    """Trained networks by target and fix-up, each trained once."""
    return cache(lambda target, fix_up: train_paraace(data[target], fix_up=fix_up, **PAIR, **QUICK))


@pytest.fixture(autouse=True)
def small_probe(monkeypatch):
    """A smaller ensemble to detect with: these pairs are easy."""
    monkeypatch.setattr(interactions, "PROBE", {"members": 2, "hidden": (32, 32), "epochs": 12, "patience": 12})


def test_the_papers_number_of_parameters():
    """p = 10 with 20 pairs: 17.5 thousand against 4,959,461, a ratio of 283; with curves alone 959 (tables 6 and 9)."""
    data = load_sample("F1", rows=50)
    pairs = tuple(f"x{a + 1} & x{b + 1}" for a, b in random_pairs(10, 20, 0))
    whole = train_paraace(data, interactions=pairs, epochs=1, refits=0, compute=CPU)
    assert whole.n_parameters == 10 * 517 + 20 * 567 + 976 == 17_486
    assert 4_959_461 // whole.n_parameters == 283
    curves = train_paraace(data, n_pairs=0, fix_up="linear", epochs=1, refits=0, compute=CPU)
    assert 4_959_461 // curves.n_parameters == 959


@pytest.mark.parametrize(
    ("features", "classes", "pairs"), [(4, False, 6), (12, False, 20), (13, False, 50), (30, True, 20)]
)
def test_how_many_pairs_the_paper_takes(features, classes, pairs):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, features))).add_prefix("x")
    target = np.where(frame["x0"] > 0, "yes", "no") if classes else frame["x0"] * 2
    assert usual_pairs(read_dataset(frame.assign(y=target), target="y", name="wide")) == pairs


@pytest.mark.parametrize("fix_up", ["nonlinear", "linear"])
@pytest.mark.parametrize("target", ["y", "answer", "tier"])
def test_it_learns_every_kind_of_target(data, learnt, target, fix_up):
    model = learnt(target, fix_up)
    assert isinstance(model, ParaAce if fix_up == "nonlinear" else AdditiveNetwork)
    figures = check_model(model, data[target]).metrics
    assert (figures["r2"] if target == "y" else figures["accuracy"]) > 0.85


def test_interactions_are_worth_something_and_alternation_learns_too(data, learnt):
    def skill(model):
        return check_model(model, data["y"]).metrics["r2"]

    # The nonlinear fix-up can make up for some of a missing interaction, the plain sum cannot.
    curves = train_paraace(data["y"], n_pairs=0, fix_up="linear", **QUICK)
    assert skill(curves) < skill(learnt("y", "linear")) - 0.1
    assert skill(train_paraace(data["y"], training="alternating", **PAIR, **QUICK)) > 0.7


def in_turns(data, fix_up, turn=2, epochs=4, networks=1):
    settings = ParaAceSettings(epochs, 1e-2, 0.1, 64, 10, 0, hidden=(6, 4), fix_up=fix_up, turn=turn)
    rows = TrainingRows(data, networks, 0, torch.device("cpu"))
    return ParaAceTrainer(data, rows, ((0,), (1,), (0, 1)), settings)


@pytest.mark.parametrize("fix_up", [3, 0])
@pytest.mark.parametrize("turn", [2, 5])  # four epochs are too few for turns of five
def test_in_turns_only_one_part_moves(data, fix_up, turn):
    """Two epochs of subnets, then two of the fix-up: what waits stays as it is, to the last digit."""
    fit = in_turns(data["y"], fix_up, turn)
    seen = [{name: one.detach().clone() for name, one in fit.named.items()}]
    for _ in range(4):
        fit._validate(fit.train_epoch())
        seen.append({name: one.detach().clone() for name, one in fit.named.items()})
    moved = [{name for name in seen[0] if not torch.equal(a[name], b[name])} for a, b in pairwise(seen)]
    subnets = {name for name in seen[0] if name.startswith("subnets.")}
    assert len(subnets) == 6
    assert moved == [subnets, subnets, set(seen[0]) - subnets, set(seen[0]) - subnets]


@pytest.mark.parametrize("target", ["y", "answer", "tier"])
def test_a_linear_fix_up_trained_in_turns_is_a_sum_in_the_end(data, target):
    """Its weights are multiplied into the subnets: the network and the refits are what was trained."""
    from interaction_engine.data.encoding import encode

    fit = in_turns(data[target], fix_up=0, networks=2)
    for _ in range(4):
        fit._validate(fit.train_epoch())
    assert not torch.equal(fit.best.load_weight, torch.ones_like(fit.best.load_weight))
    network = fit.model(fit.best, fit._record(), "paraace")
    rows = torch.tensor(data[target].rows[:20])
    inputs = encode(data[target].space, rows)
    expected = fit.best(inputs.expand(2, -1, -1))
    shown = network.subnets(inputs).sum(1) + network.intercept
    torch.testing.assert_close(shown, expected[0], rtol=1e-5, atol=1e-6)
    first = network.subnets.with_layers(
        [one[0] for one in fit.refits().weights], [one[0] for one in fit.refits().biases]
    )
    torch.testing.assert_close(first(inputs), network.subnets(inputs))


def test_a_linear_fix_up_in_turns_is_trained_in_turns_and_learns_as_well(data, learnt):
    together = learnt("y", "linear")
    alternating = train_paraace(data["y"], fix_up="linear", training="alternating", **PAIR, **QUICK)
    assert isinstance(alternating, AdditiveNetwork)
    assert alternating.n_parameters == together.n_parameters
    assert not torch.equal(alternating.subnets.weights[0], together.subnets.weights[0])
    assert check_model(alternating, data["y"]).metrics["r2"] > 0.7


@pytest.mark.parametrize("fix_up", ["nonlinear", "linear"])
def test_both_parts_have_their_turn(data, fix_up):
    """However short or impatient the training; in fewer than four epochs they could not."""
    hasty = {**PAIR, **QUICK, "fix_up": fix_up, "training": "alternating", "refits": 2, "patience": 1}
    model = train_paraace(data["y"], **hasty | {"epochs": 4})
    assert model.record.options["patience"] == 10
    assert len(model.record.epoch) == 4
    with pytest.raises(InputError, match=r"`epochs` must be at least 4 .* got 3"):
        train_paraace(data["y"], **hasty | {"epochs": 3})


def test_scores_are_the_formula(data, learnt):
    model = learnt("y", "nonlinear")
    rows = torch.tensor(data["y"].rows[:40])
    from interaction_engine.data.encoding import encode

    values = model.subnets(encode(model.space, rows))[..., 0].double().numpy()
    (first, second, last), (b1, b2, b3) = (
        [one.double().numpy() for one in part] for part in (model.fix_up.weights, model.fix_up.biases)
    )
    residual = np.maximum(second @ np.maximum(first @ values.T + b1[:, None], 0) + b2[:, None], 0)
    expected = (last @ (values.T + residual) + b3[:, None])[0] * model.scale + model.shift
    np.testing.assert_allclose(model.scores(rows)[0], expected, rtol=1e-4, atol=1e-5)
    plain = model.additive().scores(rows)[0]
    np.testing.assert_allclose(
        plain, (last @ values.T + b3[:, None])[0] * model.scale + model.shift, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("target", ["y", "answer", "tier"])
def test_shapes_and_the_residual_add_up_to_the_score(data, learnt, target):
    model = learnt(target, "nonlinear")
    shapes = model.shapes(data[target])
    assert shapes.link == "fix-up"
    assert not shapes.exact
    assert shapes.identity_error < 1e-9
    assert shapes.n_parameters == model.n_parameters
    orders = sorted(shapes.table["order"])
    assert orders == [1, 1, 1, 1, 2, 4]
    assert shapes.provenance.notes


def test_a_linear_fix_up_is_read_exactly(data, learnt):
    shapes = learnt("y", "linear").shapes(data["y"])
    assert shapes.exact
    assert shapes.link == "identity"
    term = {frozenset(names): place for place, names in enumerate(shapes.table["features"])}
    cells = shapes.map(term[frozenset("ab")])
    assert np.corrcoef(cells["effect"], cells["value_1"] * cells["value_2"])[0, 1] > 0.95
    assert shapes.table["share"][term[frozenset("a")]] < 0.12


def test_the_other_class_is_the_opposite(data, learnt):
    model = learnt("answer", "nonlinear")
    rows = torch.tensor(data["answer"].rows[:5])
    torch.testing.assert_close(model.for_class(0).scores(rows), -model.scores(rows))
    assert model.double().scores(rows).dtype is torch.float64
    with pytest.raises(InputError, match="class_index"):
        model.for_class(2)


@pytest.mark.parametrize("fix_up", ["nonlinear", "linear"])
def test_an_interrupted_training_ends_with_the_same_weights(data, monkeypatch, fix_up):
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    few = QUICK | {"epochs": 8, "training": "alternating", "n_pairs": 2, "fix_up": fix_up}
    whole, stopped = train_paraace(data["y"], **few), Notes(stop=6)
    with pytest.raises(KeyboardInterrupt):
        train_paraace(data["y"], **few, report=stopped)
    for value in stopped.states[-1].values():
        assert (isinstance(value, np.ndarray) and value.dtype.kind in "fi") or json.dumps(value)
    again = Notes(restored=stopped.states[-1])
    resumed = train_paraace(data["y"], **few, report=again)
    assert resumed.subnets.members == whole.subnets.members
    assert all(torch.equal(a, b) for a, b in zip(whole.subnets.weights, resumed.subnets.weights, strict=True))
    assert len(again.partials) == 2
    assert again.partials[-1]["kind"] == "curve"
    assert again.fractions[-1] == 1.0


def test_the_same_seed_gives_the_same_network_and_another_seed_another(data):
    first, again, other = (train_paraace(data["y"], **PAIR, **QUICK | {"epochs": 2}, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.subnets.weights[0], again.subnets.weights[0])
    assert not torch.equal(first.subnets.weights[0], other.subnets.weights[0])


def test_the_strongest_pair_is_detected(data):
    assert strongest_pairs(data["y"], 1, 0, CPU, silent) == ((0, 1),)


def test_random_pairs_are_different_pairs_and_those_of_the_seed():
    drawn = random_pairs(10, 20, 3)
    assert drawn == random_pairs(10, 20, 3) != random_pairs(10, 20, 4)
    assert len(set(drawn)) == 20
    assert all(a < b < 10 for a, b in drawn)
    assert len(random_pairs(3, 20, 0)) == 3


def test_interactions_are_taken_from_tables_results_and_lists(data, tmp_path):
    pairs = pd.DataFrame(
        {"feature_1": ["a", "b"], "feature_2": ["b", "d"], "strength": [2.0, 1.0], "status": ["certified", "excluded"]}
    )
    assert written(pairs) == ("a & b",)
    assert written(pairs.drop(columns="status")) == ("a & b", "b & d")
    assert written(pd.DataFrame({"features": [("a",), ("a", "b", "d")]})) == ("a & b & d",)
    assert written([{"b", "a"}, ("a", "d"), "b & d"]) == ("a & b", "a & d", "b & d")
    assert written(None) is None
    space = data["y"].space
    assert sets_of(space, ("b & a", "a & b", "a & b & c")) == ((0, 1), (0, 1, 3))
    with pytest.raises(InputError, match="feature_1"):
        written(pd.DataFrame({"x": [1]}))


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (["certified", "undecided", "excluded"], ("a & b",)),
        (["significant", "significant", "not significant"], ("a & b", "a & c")),
        (["not significant"] * 3, ("a & b", "a & c", "b & c")),
        (["ranked"] * 3, ("a & b", "a & c", "b & c")),
    ],
)
def test_the_status_of_findings_decides_which_are_taken(status, taken):
    found = pd.DataFrame({"feature_1": ["a", "a", "b"], "feature_2": ["b", "c", "c"], "status": status})
    assert written(found) == taken


def test_at_most_fifty_ranked_pairs_are_taken_and_no_unreliable_ones():
    many = pd.DataFrame({"feature_1": "a", "feature_2": [f"b{i}" for i in range(60)], "status": "ranked"})
    assert written(many) == tuple(f"a & b{i}" for i in range(50))
    with pytest.raises(InputError, match="the method's own check of its figures failed"):
        written(many.assign(status="unreliable"))


def test_a_set_of_three_and_a_category_get_subnets_of_their_own(data):
    model = train_paraace(data["y"], interactions=("a & b & c",), **QUICK | {"epochs": 2})
    assert model.subnets.members[-1] == (0, 1, 3)
    assert model.subnets.weights[0].shape[2] == 5  # two numbers and three levels
    first = train_paraace(data["y"], interactions=("a & b", "a & d"), n_pairs=1, **QUICK | {"epochs": 1})
    assert first.subnets.members[4:] == ((0, 1),)


@pytest.mark.parametrize(
    ("interactions", "says"),
    [((), "got none"), (("a",), "at least two"), (("a & a",), "at least two"), (("a & z",), "no feature `z`")],
)
def test_interactions_that_cannot_be_used_are_named(data, interactions, says):
    with pytest.raises(InputError, match=says):
        train_paraace(data["y"], interactions=interactions, **QUICK)


FOUND = pd.DataFrame({"feature_1": ["a", "a", "b"], "feature_2": ["b", "d", "d"]})
NAMED = ("a & b", "a & d", "b & d", "a & c")


@pytest.mark.parametrize(
    ("interactions", "n_pairs", "expected"),
    [
        (None, None, 6),
        (None, 0, 0),
        (None, 3, 3),
        (NAMED, None, 4),
        (NAMED, 0, 0),
        (NAMED, 3, 3),
        (FOUND, None, 3),
        (FOUND, 0, 0),
        (FOUND, 1, 1),
        (FOUND, 30, 3),
        (FOUND[:0], 0, 0),
        ((), 0, 0),
    ],
)
def test_how_many_interactions_there_are(data, interactions, n_pairs, expected):
    """0 is no interaction and None is all of them, whether they are given, come from a result, or are detected."""
    from interaction_engine.methods.registry import method

    options = method("paraace").read_options({"interactions": interactions, "n_pairs": n_pairs})
    model = train_paraace(data["y"], **options | QUICK | {"epochs": 1})
    assert len(model.subnets.members) == 4 + expected
    assert isinstance(model, ParaAce if expected else AdditiveNetwork)


@pytest.mark.parametrize("n_pairs", [None, 0, 1, 3])
def test_the_comparison_counts_its_pairs_alike(data, n_pairs):
    space, given = data["y"].space, {None: 2, 0: 0, 1: 1, 3: 2}[n_pairs]
    assert len(given_sets(space, NAMED[:2], n_pairs)) == given
    if n_pairs == 0:
        assert given_sets(space, (), n_pairs) == ()
        with pytest.raises(InputError, match="no feature `z`"):
            given_sets(space, ("a & z",), n_pairs)
    else:
        with pytest.raises(InputError, match="got none"):
            given_sets(space, (), n_pairs)


@pytest.mark.parametrize("fix_up", ["nonlinear", "linear"])
@pytest.mark.parametrize("interactions", [None, NAMED])
def test_curves_alone_are_curves_alone(data, fix_up, interactions):
    """A sum of curves has no mixed difference, and cannot learn a product; a nonlinear fix-up would learn it."""
    model = train_paraace(data["y"], n_pairs=0, interactions=interactions, fix_up=fix_up, **QUICK | {"epochs": 10})
    rows = torch.tensor(data["y"].rows[:2]).repeat(2, 1)
    rows[2:, :2] = torch.tensor([[rows[0, 0], rows[1, 1]], [rows[1, 0], rows[0, 1]]])
    rows[:, 2:] = rows[0, 2:].clone()
    score = model.double().scores(rows)[0]
    assert abs(float(score[0] + score[1] - score[2] - score[3])) < 1e-9


def test_all_certified_findings_count_however_many_and_a_folder_may_come_from_a_flag(tmp_path, data, learnt):
    from interaction_engine.methods.finite_differences.exact import exact_pairs

    names = [f"x{n}" for n in range(60)]
    many = pd.DataFrame({"feature_1": names, "feature_2": names[1:] + names[:1], "status": "certified"})
    assert len(written(many)) == 60
    assert len(written(many.drop(columns="status"))) == 50
    exact_pairs(learnt("y", "nonlinear"), data["y"], top_k=1, background=50).save(tmp_path / "found")
    assert written((str(tmp_path / "found"),)) == ("a & b",)


def test_a_class_of_three_rows_is_refused():
    frame = table()[["a", "b", "answer"]]
    frame.loc[:2, "answer"] = "maybe"
    with pytest.raises(InputError, match="`maybe` has"):
        train_paraace(read_dataset(frame, target="answer", name="rare"), **PAIR, **QUICK)


def test_a_constant_feature_and_one_of_a_thousand_levels_do_no_harm():
    source = np.random.default_rng(0)
    n = 1200
    frame = pd.DataFrame({"a": source.normal(size=n), "same": 3.0, "many": [f"l{i % 1000}" for i in range(n)]})
    frame["y"] = frame["a"] ** 2
    frame.loc[0, "same"] = 4.0  # a column that never changes is no feature; this one does not in what is learnt from
    data = read_dataset(frame, target="y", kinds={"many": "categorical", "same": "numeric"}, name="wide")
    data = replace(data, split=np.where(np.arange(n) == 0, HELD_OUT, data.split).astype(np.int8))
    few = QUICK | {"epochs": 3, "hidden": (6,), "refits": 2}
    model = train_paraace(data, interactions=("a & same", "a & many"), **few)
    shapes = model.shapes(data)
    assert shapes.identity_error < 1e-5
    assert np.isfinite(shapes.curves[["effect", "lower", "upper"]]).all().all()
    same = shapes.curves[shapes.curves["feature"] == "same"]
    assert same["effect"].abs().max() < 1e-6
    assert shapes.maps.groupby("term").size().max() <= 32 * 32


def test_a_rate_that_is_too_large_is_named(data):
    with pytest.raises(InputError, match="learning_rate"):
        train_paraace(data["y"], **PAIR, **QUICK | {"learning_rate": 1.0, "weight_decay": 10.0, "epochs": 400})


def test_a_detection_is_passed_on_as_an_option(data):
    """Through the catalog, as the library, the command line and a stored run read it."""
    from interaction_engine.methods.registry import method

    found = pd.DataFrame({"feature_1": ["a"], "feature_2": ["b"], "strength": [1.0]})
    options = method("paraace").read_options({"interactions": found})
    assert options["interactions"] == ("a & b",)
    assert json.loads(json.dumps(options))["interactions"] == ["a & b"]
    with pytest.raises(InputError, match="`fix_up` of `paraace`"):
        method("paraace").read_options({"fix_up": "none"})


def test_a_stored_result_is_read_from_its_folder(data, learnt, tmp_path):
    from interaction_engine.methods.finite_differences.exact import exact_pairs

    result = exact_pairs(learnt("y", "nonlinear"), data["y"], top_k=1, background=50)
    result.save(tmp_path / "found")
    assert written(result) == written(tmp_path / "found") == written(str(tmp_path / "found")) == ("a & b",)
