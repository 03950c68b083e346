"""Options that several methods share, defined once: type, range, title and description."""

from typing import Annotated, Literal

from pydantic import Field

TopK = Annotated[int, Field(ge=1, title="Strongest pairs", description="How many pairs to name as the strongest.")]
UsualTopK = Annotated[
    int | None,
    Field(
        ge=1,
        title="Strongest pairs",
        description="How many pairs to look for. Empty: 10, or a third of the pairs if that is less.",
        json_schema_extra={"placeholder": "10"},
    ),
]
Background = Annotated[
    int, Field(ge=2, title="Background rows", description="Rows of the data around which to move features.")
]
Population = Annotated[
    int | None,
    Field(
        ge=2,
        title="Background rows",
        description="Rows that strengths are means over, drawn from the training rows. Empty: all training rows.",
        json_schema_extra={"placeholder": "all"},
    ),
]
Scheme = Annotated[
    Literal["auto", "central", "forward", "quantile", "swap"],
    Field(
        title="How features are moved",
        description="auto: numbers by a step up and down, skewed ones along their ranks, others by taking the value of "
        "another row.",
    ),
]
Conditioning = Annotated[
    Literal["marginal", "conditional"],
    Field(
        title="Moves keep to the data",
        description="conditional: features move only as far as the other features leave them free.",
    ),
]
LookAtSupport = Annotated[
    bool,
    Field(
        title="Compare moves with the data",
        description="Report for the strongest pairs how many of their moves look like rows of the data.",
    ),
]
Step = Annotated[
    float, Field(gt=0, le=10, title="Step", description="In standard deviations; the paper advises 0.6 to 0.9.")
]
Cross = Annotated[
    bool,
    Field(
        title="Cross-network strength",
        description="For an ensemble: the product of two networks' differences, in which their noise cancels.",
    ),
]
SecondOpinion = Annotated[
    bool,
    Field(
        title="Second opinion",
        description="Fit a boosted additive model to the same rows, and say whether it shows the strongest pair too.",
    ),
]
Seed = Annotated[int, Field(ge=0, title="Seed", description="The same seed gives the same result.")]
