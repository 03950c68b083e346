"""Inspecting: what each column holds, what is wrong with it, and what can be done about that."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..types import Kind
from .parsing import settle_types
from .remedies import MAX_LEVELS, Remedy
from .table import Table
from .texts import LOOKED_AT, is_text, typical_length
from .values import LARGEST, is_date, is_number

BINS = 20
N_EXAMPLES = 3
N_LEVELS_SHOWN = 20

MOSTLY_NUMBERS = 0.8
"""Text of which this share reads as numbers is a column of numbers with something else in it."""

IDENTIFIER_NAME = re.compile(
    r"(^|[\W_])(id|ids|index|idx|row|rownames?|instant|nr|no|number|unnamed.*|column.*|key|uuid)($|[\W_\d])", re.I
)
"""Names under which consecutive numbers count the rows rather than measure something."""

SETTLING = ("ignore_column", "as_numeric", "split_words")
"""Remedies after which missing values are no problem of their own, or another one."""

TARGET_NAME = re.compile(r"(target|y|label|class|outcome|response)", re.I)


@dataclass(frozen=True)
class Histogram:
    """How often values occur: between `edges` for numbers and dates (in seconds), per label for text (the frequent)."""

    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something in a `column` ("" for the whole table) that a model cannot use, in one sentence.

    `remedies` are the ways out, the default first. A `blocking` problem has no default: one must be chosen.
    """

    column: str
    code: str
    sentence: str
    remedies: tuple[Remedy, ...]
    blocking: bool = False


@dataclass(frozen=True)
class ColumnReport:
    """A column at a glance: `type` is "number", "text" or "date", `role` the proposal "feature", "target" or "ignored".

    `minimum` and `maximum` are values of the column as text, of finite numbers; empty for text.
    """

    name: str
    type: str
    kind: Kind
    role: str
    n_missing: int
    n_distinct: int
    minimum: str
    maximum: str
    examples: tuple[str, ...]
    histogram: Histogram
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Inspection:
    """The reports of all columns in order, what concerns the whole table, and the target that its names suggest."""

    n_rows: int
    columns: tuple[ColumnReport, ...]
    table_problems: tuple[Problem, ...]
    suggested_target: str

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found, the table's own problems first."""
        return (*self.table_problems, *(problem for column in self.columns for problem in column.problems))

    def column(self, name: str) -> ColumnReport:
        """The report of one column."""
        return next(report for report in self.columns if report.name == name)


def inspect(
    table: Table | pd.DataFrame, *, target: str | None = None, roles: Mapping[str, str] | None = None
) -> Inspection:
    """What the columns hold and what is wrong with them, for a given `target` (its problems have other remedies).

    Columns whose role is "ignored" are described but have no problems.
    """
    if isinstance(table, pd.DataFrame):
        settled = {str(name): settle_types(table[name]) for name in table.columns}
        table = Table(name="table", frame=pd.DataFrame(settled), source="")
    roles = dict(roles or {})
    target = target or next((name for name, role in roles.items() if role == "target"), None)
    reports = tuple(_report(table.frame[name], target, roles.get(name)) for name in table.names)
    return Inspection(len(table.frame), reports, find_table_problems(table), target or _suggest_target(reports))


def _report(column: pd.Series, target: str | None, role: str | None) -> ColumnReport:
    name = str(column.name)
    present = column.dropna()
    kind_of = _type(column)
    finite = present[np.isfinite(present)] if kind_of == "number" else present
    if role == "ignored":
        problems: tuple[Problem, ...] = ()
    else:
        problems = tuple(find_problems(column, is_target=name == target))
    defaults = {problem.remedies[0].action for problem in problems if problem.remedies}
    ends = (finite.min(), finite.max()) if kind_of != "text" and len(finite) else ("", "")
    return ColumnReport(
        name=name,
        type=kind_of,
        kind=_kind(kind_of, defaults),
        role="target" if name == target else role or ("ignored" if "ignore_column" in defaults else "feature"),
        n_missing=int(column.isna().sum()),
        n_distinct=int(present.nunique()),
        minimum=_shown(ends[0]),
        maximum=_shown(ends[1]),
        examples=tuple(_shown(value) for value in present.iloc[:200].unique()[:N_EXAMPLES]),
        histogram=_histogram(finite, kind_of),
        problems=problems,
    )


def _kind(kind_of: str, defaults: set[str]) -> Kind:
    """How a column of a type is read when its problems take the default remedies."""
    if kind_of != "text" or "as_numeric" in defaults:
        return Kind.NUMERIC
    return Kind.TEXT if "split_words" in defaults else Kind.CATEGORICAL


def find_problems(
    column: pd.Series, *, is_target: bool = False, as_levels: bool = False, as_words: bool = False
) -> list[Problem]:
    """What is wrong with one column, worst first; `as_levels` that its text is wanted as it is, `as_words` that it is
    split into words."""
    name = str(column.name)
    n_rows, present = len(column), column.dropna()
    if not len(present):
        return [_problem(name, "all_missing", f"all of its {n_rows:,} values are missing", "ignore_column", is_target)]
    if present.iloc[0] == present.iloc[-1] and present.nunique() == 1 and (is_target or len(present) == n_rows):
        sentence = f"it has one value only, {_shown(present.iloc[0])!r}"
        return [_problem(name, "constant", sentence, "ignore_column", is_target)]
    kind_of = _type(column)
    if as_words:
        return []
    if kind_of == "date":
        return [_date_problem(column, present, is_target)]
    if kind_of == "text":
        found = _text_problems(name, present, is_target, as_levels)
    else:
        found = _number_problems(name, column, present, is_target)
    settled = any(problem.remedies[0].action in SETTLING for problem in found)
    if len(present) < n_rows and not settled:
        found.append(_missing_problem(name, n_rows - len(present), n_rows, kind_of, is_target))
    return found


def _problem(name: str, code: str, sentence: str, actions: str, is_target: bool = False) -> Problem:
    remedies = tuple(
        Remedy(name, action) for action in actions.split() if not (is_target and action == "ignore_column")
    )
    advice = "" if remedies else "; choose another target"
    return Problem(name, code, f"`{name}`: {sentence}{advice}.", remedies, blocking=not remedies)


def _date_problem(column: pd.Series, present: pd.Series, is_target: bool) -> Problem:
    sentence = f"it holds dates ({_shown(present.min())} to {_shown(present.max())}), which a model needs as numbers"
    return _problem(
        str(column.name), "date", sentence, "date_number" if is_target else "date_parts date_number ignore_column"
    )


def _missing_problem(name: str, n_missing: int, n_rows: int, kind_of: str, is_target: bool) -> Problem:
    sentence = f"{_of_values(n_missing, n_rows)} missing"
    filling = "impute_median drop_rows" if kind_of == "number" else "missing_level impute_mode drop_rows"
    return _problem(name, "missing", sentence, "drop_rows" if is_target else f"{filling} ignore_column")


def _number_problems(name: str, column: pd.Series, present: pd.Series, is_target: bool) -> list[Problem]:
    values = present.to_numpy()
    if not is_target and IDENTIFIER_NAME.search(name) and len(values) > 2 and (np.diff(values) == 1).all():
        return [_problem(name, "row_number", "it counts the rows, so it says nothing about them", "ignore_column")]
    n_infinite = int((~(np.abs(values) <= LARGEST)).sum())
    if not n_infinite:
        return []
    sentence = f"{_of_values(n_infinite, len(column))} infinite (or beyond {LARGEST:g})"
    return [_problem(name, "infinite", sentence, "drop_rows" if is_target else "clip_infinite drop_rows ignore_column")]


def _text_problems(name: str, present: pd.Series, is_target: bool, as_levels: bool) -> list[Problem]:
    levels = present.unique()
    numbers = pd.to_numeric(pd.Series(levels), errors="coerce").notna().to_numpy()
    if not as_levels and max(numbers.mean(), present.isin(levels[numbers]).mean()) >= MOSTLY_NUMBERS:
        others = [value for value, number in zip(levels, numbers, strict=True) if not number]
        shown = f" except {', '.join(repr(_shown(value)) for value in others[:3])}" if others else ""
        sentence = f"its text reads as numbers{shown}"
        return [_problem(name, "numbers_as_text", sentence, "as_numeric as_categorical ignore_column", is_target)]
    if is_target or len(levels) == 1:
        return []
    if not as_levels and (len(levels) == len(present) or len(levels) > max(MAX_LEVELS, len(present) / 2)):
        if is_text(present):
            length = typical_length(present.iloc[:LOOKED_AT])
            sentence = f"it holds texts of about {length:.0f} words, which a model needs one by one"
            return [_problem(name, "text", sentence, "split_words ignore_column")]
        different = "all different" if len(levels) == len(present) else f"{len(levels):,} different ones"
        sentence = f"its {len(present):,} values are {different}, so it identifies rows rather than describes them"
        return [_problem(name, "identifier", sentence, "ignore_column group_levels")]
    if len(levels) > MAX_LEVELS:
        sentence = f"it has {len(levels):,} levels; a categorical feature has up to {MAX_LEVELS}"
        return [_problem(name, "many_levels", sentence, "group_levels ignore_column")]
    return []


def find_table_problems(table: Table) -> tuple[Problem, ...]:
    """What concerns the table as a whole: names that had to be changed, lines that are no rows."""
    problems = []
    for change in table.renamed:
        why = "had no name" if not change.original else f"was called `{change.original}` like another"
        remedy = Remedy(change.name, "rename", change.name)
        problems.append(Problem(change.name, "renamed", f"`{change.name}`: column {change.position} {why}.", (remedy,)))
    if table.n_bad_lines:
        problems.append(_ragged_rows(table))
    return tuple(problems)


def _ragged_rows(table: Table) -> Problem:
    first = ", ".join(f"line {line.number} {line.reason}" for line in table.bad_lines[:5])
    more = f" and {table.n_bad_lines - 5:,} more" if table.n_bad_lines > 5 else ""
    lines = "1 line is no row" if table.n_bad_lines == 1 else f"{table.n_bad_lines:,} lines are no rows"
    sentence = f"{lines} of the table: {first}{more}; correct the file, or leave them out."
    return Problem("", "ragged_rows", sentence, (Remedy("", "skip_bad_lines"),), blocking=True)


def _of_values(number: int, total: int) -> str:
    return f"{number:,} of its {total:,} values {'is' if number == 1 else 'are'}"


def _suggest_target(reports: tuple[ColumnReport, ...]) -> str:
    """The column whose name says that it is the target, else the last that can be one."""
    usable = [one.name for one in reports if one.role != "ignored" and one.kind is not Kind.TEXT] or [reports[-1].name]
    return next((name for name in usable if TARGET_NAME.fullmatch(name)), usable[-1])


def _type(column: pd.Series) -> str:
    return "date" if is_date(column) else "number" if is_number(column) else "text"


def _histogram(values: pd.Series, kind_of: str) -> Histogram:
    if not len(values):
        return Histogram(())
    if kind_of == "text":
        frequent = values.value_counts().head(N_LEVELS_SHOWN)
        return Histogram(tuple(map(int, frequent)), labels=tuple(_shown(level) for level in frequent.index))
    numbers = values.astype("datetime64[s]").astype(np.int64) if kind_of == "date" else values
    clipped = np.clip(numbers.to_numpy(dtype=np.float64), -LARGEST, LARGEST)
    counts, edges = np.histogram(clipped, bins=min(BINS, max(2, values.nunique())))
    return Histogram(tuple(map(int, counts)), edges=tuple(map(float, edges)))


def _shown(value: object) -> str:
    """A value as short text."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    text = f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
