"""From an additive model to its shapes: terms on grids of the data in the user's units, with what each is worth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64
from torch import Tensor

from ...core.run_context import Description, RunContext
from ...core.types import Feature, FeatureSpace, Kind, Model, Target, TargetKind
from .shape_result import Shapes, loss, metric

if TYPE_CHECKING:
    from ...data.dataset import Dataset

CURVE_POINTS, MAP_POINTS = 200, 32
"""Points of a curve, and along either side of a map, at most; a curve has all levels, a map the most frequent ones."""

MOST_ROWS = 20_000
"""Rows on which terms are purified, importance and cost measured, at most; more change no digit that is shown."""

KEPT_ROWS, KEPT_NUMBERS = 5_000, 2_000_000
"""Held-out rows of which the contributions are kept, and numbers in that table, at most: 8 MB of a result."""

ROWS_PER_CALL = 4096
EXACT = 1e-5
"""Distance up to which the sum of the terms is the score, for scores of a spread up to 1; of their spread beyond."""

SOURCE = "terms purified and centred over the training rows (functional ANOVA; Hooker, JCGS 16, 2007)"


@runtime_checkable
class Terms(Protocol):
    """Pure terms in the unit of the score: the features of each, the intercept, and what each adds to each output."""

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The features of each term."""
        ...

    @property
    def intercept(self) -> Float64[Tensor, " outputs"]:
        """What the terms are added to, one number per output."""
        ...

    def contributions(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows terms outputs"]:
        """Return what each term adds to each output."""
        ...


def build_shapes(
    model: Model,
    data: "Dataset",
    terms: Terms,
    *,
    title: str = "Shapes",
    source: str = SOURCE,
    link: str | None = None,
    spread: Callable[[np.ndarray], np.ndarray] | None = None,
    interval: str = "none",
    notes: tuple[str, ...] = (),
) -> Shapes:
    """The shapes of `terms`, which make up `model`.

    `link` names what stands between the terms of few features and the score. `spread` gives the standard deviation of
    every term's score at some rows, (rows, terms), where it is known, and `interval` what it is of. Several classes
    have terms of the logit of the class scored, less the mean of all logits.
    """
    run = RunContext.begin(Description("shapes", title, source), data, _seed(model))
    drawn = _Drawn(model.target, model.class_index, terms)
    rows = data.rows[some(data.train_rows)]
    importance = drawn.added(rows).std(axis=0)
    ranking = np.argsort(-importance, kind="stable")
    several = model.target.kind is TargetKind.MULTICLASS
    link = link or ("softmax" if several else "identity")
    gap, width = _identity_gap(model, data, drawn)
    held_out_loss, losses, value = drawn.judged(data)
    names = [tuple(data.space.names[place] for place in one) for one in terms.members]
    table = pd.DataFrame(
        {
            "term": np.arange(len(ranking)),
            "features": [names[place] for place in ranking],
            "order": [len(names[place]) for place in ranking],
            "importance": importance[ranking],
            "share": importance[ranking] / max(float(importance.sum()), np.finfo(float).tiny),
            "cost": losses[ranking] - held_out_loss,
        }
    )
    provenance = run.provenance(
        model=model.name,
        device=str(model.device),
        rows=len(rows),
        evaluations=len(rows) + len(data),
        notes=notes,
    )
    return Shapes(
        provenance=provenance, table=table,
        curves=_grids(data, drawn, ranking, 1, spread), maps=_grids(data, drawn, ranking, 2, spread),
        contributions=_contributions(data, drawn, ranking),
        intercept=float(drawn.scored(terms.intercept[None, None])[0, 0]),
        intercepts=tuple(terms.intercept.tolist()), target_kind=model.target.kind.value,
        unit=model.target.unit(drawn.class_index), link=link,
        exact=link == "identity" and gap <= EXACT * max(1.0, width), identity_error=gap, interval=interval,
        loss=held_out_loss, metric="R2" if model.target.kind is TargetKind.REGRESSION else "accuracy",
        metric_value=value, n_parameters=model.n_parameters,
    )  # fmt: skip


def some(rows: np.ndarray) -> np.ndarray:
    """At most `MOST_ROWS` of the positions, drawn at random."""
    return rows if len(rows) <= MOST_ROWS else np.random.default_rng(0).permutation(rows)[:MOST_ROWS]


@dataclass(frozen=True)
class _Drawn:
    """The terms of a model as parts of one score."""

    target: Target
    class_index: int | None
    terms: Terms

    def scored(self, values: Float64[Tensor, "rows terms outputs"]) -> np.ndarray:
        """The part of the score: the output itself, turned round for the first of two classes.

        Of several, the class's own less the mean.
        """
        numbers = values.cpu().numpy()
        if self.target.kind is TargetKind.MULTICLASS:
            return numbers[..., self.class_index or 0] - numbers.mean(axis=-1)
        return -numbers[..., 0] if self.target.kind is TargetKind.BINARY and self.class_index == 0 else numbers[..., 0]

    def added(self, rows: np.ndarray) -> np.ndarray:
        """What each term adds to the score: (rows, terms)."""
        return np.concatenate([self.scored(part) for part in self.parts(rows)])

    def total(self, rows: np.ndarray) -> np.ndarray:
        """The sum of all terms and the intercept."""
        return self.added(rows).sum(axis=1) + self.scored(self.terms.intercept[None, None])[0, 0]

    def judged(self, data: "Dataset") -> tuple[float, np.ndarray, float]:
        """The loss on held-out rows, the loss without each term, and the usual metric."""
        chosen, kind = some(data.held_out_rows), self.target.kind
        values = data.target_values[chosen]
        intercept = self.terms.intercept.cpu().numpy()
        added = np.concatenate([part.cpu().numpy() for part in self.parts(data.rows[chosen])])
        total = added.sum(axis=1) + intercept
        losses = np.array([loss(total - added[:, term], values, kind) for term in range(added.shape[1])])
        return loss(total, values, kind), losses, metric(total, values, kind)

    def parts(self, rows: np.ndarray) -> Iterator[Tensor]:
        """What each term adds to each output, some rows at a time."""
        for part in torch.from_numpy(np.array(rows)).split(ROWS_PER_CALL):
            yield self.terms.contributions(part.to(self.terms.intercept.device))


def _identity_gap(model: Model, data: "Dataset", drawn: _Drawn) -> tuple[float, float]:
    """The largest distance between score and sum of the terms over all rows, and the standard deviation of the scores.

    Computed in float64 where the model can. The logit of one of several classes, less their mean, is told from the
    model's scores of all classes only up to the link, so there the outputs themselves are compared.
    """
    exact = getattr(model, "double", lambda: model)()
    rows = data.rows
    scores = exact.scores(torch.from_numpy(np.array(rows)))[0].double().cpu().numpy()
    if model.target.kind is TargetKind.MULTICLASS:
        sums = np.concatenate([(part.sum(1) + drawn.terms.intercept).cpu().numpy() for part in drawn.parts(rows)])
        place = drawn.class_index or 0
        total = sums[:, place] - np.logaddexp.reduce(np.delete(sums, place, axis=1), axis=1)
    else:
        total = drawn.total(rows)
    return float(np.abs(scores - total).max(initial=0.0)), float(scores.std())


def _contributions(data: "Dataset", drawn: _Drawn, ranking: np.ndarray) -> pd.DataFrame:
    """What each term, most important first, adds to each output at held-out rows, with their targets."""
    n_outputs = len(drawn.terms.intercept)
    n_rows = min(KEPT_ROWS, max(1, KEPT_NUMBERS // max(1, len(ranking) * n_outputs)))
    chosen = some(data.held_out_rows)[:n_rows]
    added = np.concatenate([part.cpu().numpy() for part in drawn.parts(data.rows[chosen])])[:, ranking]
    ends = [""] if n_outputs == 1 else [f":{output}" for output in range(n_outputs)]
    names = [f"{term}{end}" for term in range(len(ranking)) for end in ends]
    known = pd.DataFrame({"row": chosen, "target": data.target_values[chosen].astype(np.float64)})
    return known.join(pd.DataFrame(added.reshape(len(chosen), -1).astype(np.float32), columns=pd.Index(names)))


def _grids(
    data: "Dataset",
    drawn: _Drawn,
    ranking: np.ndarray,
    order: int,
    spread: Callable[[np.ndarray], np.ndarray] | None,
) -> pd.DataFrame:
    """The terms of one or two features on their grids, all points scored together."""
    chosen = [(term, place) for term, place in enumerate(ranking) if len(drawn.terms.members[place]) == order]
    values, middle = data.rows[data.train_rows], data.median()
    parts, points = [], []
    for term, place in chosen:
        features = drawn.terms.members[place]
        axes = [grid(data.space.features[one], values[:, one], order) for one in features]
        rows = np.tile(middle, (int(np.prod([len(axis) for axis in axes])), 1))
        for feature, column in zip(features, np.meshgrid(*axes, indexing="ij"), strict=True):
            rows[:, feature] = column.ravel()
        points.append(rows)
        parts.append(
            {"term": term} | _labels(data.space, features, rows) | {"density": _density(values, features, axes)}
        )
    if not parts:
        return _empty(order)
    stacked = np.concatenate(points)
    owner = np.repeat([place for _, place in chosen], [len(rows) for rows in points])
    frame = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    effect = drawn.added(stacked)[np.arange(len(stacked)), owner]
    width = np.nan if spread is None else 2 * spread(stacked)[np.arange(len(stacked)), owner]
    frame = frame.assign(effect=effect, lower=effect - width, upper=effect + width)
    return frame[list(_empty(order))]


def grid(feature: Feature, values: np.ndarray, order: int) -> np.ndarray:
    """Table values at which a feature is drawn: its levels, its distinct values, or quantiles of its values."""
    most = CURVE_POINTS if order == 1 else MAP_POINTS
    if feature.kind is Kind.CATEGORICAL:
        levels = np.arange(len(feature.levels), dtype=np.float64)
        if order == 1 or len(levels) <= most:
            return levels
        counts = np.bincount(values.astype(int), minlength=len(levels))
        return np.sort(np.argsort(-counts, kind="stable")[:most]).astype(np.float64)
    distinct = np.unique(values)
    return distinct if len(distinct) <= most else np.unique(np.quantile(values, np.linspace(0, 1, most)))


def _density(values: np.ndarray, features: tuple[int, ...], axes: list[np.ndarray]) -> np.ndarray:
    """The share of the rows nearest to each point of a grid."""
    shape = tuple(len(axis) for axis in axes)
    nearest = [
        np.searchsorted((axis[1:] + axis[:-1]) / 2, values[:, one]) for one, axis in zip(features, axes, strict=True)
    ]
    return np.bincount(np.ravel_multi_index(nearest, shape), minlength=int(np.prod(shape))) / len(values)


def _labels(space: FeatureSpace, features: tuple[int, ...], rows: np.ndarray) -> dict[str, object]:
    ends = [""] if len(features) == 1 else [f"_{end}" for end in (1, 2)]
    labels: dict[str, object] = {}
    for end, one in zip(ends, features, strict=True):
        levels = space.features[one].levels
        labels[f"feature{end}"] = space.names[one]
        labels[f"value{end}"] = rows[:, one]
        labels[f"level{end}"] = [levels[int(value)] if levels else "" for value in rows[:, one]]
    return labels


def _empty(order: int) -> pd.DataFrame:
    ends = ("",) if order == 1 else ("_1", "_2")
    names = [f"{name}{end}" for name in ("feature", "value", "level") for end in ends]
    texts = [name for name in names if not name.startswith("value")]
    columns = ["term", *names, "effect", "lower", "upper", "density"]
    kinds = {name: "str" if name in texts else np.float64 for name in columns} | {"term": np.int64}
    return pd.DataFrame({name: pd.Series(dtype=kinds[name]) for name in columns})


def _seed(model: Model) -> int:
    record = getattr(model, "record", None)
    return int(str(record.options.get("seed", 0))) if record else 0
