"""Every option of a signature gets a widget that returns a value the method accepts."""

from typing import Annotated, Literal

from pydantic import Field
from streamlit.testing.v1 import AppTest


def method():
    from interaction_engine.methods.registry import Method, Role

    def probe(
        model,
        data,
        *,
        count: Annotated[int, Field(ge=1, le=9, title="How many", description="At most nine.")] = 3,
        limit: Annotated[int | None, Field(ge=1, title="Limit")] = None,
        rate: Annotated[float, Field(gt=0, title="Rate")] = 1e-3,
        choice: Literal["first", "second"] = "first",
        cross: bool = True,
        hidden: Annotated[tuple[int, ...], Field(title="Layers")] = (400, 400),
        seed: Annotated[int, Field(ge=0, title="Seed")] = 0,
        players: Annotated[tuple[str, ...] | None, Field(title="Players")] = None,
        words: Annotated[tuple[str, ...], Field(title="Words")] = ("a, b",),
        mixed: Annotated[Literal["mean", "zero"] | int | tuple[float | str, ...], Field(title="Mixed")] = "mean",
    ): ...

    return Method(
        name="probe",
        title="Probe",
        label="Probe",
        summary="",
        source="",
        role=Role.DETECTOR,
        family="pairs",
        path=probe,
    )


def script():
    import streamlit as st

    from dashboard.components.forms import options_form
    from tests.dashboard.test_forms import method

    st.session_state["values"] = options_form(method(), names=("x1", "x, 2"))


def drawn():
    at = AppTest.from_function(script, default_timeout=60).run()
    assert not at.exception
    return at


def test_defaults_come_from_the_signature():
    at = drawn()
    expected = {
        "count": 3,
        "limit": None,
        "rate": 1e-3,
        "choice": "first",
        "cross": True,
        "hidden": (400, 400),
        "seed": 0,
        "players": None,
        "words": ("a, b",),
        "mixed": "mean",
    }
    assert at.session_state["values"] == expected
    assert method().read_options(at.session_state["values"]) == expected


def test_titles_help_and_limits():
    count = drawn().number_input(key="option/probe/count")
    assert (count.label, count.help, count.min, count.max) == ("How many", "At most nine\\.", 1, 9)


def test_changed_values_are_returned():
    at = drawn()
    at.number_input(key="option/probe/count").set_value(7)
    at.selectbox(key="option/probe/choice").set_value("second")
    at.text_input(key="option/probe/hidden").set_value("64; 32").run()
    values = at.session_state["values"]
    assert (values["count"], values["choice"], values["hidden"]) == (7, "second", (64, 32))


def test_names_are_chosen_or_typed():
    at = drawn()
    players = at.multiselect(key="option/probe/players")
    assert players.options == ["x1", "x, 2"]
    players.set_value(["x, 2", "x1 & x3"]).run()
    assert method().read_options(at.session_state["values"])["players"] == ("x, 2", "x1 & x3")


def test_unreadable_layers_reach_the_method_which_explains():
    import pytest

    from interaction_engine.core.errors import InputError

    at = drawn()
    at.text_input(key="option/probe/hidden").set_value("many").run()
    with pytest.raises(InputError, match="hidden"):
        method().read_options(at.session_state["values"])


def paraace_script():
    import streamlit as st

    from dashboard.components.forms import options_form
    from interaction_engine.methods.registry import method

    st.session_state["values"] = options_form(method("paraace"))


def test_an_empty_number_is_none_and_zero_is_zero():
    """Pairs of ParaACE: empty is as many as usual, 0 is curves alone."""
    from interaction_engine.methods.registry import method

    at = AppTest.from_function(paraace_script, default_timeout=60).run()
    for typed in (None, 0, 3, None):
        at.number_input(key="option/paraace/n_pairs").set_value(typed).run()
        assert not at.exception
        options = method("paraace").read_options(at.session_state["values"])
        assert (options["n_pairs"], options["interactions"]) == (typed, None)
        assert type(options["n_pairs"]) is type(typed)
