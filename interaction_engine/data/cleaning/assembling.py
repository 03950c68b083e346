"""From a clean frame to a data set: features and target settled, statistics taken from the training rows."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ...core.types import Feature, FeatureSpace, Kind, Target, TargetKind
from ..dataset import TRAIN, Dataset, Sampling, Truth, split_rows
from ..texts import word_slots
from .remedies import Remedy
from .values import LARGEST, is_number, level_names, ordered_levels

MIN_ROWS = 5
"""Below this, a fifth to hold out is less than one row."""

MAX_CLASSES = 50
"""More classes than this are rather numbers or identifiers, and each would be a score to choose from."""

MAX_DISCRETE = 10
"""A numeric feature with at most this many distinct values, all whole, is discrete: no step lies between them."""


def assemble(
    frame: pd.DataFrame,
    *,
    name: str,
    target: str,
    kinds: Mapping[str, Kind],
    target_kind: TargetKind | str | None = None,
    target_transform: str = "none",
    truth: Truth | None = None,
    source: str = "",
    sampling: Sampling | None = None,
    remedies: tuple[Remedy, ...] = (),
    seed: int = 0,
    one_scale: bool = False,
) -> Dataset:
    """The data set of a frame without missing or infinite values.

    `kinds` has the feature columns, in order, with their kind.

    A column of kind "text" becomes a feature per place of a word, as `word_slots` tells.
    With `one_scale` all numeric features are the same quantity at several places, as pixels are: they share one mean
    and one standard deviation, so that one which hardly varies is not blown up.
    Raises `InputError` for fewer than MIN_ROWS rows, no feature, or a target that cannot be predicted.
    """
    if len(frame) < MIN_ROWS:
        raise InputError(
            f"A data set needs at least {MIN_ROWS} rows; {len(frame)} are left. Read more rows or leave out fewer."
        )
    if not kinds:
        raise InputError(
            f"A data set needs a feature beside the target `{target}`; none is left. Give a column the role “feature”."
        )
    split = split_rows(len(frame), seed)
    columns: dict[str, pd.Series] = {}
    typed: tuple[Feature, ...] = ()
    for column, kind in kinds.items():
        values, features = _features(frame, column, Kind(kind), split, columns)
        columns |= values
        typed += features
    goal = _target(frame[target], target_kind, target_transform)
    columns[target] = level_names(frame[target]) if goal.classes else _numbers(frame[target])
    return Dataset(
        name=name,
        frame=pd.DataFrame(columns).reset_index(drop=True),
        space=FeatureSpace(_alike(typed, columns, split) if one_scale else typed),
        target=goal,
        split=split,
        truth=truth,
        source=source,
        sampling=sampling,
        remedies=remedies,
    )


def infer_target_kind(column: pd.Series) -> TargetKind:
    """Two values are classes, other numbers are a quantity, other text is classes."""
    if column.nunique() == 2:
        return TargetKind.BINARY
    return TargetKind.REGRESSION if is_number(column) else TargetKind.MULTICLASS


def is_discrete(values: np.ndarray) -> bool:
    """Whether numbers are whole and few (at most MAX_DISCRETE different ones)."""
    head = np.unique(values[:1000])
    if len(head) > MAX_DISCRETE:
        return False
    distinct = np.unique(values)
    return len(distinct) <= MAX_DISCRETE and bool((distinct == np.round(distinct)).all())


def _features(
    frame: pd.DataFrame, name: str, kind: Kind, split: np.ndarray, taken: Iterable[str]
) -> tuple[dict[str, pd.Series], tuple[Feature, ...]]:
    """The feature that a column is, or the several that a text becomes, each with its values by name."""
    column = frame[name]
    if kind is Kind.TEXT:
        return word_slots(column, np.flatnonzero(split == TRAIN), {*frame.columns, *taken})
    if kind is Kind.CATEGORICAL:
        names = level_names(column)
        return {name: names}, (Feature(name, kind, levels=ordered_levels(names)),)
    values = _numbers(column)
    numbers = values.to_numpy()
    train = numbers[split == TRAIN]
    discrete = is_discrete(numbers)
    return {name: values}, (Feature(name, kind, mean=float(train.mean()), scale=_scale(train), discrete=discrete),)


def _alike(features: tuple[Feature, ...], columns: Mapping[str, pd.Series], split: np.ndarray) -> tuple[Feature, ...]:
    """The features, the numeric ones with the mean and standard deviation of all their training values together."""
    numeric = [feature.name for feature in features if feature.kind is Kind.NUMERIC]
    train = np.stack([columns[name].to_numpy()[split == TRAIN] for name in numeric])
    mean, scale = float(train.mean()), _scale(train)
    return tuple(replace(one, mean=mean, scale=scale) if one.name in numeric else one for one in features)


def _scale(train: np.ndarray) -> float:
    """The standard deviation, or 1 where the training rows do not vary (rounding of their mean aside)."""
    scale = float(train.std())
    return scale if scale > 1e-12 * float(np.abs(train).max()) else 1.0


def _numbers(column: pd.Series) -> pd.Series:
    try:
        values = column.astype(np.float64)
    except (ValueError, TypeError):
        raise InputError(f"Column `{column.name}` must hold numbers to be numeric; read it as categorical.") from None
    largest = np.abs(values.to_numpy()).max()
    if not largest <= LARGEST:
        raise InputError(
            f"Column `{column.name}` must hold finite numbers up to {LARGEST:g}; got {largest:g}. "
            "Clip the values or ignore the column."
        )
    return values


def _target(column: pd.Series, kind: TargetKind | str | None, transform: str) -> Target:
    name = str(column.name)
    if column.nunique() < 2:
        raise InputError(
            f"The target `{name}` needs at least 2 different values; all are {column.iloc[0]!r}. Choose another target."
        )
    kind = infer_target_kind(column) if kind is None else _known_target_kind(kind)
    if transform not in ("none", "log1p"):
        raise InputError(f'`target_transform` must be "none" or "log1p"; got {transform!r}.')
    if kind is TargetKind.REGRESSION:
        lowest = _numbers(column).min()
        if transform == "log1p" and lowest <= -1:
            raise InputError(f"`log1p` needs a target above -1; `{name}` goes down to {lowest:g}. Use no transform.")
        return Target(name, kind, transform=transform)
    if transform != "none":
        raise InputError(
            f'`target_transform` must be "none" for a target of classes such as `{name}`; got {transform!r}.'
        )
    classes = ordered_levels(level_names(column))
    if kind is TargetKind.BINARY and len(classes) != 2:
        raise InputError(f"A binary target needs 2 classes; `{name}` has {len(classes)}. Use multiclass or regression.")
    if len(classes) > MAX_CLASSES:
        raise InputError(
            f"A target may have up to {MAX_CLASSES} classes; `{name}` has {len(classes)}. Choose another target."
        )
    return Target(name, kind, classes=classes)


def _known_target_kind(kind: str) -> TargetKind:
    try:
        return TargetKind(kind)
    except ValueError:
        raise InputError(f"`target_kind` must be one of {', '.join(TargetKind)}; got {kind!r}.") from None
