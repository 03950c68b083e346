"""What all finite-difference detections of one model on one data set share.

The background rows, how every feature is moved, and the strength of a joint effect.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import cast

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.result import Provenance
from ...core.run_context import RunContext
from ...core.types import Capability, Model, Perceptron
from ...data.dataset import Dataset
from ...models.inspection.reading import leaves_of
from ...models.ranges import box_of, effect_bound
from ...models.structure import Structure, combinable
from ...numerics import moves as perturbations
from ...numerics.dependence import INSEPARABLE, Dependence
from ...numerics.differences import MixedDifferences
from ...numerics.leaf_differences import LeafDifferences

MOST_FEATURES = 2000
"""Two million pairs: beyond, the bookkeeping of the pairs alone outgrows an ordinary machine."""

MOST_BOUNDED = 20_000
"""Sets whose joint effect is bounded from the model's structure: a few seconds."""

STRAYED = 1.0 / 3.0
"""Share of moved values outside the range of the data that is worth a word; of a uniform feature it is 0.22."""


@dataclass(frozen=True, kw_only=True)
class PerturbationOptions:
    """How features are moved, and around which rows.

    Attributes:
        background: Number of training rows in the population, drawn at random; None for all.
        scheme: How features are moved.
        step: Step in standard deviations.
        moves: Whether features move freely ("marginal"), or only as far as the other features leave them free
            ("conditional").
        cross: Whether strengths of an ensemble are products of the effects of two networks.
        seed: Seed of the order of the rows.
    """

    background: int | None = None
    scheme: str = "auto"
    step: float = 0.75
    moves: str = "marginal"
    cross: bool = True
    seed: int = 0

    @classmethod
    def of(cls, run: RunContext) -> "PerturbationOptions":
        """Return those among the options of a run."""
        given = {one.name: run.options[one.name] for one in fields(cls) if one.name in run.options}
        return cls(**given, seed=run.seed)


class PerturbationContext:
    """One model on one random permutation of background rows, every feature moved by one scheme.

    `differences(order)` gives joint effects, computed in float64 from order 3 on, where differences are divided by high
    powers of the step. `crossed` says that strengths are products of the effects of two different members. Raises
    `InputError` for fewer than two features or rows, and for more features than pairs can be kept of.
    """

    def __init__(
        self,
        model: Model,
        data: Dataset,
        options: PerturbationOptions,
        compute: Compute,
        freedom: Dependence | None = None,
    ) -> None:
        self.model, self.data = model.to(compute.torch_device), data
        self.scheme, self.seed, self.compute = options.scheme, options.seed, compute
        n_features = len(data.space)
        if n_features < 2:
            raise InputError(
                f"Pairs need at least 2 features; `{data.name}` has {n_features}. Make features of more columns."
            )
        if n_features > MOST_FEATURES:
            raise InputError(
                f"Pairs of at most {MOST_FEATURES:,} features can be raced; `{data.name}` has {n_features:,}. "
                "Ignore the columns that matter least."
            )
        self.rows = torch.from_numpy(data.background(options.background or len(data.train_rows), self.seed))
        if len(self.rows) < 2:
            raise InputError(
                f"`background` needs at least 2 rows; `{data.name}` gives {len(self.rows)}. Load more rows."
            )
        known, conditional = data.rows[data.train_rows], options.moves == "conditional"
        self.moved = perturbations.moves(
            data.space,
            self.rows,
            options.scheme,
            options.step,
            known,
            conditional=conditional,
            freedom=freedom,
            seed=options.seed,
        )
        self.crossed = options.cross and model.n_members > 1

    def differences(self, order: int) -> MixedDifferences:
        """Joint effects of sets of that many features."""
        return self._single if order <= 2 else self._double

    @property
    def evaluations(self) -> int:
        """Scores asked of the model so far."""
        return sum(one.evaluations for one in self._made) + (len(self.rows) if "spread" in self.__dict__ else 0)

    @cached_property
    def spread(self) -> float:
        """Standard deviation of the prediction (the members' mean) over the background rows."""
        with torch.inference_mode():
            return float(self.model.scores(self.rows).double().mean(0).std(correction=0))

    @property
    def population(self) -> str:
        """The rows that strengths are means over, in words."""
        n_rows, n_training = len(self.rows), len(self.data.train_rows)
        if n_rows == n_training:
            return f"all {n_rows:,} training rows"
        return f"{n_rows:,} of the {n_training:,} training rows, drawn at random"

    def combined(self, subsets: Tensor) -> Bool[Tensor, " subsets"]:
        """Which sets the model can combine; the mixed differences of the others are exactly 0."""
        if self._structure is None:
            return torch.ones(len(subsets), dtype=torch.bool)
        return self._structure.allows(subsets)

    @property
    def structure_reason(self) -> str:
        """Why the model cannot combine the sets that it cannot combine."""
        return "" if self._structure is None else self._structure.reason

    @cached_property
    def _structure(self) -> Structure | None:
        return combinable(self.model)

    def effect_bound(self, subsets: Tensor) -> Float[Tensor, " subsets"] | None:
        """The largest joint effect of each set, in the score's unit, that the model allows.

        None where unknown, and for so many sets that looking costs more than it can save.
        """
        if not 0 < len(subsets) <= MOST_BOUNDED:
            return None
        low, high, span = box_of(self.rows, self.moved)
        return effect_bound(self.model, subsets, low, high, span=span)

    @property
    def unit(self) -> str:
        """What a score is measured in."""
        return self.model.unit

    def span(self, subsets: Tensor) -> Float[Tensor, " subsets"]:
        """By what the joint effects of sets are divided: the product of their features' spans."""
        return self.moved.span[subsets].prod(1)

    def strengths(self, local: Float[Tensor, "members subsets rows"]) -> Float[Tensor, "subsets rows"]:
        """Return the strength, row by row, from mixed differences.

        The square of the members' mean, or, crossed, the product of two different members' averaged over the
        pairs of members: a U-statistic, in which the noise of single networks has mean zero.
        """
        if not self.crossed:
            return local.mean(0).square()
        n_members = len(local)
        return (local.sum(0) ** 2 - (local**2).sum(0)) / (n_members * (n_members - 1))

    def provenance(self, run: RunContext, *notes: str) -> Provenance:
        """Return how a result of `run` came about; `notes` come before those on the perturbations."""
        return run.provenance(
            model=self.model.name,
            device=str(self.model.device),
            rows=len(self.rows),
            evaluations=self.evaluations,
            notes=(*notes, *self._notes()),
        )

    def truth(self) -> tuple[tuple[str, ...], ...] | None:
        """The true interactions, each in the order of the features."""
        if self.data.truth is None:
            return None
        return tuple(sorted(tuple(sorted(one, key=self.data.space.index)) for one in self.data.truth))

    @cached_property
    def _single(self) -> MixedDifferences:
        return MixedDifferences(self.model, self.rows, self.moved, self.compute, self._leaves)

    @cached_property
    def _double(self) -> MixedDifferences:
        is_network = Capability.MLP_WEIGHTS in self.model.capabilities
        model = cast(Perceptron, self.model).double() if is_network else self.model
        return MixedDifferences(model, self.rows, self.moved, self.compute, self._leaves)

    @property
    def _made(self) -> list[MixedDifferences]:
        """The joint effects that were asked for."""
        return [self.__dict__[name] for name in ("_single", "_double") if name in self.__dict__]

    @cached_property
    def _leaves(self) -> LeafDifferences | None:
        """Joint effects from the leaves of the model's trees, where it is a sum of trees."""
        leaves = leaves_of(self.model)
        return None if leaves is None else LeafDifferences(leaves, self.rows, self.moved)

    def _strayed(self) -> list[tuple[str, float]]:
        """Features whose moved values often lie outside the range of the data, with the share that does."""
        low, high = self.data.rows.min(0), self.data.rows.max(0)
        outside = ((self.moved.low.numpy() < low).mean(0) + (self.moved.high.numpy() > high).mean(0)) / 2.0
        return [(self.data.space.names[index], float(outside[index])) for index in np.flatnonzero(outside > STRAYED)]

    def _moved_otherwise(self) -> list[str]:
        """Which features were not moved by a plain step, unless all were asked to be moved so."""
        names = {
            kind: ", ".join(
                name for name, one in zip(self.data.space.names, self.moved.schemes, strict=True) if one == kind
            )
            for kind in ("swap", "quantile")
        }
        notes = []
        if names["swap"] and self.scheme != "swap":
            notes.append(
                f"Features without a meaningful step were moved by taking another row's value: {names['swap']}."
            )
        if names["quantile"] and self.scheme != "quantile":
            notes.append(
                "Skewed or heavy-tailed features were moved along their ranks, within the range of your data, as far "
                f"as the step moves a normal feature: {names['quantile']}."
            )
        return notes

    def _inseparable(self) -> list[str]:
        """What conditional moves found out about features that follow from others."""
        result = () if self.moved.freedom is None else self.moved.freedom.groups
        groups = [" and ".join(self.data.space.names[at] for at in members) for members in result]
        if not groups:
            return []
        return [
            f"Your data never separate {'; '.join(groups)}: with the others known, less than {INSEPARABLE:.0%} of the "
            "spread of one is left. Read them as one group; which of them interacts with others cannot be told."
        ]

    def _notes(self) -> tuple[str, ...]:
        notes = [*self._moved_otherwise(), *self._inseparable()]
        strayed = self._strayed()
        if strayed:
            notes.append(
                "Steps lead far outside the values that your data have of "
                + ", ".join(f"{name} ({share:.0%} of the moved values)" for name, share in strayed)
                + ": what the model says there is a guess. A smaller step, or clipping outliers, keeps it nearer."
            )
        spared = sum(one.spared for one in self._made)
        if spared:
            notes.append(
                f"{spared:,} of the {self.evaluations:,} evaluations were not made: the leaves of its trees give the "
                "same joint effects."
            )
        if self.crossed:
            notes.append(
                f"Strength is the average product over pairs of {self.model.n_members} separately seeded networks; "
                "where there is no interaction it scatters around 0 and can be slightly negative."
            )
        return tuple(notes)
