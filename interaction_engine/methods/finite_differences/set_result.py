"""Sets of features of any order, ranked by how strongly they act together."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pandas as pd

from ...core.errors import InputError
from ...core.result import Result
from ..common.pair_result import PairInteractions

SUBSET_COLUMNS = ("features", "order", "kind", "strength", "effect", "lower", "upper", "pulls", "status", "rank")


@dataclass(frozen=True, kw_only=True)
class SubsetInteractions(Result):
    """Which sets of features act together, order by order, how strongly, and how sure that is.

    `table` has a row per set that was tried, by order and from strongest to weakest: SUBSET_COLUMNS, `standard_error`
    and `reference`. `features` is a tuple of names in the table's order; `strength`, `effect`, `lower`, `upper`,
    `pulls` and `standard_error` are as for pairs (see `PairInteractions`), of the mixed difference of that `order`;
    `reference` is the strength that a set without interaction may show: `status` is certified (accepted: proven above
    its reference and among the `top_k` strongest), excluded (proven not to be) or undecided; `rank` counts within
    an order; `tie_group`, `unseen_rows` and `reason` are as for pairs.

    `levels` has a row per order: order, cliques (of the graph; at order 2 all pairs), candidates (tried), accepted,
    excluded, undecided, refused (cliques of which some smaller set was not accepted), skipped (left out by the limit
    on candidates), planned_evaluations, planned_seconds (told before the order began), evaluations, seconds, interval
    (the kind of interval, in words), assumption, audit and settled (see `PairInteractions`). `refused` has the
    refused cliques, at most some hundred per order: features, order, missing (the smaller set that was not accepted).
    `nodes` has a row per feature: feature, effect (root mean square of its main effect, in `unit`), cluster (0, 1,
    ...; -1 for a feature without accepted pair), x, y (its place on a circle in the table's order, the same in every
    run), drawn_x, drawn_y (its place by the interactions of this run). `trace` has the intervals while the method
    ran: features, pulls, mean, lower, upper. `truth` holds the true interactions where known.
    """

    family: ClassVar[str] = "subsets"

    features: tuple[str, ...]
    table: pd.DataFrame
    levels: pd.DataFrame
    refused: pd.DataFrame
    nodes: pd.DataFrame
    unit: str
    level: float
    truth: tuple[tuple[str, ...], ...] | None
    trace: pd.DataFrame
    tie: float = 0.0

    def to_frame(self) -> pd.DataFrame:
        """Return the sets, strongest first."""
        return self.table.loc[:, list(SUBSET_COLUMNS)].copy()

    def without_certificates(self) -> "SubsetInteractions":
        """Also no set counts as accepted or excluded at any order, and no feature belongs to a cluster."""
        result = super().without_certificates()
        levels = self.levels.assign(accepted=0, excluded=0, undecided=self.levels["candidates"])
        return replace(result, levels=levels, nodes=self.nodes.assign(cluster=-1))

    def of_order(self, order: int) -> pd.DataFrame:
        """The rows of one order, from strongest to weakest."""
        return self.table[self.table["order"] == order].reset_index(drop=True)

    def accepted(self, order: int | None = None) -> pd.DataFrame:
        """The certified rows, of one order or of all."""
        rows = self.table if order is None else self.of_order(order)
        return rows[rows["status"] == "certified"].reset_index(drop=True)

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders at which sets were tried."""
        return tuple(int(order) for order in self.levels["order"])

    def pairs(self) -> PairInteractions:
        """Order 2 as a result of its own, for everything that shows pairs."""
        return PairInteractions(
            provenance=self.provenance,
            features=self.features,
            table=_named_pairs(self.of_order(2)),
            unit=self.unit,
            interval=str(self.levels["interval"].iloc[0]),
            level=self.level,
            truth=self.truth,
            trace=_named_pairs(self.trace[self.trace["features"].map(len) == 2]),
            assumption=self._of_pairs("assumption"),
            audit=self._of_pairs("audit"),
            tie=self.tie,
            settled=bool(self.levels["settled"].iloc[0]) if "settled" in self.levels else True,
        )

    def _of_pairs(self, column: str) -> str:
        """A sentence of the levels about order 2; empty in results that were saved without it."""
        return str(self.levels[column].iloc[0]) if column in self.levels else ""

    def row(self, features: frozenset[str] | set[str]) -> dict[str, object]:
        """The row of one set as a dictionary; `InputError` when it was not tried."""
        result = self.table[self.table["features"].map(frozenset) == frozenset(features)]
        if result.empty:
            raise InputError(f"{', '.join(sorted(features))} was not tried as a set; choose one of the table.")
        return {str(name): value for name, value in result.iloc[0].items()}


def _named_pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows about sets of two with the column `features` as two columns of names."""
    ends = {f"feature_{end + 1}": [names[end] for names in rows["features"]] for end in (0, 1)}
    others = rows.drop(columns=["features", "order", "kind"], errors="ignore").reset_index(drop=True)
    return pd.concat([pd.DataFrame(ends, dtype="str"), others], axis=1)
