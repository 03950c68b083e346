"""Making a network smaller by cutting weights: lottery tickets, round by round, and SynFlow, in one shot."""

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from ....core.types import Report, Within
from ..paraace.plain_networks import Lesson, PlainTrainer, linear_layers

CUT = 0.2
"""Share of the weights cut in a round of the lottery."""


def lottery_ticket(
    network: nn.Sequential, lesson: Lesson, kept: int, report: Report, *, epochs: int, learning_rate: float
) -> nn.Sequential:
    """Of `network`, as it was drawn, the part with `kept` weights that iterative magnitude pruning leaves, trained.

    Each round trains for `epochs` epochs, cuts a fifth of the weights of every layer but the last, those nearest to
    zero, and puts the others back where they began (Frankle & Carbin, ICLR 2019; ParaACE paper, appendix L.2).
    """
    ticket = copy.deepcopy(network)
    first = [layer.weight.detach().clone() for layer in linear_layers(network)]
    *cut, last = linear_layers(ticket)
    for layer in cut:
        prune.identity(layer, "weight")
    share = max(1, kept - last.weight.numel()) / sum(layer.weight.numel() for layer in cut)
    rounds = max(1, math.ceil(math.log(share) / math.log(1 - CUT)))
    amount = 1 - min(1.0, share) ** (1 / rounds)
    for number in range(rounds + 1):
        says, whole = f"round {number + 1} of {rounds + 1},", rounds + 1
        progress = Within(report, number / whole, (number + 1) / whole, says=says, curves=False)
        PlainTrainer(ticket, lesson, learning_rate).run(progress, epochs, patience=epochs)
        if number == rounds:
            break
        for layer in cut:
            _cut(layer, amount)
        with torch.no_grad():
            for layer, weight in zip([*cut, last], first, strict=True):
                getattr(layer, "weight_orig", layer.weight).copy_(weight)
                nn.init.zeros_(layer.bias)
    return _applied(ticket, lesson)


def synflow(
    network: nn.Sequential,
    lesson: Lesson,
    kept: int,
    report: Report,
    *,
    epochs: int,
    learning_rate: float,
    shots: int = 1,
) -> nn.Sequential:
    """Of `network`, as it was drawn, the `kept` weights of the largest synaptic saliency, trained; thresholds stay.

    The saliency of a weight is its share in the flow through the network of absolute weights from an input of ones; no
    data is looked at. One shot as in the ParaACE paper (appendix L.3), or several (Tanaka et al., NeurIPS 2020).
    """
    pruned = copy.deepcopy(network)
    layers = linear_layers(pruned)
    total = sum(layer.weight.numel() for layer in layers)
    for layer in layers:
        prune.identity(layer, "weight")
    for shot in range(1, shots + 1):
        left = max(kept, round(total * (kept / total) ** (shot / shots)))
        saliency = _saliency(layers)
        flat = torch.cat([one.flatten() for one in saliency])
        threshold = flat.topk(min(left, len(flat))).values[-1]
        for layer, one in zip(layers, saliency, strict=True):
            prune.custom_from_mask(layer, "weight", one >= threshold)
    PlainTrainer(pruned, lesson, learning_rate).run(report, epochs, patience=epochs)
    return _applied(pruned, lesson)


def weights_left(network: nn.Sequential) -> int:
    """Weights that are not cut; thresholds are not counted."""
    masks = [getattr(layer, "weight_mask", None) for layer in linear_layers(network)]
    whole = [layer.weight.numel() for layer in linear_layers(network)]
    return sum(int(mask.sum()) if mask is not None else n for mask, n in zip(masks, whole, strict=True))


def _applied(network: nn.Sequential, lesson: Lesson) -> nn.Sequential:
    """The network with its masks applied to the weights as they are now, which happens whenever it computes."""
    with torch.no_grad():
        network(lesson.inputs[:1])
    return network


def _cut(layer: nn.Linear, amount: float) -> None:
    """Cut a share of the weights that are left, those nearest to zero; at least one is left."""
    mask = _mask(layer)
    n_left = int(mask.sum())
    n_cut = min(n_left - 1, round(amount * n_left))
    if n_cut > 0:
        sizes = layer.weight.detach().abs().where(mask > 0, math.inf)
        mask.flatten()[sizes.flatten().topk(n_cut, largest=False).indices] = 0.0


def _mask(layer: nn.Linear) -> Tensor:
    """1 where a weight is left, 0 where it is cut."""
    return layer.get_buffer("weight_mask")


def _saliency(layers: list[nn.Linear]) -> list[Tensor]:
    """|w| times the derivative of the flow by |w|, of the weights that are left; the others have -1.

    The flow through many layers leaves the range of float32, so each layer's part is scaled: the order stays the
    same.
    """
    sizes = [layer.weight.detach().double().abs() for layer in layers]
    forward = [torch.ones(sizes[0].shape[1], dtype=torch.float64, device=sizes[0].device)]
    for size in sizes[:-1]:
        flow = size @ forward[-1]
        forward.append(flow / flow.max().clamp_min(1e-300))
    backward = torch.ones(sizes[-1].shape[0], dtype=torch.float64, device=sizes[0].device)
    matches = []
    for size, into in zip(reversed(sizes), reversed(forward), strict=True):
        one = backward[:, None] * size * into
        # Every layer carries the same whole flow, so that scaling each layer to it makes their parts comparable.
        matches.append(one / one.sum().clamp_min(1e-300))
        backward = size.T @ backward
        backward = backward / backward.max().clamp_min(1e-300)
    masks = [_mask(layer) for layer in layers]
    return [one.where(mask > 0, -1.0) for one, mask in zip(reversed(matches), masks, strict=True)]
