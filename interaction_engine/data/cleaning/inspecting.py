"""Inspecting: what each column holds, what is wrong with it, and what can be done about that."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from ...core.types import ColumnRole, Kind
from ..io.parsing import settle_types
from ..table import Table
from ..texts import LOOKED_AT, is_text, typical_length
from .outcomes import missing_sentence, read_outcome, unusable_sentence
from .remedies import MAX_LEVELS, Remedy
from .values import LARGEST, is_date, is_number, usable_values

BINS = 20
N_EXAMPLES = 3
N_LEVELS_SHOWN = 20

MOSTLY_NUMBERS = 0.8
"""Text of which this share reads as numbers is a column of numbers with something else in it."""

IDENTIFIER_NAME = re.compile(
    r"(^|[\W_])(id|ids|index|idx|row|rownames?|instant|nr|no|number|unnamed.*|column.*|key|uuid)($|[\W_\d])", re.I
)
"""Names under which consecutive numbers count the rows rather than measure something."""

ROW_NAME = re.compile(r"(^|[\W_])(?i:ids?|key|uuid|guid)($|[\W_\d])|(?<=[a-z])I[Dd]$")
"""Names under which whole numbers or codes, where they are many, name what a row is about and measure nothing."""

WRITTEN_DATE = re.compile(
    r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}([ T].*)?"  # 2021-03-05, 5/3/21
    r"|\d{1,2}[-. /]*[A-Za-z]{3,9}\.?[-, /]*\d{2,4}([ T].*)?"  # 5 March 2021, 05-Mar-21
    r"|[A-Za-z]{3,9}\.? +\d{1,2},? +\d{4}([ T].*)?"  # March 5, 2021
)
"""Text that is a date in a form that is not read as one."""

MOSTLY_DATES = 0.8
"""Text of which this share is written like dates is a column of dates."""

LOOKS = ("row_number", "identifier", "date")
"""Problems of columns that look like something to be ignored: who gives such a column a kind means to use it."""

SETTLING = ("ignore_column", "as_numeric", "split_words")
"""Remedies after which missing values are no problem of their own, or another one."""

NO_OUTCOME = "no_outcome"
"""Code of the problem that rows have no outcome. There is no choice to it: they are left out."""

INSTEAD = "choose another target"

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
    """A column at a glance: `type` is "number", "text" or "date", `role` the proposed one.

    `minimum` and `maximum` are values of the column as text, of finite numbers; empty for text.
    """

    name: str
    type: str
    kind: Kind
    role: ColumnRole
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
    """Return what the columns hold and what is wrong with them.

    Args:
        table: The table as it was read.
        target: The column to predict; by default the one that the names suggest. A missing outcome is never filled in:
            rows without one are left out, and the problems of the other columns are those of the remaining rows.
        roles: Roles by column; columns that are "ignored" are described but have no problems.
    """
    if isinstance(table, pd.DataFrame):
        settled = {str(name): settle_types(table[name]) for name in table.columns}
        table = Table(name="table", frame=pd.DataFrame(settled), source="")
    roles = dict(roles or {})
    target = target or next((name for name, role in roles.items() if role == ColumnRole.TARGET), None)
    frame, every = table.frame, np.ones(len(table.frame), dtype=bool)
    reports = {name: _report(frame[name], every, roles.get(name)) for name in table.names if name != target}
    target = target or _suggest_target(tuple(reports.values()))
    outcome = read_outcome(frame[target])
    present = usable_values(outcome)
    if present.any() and not present.all():  # where no row has an outcome, its own report says so
        reports = {name: _report(frame[name], present, roles.get(name)) for name in table.names if name != target}
    reports[target] = _report(outcome, every, ColumnRole.TARGET)
    ordered = tuple(reports[name] for name in table.names)
    return Inspection(len(frame), ordered, find_table_problems(table), target)


def _report(column: pd.Series, used: np.ndarray, role: str | None) -> ColumnReport:
    """What a column holds in all rows, and what is wrong with it in the rows `used`."""
    name = str(column.name)
    present = column.dropna()
    kind_of = _type(column)
    finite = present[np.isfinite(present)] if kind_of == "number" else present
    if role == ColumnRole.IGNORED:
        problems: tuple[Problem, ...] = ()
    else:
        problems = tuple(find_problems(column[used], is_target=role == ColumnRole.TARGET))
    defaults = {problem.remedies[0].action for problem in problems if problem.remedies}
    ends = (finite.min(), finite.max()) if kind_of != "text" and len(finite) else ("", "")
    return ColumnReport(
        name=name,
        type=kind_of,
        kind=_kind(kind_of, defaults),
        role=ColumnRole(role) if role else ColumnRole.IGNORED if "ignore_column" in defaults else ColumnRole.FEATURE,
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
    """Return what is wrong with one column, worst first.

    Args:
        column: The column; of features, in the rows that have an outcome.
        is_target: Whether it is to be predicted. Its missing values are counted, never filled in.
        as_levels: Whether its text is wanted as it is.
        as_words: Whether it is split into words.
    """
    name = str(column.name)
    if is_target:
        return _target_problems(name, read_outcome(column), as_levels)
    n_rows, present = len(column), column.dropna()
    if not len(present):
        return [_problem(name, "all_missing", f"all of its {n_rows:,} values are missing", "ignore_column")]
    if present.iloc[0] == present.iloc[-1] and len(present) == n_rows and present.nunique() == 1:
        return [_problem(name, "constant", _one_value(present), "ignore_column")]
    kind_of = _type(column)
    if as_words:
        return []
    if kind_of == "date":
        return [_problem(name, "date", _dates_sentence(present), "ignore_column date_parts date_number")]
    result = _text_problems(name, present, as_levels) if kind_of == "text" else _number_problems(name, column, present)
    settled = any(problem.remedies[0].action in SETTLING for problem in result)
    if len(present) < n_rows and not settled:
        result.append(_missing_problem(name, n_rows - len(present), n_rows, kind_of))
    return result


def _target_problems(name: str, column: pd.Series, as_levels: bool) -> list[Problem]:
    """What is wrong with the target: it cannot be ignored, and where it has no value the row is left out."""
    n_rows, present = len(column), column.dropna()
    usable = present[usable_values(present)]
    if not len(present):
        return [
            Problem(name, "all_missing", f"`{name}`: all of its {n_rows:,} values are missing; {INSTEAD}.", (), True)
        ]
    if not len(usable):
        sentence = f"`{name}`: none of its {n_rows:,} values is a finite number; {INSTEAD}."
        return [Problem(name, "infinite", sentence, (), True)]
    if usable.nunique() == 1:
        return [Problem(name, "constant", f"`{name}`: {_one_value(usable)}; {INSTEAD}.", (), True)]
    matches = []
    if is_date(column):
        matches.append(_problem(name, "date", _dates_sentence(usable), "date_number"))
    elif not is_number(column) and not as_levels and (reading := _number_reading(usable)) is not None:
        others = int((~usable.isin(reading.numbers)).sum())
        sentence = (
            f"{reading.sentence}; read as numbers, {others:,} more rows are left out" if others else reading.sentence
        )
        matches.append(_problem(name, "numbers_as_text", sentence, "as_numeric as_categorical"))
    remedy = (Remedy(name, "drop_rows"),)
    if len(present) < n_rows:
        matches.append(Problem(name, NO_OUTCOME, missing_sentence(name, n_rows - len(present), n_rows), remedy))
    if len(usable) < len(present):
        matches.append(Problem(name, NO_OUTCOME, unusable_sentence(name, len(present) - len(usable), n_rows), remedy))
    return matches


def _problem(name: str, code: str, sentence: str, actions: str) -> Problem:
    return Problem(name, code, f"`{name}`: {sentence}.", tuple(Remedy(name, action) for action in actions.split()))


def _one_value(present: pd.Series) -> str:
    return f"it has one value only, {_shown(present.iloc[0])!r}"


def _dates_sentence(present: pd.Series) -> str:
    return f"it holds dates ({_shown(present.min())} to {_shown(present.max())}), which a model needs as numbers"


def _missing_problem(name: str, n_missing: int, n_rows: int, kind_of: str) -> Problem:
    sentence = f"{_of_values(n_missing, n_rows)} missing"
    filling = "impute_median drop_rows" if kind_of == "number" else "missing_level impute_mode drop_rows"
    return _problem(name, "missing", sentence, f"{filling} ignore_column")


def _number_problems(name: str, column: pd.Series, present: pd.Series) -> list[Problem]:
    values = present.to_numpy()
    if IDENTIFIER_NAME.search(name) and len(values) > 2 and (np.diff(values) == 1).all():
        return [_problem(name, "row_number", "it counts the rows, so it says nothing about them", "ignore_column")]
    n_infinite = int((~(np.abs(values) <= LARGEST)).sum())
    if n_infinite:
        sentence = f"{_of_values(n_infinite, len(column))} infinite (or beyond {LARGEST:g})"
        return [_problem(name, "infinite", sentence, "clip_infinite drop_rows ignore_column")]
    if len(values) <= 2 or not (values == np.round(values)).all():
        return []
    if ROW_NAME.search(name) and _names_rows(name, present.nunique(), len(present)):
        return [_problem(name, "identifier", _identifier_sentence(present), "ignore_column")]
    if _are_dates(values):
        sentence = f"its numbers are dates ({_shown(int(values.min()))} to {_shown(int(values.max()))})"
        return [_problem(name, "date", sentence, "ignore_column")]
    return []


def _are_dates(values: np.ndarray) -> bool:
    """Whether whole numbers are dates such as 20210305."""
    days, months, years = values % 100, values // 100 % 100, values // 10_000
    possible = (years >= 1800) & (years <= 2200) & (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)
    return bool(possible.all())


def _names_rows(name: str, n_distinct: int, n_present: int) -> bool:
    """Whether values are too many to describe rows.

    Under the name of an identifier, fewer are enough (a patient may have several rows).
    """
    share = 0.0 if ROW_NAME.search(name) else 0.5
    return n_distinct == n_present or n_distinct > max(MAX_LEVELS, share * n_present)


def _identifier_sentence(present: pd.Series) -> str:
    n_distinct = int(present.nunique())
    different = "all different" if n_distinct == len(present) else f"{n_distinct:,} different ones"
    return f"its {len(present):,} values are {different}, so it identifies rows rather than describes them"


@dataclass(frozen=True)
class _NumberReading:
    """The texts that read as numbers, and the sentence that says so."""

    numbers: list[str]
    sentence: str


def _number_reading(present: pd.Series) -> _NumberReading | None:
    """How a text reads as numbers; None where it does not."""
    levels = present.unique()
    numbers = pd.to_numeric(pd.Series(levels), errors="coerce").notna().to_numpy()
    if max(numbers.mean(), present.isin(levels[numbers]).mean()) < MOSTLY_NUMBERS:
        return None
    others = [value for value, number in zip(levels, numbers, strict=True) if not number]
    shown = f" except {', '.join(repr(_shown(value)) for value in others[:3])}" if others else ""
    return _NumberReading(list(levels[numbers]), f"its text reads as numbers{shown}")


def _text_problems(name: str, present: pd.Series, as_levels: bool) -> list[Problem]:
    levels = present.unique()
    if not as_levels and (reading := _number_reading(present)) is not None:
        return [_problem(name, "numbers_as_text", reading.sentence, "as_numeric as_categorical ignore_column")]
    if len(levels) == 1:
        return []
    if not as_levels and _written_like_dates(levels):
        sentence = f"its text looks like dates ({_shown(levels[0])!r}) in a form that cannot be read"
        return [_problem(name, "date", sentence, "ignore_column group_levels")]
    if not as_levels and _names_rows(name, len(levels), len(present)):
        if is_text(present):
            length = typical_length(present.iloc[:LOOKED_AT])
            sentence = f"it holds texts of about {length:.0f} words, which a model needs one by one"
            return [_problem(name, "text", sentence, "split_words ignore_column")]
        return [_problem(name, "identifier", _identifier_sentence(present), "ignore_column group_levels")]
    if len(levels) > MAX_LEVELS:
        sentence = f"it has {len(levels):,} levels; a categorical feature has up to {MAX_LEVELS}"
        return [_problem(name, "many_levels", sentence, "group_levels ignore_column")]
    return []


def _written_like_dates(levels: Iterable[str]) -> bool:
    some = [str(level) for level in islice(levels, LOOKED_AT)]
    return sum(WRITTEN_DATE.fullmatch(level) is not None for level in some) >= MOSTLY_DATES * len(some)


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
    used = [one.name for one in reports if one.role is not ColumnRole.IGNORED and one.kind is not Kind.TEXT]
    usable = used or [reports[-1].name]
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
