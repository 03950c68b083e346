"""Integrated Hessians: single predictions explained from a baseline, down to pairs of features."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from ...masking.baselines import baseline_of
from ..common.pair_tables import Highlighted, check_features
from .explainer import Explainer
from .registration import INTEGRATED_HESSIANS
from .result import RowExplanations
from .row_explanations import chosen_rows, row_explanations

Rows = Annotated[
    int,
    Field(ge=1, le=100_000, title="Rows", description="How many training rows are drawn and explained."),
]
Row = Annotated[
    int | None,
    Field(
        ge=0,
        title="One row only",
        description="Its place in the data, from 0; then no other row is explained.",
        json_schema_extra={"placeholder": "none: rows are drawn"},
    ),
]
BaselineChoice = Annotated[
    Literal["zero", "mean", "median", "data"] | int | tuple[float | str, ...],
    Field(
        title="Baseline",
        description="Where each explanation begins; data: the average over drawn rows. Or a row, or all values.",
    ),
]
Beta = Annotated[
    float,
    Field(
        gt=0,
        le=1e6,
        title="Sharpness of kinks",
        description="How closely kinks of the model (ReLU) are followed where they are rounded; larger is closer.",
    ),
]
Nodes = Annotated[
    Annotated[int, Field(ge=2, le=256)] | None,  # the limits inside: None has none
    BeforeValidator(lambda given: None if given == "auto" else given),
    Field(
        title="Points on the way",
        description="At which derivatives are taken. Empty: as many as each row needs to add up to 0.1 %.",
        json_schema_extra={"placeholder": "as many as needed"},
    ),
]
QuadratureChoice = Annotated[
    Literal["gauss", "riemann"],
    Field(
        title="How points are placed",
        description="gauss: few and exact; riemann: the square of them in equal steps, as the paper has it.",
    ),
]


@in_context(INTEGRATED_HESSIANS)
def integrated_hessians(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    rows: Rows = 200,
    row: Row = None,
    baseline: BaselineChoice = "mean",
    top_k: Highlighted = 20,
    beta: Beta = 10.0,
    nodes: Nodes = None,
    quadrature: QuadratureChoice = "gauss",
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> RowExplanations:
    """What each feature and each pair of features adds to single predictions (Integrated Hessians paper, section 4).

    Attributions are Integrated Gradients, interactions their own attributions to every feature; of one row they sum to
    what its score gains over that of the baseline, up to the completeness gap, which is told. Columns of one feature
    are summed. Kinks of the model are rounded by softplus with `beta` (section 4.3). Strength of a pair is its mean
    |interaction| over the rows, effect the mean size of what it adds as a whole, in the score's unit. Raises
    `InputError` for a row or baseline that does not fit the data, and a model without derivatives or with none but 0;
    `ModelError` where they are no numbers.
    """
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    explainer = Explainer(model, data, baseline_of(data, baseline, seed), beta, nodes, quadrature, compute)
    return row_explanations(run, explainer, places, report)
