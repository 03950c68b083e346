"""Expected Hessians: single predictions explained against many rows of the data instead of one baseline."""

from typing import Annotated, Literal

from pydantic import Field

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from ...masking.baselines import drawn_baseline
from ..common.pair_tables import Highlighted, check_features
from .explainer import Explainer
from .integrated_hessians import Beta, Nodes, QuadratureChoice, Row, Rows
from .registration import EXPECTED_HESSIANS
from .result import RowExplanations
from .row_explanations import chosen_rows, row_explanations

BaselineChoice = Annotated[
    Literal["data", "held_out"],
    Field(title="Baseline", description="Rows that are drawn: training rows, or the held-out ones."),
]
Baselines = Annotated[
    int,
    Field(
        ge=1,
        le=10_000,
        title="Rows to compare with",
        description="How many rows each explanation begins at in turn; the average counts.",
    ),
]


@in_context(EXPECTED_HESSIANS)
def expected_hessians(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    rows: Rows = 200,
    row: Row = None,
    baseline: BaselineChoice = "data",
    baselines: Baselines = 16,
    top_k: Highlighted = 20,
    beta: Beta = 10.0,
    nodes: Nodes = None,
    quadrature: QuadratureChoice = "gauss",
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> RowExplanations:
    """What each feature and each pair of features adds to single predictions against the average of the data.

    Attributions (Expected Gradients) and interactions are those of `integrated_hessians`, averaged over baselines drawn
    from the data, so that no single baseline has to be chosen; they sum to what the score gains over the mean
    score of the baselines. Raises what `integrated_hessians` raises.
    """
    check_features(data)
    places = chosen_rows(data, rows, row, seed)
    place = drawn_baseline(data, baselines, seed, held_out=baseline == "held_out")
    explainer = Explainer(model, data, place, beta, nodes, quadrature, compute)
    return row_explanations(run, explainer, places, report)
