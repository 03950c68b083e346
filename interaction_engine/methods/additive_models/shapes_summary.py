"""The shapes of additive models in words: what moves the prediction, how a term runs, and what it is worth."""

import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from ...models.additive.shape_result import Shapes
from ..common.phrases import alike, count, named, number, percent, predicted, score, signed, table_value

FEW_NAMES = 4
"""Up to so many features, a term is called by their names."""

LARGE = 0.05
"""From this share of the importance on, terms that cannot be drawn are worth a warning."""


def shapes_finding(models: Mapping[str, Shapes]) -> str:
    """Which term moves the prediction most, by how much, and how well the models predict held-out rows."""
    first = next(iter(models.values()))
    leading = {name: row for name, shapes in models.items() if (row := _leading(shapes)) is not None}
    if not leading:
        return f"No feature moves {predicted(first.unit)} in {_any_of(models)}."
    where = _all_of(list(leading)) if len(models) > 1 else f"in {named(next(iter(leading)))}"
    by_term: dict[frozenset[str], list[str]] = {}
    for name, row in leading.items():
        by_term.setdefault(frozenset(row["features"]), []).append(name)
    phrases = {term: term_phrase(leading[names[0]]["features"]) for term, names in by_term.items()}
    if len(by_term) == 1:
        size = _span([float(row["importance"]) for row in leading.values()])
        sentence = f"{phrases.popitem()[1]} moves {predicted(first.unit)} most {where}, by {size}"
        return f"{sentence} (standard deviation over the rows). {_how_good(models)}"
    parts = [f"{phrases[term]} in {_listed([named(name) for name in names])}" for term, names in by_term.items()]
    return f"What moves {predicted(first.unit)} most depends on the model: {_listed(parts)}. {_how_good(models)}"


def shapes_caveats(models: Mapping[str, Shapes]) -> tuple[str, ...]:
    """What must be known before the curves are believed."""
    sentences: list[str] = []
    for name, shapes in models.items():
        beyond = float(shapes.table.loc[shapes.table["order"] > 2, "share"].sum())
        if beyond >= LARGE:
            sentences.append(f"{named(name)}: {percent(beyond)} of its importance is in terms that no figure can show.")
        if not shapes.exact and shapes.link == "identity":
            gap = f"{number(shapes.identity_error)} {named(shapes.unit)}"
            sentences.append(f"{named(name)}: the terms miss its predictions by up to {gap}.")
        sentences += [f"{named(name)}: {note}" for note in shapes.provenance.notes]
    if next(iter(models.values())).link == "softmax":
        sentences.append(
            "Of several classes, a term adds to the logit of the class, less the mean of the logits of all."
        )
    return tuple(dict.fromkeys(sentences))


def term_sentence(name: str, shapes: Shapes, features: Collection[str]) -> str:
    """How a term of a model runs where there are data, and what it is worth."""
    term = shapes.term_of(features)
    if term is None:
        return f"{named(name)} has no term of {term_phrase(list(features))}."
    row = shapes.table.iloc[term]
    worth = f"{percent(float(row['share']))} of what all terms do"
    if row["order"] > 2:
        size = f"{number(float(row['importance']))} {named(shapes.unit)}"
        return f"In {named(name)}, {term_phrase(row['features'])} move the prediction by {size}: {worth}."
    points = shapes.curve(term) if row["order"] == 1 else shapes.map(term)
    seen = points[points["density"] > 0].reset_index(drop=True)
    if seen.empty or not seen["effect"].any():
        return f"In {named(name)}, {term_phrase(row['features'])} adds nothing."
    effect = seen["effect"].to_numpy(dtype=float)
    high, low = seen.iloc[effect.argmax()], seen.iloc[effect.argmin()]
    ends = f"{signed(float(high['effect']))} at {_at(high)} to {signed(float(low['effect']))} at {_at(low)}"
    return f"In {named(name)} it runs from {ends}: {worth}. {_cost(shapes, term)}"


def without_sentence(name: str, shapes: Shapes, without: Sequence[int]) -> str:
    """What leaving some terms out of a model costs on held-out rows."""
    rows = count(len(shapes.contributions), "held-out row")
    whole, now = shapes.loss_without(), shapes.loss_without(without)
    error = loss_name(shapes)
    before, after = alike(_error(shapes, whole[0]), _error(shapes, now[0]))
    usual = metric_name(shapes)
    if not without:
        return f"With all its terms, {named(name)} has {error} {before} and {usual} {score(whole[1])} on {rows}."
    left_out = _listed([term_phrase(shapes.table["features"].iloc[term]) for term in without])
    figures = [score(value) for value in (whole[1], now[1])]
    rest = f"{usual} stays {figures[0]}" if figures[0] == figures[1] else f"{usual} goes from {' to '.join(figures)}"
    if before == after:
        return f"Without {left_out}, {error} on {rows} stays {before}, and {rest}."
    move = "grows" if now[0] > whole[0] else "falls"
    return f"Without {left_out}, {error} on {rows} {move} from {before} to {after}, and {rest}."


def term_phrase(features: Sequence[str]) -> str:
    """A term by its features."""
    if len(features) > FEW_NAMES:
        return f"all {len(features):,} features together"
    return _listed([named(name) for name in features], "with" if len(features) == 2 else "and")


def loss_name(shapes: Shapes) -> str:
    """What the held-out loss is called: of numbers its root, in their unit."""
    return "RMSE" if shapes.target_kind == "regression" else "log-loss"


def metric_name(shapes: Shapes) -> str:
    """Return the name of the metric as it is written."""
    return "R²" if shapes.metric == "R2" else shapes.metric


def error_growth(shapes: Shapes) -> pd.Series:
    """How much the error grows when a term is left out, a row per term: of numbers, in their unit."""
    if shapes.target_kind != "regression":
        return shapes.table["cost"]
    return (shapes.table["cost"] + shapes.loss).clip(lower=0) ** 0.5 - math.sqrt(shapes.loss)


def _leading(shapes: Shapes) -> pd.Series | None:
    """The most important term that has a name of its own; what a fix-up layer adds to all features has none."""
    rows = shapes.table[(shapes.table["order"] <= FEW_NAMES) & (shapes.table["importance"] > 0)]
    return rows.iloc[0] if len(rows) else None


def _error(shapes: Shapes, loss: float) -> float:
    return math.sqrt(loss) if shapes.target_kind == "regression" else loss


def _cost(shapes: Shapes, term: int) -> str:
    """What leaving one term out does to the error."""
    without = float(shapes.table["cost"].iloc[term]) + shapes.loss
    before, after = alike(_error(shapes, shapes.loss), _error(shapes, without))
    if before == after:
        return f"Without it, {loss_name(shapes)} on held-out rows stays {before}."
    return f"Without it, {loss_name(shapes)} on held-out rows goes from {before} to {after}."


def _how_good(models: Mapping[str, Shapes]) -> str:
    """The metric on held-out rows, of the worst and the best model."""
    ranked = sorted(models, key=lambda name: models[name].metric_value)
    worst, best = models[ranked[0]].metric_value, models[ranked[-1]].metric_value
    explains = "explains {} of the variance of held-out rows"
    if next(iter(models.values())).metric != "R2":
        explains = "classifies {} of held-out rows correctly"
    low, high = (percent(max(0.0, value)) for value in (worst, best))
    if len(models) == 1:
        return f"It {explains.format(high)}."
    if low == high:
        return f"Each {explains.format(high)}."
    return f"{named(ranked[0])} {explains.format(low)}, {named(ranked[-1])} {high}."


def _span(sizes: Sequence[float]) -> str:
    if len(sizes) == 1:
        return number(sizes[0])
    low, high = alike(min(sizes), max(sizes))
    return low if low == high else f"{low} to {high}"


def _at(point: pd.Series) -> str:
    ends = [""] if "feature" in point else ["_1", "_2"]
    return " and ".join(f"{named(str(point[f'feature{end}']))} = {_value(point, end)}" for end in ends)


def _value(point: pd.Series, end: str) -> str:
    level = str(point[f"level{end}"])
    return named(level) if level else table_value(float(point[f"value{end}"]))


def _any_of(models: Mapping[str, Shapes]) -> str:
    return _listed([named(name) for name in models], "or")


def _all_of(names: Sequence[str]) -> str:
    return f"in all {len(names)} models" if len(names) > 2 else f"in {_listed([named(name) for name in names])}"


def _listed(parts: Sequence[str], last: str = "and") -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def finding_of_one(shapes: Shapes) -> str:
    """Return the finding of a single model."""
    return shapes_finding({shapes.provenance.model: shapes})


def caveats_of_one(shapes: Shapes) -> tuple[str, ...]:
    """Return the caveats of a single model."""
    return tuple(shapes_caveats({shapes.provenance.model: shapes}))
