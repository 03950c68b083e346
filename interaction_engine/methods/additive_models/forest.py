"""Random forest: the baseline that learns interactions of any order and has no shapes to read."""

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from ...core.compute import Compute
from ...core.types import Report, TargetKind, silent
from ...models.adapters.estimators import estimator_model
from ...models.adapters.forest import Forest
from ...models.training.learning_rows import learning_rows
from ...models.training.mlp import Seed
from .registration import FOREST

if TYPE_CHECKING:
    from ...data.dataset import Dataset


Trees = Annotated[int, Field(ge=1, le=10_000, title="Trees", description="How many trees vote.")]
Leaf = Annotated[int, Field(ge=1, le=10_000, title="Rows per leaf", description="Rows that a leaf has at least.")]
Share = Annotated[
    float,
    Field(gt=0, le=1, title="Share of features", description="Of the features, how many each cut may choose among."),
]

STEPS = 10
"""Parts in which the forest grows, between which it can be told and stopped."""


def train_forest(
    data: "Dataset",
    *,
    trees: Trees = 200,
    leaf: Leaf = 1,
    share: Share = 0.5,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Forest:
    """Grow a random forest on the training rows of `data`; a level of a category is its place, as it is for any tree.

    The model can only be asked, and has no shapes. Raises `InputError` when the training rows are too few.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    rows, values = learning_rows(data)
    kind: Any = RandomForestRegressor if data.target.kind is TargetKind.REGRESSION else RandomForestClassifier
    forest: Any = kind(
        n_estimators=0, min_samples_leaf=leaf, max_features=share, n_jobs=1, random_state=seed, warm_start=True
    )
    for step in range(min(STEPS, trees)):
        forest.set_params(n_estimators=trees * (step + 1) // min(STEPS, trees))
        forest.fit(rows, values)
        report((step + 1) / min(STEPS, trees), f"{forest.n_estimators} of {trees} trees")
    model = estimator_model(forest, data.space, data.target, FOREST.name)
    return Forest(**{item.name: getattr(model, item.name) for item in fields(model)}, estimator=forest)
