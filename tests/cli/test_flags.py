"""Flags are the options of a method, drawn from its signature."""

import pytest

import interaction_engine as ie
from interaction_engine.cli import commands as cli
from interaction_engine.cli import flags
from interaction_engine.methods.registry import METHODS
from tests.cli.commands import COMMAND_OF, OFFERED


@pytest.mark.parametrize("method", OFFERED, ids=lambda method: method.name)
def test_every_option_is_a_flag_of_the_command(method, capsys):
    assert cli.main([COMMAND_OF[method.role], method.name, "--help"]) == 0
    text = capsys.readouterr().out
    words = {word.rstrip(",") for word in text.split()}
    assert {flags.flag(name) for name in method.options.model_fields} <= words


@pytest.mark.parametrize("method", OFFERED, ids=lambda method: method.name)
def test_a_default_typed_as_a_flag_is_the_default(method):
    parser = cli.Parser()
    flags.add_flags(parser, method)
    typed = []
    for name, field in method.options.model_fields.items():
        if isinstance(field.default, bool):
            typed.append(flags.flag(name) if field.default else flags.flag(f"no_{name}"))
        else:
            typed += [flags.flag(name), flags.shown(field.default)]
    given = flags.given_flags(parser.parse_args(typed), method)
    assert set(given) == set(method.options.model_fields)
    assert method.read_options(given) == method.read_options({})


def test_flags_left_out_are_not_given():
    parser = cli.Parser()
    flags.add_flags(parser, METHODS["ucb"])
    assert flags.given_flags(parser.parse_args(["--top-k", "7"]), METHODS["ucb"]) == {"top_k": "7"}


@pytest.mark.parametrize(
    ("annotation", "takes"),
    [
        (int, "N"),
        (float | None, "X|none"),
        (tuple[int, ...], "N,..."),
        (ie.Compute, "TEXT"),
    ],
)
def test_what_a_flag_takes(annotation, takes):
    assert flags.expects(annotation) == takes


@pytest.mark.parametrize(
    ("typed", "n_pairs", "interactions"),
    [
        ([], None, None),
        (["--n-pairs", "0"], 0, None),
        (["--n-pairs", "none", "--interactions", "none"], None, None),
        (["--n-pairs", "0", "--interactions", "a & b,c & d"], 0, ("a & b", "c & d")),
        (["--n-pairs", "3", "--interactions", "a & b"], 3, ("a & b",)),
        (["--n-pairs", "0", "--interactions", ""], 0, ()),
    ],
)
def test_no_pairs_are_not_the_usual_pairs(typed, n_pairs, interactions):
    parser, paraace = cli.Parser(), METHODS["paraace"]
    flags.add_flags(parser, paraace)
    options = paraace.read_options(flags.given_flags(parser.parse_args(typed), paraace))
    assert (options["n_pairs"], options["interactions"]) == (n_pairs, interactions)
    assert type(options["n_pairs"]) is type(n_pairs)
