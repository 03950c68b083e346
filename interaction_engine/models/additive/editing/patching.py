"""An additive model some of whose terms are taken out, with other functions in their place."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ....core.types import TargetKind
from ....data.encoding import encode
from ...base import copied_to
from ..network import AdditiveNetwork, Subnets
from ..paraace import FixedUp, ParaAce
from ..purification import PureTerms
from ..shapes import Terms
from ..terms import TermModel
from .corrections import Corrections, Points, corrections, left_behind

Base = AdditiveNetwork | ParaAce | TermModel
"""Models whose terms can be edited."""


@dataclass(frozen=True, eq=False)
class Patched:
    """A model with some terms taken out and others in their place.

    The outputs are those of `rest`, less the subnets `removed` (where a fix-up stands over them, so that they
    cannot be left out), plus `corrections`, in the unit of the score.
    """

    rest: Base
    corrections: Corrections
    removed: Subnets | None = None

    @property
    def n_parameters(self) -> int:
        """Numbers that the model is made of."""
        removed = self.removed.n_parameters if self.removed else 0
        return self.rest.n_parameters + removed + self.corrections.n_parameters

    def outputs(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows outputs"]:
        """The outputs at rows of table values; what stands in for the terms is computed in float64."""
        encoded = encode(self.rest.space, rows, torch.float64)
        if isinstance(self.rest, TermModel):
            return self.rest.intercept + self.rest.contributions(rows).sum(1) + self.corrections(encoded)
        return self.encoded_outputs(encoded)

    def encoded_outputs(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows outputs"]:
        """The outputs at encoded rows, of a network; differentiable in them."""
        rest = self.rest
        assert not isinstance(rest, TermModel)
        inputs = encoded.to(rest.subnets.dtype)
        values = rest.subnets(inputs)
        sums = rest.fix_up(values[..., 0]) if isinstance(rest, ParaAce) else rest.intercept + values.sum(1)
        if self.removed:
            sums = sums - self.removed(inputs).sum(1)
        if rest.target.kind is TargetKind.REGRESSION:
            sums = sums * rest.scale + rest.shift
        return sums + self.corrections(encoded.to(self.corrections.constant.dtype))

    def to(self, device: str | torch.device) -> "Patched":
        """The same on another device."""
        removed = copied_to(self.removed, device) if self.removed else None
        return Patched(self.rest.to(str(device)), self.corrections.to(device), removed)

    def double(self) -> "Patched":
        """The same computing in float64."""
        rest = self.rest if isinstance(self.rest, TermModel) else self.rest.double()
        removed = copied_to(self.removed, torch.float64) if self.removed else None
        return replace(self, rest=rest, removed=removed)


def patched(base: Base, pure: Terms, curves: Mapping[int, Points], off: Collection[int]) -> Patched:
    """Return `base` with `curves` in the place of some of its terms, and without those that are `off`.

    `base` is the sum of the terms `pure`; curves, of one feature each, and `off` go by the places of the terms.
    """
    changed = {*curves, *off}
    drawn = {pure.members[term][0]: [points] for term, points in curves.items()}
    if isinstance(base, TermModel):
        kept = [term for term in range(len(pure.members)) if term not in changed]
        return Patched(_chosen(base, kept), corrections(base.space, torch.zeros_like(base.intercept), drawn))
    network, constant, residual_off = base, torch.zeros_like(pure.intercept), False
    if isinstance(pure, FixedUp):
        residual = len(pure.members) - 1
        residual_off = residual in changed
        changed -= {residual}
        if residual_off:
            network, constant = base.additive() if isinstance(base, ParaAce) else base, pure.mean
        pure = pure.terms
    assert isinstance(pure, PureTerms)
    means, moved, products = left_behind(pure, base.space, changed)
    every = {one: [*moved.get(one, []), *drawn.get(one, [])] for one in {*moved, *drawn}}
    stand_in = corrections(base.space, constant + means, every, products)
    taken = [subnet for subnet, owner in enumerate(pure.owners) if owner in changed]
    if isinstance(network, ParaAce):
        return Patched(network, stand_in, network.additive().subnets.chosen(taken) if taken else None)
    kept = [subnet for subnet in range(len(pure.owners)) if subnet not in set(taken)]
    return Patched(replace(network, subnets=network.subnets.chosen(kept), refits=None), stand_in)


def _chosen(model: TermModel, kept: list[int]) -> TermModel:
    """Only these terms of a model of terms."""
    mains = [term for term in kept if term < len(model.mains)]
    pairs = [term - len(model.mains) for term in kept if term >= len(model.mains)]
    curves = {name: getattr(model, name)[mains] for name in ("breaks", "origins", "curves")}
    maps = {name: getattr(model, name)[pairs] for name in ("first_cuts", "second_cuts", "maps")}
    bags = {"curve_bags": model.curve_bags[:, mains], "map_bags": model.map_bags[:, pairs]}
    places = {
        "mains": tuple(model.mains[term] for term in mains),
        "pairs": tuple(model.pairs[term] for term in pairs),
    }
    return replace(model, **places, **curves, **maps, **bags)
