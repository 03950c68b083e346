"""An additive model some of whose terms were edited: curves redrawn, terms switched off, everything else as it was."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ....core.errors import InputError
from ....core.types import Capability, FeatureSpace, Target
from ...base import TabularModel
from ...networks.mlp import TrainingRecord
from ..paraace import ParaAce
from ..refits import Bands, bands_of_terms
from ..shape_result import Shapes
from ..shapes import Terms, build_shapes
from ..terms import TermModel
from .corrections import Points, at
from .edits import Edit
from .patching import Base, Patched, patched

if TYPE_CHECKING:
    from ....data.dataset import Dataset

ROWS_PER_CALL = 1024


@dataclass(frozen=True, eq=False)
class Edited(TabularModel):
    """`base` with the `edits` made to its terms; implements `Model`.

    `pure` are the terms of the unedited model as they were when it was edited, whatever data they are drawn on later.
    `curves` has, for each term of one feature that was redrawn, in the order of the edits, the points of its new curve
    in table values: it replaces the old one wholly, is straight between the points and level beyond them. The score is
    that of the base, plus new less old over the edited terms.
    """

    base: Base
    pure: Terms
    edits: tuple[Edit, ...]
    curves: tuple[Points, ...]
    class_index: int | None = None
    name: str = "edited"
    record: TrainingRecord | None = None

    predicts_in_double = True

    def __post_init__(self) -> None:
        if len(self.curves) != len(self.redrawn):
            raise InputError(
                f"An edited model needs a curve for each term that was redrawn ({len(self.redrawn)}); "
                f"got {len(self.curves)}. Edit the model again."
            )

    @property
    def space(self) -> FeatureSpace:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The features."""
        return self.base.space

    @property
    def target(self) -> Target:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What is predicted."""
        return self.base.target

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What methods may ask of it."""
        return self.base.capabilities

    @property
    def notes(self) -> tuple[str, ...]:
        """What was edited, in one sentence."""
        count = len(self.off) + len(self.redrawn)
        return (f"{count} {'term was' if count == 1 else 'terms were'} edited by hand.",)

    @cached_property
    def off(self) -> tuple[int, ...]:
        """The places of the terms that are left out."""
        return tuple(dict.fromkeys(term for edit in self.edits if edit.kind == "off" for term in self._terms_of(edit)))

    @cached_property
    def redrawn(self) -> tuple[int, ...]:
        """The places of the terms with a curve of their own, in the order of the edits."""
        places = (self._terms_of(edit)[0] for edit in self.edits if edit.kind != "off")
        return tuple(dict.fromkeys(term for term in places if term not in self.off))

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The features of each term that is left."""
        return tuple(self.pure.members[term] for term in self._left)

    @property
    def intercept(self) -> Float64[Tensor, " outputs"]:
        """What the terms are added to, one number per output."""
        return self.pure.intercept

    @cached_property
    def patch(self) -> Patched:
        """What is computed instead of the base: without the terms that changed, and with what stands in for them."""
        return patched(self.base, self.pure, dict(zip(self.redrawn, self.curves, strict=True)), self.off).to(
            self.device
        )

    @property
    def n_parameters(self) -> int:
        """Numbers that were learnt and take part in the score; 0 where they cannot be counted."""
        return self.patch.n_parameters

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        knots = self.patch.corrections.curves.knots
        return self.base.row_bytes + 8 * (4 * len(knots) * len(self.intercept) + 2 * self.space.n_columns)

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.base.device

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, without gradients."""
        patch = self.patch  # made outside: what inference mode makes cannot be differentiated later
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            return torch.cat([self.head(patch.outputs(part)) for part in parts])[None]

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows, where the base has them; differentiable in them."""
        return self.head(self.patch.encoded_outputs(encoded))[None]

    def contributions(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows terms outputs"]:
        """What each term that is left adds to each output: the base's own where it was not edited."""
        added = self.pure.contributions(rows).clone()
        values = rows.cpu().numpy()
        for term, curve in zip(self.redrawn, self.curves, strict=True):
            added[:, term] = torch.from_numpy(at(curve, values[:, self.pure.members[term][0]])).to(added)
        return added[:, list(self._left)]

    def shapes(self, data: "Dataset") -> Shapes:
        """The terms that are left as curves and maps, the edited ones as they were drawn."""
        whole = any(len(one) == len(self.space) for one in self.members)
        link = "fix-up" if whole and isinstance(self.base, ParaAce) else None
        bands = self._bands(data)
        bands["notes"] = (*self.notes, *bands["notes"])
        return build_shapes(self, data, self, title="Shapes of an edited model", link=link, **bands)

    def to(self, device: str) -> "Edited":
        """The same model computing on another device; its terms are drawn where they were."""
        return replace(self, base=self.base.to(device))

    def double(self) -> "Edited":
        """Return the same model computing in float64; its terms stay as they were drawn."""
        return replace(self, base=self.base.double())

    @cached_property
    def _left(self) -> tuple[int, ...]:
        return tuple(term for term in range(len(self.pure.members)) if term not in self.off)

    def _bands(self, data: "Dataset") -> Bands:
        """How sure the terms are that were left as they were; a curve drawn by hand has no such thing."""
        if isinstance(self.base, TermModel):
            known = self.base.spread if len(self.base.curve_bags) > 1 else None
            bands = Bands(spread=known, interval=self.base.interval, notes=self.base.notes)
        else:
            network, beyond = (self.base.additive(), 1) if isinstance(self.base, ParaAce) else (self.base, 0)
            bands = bands_of_terms(network, data, beyond=beyond)
        whole = bands["spread"]
        if whole is None:
            return bands

        def spread(rows: np.ndarray) -> np.ndarray:
            values = whole(rows)
            values[:, list(self.redrawn)] = np.nan
            return values[:, list(self._left)]

        return Bands(spread=spread, interval=bands["interval"], notes=bands["notes"])

    def _terms_of(self, edit: Edit) -> tuple[int, ...]:
        """The places of the terms of an edit's features; `InputError` when there is none."""
        return terms_of(edit, self.pure, self.space)


def terms_of(edit: Edit, pure: Terms, space: FeatureSpace) -> tuple[int, ...]:
    """The places of the terms that an edit means; `InputError` when the model has none of its features."""
    requested = {space.index(name) for name in edit.features}
    result = tuple(term for term, members in enumerate(pure.members) if set(members) == requested)
    if not result:
        named = " and ".join(f"`{name}`" for name in edit.features)
        raise InputError(f"The model has no term of {named} that could be edited; choose one of its list of terms.")
    return result
