"""A table on its way to becoming data: where it came from and what the user decided, stored at every step."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.state.state import atlas
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import ColumnRole
from interaction_engine.data.cleaning.building import build_dataset
from interaction_engine.data.cleaning.inspecting import ColumnReport, Inspection, Problem, inspect
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.io.reading import open_table
from interaction_engine.data.table import Table
from interaction_engine.runs.specification import checked_id, identify


@dataclass(frozen=True)
class Draft:
    """A table's origin (an `upload` of the store, or a `path` on the server), how to read it, and the user's choices.

    `roles`, `kinds` and `remedies` (column and code of a problem to the action chosen) hold only what the user decided.
    """

    name: str
    upload: str | None = None
    path: str | None = None
    reading: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    target_kind: str | None = None
    target_transform: str = "none"
    roles: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    remedies: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same for the same origin: opening a file again finds the choices made before."""
        return identify(f"{self.upload}/{self.path}/{self.name}".encode())

    def remedy(self, problem: Problem) -> Remedy | None:
        """What is to be done about a problem: the user's choice, else the default; None where there is none.

        A choice that is not offered, as one made while the column had another role, does not count.
        """
        offered = self.offered(problem)
        chosen = next((one for one in offered if one.action == self.remedies.get(key_of(problem))), None)
        return chosen or (None if problem.blocking or not offered else offered[0])

    def offered(self, problem: Problem) -> list[Remedy]:
        """The remedies to choose from: a column that the user gave the role "feature" is not ignored."""
        kept = self.roles.get(problem.column) == ColumnRole.FEATURE
        return [one for one in problem.remedies if not (kept and one.action == "ignore_column")]

    def role(self, report: ColumnReport, target: str) -> str:
        """The role of a column under the user's choices: as chosen, ignored by a remedy, or a feature."""
        if report.name == target:
            return ColumnRole.TARGET
        if (chosen := self.roles.get(report.name)) in (ColumnRole.FEATURE, ColumnRole.IGNORED):
            return str(chosen)
        settled = [self.remedy(problem) for problem in report.problems]
        ignored = any(one and one.action == "ignore_column" for one in settled)
        return ColumnRole.IGNORED if ignored else ColumnRole.FEATURE


def key_of(problem: Problem) -> str:
    """A problem's own key among the choices of a draft."""
    return f"{problem.code}/{problem.column}"


def keep(draft: Draft, **changes: Any) -> Draft:
    """The draft with changes, stored."""
    draft = replace(draft, **changes)
    _write(draft.id, draft)
    return draft


def stored(identifier: str) -> Draft:
    """The draft of an id, or the one that data of this id were made from; `InputError` when there is none here."""
    content = atlas().store.files.read(_place(identifier))
    if content is None:
        raise InputError("This table is not stored here any more; open it again.")
    return Draft(**json.loads(content))


def known(identifier: str) -> Draft:
    """The draft that data of this id were made from, brought back for more changes."""
    return keep(stored(identifier))


def is_stored(identifier: str) -> bool:
    """Whether there is a draft of this id."""
    return atlas().store.files.exists(_place(identifier))


def opened(draft: Draft) -> Draft:
    """A newly opened table: read once to see that it can be, with the choices that were made for it before."""
    table_of(draft)
    return stored(draft.id) if is_stored(draft.id) and not draft.reading else keep(draft)


def table_of(draft: Draft) -> Table:
    """The table as it was read."""
    file = atlas().store.upload(draft.upload)[0] if draft.upload else Path(str(draft.path)).expanduser()
    stamp = file.stat().st_mtime if file.exists() else 0.0
    return _table(str(file), draft.name, json.dumps(dict(draft.reading), sort_keys=True), stamp)


def inspection_of(draft: Draft) -> Inspection:
    """What its columns hold and what is wrong with them, under the user's choices so far."""
    roles = {column: role for column, role in draft.roles.items() if role != ColumnRole.TARGET}
    table = table_of(draft)
    key = draft.id + json.dumps(dict(draft.reading))
    return _inspection(table, key, draft.target, json.dumps(roles, sort_keys=True))


def build(draft: Draft) -> str:
    """Make the data set, store it and what it was made from; returns its id."""
    result = inspection_of(draft)
    remedies = [remedy for problem in result.problems if (remedy := draft.remedy(problem))]
    target = draft.target or result.suggested_target
    roles = {column.name: draft.role(column, target) for column in result.columns}
    data: Dataset = build_dataset(
        table_of(draft),
        target=target,
        roles={name: role for name, role in draft.roles.items() if name != target and role != ColumnRole.TARGET},
        kinds={name: kind for name, kind in draft.kinds.items() if roles.get(name) != ColumnRole.IGNORED},
        remedies=remedies,
        target_kind=draft.target_kind,
        target_transform=draft.target_transform,
    )
    identifier = atlas().store.put_dataset(data)
    _write(identifier, keep(draft, target=target))
    return identifier


def _write(identifier: str, draft: Draft) -> None:
    atlas().store.files.write(_place(identifier), json.dumps(asdict(draft)).encode())


def _place(identifier: str) -> str:
    return f"drafts/{checked_id(identifier, 'table')}.json"


@st.cache_resource(show_spinner="Reading the table", max_entries=3)
def _table(file: str, name: str, reading: str, stamp: float) -> Table:
    return open_table(file, name=name, **json.loads(reading))


@st.cache_resource(show_spinner="Analysing the columns", max_entries=8)
def _inspection(_table: Table, key: str, target: str | None, roles: str) -> Inspection:
    return inspect(_table, target=target, roles=json.loads(roles))
