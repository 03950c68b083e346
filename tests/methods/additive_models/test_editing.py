"""Edited models: the curve that is drawn is the one that is computed, and everything else stays as it was."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Capability, Model, TargetKind
from interaction_engine.data.encoding import encode
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.editing import edit_shapes
from interaction_engine.methods.additive_models.gam import train_gam, train_linear
from interaction_engine.methods.additive_models.pieces import purified, term_model
from interaction_engine.models.additive.editing.edited import Edited
from interaction_engine.models.additive.editing.edits import Edit
from interaction_engine.models.additive.network import AdditiveNetwork, initial_subnets
from interaction_engine.models.additive.paraace import FixUp, ParaAce
from interaction_engine.models.additive.terms import TermModel
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.models.networks.mlp import TrainingRecord
from tests.methods.additive_models.test_terms import data_of, random_terms

pytestmark = pytest.mark.slow

KINDS = ("network", "fix-up", "tables")
TARGETS = ("y", "answer", "tier")
CLIP = Edit(("a",), "clip", low=-0.05, high=0.1)
FLAT = Edit(("c",), "flatten", levels=("low", "top"))
RISING = Edit(("b",), "monotone", direction="increasing")
PAIR_OFF = Edit(("a", "b"), "off")


@pytest.fixture(scope="module")
def datasets():
    return {target: data_of(target) for target in TARGETS}


def made(kind: str, data, seed: int = 0) -> AdditiveNetwork | ParaAce | TermModel:
    """A small untrained model with terms of one, two and three features."""
    n_outputs = 3 if data.target.kind is TargetKind.MULTICLASS else 1
    if kind == "tables":
        curves, maps, intercept = random_terms(data, 1, n_outputs, seed)
        level = np.random.default_rng(9).normal(size=(1, 3, n_outputs))
        curves.append(type(curves[0]).steps(3, np.array([0.5, 1.5]), level))
        pure = purified(curves, maps, intercept, data.rows[data.train_rows])
        return term_model(data, *pure[:2], pure[2][0], "terms", "none", TrainingRecord((), (), (), 0, 0.0))
    members = ((0,), (1,), (3,), (0, 1), (0, 3), (0, 1, 3))
    outputs = 1 if kind == "fix-up" else n_outputs
    anchors = encode(data.space, torch.from_numpy(data.rows.copy()))
    source = np.random.default_rng(seed)
    subnets = initial_subnets(data.space, members, (6, 4), outputs, "gelu", anchors, source)
    draw = torch.Generator().manual_seed(seed)
    if kind == "network":
        intercept = torch.randn(n_outputs, generator=draw)
        return AdditiveNetwork(data.space, data.target, subnets, intercept, scale=2.0, shift=0.5)
    n, units = len(members), 5
    shapes = ((units, n), (n, units), (n_outputs, n))
    weights = tuple(torch.randn(shape, generator=draw) for shape in shapes)
    fix_up = FixUp(weights, tuple(torch.randn(shape[0], generator=draw) for shape in shapes))
    return ParaAce(data.space, data.target, subnets, fix_up, scale=2.0, shift=0.5)


def rows_of(data) -> torch.Tensor:
    return torch.tensor(data.rows)


def scores(model, rows) -> np.ndarray:
    return getattr(model, "double", lambda: model)().scores(rows)[0].double().numpy()


def drawn(shapes, *features: str) -> pd.DataFrame:
    return shapes.curve(int(shapes.table.loc[shapes.table["features"] == features, "term"].iloc[0]))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_terms_that_are_drawn_add_up_to_the_score(kind, target, datasets):
    data = datasets[target]
    edited = edit_shapes(made(kind, data), data, edits=(CLIP, FLAT, RISING, PAIR_OFF))
    assert isinstance(edited, Model)
    shapes = edited.shapes(data)
    assert shapes.identity_error < 1e-9
    assert ("a", "b") not in set(shapes.table["features"])
    elsewhere = rows_of(data).clone()
    elsewhere[:, :2] = 6 * elsewhere[:, :2].flip(0)
    added = edited.contributions(elsewhere).sum(1) + edited.intercept
    np.testing.assert_allclose(edited.double().head(added).numpy(), scores(edited, elsewhere), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_edited_term_changes_and_by_new_less_old(kind, datasets):
    data = datasets["y"]
    model = made(kind, data)
    edited = edit_shapes(model, data, edits=(CLIP,))
    before, after = model.shapes(data), edited.shapes(data)
    for features in (("b",), ("c",)):
        np.testing.assert_allclose(drawn(after, *features)["effect"], drawn(before, *features)["effect"], atol=1e-9)
    old, new = drawn(before, "a"), drawn(after, "a")
    np.testing.assert_allclose(new["effect"], old["effect"].clip(-0.05, 0.1), atol=1e-9)
    rows = rows_of(data)
    rows[:, 0] = torch.from_numpy(np.random.default_rng(1).choice(old["value"], len(rows)))
    moved = np.interp(rows[:, 0], new["value"], new["effect"]) - np.interp(rows[:, 0], old["value"], old["effect"])
    np.testing.assert_allclose(scores(edited, rows) - scores(model, rows), moved, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_obeys_the_edit_everywhere(kind, datasets):
    data = datasets["y"]
    curve = drawn(made(kind, data).shapes(data), "a")
    sign = 1 if np.corrcoef(curve["value"], curve["effect"])[0, 1] > 0 else -1
    rising = Edit(("a",), "monotone", direction="increasing" if sign > 0 else "decreasing")
    lone = tuple(Edit(one, "off") for one in (("a", "b"), ("a", "c"), ("a", "b", "c"), tuple(data.space.names)))
    present = {tuple(data.space.names[place] for place in one) for one in _members(made(kind, data), data)}
    edited = edit_shapes(made(kind, data), data, edits=(rising, *(one for one in lone if one.features in present)))
    rows = torch.from_numpy(np.tile(data.median(), (500, 1)))
    rows[:, 0] = torch.linspace(-6, 6, 500)
    assert (sign * np.diff(scores(edited, rows))).min() > -1e-9
    assert np.ptp(scores(edited, rows)) > 0.01


def _members(model, data):
    return model.members if isinstance(model, TermModel) else model.terms(data).members


@pytest.mark.parametrize("target", ["answer", "tier"])
@pytest.mark.parametrize("index", [0, 1])
def test_the_curve_of_the_class_that_is_scored_is_edited(target, index, datasets):
    data = datasets[target]
    model = made("network", data).for_class(index)
    edited = edit_shapes(model, data, edits=(CLIP,))
    assert edited.edits[0].class_index == index
    curve = drawn(edited.shapes(data), "a")
    assert (curve["effect"].min(), curve["effect"].max()) == pytest.approx((-0.05, 0.1))
    if target == "tier":
        rows = rows_of(data)
        rows[:, 0] = torch.from_numpy(np.resize(curve["value"], len(rows)))
        mean = [one.contributions(rows).mean(-1) for one in (edited, model.terms(data))]
        torch.testing.assert_close(*mean)  # the others make up for the change


@pytest.mark.parametrize("kind", KINDS)
def test_a_term_that_is_off_adds_nothing(kind, datasets):
    data = datasets["y"]
    model = made(kind, data)
    edited = edit_shapes(model, data, edits=(PAIR_OFF, Edit(("c",), "off")))
    terms = model if isinstance(model, TermModel) else model.terms(data)
    gone = [place for place, one in enumerate(terms.members) if one in ((0, 1), (3,))]
    lost = terms.contributions(rows_of(data))[:, gone].sum(1)[:, 0].numpy()
    np.testing.assert_allclose(scores(model, rows_of(data)) - scores(edited, rows_of(data)), lost, atol=1e-9)


def test_the_fix_up_can_be_switched_off(datasets):
    data = datasets["y"]
    model = made("fix-up", data)
    edited = edit_shapes(model, data, edits=(Edit(data.space.names, "off"), CLIP))
    shapes = edited.shapes(data)
    assert shapes.exact
    assert shapes.table["order"].max() == 3
    assert model.shapes(data).link == "fix-up"


def test_edits_follow_one_another_and_refer_to_the_unedited_model(datasets):
    data = datasets["y"]
    model = made("network", data)
    smooth = Edit(("a",), "smooth", strength=0.5)
    once = edit_shapes(edit_shapes(model, data, edits=(CLIP,)), data, edits=(smooth, RISING))
    together = edit_shapes(model, data, edits=(CLIP, smooth, RISING))
    assert once.edits == together.edits
    assert once.base is model
    assert torch.equal(once.scores(rows_of(data)), together.scores(rows_of(data)))
    other = edit_shapes(model, data, edits=(smooth, CLIP))
    assert not torch.equal(other.scores(rows_of(data)), once.scores(rows_of(data)))


@pytest.mark.parametrize("kind", ["network", "fix-up"])
def test_gradients_are_those_of_the_score(kind, datasets):
    data = datasets["answer"]
    edited = edit_shapes(made(kind, data), data, edits=(CLIP, FLAT, PAIR_OFF)).double()
    assert Capability.GRADIENTS in edited.capabilities
    edited.scores(rows_of(data))  # what is made while nothing is differentiated must not stay
    inner = rows_of(data)[:40]
    encoded = encode(data.space, inner, torch.float64).requires_grad_()
    value = edited.score_encoded(encoded)
    np.testing.assert_allclose(value[0].detach().numpy(), scores(edited, inner), atol=1e-12)
    (slope,) = torch.autograd.grad(value.sum(), encoded, create_graph=True)
    step = 1e-6
    for column in range(encoded.shape[1]):
        moved = torch.zeros_like(encoded)
        moved[:, column] = step
        with torch.no_grad():
            both = (edited.score_encoded(encoded + moved) - edited.score_encoded(encoded - moved)) / (2 * step)
        agrees = torch.isclose(both[0], slope[:, column], atol=1e-5)
        assert agrees.double().mean() > 0.9  # at a kink the two differ


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["y", "tier"])
def test_an_edited_model_survives_saving(kind, target, datasets, tmp_path):
    data = datasets[target]
    edited = edit_shapes(made(kind, data), data, edits=(CLIP, FLAT, PAIR_OFF))
    weights, card = save_network(edited, tmp_path / "edited")
    again = load_network(weights)
    card.unlink()
    for one in (again, load_network(weights)):
        assert isinstance(one, Edited)
        assert one.edits == edited.edits
        np.testing.assert_allclose(scores(one, rows_of(data)), scores(edited, rows_of(data)), atol=1e-12)
        assert one.n_parameters == edited.n_parameters
        pd.testing.assert_frame_equal(one.shapes(data).curves, edited.shapes(data).curves)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_brought_to_a_table_with_other_columns_around(kind, datasets, tmp_path):
    data = datasets["y"]
    edits = (CLIP, FLAT, PAIR_OFF, *([Edit(data.space.names, "off")] if kind == "fix-up" else []))
    edited = edit_shapes(made(kind, data), data, edits=edits)
    weights, _ = save_network(edited, tmp_path / "edited")
    frame = data.frame.assign(more=np.arange(float(len(data))))[["more", "c", "d", "b", "a", "y"]]
    wider = read_dataset(frame, target="y", name="wider", roles={"more": "feature"})
    again = load_model(weights, wider)
    np.testing.assert_allclose(again.predict(frame), edited.predict(data.frame), rtol=1e-5, atol=1e-6)
    assert again.shapes(wider).identity_error < 1e-9


def test_broken_files_are_refused(datasets, tmp_path):
    import json

    from safetensors.torch import load_file, save_file

    data = datasets["y"]
    weights, card = save_network(edit_shapes(made("network", data), data, edits=(CLIP,)), tmp_path / "edited")
    text, tensors = card.read_text(), load_file(weights)
    changes = [
        ({"members": [[0], [99]]}, "features that it does not have"),
        ({"members": [[0]]}, "not those of its base|must be float64"),
        ({"edits": []}, "a curve for each term"),
        ({"edits": [{"features": ["a"], "kind": "clip"}]}, "needs `low`"),
        ({"knots": [3]}, "knots"),
        ({"base": {}}, "cannot be read"),
    ]
    for change, says in changes:
        card.write_text(json.dumps(json.loads(text) | change))
        with pytest.raises(InputError, match=says):
            load_network(weights)
    card.write_text(text)
    for name, tensor, says in (
        ("curve.0.points", tensors["curve.0.points"].flip(0), "must ascend"),
        ("move.0.sources", tensors["move.0.sources"] + 99, "leads nowhere"),
        ("pure.means", tensors["pure.means"] * np.nan, "NaN"),
    ):
        save_file(tensors | {name: tensor}, weights)
        with pytest.raises(InputError, match=says):
            load_network(weights)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Edit(("d",), "clip", low=0.0), "no term of `d`"),
        (Edit(("a", "d"), "off"), "no term of `a` and `d`"),
        (Edit(("nothing",), "off"), "no feature `nothing`"),
        (Edit(("c",), "smooth", strength=0.2), "`c` is a category"),
    ],
)
def test_what_cannot_be_edited_is_named(edit, says, datasets):
    data = datasets["y"]
    with pytest.raises(InputError, match=says):
        edit_shapes(made("network", data), data, edits=(CLIP, edit))


def test_a_model_that_is_no_sum_of_terms_is_refused(datasets):
    from interaction_engine.models.adapters.wrapping import wrap

    data = datasets["y"]
    with pytest.raises(InputError, match="no sum of terms"):
        edit_shapes(wrap(lambda frame: frame["a"].to_numpy(), data, takes="frame"), data, edits=(CLIP,))


def test_a_trained_curve_is_edited_in_its_own_unit(datasets):
    data = datasets["y"]
    line = train_linear(data, bags=0)
    edited = edit_shapes(line, data, edits=(Edit(("b",), "clip", high=0.0), Edit(("d",), "off")))
    assert drawn(edited.shapes(data), "b")["effect"].max() == 0.0
    assert edited.shapes(data).metric_value < line.shapes(data).metric_value
    smooth = edit_shapes(train_gam(data, bags=0), data, edits=(Edit(("a",), "smooth", strength=0.01),))
    assert smooth.shapes(data).metric_value == pytest.approx(
        train_gam(data, bags=0).shapes(data).metric_value, abs=0.01
    )


def test_it_computes_on_the_device_of_its_base(datasets):
    data = datasets["y"]
    edited = edit_shapes(made("network", data), data, edits=(CLIP,))
    assert edited.to("cpu").device.type == "cpu"
    assert edited.row_bytes > edited.base.row_bytes
    assert replace(edited, edits=(CLIP, PAIR_OFF)).off != edited.off


def test_curves_that_were_left_alone_keep_their_bands(datasets):
    data = datasets["y"]
    spline = train_gam(data, bags=3)
    shapes = edit_shapes(spline, data, edits=(CLIP, Edit(("d",), "off"))).shapes(data)
    assert shapes.interval == spline.interval
    assert drawn(shapes, "a")["lower"].isna().all()
    kept = drawn(spline.shapes(data), "b")
    np.testing.assert_allclose(drawn(shapes, "b")["lower"], kept["lower"])
    assert (kept["upper"] > kept["lower"]).all()
