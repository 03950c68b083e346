"""What a Bayesian network says of its pairs as a result: the ranking, the regions, what chance makes, and the notes."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64

from ...core.errors import ModelError
from ...core.result import Provenance
from ...core.run_context import RunContext
from ...core.status import BayesianStatus
from ...models.interval_calibration import MOST_ROWS, interval_calibration
from ...models.metrics import skill
from ...numerics.derivatives.group_hessians import GroupHessians as Measured
from ..common.pair_tables import truth_of
from ..common.regions import changes, regions_table, settled
from .null_models import NullScores
from .posterior_study import PosteriorStudy
from .result import GroupHessians

LEVEL, RISK = 0.95, 0.05
INTERVAL = (
    "credible interval (mean and two standard deviations of the networks drawn; begins at 0 where the pair is not "
    "significant)"
)
FEWEST_DRAWS = 20
"""With fewer, no Bayesian p can be below 5 %."""


def group_hessians_result(
    run: RunContext,
    study: PosteriorStudy,
    measured: Measured,
    null: NullScores | None,
    top_k: int,
    progress: Callable[[float], None],
) -> GroupHessians:
    """Return the result; `progress` is called with the share of the work here that is done."""
    tried, labels = study.divided
    if not np.isfinite(measured.strength.mean).all():
        raise ModelError(f"The derivatives of `{study.model.name}` are no numbers; train it again.")
    delta = changes(measured.strength.mean)
    division = tried.index(study.groups or settled(tried, delta, measured.strength.mean))
    chances = study.contours(measured, progress)
    table = _table(study, measured, chances, null, division)
    unit = study.model.unit
    return GroupHessians(
        provenance=_provenance(study, run),
        features=study.data.space.names,
        table=table,
        groups=int(labels[division].max()) + 1,
        draws=study.n_draws,
        choosing=pd.DataFrame({"groups": tried[1:], "delta": delta}),
        regions=regions_table(study.data.space, study.values, labels[division]),
        region_effects=_region_effects(study, measured, division, table.head(top_k)),
        screening=_screening(study),
        calibration=interval_calibration(study.model, study.networks, study.data, study.seed),
        null=pd.DataFrame({"permutation": [], "largest": []}) if null is None else null.largest(division),
        unit=unit,
        interval=INTERVAL,
        level=LEVEL,
        truth=truth_of(study.data),
    )


def _table(
    study: PosteriorStudy,
    measured: Measured,
    bayes_p: Float64[np.ndarray, " pairs"],
    null: NullScores | None,
    division: int,
) -> pd.DataFrame:
    """The pairs, strongest first.

    A strength is a size, above 0 in every network: its interval begins at 0 unless the pair is significant.
    """
    strength, deviation = measured.strength.mean[division], measured.strength.deviation[division]
    p_value, q_value = (np.full(len(strength), np.nan),) * 2 if null is None else null.compared(strength, division)
    order = np.argsort(-strength, kind="stable")
    first, second = (study.names[ends] for ends in measured.pairs)
    significant = bayes_p < RISK
    lower = np.where(significant, np.maximum(0.0, strength - 2.0 * deviation), 0.0)
    table = pd.DataFrame(
        {
            "feature_1": first,
            "feature_2": second,
            "strength": strength,
            "effect": strength,
            "lower": lower,
            "upper": strength + 2.0 * deviation,
            "pulls": len(study.values),
            "status": np.where(significant, BayesianStatus.SIGNIFICANT.value, BayesianStatus.NOT_SIGNIFICANT.value),
            "deviation": deviation,
            "bayes_p": bayes_p,
            "aeh": measured.strength.mean[0],
            "eah": measured.eah.mean,
            "p_value": p_value,
            "q_value": q_value,
            "standard_error": deviation,
        }
    ).iloc[order]
    table = table.reset_index(drop=True)
    table.insert(8, "rank", np.arange(1, len(table) + 1))
    return table


def _region_effects(study: PosteriorStudy, measured: Measured, division: int, strongest: pd.DataFrame) -> pd.DataFrame:
    """Signed mean Hessians of the strongest pairs in each region."""
    begin = sum(int(labels.max()) + 1 for labels in study.divided[1][:division])
    count = int(study.divided[1][division].max()) + 1
    places = {
        tuple(pair): place for place, pair in enumerate(zip(*(study.names[e] for e in measured.pairs), strict=True))
    }
    chosen = [places[pair] for pair in zip(strongest["feature_1"], strongest["feature_2"], strict=True)]
    effect = measured.signed.mean[begin : begin + count][:, chosen]
    reach = 2.0 * measured.signed.deviation[begin : begin + count][:, chosen]
    several = study.blocks.several[measured.pairs[:, chosen]]
    return pd.DataFrame(
        {
            "region": np.repeat(np.arange(1, count + 1), len(chosen)),
            "feature_1": np.tile(strongest["feature_1"].to_numpy(dtype=object), count),
            "feature_2": np.tile(strongest["feature_2"].to_numpy(dtype=object), count),
            "effect": effect.ravel(),
            "lower": (effect - reach).ravel(),
            "upper": (effect + reach).ravel(),
            "signed": np.tile(~several.any(axis=0), count),
        }
    )


def _screening(study: PosteriorStudy) -> pd.DataFrame:
    dropout = study.model.feature_dropout
    order = np.argsort(dropout, kind="stable")
    names = np.array(study.data.space.names, dtype=object)
    return pd.DataFrame({"feature": names[order], "dropout": dropout[order]})


def _provenance(study: PosteriorStudy, run: RunContext) -> Provenance:
    data, notes = study.data, []
    if _says_little(study):
        notes.append(
            "On rows that it has not seen, the network predicts no better than always saying the same; what it says of "
            "pairs holds for those that it has seen."
        )
    if len(study.features) < len(data.space):
        notes.append(
            f"Of {len(data.space):,} features, the {len(study.features):,} that the network leaves out least were "
            "examined."
        )
    if study.n_draws < FEWEST_DRAWS:
        least = 1 / (study.n_draws + 1)
        notes.append(f"With {study.n_draws} networks drawn no Bayesian p can be below {least:.2g}; draw more of them.")
    far = [f"{name} ({step:.2g})" for name, step in zip(data.space.names, study.steps, strict=True) if step < 1]
    if far:
        notes.append(
            "Extreme values inflate the standard deviation of some features; for these, the effects are per robust "
            f"standard deviation, from quantiles (its share of the plain one in brackets): {', '.join(far)}."
        )
    return run.provenance(
        model=study.model.name,
        device=str(study.model.device),
        rows=len(study.values),
        evaluations=study.n_draws * len(study.values),
        notes=notes,
    )


def _says_little(study: PosteriorStudy) -> bool:
    """Whether the network has learned nothing that holds for the held-out rows."""
    data, rows = study.data, study.data.held_out_rows[:MOST_ROWS]
    if not len(rows):
        return False
    scores = study.model.scores(torch.tensor(data.rows[rows]))[0].double().cpu().numpy()
    return skill(scores, data.target_values[rows], data.target, study.model.class_index) <= 0
