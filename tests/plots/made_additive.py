"""Results on the size of additive networks, made by formula."""

import pandas as pd

from interaction_engine.methods.additive_models.compression_result import COMPRESSION_COLUMNS, Compression
from tests.plots.made import provenance

PARAMETERS = {
    "paraace": 17_486,
    "random": 17_486,
    "gann": 5_171,
    "teacher": 4_959_461,
    "distillation": 17_380,
    "lottery": 17_485,
    "synflow": 17_486,
}
TITLES = {
    "paraace": "ParaACE",
    "random": "ParaACE, random pairs",
    "gann": "Curves alone",
    "teacher": "Teacher",
    "distillation": "Knowledge distillation",
    "lottery": "Lottery ticket",
    "synflow": "SynFlow",
}
ERRORS = (0.02, 0.024, 0.074, 0.029, 0.032, 0.145, 0.157)


def compression(
    *, errors=ERRORS, parameters=None, names=("hour", "temp"), target="count", classes=False
) -> Compression:
    """A comparison with these errors, in the order of the table."""
    sizes = PARAMETERS | (parameters or {})
    given = zip(TITLES.items(), errors, strict=True)
    rows = [(one, title, sizes[one], sizes["teacher"] / sizes[one], error, 12.0, "") for (one, title), error in given]
    rows[4] = (*rows[4][:-1], "Hidden layers 70-30.")
    return Compression(
        provenance=provenance(method="compression", title="Compression", options={"most_rows": 2000}),
        table=pd.DataFrame(rows, columns=list(COMPRESSION_COLUMNS)),
        target=target,
        metric="error rate" if classes else "NRMSE",
        unit="of the rows" if classes else "of the range of the target",
        interactions=(tuple(names),),
        random=(tuple(names),),
    )


def sizes(values, *, kind="nit", usual=True, seed=0) -> pd.DataFrame:
    """Networks of one kind: a value of the metric by size."""
    rows = [(kind, size, value, 5000 * (size + 1), 40.0, seed, usual) for size, value in values.items()]
    return pd.DataFrame(rows, columns=["kind", "size", "value", "n_parameters", "seconds", "seed", "usual"])
