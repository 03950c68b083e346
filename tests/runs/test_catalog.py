"""Signatures define options, and every method file is registered."""

import ast
import inspect
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

import interaction_engine
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Capability
from interaction_engine.methods.registry import CONTEXT, METHODS, method, of_role


def _asked_for(one) -> list[str]:
    """The options without a default."""
    return [name for name, field in one.options.model_fields.items() if field.is_required()]


every_method = pytest.mark.parametrize("one", METHODS.values(), ids=METHODS)


@every_method
def test_every_option_has_a_title_and_a_default_or_is_asked_for(one):
    for name, field in one.options.model_fields.items():
        assert isinstance(field, FieldInfo)
        assert field.title, f"`{name}` of `{one.name}` needs a title"
    required = _asked_for(one)
    three = ["feature_1", "feature_2", "feature_3"]
    asked_for = {"pair_effect": three[:2], "triple_effect": three, "edit": ["edits"]}
    assert required == asked_for.get(one.name, [])


@pytest.mark.parametrize("one", [one for one in METHODS.values() if not _asked_for(one)], ids=lambda one: one.name)
def test_defaults_are_allowed_where_they_are_given(one):
    """A form gives back the defaults that it shows."""
    given = {name: field.default for name, field in one.options.model_fields.items()}
    assert one.read_options(given) == one.read_options({})


DEMANDING = [one for one in METHODS.values() if one.needs - {Capability.QUERIES}]


@pytest.mark.parametrize("one", DEMANDING, ids=lambda one: one.name)
def test_a_model_that_lacks_what_a_method_needs_is_refused_in_words(one, dataset):
    model = interaction_engine.wrap(lambda rows: rows[:, 0], dataset)
    with pytest.raises(InputError, match=f"^`{one.name}` needs a .*; `.*` is none. Choose another model, or a method"):
        one.check(model)


@every_method
def test_options_are_exactly_the_keyword_parameters(one):
    parameters = inspect.signature(one.function).parameters
    keywords = {name for name, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY}
    assert set(one.options.model_fields) == keywords - CONTEXT
    assert "seed" in keywords or one.name in ("shapes", "edit", "export"), "what a model is, is no matter of chance"
    assert keywords >= CONTEXT
    assert one.function.__doc__


@every_method
def test_a_part_takes_what_its_method_takes_and_an_index(one):
    if one.part_function is not None:
        inspect.signature(one.part_function).bind(
            "model", "data", index=0, **dict.fromkeys([*one.options.model_fields, *CONTEXT])
        )


@every_method
def test_a_plan_takes_options_of_its_method_and_has_all_that_it_needs(one):
    if one.plan is None:
        with pytest.raises(InputError, match=f"What `{one.name}` will cost is not known before it runs"):
            one.cost()
        return
    given = dict.fromkeys([*one.options.model_fields, *CONTEXT])
    subjects = ("data",) if one.role == "trainer" else ("model", "data")
    taken = inspect.signature(one.plan_function).bind(*subjects, **one.planned(given)).arguments
    assert len(taken) > len(subjects), "a cost depends on some option"


def test_every_detector_of_pairs_tells_its_cost_before():
    assert {one.name for one in of_role("detector") if one.plan is None} == {"dynamics"}


def test_every_public_method_of_a_detector_file_is_registered():
    folder = Path(interaction_engine.__file__).parent / "methods"
    registered = {
        made.__name__
        for one in METHODS.values()
        for made in (one.function, one.part_function, one.plan_function)
        if made
    }
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = {argument.arg for argument in node.args.kwonlyargs} if isinstance(node, ast.FunctionDef) else set()
            if names >= CONTEXT:
                assert node.name in registered, f"{path.name}: register `{node.name}`"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"top_k": 0}, "`top_k` of `ucb`"),
        ({"top_k": "many"}, "`top_k` of `ucb`"),
        ({"step": -1}, "`step`"),
        ({"step": float("nan")}, "`step`"),
        ({"bound": "hoeffding"}, "'betting', 'bernstein' or 'subgaussian'"),
        ({"scheme": None}, "`scheme`"),
        ({"depth": 3}, "`depth` is no option of `ucb`"),
        ({"level": 1.0}, "`level`"),
        ({"budget": 0}, "`budget`"),
    ],
)
def test_options_out_of_range_are_named(options, says):
    with pytest.raises(InputError, match=says):
        method("ucb").read_options(options)


def test_options_are_completed_by_their_defaults():
    options = method("ucb").read_options({"top_k": 5})
    assert options["top_k"] == 5
    assert options["bound"] == "betting"
    assert options["seed"] == 0


def test_an_unknown_method_names_those_there_are():
    with pytest.raises(InputError, match="`ucb`"):
        method("ubc", "detector")
    with pytest.raises(InputError, match="`ensemble`"):
        method("ucb", "trainer")


def test_roles_divide_the_catalog():
    roles = ("detector", "trainer", "view", "study", "editor")
    assert [one.name for one in of_role(*roles)] == [one.name for role in roles for one in of_role(role)]
    assert {one.name for one in of_role(*roles)} == set(METHODS)
