"""The view of an additive model: its terms as curves and maps, with what each is worth."""

from typing import Protocol, cast

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.types import Capability, Model, Report, silent
from ...data.dataset import Dataset
from ...models.additive.shape_result import Shapes

__all__ = ["shapes"]


class Drawable(Protocol):
    """A model with the capability `terms`."""

    def shapes(self, data: Dataset) -> Shapes: ...


def shapes(model: Model, data: Dataset, *, compute: Compute = Compute(), report: Report = silent) -> Shapes:
    """The terms of an additive model as curves and maps over the rows of `data`, most important first.

    Effects, importance and cost are in the unit of the model's score; the figures on held-out rows are those of `data`.
    Works where the model is. Raises `InputError` when the model is no sum of terms.
    """
    if Capability.TERMS not in model.capabilities:
        raise InputError(
            f"The model `{model.name}` is no sum of terms, so it has no shapes; "
            "train one that is: nit, paraace, ebm, gam or linear."
        )
    report(0.1, "Separating the terms and drawing them")
    return cast(Drawable, model).shapes(data)
