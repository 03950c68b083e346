"""Edited models as files: their edits and new curves, and the terms of the base as they were."""

from typing import Any, Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from ....core.errors import InputError
from ....numerics.hats import Hats
from ...additive.editing.edited import Edited
from ...additive.editing.edits import Edit
from ...additive.editing.patching import Base
from ...additive.network import AdditiveNetwork, Members
from ...additive.paraace import FixedUp, ParaAce
from ...additive.purification import Moved, PureTerms
from ...additive.shapes import Terms
from ...additive.terms import TermModel
from ...networks.mlp import TrainingRecord
from .cards import FORMAT, STRICT, Tensors, check_members, check_tensor, part


@dataclass(config=STRICT, kw_only=True)
class EditedCard:
    """What the JSON of an edited model says.

    `base` is the card of the unedited model, `members` the features of its terms before any of them was edited
    (empty for a model of terms, which are its own), `knots` those of the hats of each move between terms.
    """

    architecture: Literal["edited"] = "edited"
    format: int
    name: str
    class_index: int | None
    record: TrainingRecord | None = None
    base: dict[str, Any]
    edits: tuple[Edit, ...]
    members: Members
    knots: tuple[int, ...]


def to_state(model: Edited) -> tuple[EditedCard, dict[str, Tensor]]:
    """All but the base, which is a network of its own."""
    pure = model.pure.terms if isinstance(model.pure, FixedUp) else model.pure
    members, moves = (pure.members, pure.moves) if isinstance(pure, PureTerms) else ((), ())
    written = EditedCard(
        format=FORMAT, name=model.name, class_index=model.class_index, record=model.record, base={},
        edits=model.edits, members=members, knots=tuple(move.hats.n_knots for move in moves),
    )  # fmt: skip
    tensors: dict[str, Tensor] = {}
    for place, (points, heights) in enumerate(model.curves):
        tensors |= {f"curve.{place}.points": torch.tensor(points), f"curve.{place}.heights": torch.tensor(heights)}
    if isinstance(pure, PureTerms):
        tensors |= {"pure.intercept": pure.intercept, "pure.means": pure.means}
    for place, move in enumerate(moves):
        tensors |= {f"move.{place}.{name}": getattr(move, name) for name in MOVED}
        tensors |= {f"move.{place}.hats.{name}": getattr(move.hats, name).clone() for name in HATS}
    if isinstance(model.pure, FixedUp):
        tensors["pure.residual"] = model.pure.mean
    return written, tensors


MOVED = ("sources", "targets", "sets", "coefficients")
HATS = ("knots", "used", "places")


def from_state(card: EditedCard, tensors: Tensors, base: Any) -> Edited:
    """The edited model over its base."""
    if not isinstance(base, Base):
        raise InputError("its base is no sum of terms")
    check_members(card.members, base.space)
    pure = _pure(card, tensors, base)
    n_curves = sum(name.startswith("curve.") for name in tensors) // 2
    curves = tuple(_curve(part(tensors, f"curve.{place}."), len(pure.intercept)) for place in range(n_curves))
    return Edited(base, pure, card.edits, curves, card.class_index, card.name, card.record)


def _pure(card: EditedCard, tensors: Tensors, base: Base) -> Terms:
    if isinstance(base, TermModel):
        return base
    network = base.double().additive() if isinstance(base, ParaAce) else base
    frozen = _frozen(card, tensors, network)
    if isinstance(base, ParaAce):
        check_tensor("the residual", tensors["pure.residual"], tuple(frozen.intercept.shape), torch.float64)
        return FixedUp(base.double(), frozen, tensors["pure.residual"])
    return frozen


def _frozen(card: EditedCard, tensors: Tensors, network: AdditiveNetwork) -> PureTerms:
    """The terms as purification left them, over the functions of the network."""
    n_terms, n_outputs = len(card.members), len(network.intercept)
    check_tensor("the intercept of the terms", tensors["pure.intercept"], (n_outputs,), torch.float64)
    check_tensor("the means of the terms", tensors["pure.means"], (n_terms, n_outputs), torch.float64)
    place = {one: term for term, one in enumerate(card.members)}
    owners = tuple(place.get(tuple(sorted(one)), -1) for one in network.subnets.members)
    if any(owner < 0 and one for owner, one in zip(owners, network.subnets.members, strict=True)):
        raise InputError("its terms are not those of its base")
    moves = tuple(
        _move(part(tensors, f"move.{number}."), n_knots, card.members, network)
        for number, n_knots in enumerate(card.knots)
    )
    return PureTerms(card.members, tensors["pure.intercept"], network.functions(), owners, moves, tensors["pure.means"])


def _move(given: Tensors, n_knots: int, members: Members, network: AdditiveNetwork) -> Moved:
    n_features, (n_moved, order) = len(network.space), given["sets"].shape
    check_tensor("the knots", given["hats.knots"], (n_features, n_knots), torch.float64)
    check_tensor("the numbers of knots", given["hats.used"], (n_features,), torch.int64)
    check_tensor("the levels", given["hats.places"], (n_features, given["hats.places"].shape[1]), torch.int64)
    for name, bound in (("sources", len(members)), ("targets", len(members)), ("sets", n_features)):
        shape = (n_moved, order) if name == "sets" else (n_moved,)
        check_tensor(f"`{name}`", given[name], shape, torch.int64)
        if not bool(((given[name] >= 0) & (given[name] < bound)).all()):
            raise InputError(f"`{name}` of what was moved between terms leads nowhere")
    shape = (n_moved, n_knots**order, len(network.intercept))
    check_tensor("what was moved between terms", given["coefficients"], shape, torch.float64)
    hats = Hats(n_knots, given["hats.knots"], given["hats.used"], given["hats.places"])
    return Moved(hats, *(given[name] for name in MOVED))


def _curve(given: Tensors, n_outputs: int) -> tuple[Any, Any]:
    points, heights = given["points"], given["heights"]
    check_tensor("a new curve", points, (len(points),), torch.float64)
    check_tensor("a new curve", heights, (len(points), n_outputs), torch.float64)
    if not len(points) or not bool((points.diff() > 0).all()):
        raise InputError("the points of a new curve must ascend")
    return points.numpy(), heights.numpy()
