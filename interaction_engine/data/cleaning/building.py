"""Building: from an inspected table and the user's choices to a data set, every problem remedied and recorded."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import pandas as pd

from ...core.errors import InputError
from ...core.types import ColumnRole, Kind, TargetKind
from ..dataset import Dataset
from ..table import Table
from .assembling import MIN_ROWS, assemble
from .inspecting import LOOKS, Problem, find_problems, find_table_problems
from .outcomes import check_target_choices, leave_out_rows, record_left_out
from .remedies import Remedy, apply
from .values import is_date, is_number, usable_values

ROLES = tuple(ColumnRole)

NO_TEXT = ("as_categorical", "as_numeric", "group_levels", "missing_level", "impute_mode", "date_number", "date_parts")
"""Remedies after which a column is no text any more, or another one."""

MAX_PASSES = 5
"""A remedy may bring up another problem (text read as numbers leaves missing values); no chain is longer than this."""


def build_dataset(
    table: Table,
    *,
    target: str | None = None,
    roles: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind | str] | None = None,
    remedies: Sequence[Remedy] = (),
    target_kind: TargetKind | str | None = None,
    target_transform: str = "none",
    name: str | None = None,
) -> Dataset:
    """The data set of a table with its `target`, which may also be given as the role "target".

    `roles` ("feature", "target", "ignored") and `kinds` ("numeric", "categorical", "text") are by column; what is left
    out is proposed by `inspect`. A problem takes that of `remedies` which is one of its own, otherwise its default; a
    column with the role "feature" is not ignored. Rows without an outcome are left out before anything is computed from
    the others; `Dataset.sampling` states how many. Raises `InputError` for unknown columns, roles or kinds, for a
    remedy that fills the target in, for a problem without a default (lines that are no rows, a target without values),
    and where no data set remains.
    """
    roles, kinds = dict(roles or {}), dict(kinds or {})
    _check_choices(table, roles, kinds, remedies)
    target = _known_target(table, target, roles)
    check_target_choices(target, remedies, kinds)
    roles |= {target: ColumnRole.TARGET}
    requested = _requested(table.frame, roles, kinds, remedies)
    settled = [_settle(problem, requested, roles, kinds) for problem in find_table_problems(table)]
    recorded = list(dict.fromkeys([*(remedy for remedy in settled if remedy), *requested]))
    frame, own, left_out = _settle_target(table.frame, target, requested, roles)
    recorded = list(dict.fromkeys([*recorded, *own]))
    frame = apply(frame, [one for one in recorded if one.action != "rename" and one.column != target])
    frame, recorded = _settle_columns(frame, target, recorded, roles, kinds)
    renaming = [remedy for remedy in recorded if remedy.action == "rename"]
    frame = apply(frame, renaming)
    target = next((remedy.value for remedy in renaming if remedy.column == target and remedy.value), target)
    _check_complete(frame)
    features = [column for column in frame.columns if column != target]
    return assemble(
        frame,
        name=name or table.name,
        target=target,
        kinds={column: _kind(frame[column], recorded) for column in features},
        target_kind=target_kind,
        target_transform=target_transform,
        source=table.source,
        sampling=record_left_out(table.sampling, target, left_out, len(table.frame)),
        remedies=tuple(recorded),
    )


def _requested(
    frame: pd.DataFrame, roles: Mapping[str, str], kinds: Mapping[str, str], remedies: Iterable[Remedy]
) -> list[Remedy]:
    """The user's remedies that do not contradict the roles and kinds, and those that roles and kinds amount to."""
    kept = {column for column, role in roles.items() if role != ColumnRole.IGNORED}
    requested = [remedy for remedy in remedies if remedy.action != "ignore_column" or remedy.column not in kept]
    requested = [remedy for remedy in requested if not _overruled(remedy, kinds)] + _remedies_for(frame, kinds)
    return requested + [Remedy(column, "ignore_column") for column, role in roles.items() if role == ColumnRole.IGNORED]


def _settle_target(
    frame: pd.DataFrame, target: str, wanted: Iterable[Remedy], roles: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Remedy], tuple[int, int]]:
    """The rows with an outcome, the remedies of the target, and how many rows were left out (see `leave_out_rows`).

    The target comes first: medians, frequent levels and first dates are those of the rows that are used.
    """
    as_levels = Remedy(target, "as_categorical") in wanted
    problems = find_problems(frame[target], is_target=True, as_levels=as_levels)
    settled = [_settle(problem, wanted, roles, {}) for problem in problems]
    own = [remedy for remedy in (*wanted, *settled) if remedy and remedy.column == target]
    kept, left_out = leave_out_rows(frame, target, own)
    if sum(left_out) and len(kept) < MIN_ROWS:
        raise InputError(
            f"A data set needs at least {MIN_ROWS} rows with an outcome; {len(kept)} of {len(frame):,} have a usable "
            f"`{target}`. Read more rows, or choose another target."
        )
    return kept, own + ([Remedy(target, "drop_rows")] if sum(left_out) else []), left_out


def _settle_columns(
    frame: pd.DataFrame, target: str, recorded: list[Remedy], roles: Mapping[str, str], kinds: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Remedy]]:
    """The frame without problems, and all remedies; a remedy may bring up a problem with a remedy of its own."""
    requested, recorded = tuple(recorded), list(recorded)
    for _ in range(MAX_PASSES):
        settled = [_settle(problem, requested, roles, kinds) for problem in _problems(frame, target, recorded)]
        fresh = [remedy for remedy in settled if remedy and remedy not in recorded]
        if not fresh:
            break
        frame = apply(frame, fresh)
        recorded += fresh
    return frame, recorded


def _problems(frame: pd.DataFrame, target: str, recorded: Iterable[Remedy]) -> list[Problem]:
    requested = {
        action: {remedy.column for remedy in recorded if remedy.action == action}
        for action in ("as_categorical", "split_words")
    }
    return [
        problem
        for column in frame.columns
        for problem in find_problems(
            frame[column],
            is_target=column == target,
            as_levels=column in requested["as_categorical"],
            as_words=column in requested["split_words"],
        )
    ]


def _kind(column: pd.Series, recorded: Iterable[Remedy]) -> Kind:
    """How a clean column is read; it may have been renamed meanwhile."""
    names = {remedy.column: remedy.value for remedy in recorded if remedy.action == "rename" and remedy.value}
    texts = {names.get(one.column, one.column) for one in recorded if one.action == "split_words"}
    if column.name in texts:
        return Kind.TEXT
    return Kind.NUMERIC if is_number(column) else Kind.CATEGORICAL


def _settle(
    problem: Problem, wanted: Iterable[Remedy], roles: Mapping[str, str], kinds: Mapping[str, str]
) -> Remedy | None:
    """What is done about a problem: what the user wants of its remedies, else its default; None to leave it.

    A column is not ignored by default when the user gave it the role "feature", nor when it merely looks like a date or
    an identifier but the user gave it a kind.
    """
    actions = [remedy.action for remedy in problem.remedies]
    for remedy in wanted:
        if remedy.column == problem.column and remedy.action in actions:
            return remedy
    if problem.blocking:
        raise InputError(problem.sentence)
    kept = roles.get(problem.column) == ColumnRole.FEATURE or (problem.column in kinds and problem.code in LOOKS)
    return next((remedy for remedy in problem.remedies if not (kept and remedy.action == "ignore_column")), None)


def _overruled(remedy: Remedy, kinds: Mapping[str, str]) -> bool:
    """Whether a remedy would make a column something else than the kind asked for: a text, or no text."""
    if remedy.column not in kinds:
        return False
    return remedy.action in (NO_TEXT if kinds[remedy.column] == Kind.TEXT else ("split_words",))


def _remedies_for(frame: pd.DataFrame, kinds: Mapping[str, str]) -> list[Remedy]:
    """The remedies that give columns the kinds asked for."""
    remedies = []
    for column, kind in kinds.items():
        if kind != Kind.NUMERIC:
            remedies.append(Remedy(column, "as_categorical" if kind == Kind.CATEGORICAL else "split_words"))
        elif not is_number(frame[column]):
            remedies.append(Remedy(column, "date_number" if is_date(frame[column]) else "as_numeric"))
    return remedies


def _check_choices(
    table: Table, roles: Mapping[str, str], kinds: Mapping[str, str], remedies: Iterable[Remedy]
) -> None:
    for column in (*roles, *kinds, *(remedy.column for remedy in remedies if remedy.column)):
        _check_column(table, column, "choices")
    for column, role in roles.items():
        if role not in ROLES:
            raise InputError(f"The role of `{column}` must be one of {', '.join(ROLES)}; got {role!r}.")
    for column, kind in kinds.items():
        if kind not in tuple(Kind):
            raise InputError(f"The kind of `{column}` must be one of {', '.join(Kind)}; got {kind!r}.")


def _known_target(table: Table, target: str | None, roles: Mapping[str, str]) -> str:
    named = [column for column, role in roles.items() if role == ColumnRole.TARGET]
    if target is not None:
        _check_column(table, target, "target")
        named = [target, *(column for column in named if column != target)]
    if len(named) != 1:
        received = f"got {', '.join(f'`{column}`' for column in named)}" if named else "none was given"
        columns = ", ".join(f"`{column}`" for column in table.names[-5:])
        raise InputError(
            f"`target` must name the one column to be predicted; {received}. The last columns are {columns}."
        )
    return named[0]


def _check_column(table: Table, column: str, purpose: str) -> None:
    if column not in table.names:
        near = get_close_matches(column, table.names, n=3, cutoff=0.4) or table.names[:5]
        listed = ", ".join(f"`{name}`" for name in near)
        what = "The target" if purpose == "target" else "A column"
        raise InputError(f"{what} `{column}` is not in the table `{table.name}`; did you mean {listed}?")


def _check_complete(frame: pd.DataFrame) -> None:
    for column in frame.columns:
        if n_left := int((~usable_values(frame[column])).sum()):
            raise InputError(
                f"`{column}` still has {n_left:,} missing or infinite values; choose a remedy or ignore the column."
            )
