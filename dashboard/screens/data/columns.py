"""The column table: what each column holds, and how it is to be used."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.state.draft import Draft, keep
from interaction_engine.core.types import ColumnRole, Kind
from interaction_engine.data.cleaning.inspecting import ColumnReport, Inspection

ROLES = [role.value for role in ColumnRole]
KINDS = [kind.value for kind in Kind]


def edit_columns(draft: Draft, inspection: Inspection) -> None:
    """The table with the two columns that can be edited, role and kind; every edit is stored at once."""
    # A chosen remedy may change a column's role, so that the table has to be drawn anew.
    key = f"columns/{draft.id}/{draft.target or inspection.suggested_target}/{json.dumps(dict(draft.remedies))}"
    if key not in st.session_state:  # on entering the page: afterwards the editor keeps the edits itself
        st.session_state["columns/base"] = _table(draft, inspection)
    base: pd.DataFrame = st.session_state["columns/base"]
    st.data_editor(
        base,
        column_config=_configuration(inspection.n_rows),
        disabled=[name for name in base.columns if name not in ("role", "kind")],
        hide_index=True,
        height=min(560, 42 + 35 * len(base)),
        key=key,
        on_change=lambda: _apply(draft, base, st.session_state[key]["edited_rows"]),
        alt="One row per column: choose its role and kind",
    )


def show_columns(inspection: Inspection, kinds: dict[str, str]) -> None:
    """The same table of settled data, to read only."""
    table = _table(Draft("", roles=dict.fromkeys(kinds, ColumnRole.FEATURE), kinds=kinds), inspection)
    st.dataframe(
        table.drop(columns="trouble"),
        column_config=_configuration(inspection.n_rows) | {"kind": st.column_config.TextColumn("Kind", width="small")},
        hide_index=True,
        height=min(460, 42 + 35 * len(table)),
        alt="One row per column of the data",
    )


def _table(draft: Draft, inspection: Inspection) -> pd.DataFrame:
    target = draft.target or inspection.suggested_target
    return pd.DataFrame([_Row.of(report, draft, target, inspection.n_rows).__dict__ for report in inspection.columns])


@dataclass
class _Row:
    name: str
    role: str
    kind: str
    missing: float
    distinct: int
    span: str
    spread: list[int]
    trouble: str

    @classmethod
    def of(cls, report: ColumnReport, draft: Draft, target: str, n_rows: int) -> "_Row":
        return cls(
            name=report.name,
            role=draft.role(report, target),
            kind=draft.kinds.get(report.name, report.kind.value),
            missing=100 * report.n_missing / max(1, n_rows),
            distinct=report.n_distinct,
            span=f"{report.minimum} to {report.maximum}" if report.minimum else ", ".join(report.examples),
            spread=list(report.histogram.counts),
            trouble=", ".join(problem.code.replace("_", " ") for problem in report.problems),
        )


def _apply(draft: Draft, base: pd.DataFrame, edited: dict[int, dict[str, Any]]) -> None:
    """Store what the editor holds; a new target makes the old one a feature again."""
    roles, kinds, target = dict(draft.roles), dict(draft.kinds), draft.target
    for position, changes in edited.items():
        column = base["name"].iloc[position]
        if changes.get("role") == ColumnRole.TARGET:
            target = column
            roles.pop(column, None)
        elif changes.get("role"):
            roles[column] = changes["role"]
        if changes.get("kind"):
            kinds[column] = changes["kind"]
    keep(draft, roles=roles, kinds=kinds, target=target)


def _configuration(n_rows: int) -> dict[str, Any]:
    config = st.column_config
    return {
        "name": config.TextColumn("Column", width="medium"),
        "role": config.SelectboxColumn("Role", options=ROLES, required=True, width="small"),
        "kind": config.SelectboxColumn("Kind", options=KINDS, required=True, width="small"),
        "missing": config.ProgressColumn("Missing", min_value=0, max_value=100, format="%.3g %%", width="small"),
        "distinct": config.NumberColumn("Distinct", format="localized", width="small"),
        "span": config.TextColumn("Range or examples", width="medium"),
        "spread": config.BarChartColumn("Spread", width="small", y_min=0),
        "trouble": config.TextColumn("Needs attention", width="medium"),
    }
