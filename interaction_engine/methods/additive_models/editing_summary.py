"""Edits of curves, versions of models and exported files in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...models.io.export.exported import Exported
from ..common.phrases import alike, count, named, number, signed, table_value

METRICS = {"r2": "R²", "accuracy": "accuracy", "auc": "ROC-AUC"}
"""Figures that are the better the higher, as they are called in a sentence; the first that a report has is told."""


def edit_phrase(edit: Mapping[str, Any], unit: str) -> str:
    """What an edit did to its term, as "`temp`: at most 60 `count`"; `edit` as it is written."""
    return f"{_listed(edit['features'])}: {_DONE[edit['kind']](edit, named(unit))}"


def edits_sentence(edits: Sequence[Mapping[str, Any]], unit: str) -> str:
    """All edits of a version in their order."""
    if not edits:
        return "As it was trained."
    return "; ".join(edit_phrase(edit, unit) for edit in edits) + "."


def preview_sentence(before: float, after: float, metric: str, n_rows: int) -> str:
    """What an edit would do to the metric, before anything is computed by the model."""
    name = {"R2": "R²"}.get(metric, metric)
    old, new = alike(before, after)
    rows = count(n_rows, "held-out row")
    if old == new:
        return f"This would leave {name} on {rows} as it is: {old}."
    return f"This would change {name} on {rows} from {old} to {new}."


def version_phrase(metrics: Mapping[str, float], unedited: Mapping[str, float]) -> str:
    """How good a version is on held-out rows, and how much that differs from the unedited model."""
    key = next((one for one in METRICS if one in metrics), None)
    if key is None:
        return "not judged yet"
    value = float(metrics[key])
    if key not in unedited:
        return f"{METRICS[key]} {number(value, 4)}"
    change = value - float(unedited[key])
    same = f"{abs(change):.4f}" == "0.0000"
    return f"{METRICS[key]} {number(value, 4)} ({'as before' if same else f'{change:+.4f}'.replace('-', '−')})"


def export_sentence(exported: Exported) -> str:
    """How far the file is from the model, measured."""
    rows = count(exported.provenance.rows, "held-out row")
    size = f"{number(len(exported.content) / 1000, 3)} kB"
    distance = f"{number(exported.difference)} {named(exported.unit)}"
    of = f"; the scores themselves vary by {number(exported.spread)}" if exported.spread > 0 else ""
    return (
        f"{size}. On {rows}, the file's scores differ from the model's by {distance} at most{of}. "
        f"It takes {exported.inputs}."
    )


def _clip(edit: Mapping[str, Any], unit: str) -> str:
    bounds = [signed(float(edit[name])) for name in ("low", "high") if name in edit]
    if len(bounds) == 2:
        return f"between {bounds[0]} and {bounds[1]} {unit}"
    return f"{'at least' if 'low' in edit else 'at most'} {bounds[0]} {unit}"


def _flatten(edit: Mapping[str, Any], unit: str) -> str:
    if edit.get("levels"):
        return f"the same for {_listed(edit['levels'])}"
    return f"level from {table_value(edit['start'])} to {table_value(edit['end'])}"


def _monotone(edit: Mapping[str, Any], unit: str) -> str:
    return f"{edit['direction']} throughout"


def _smooth(edit: Mapping[str, Any], unit: str) -> str:
    return f"smoothed over {number(100 * edit['strength'])} % of its range"


def _off(edit: Mapping[str, Any], unit: str) -> str:
    return "left out"


def _listed(names: Sequence[str]) -> str:
    if len(names) > 6:
        return f"all {len(names)} features together"
    shown = [named(str(name)) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


_DONE = {"clip": _clip, "flatten": _flatten, "monotone": _monotone, "smooth": _smooth, "off": _off}
