"""Sets of features as people write them: `a & b`, or the findings of a detection."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ...core.errors import InputError
from ...core.result import Result
from ...core.status import BayesianStatus, PatternStatus, RaceStatus, RankStatus
from ...core.types import FeatureSpace
from ..results import load_result

JOINER = " & "
"""Between the features of an interaction, where it is written as one name."""

STRONGEST = 50
"""Sets taken of a table of findings at most."""

CHOSEN = (RaceStatus.CERTIFIED, BayesianStatus.SIGNIFICANT, PatternStatus.SALIENT)
"""Words that single sets out from the others of a table; where none has one, the strongest are taken."""

Sets = tuple[tuple[int, ...], ...]
"""Places of the features of each interaction."""


def written(given: Any) -> Any:
    """Interactions of any form as the names that stand in a specification: `a & b`.

    Takes a result of a detection or its folder, a table with the columns `features`, or `feature_1` and `feature_2`, or
    a list of sets of names. Of findings, those that are certified, significant or salient count, else the first
    ones; 50 at most. Raises `InputError` for findings that failed the check of their method.
    """
    named: Any = given[0] if isinstance(given, tuple) and len(given) == 1 else given  # a flag is read as a list
    if isinstance(named, Path) or (isinstance(named, str) and _is_result(named)):
        given = load_result(named)
    if isinstance(given, Result):
        given = given.to_frame()
    if isinstance(given, pd.DataFrame):
        given = _of_table(given)
    if given is None or isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        return given
    return tuple(one if isinstance(one, str) else JOINER.join(_ordered(one)) for one in given)


def sets_of(space: FeatureSpace, interactions: Iterable[str]) -> Sets:
    """The features of interactions written as `a & b`, each set once, in the order given.

    Raises `InputError` for no interaction at all, an unknown feature, and a set of fewer than two.
    """
    result: dict[frozenset[int], tuple[int, ...]] = {}
    for one in interactions:
        places = tuple(sorted({space.index(name.strip()) for name in _split(space, one)}))
        if len(places) < 2:
            raise InputError(
                f"An interaction needs at least two different features, joined by ` & `; got `{one}`. "
                "Every single feature has a curve already."
            )
        result.setdefault(frozenset(places), places)
    if not result:
        raise InputError(
            "`interactions` needs at least one set of features, such as `a & b`; got none. Leave it out to have them "
            "detected, or set `n_pairs=0` for curves alone."
        )
    return tuple(result.values())


def given_sets(space: FeatureSpace, interactions: Iterable[str], n_pairs: int | None) -> Sets:
    """The first `n_pairs` of the interactions given (None: all); with 0, none need be given. Raises as `sets_of`."""
    written = tuple(interactions)
    return sets_of(space, written)[:n_pairs] if written or n_pairs != 0 else ()


def _is_result(name: str) -> bool:
    return JOINER not in name and (Path(name) / "result.json").exists()


def _of_table(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """The sets of a table of findings, strongest first."""
    certified = "status" in table.columns and (table["status"] == RaceStatus.CERTIFIED).any()
    if "status" in table.columns:
        table = _worth_taking(table)
    if {"feature_1", "feature_2"} <= set(table.columns):
        sets = list(zip(table["feature_1"], table["feature_2"], strict=True))
    elif "features" in table.columns:
        sets = [tuple(names) for names in table["features"] if len(names) > 1]
    else:
        raise InputError(
            "A table of interactions needs the columns `feature_1` and `feature_2`, or `features`; "
            f"got {', '.join(f'`{name}`' for name in list(table.columns)[:6])}."
        )
    return sets if certified else sets[:STRONGEST]


def _worth_taking(table: pd.DataFrame) -> pd.DataFrame:
    """The rows whose status singles them out, else all; `InputError` where they failed the check of their method."""
    if len(table) and (table["status"] == RankStatus.UNRELIABLE).all():
        raise InputError(
            "`interactions` needs findings that can be relied on; these are unreliable: the method's own check of its "
            "figures failed. Run it again with more `nodes`, or a smaller `beta`."
        )
    table = table[table["status"] != RankStatus.UNRELIABLE]
    chosen = table["status"].isin([status.value for status in CHOSEN])
    return table[chosen] if chosen.any() else table


def _ordered(names: Any) -> list[str]:
    """The names of a set, in an order that does not change from process to process."""
    return sorted(map(str, names)) if isinstance(names, set | frozenset) else list(map(str, names))


def _split(space: FeatureSpace, written: str) -> list[str]:
    """The names in `a & b`; a feature of that very name is one feature."""
    return [written] if written in space.names else written.split(JOINER)
