"""Who plays: groups, features that do not play, and players that are proposed."""

import pytest

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.masking.players import named_players
from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.models.adapters.wrapping import wrap
from tests.methods.and_or.made_games import EXACT, game, patterns
from tests.oracles import numeric_dataset


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
