"""Networks made here as files that other programs run: `.pt2` (torch.export) and `.onnx`."""

import io
import json
import warnings
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ....core.errors import InputError
from ....core.types import FeatureSpace, Kind, Model, Target, TargetKind
from ...additive.editing.corrections import Corrections, knot_below
from ...additive.editing.edited import Edited
from ...additive.editing.patching import Base, Patched
from ...additive.network import AdditiveNetwork
from ...additive.paraace import ParaAce
from ...additive.terms import TermModel
from ...base import copied_to
from ...networks.bayesian import BayesianNetwork
from ...networks.mlp import Mlp
from .onnx import write_onnx

if TYPE_CHECKING:
    from ....data.dataset import Dataset

FileFormat = Literal[".pt2", ".onnx"]

ROUNDING = 1e-6
"""In float32 a value may fall this far short of a place where a curve jumps, relative to its standard deviation or to
itself: the jumps are moved by as much, so that values upon one stay on their side."""

EXAMPLE_ROWS = 4
"""More than one, lest the number of rows be taken for fixed."""


def export(model: Model, data: "Dataset", format: FileFormat = ".onnx") -> bytes:
    """`model` as the content of a file that other programs run and `load_model` reads, computing in float32.

    A `.onnx` file takes the table's own values, one column per feature in their order, a level as its place; a `.pt2`
    file the encoded inputs: numbers standardised, categories one-hot. Both take any number of rows and give the score
    of each; for classes, unnormalised log-probabilities of all of them, whose softmax are the probabilities. Raises
    `InputError` for a model that is no network or sum of terms of ours.
    """
    if format not in (".pt2", ".onnx"):
        raise InputError(f'`format` must be ".pt2" or ".onnx"; got {format!r}.')
    module = _Scores(_module(model), model.target).eval().requires_grad_(False)
    if format == ".pt2":
        program = _program(module, torch.zeros(EXAMPLE_ROWS, model.space.n_columns))
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, on its own pickles
            torch.export.save(program, file)
        return file.getvalue()
    whole = nn.Sequential(_Encoding(model.space), module).eval().requires_grad_(False)
    return write_onnx(_program(whole, torch.zeros(EXAMPLE_ROWS, len(model.space))), _about(model))


def _program(module: nn.Module, example: Tensor) -> torch.export.ExportedProgram:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own internals
        return torch.export.export(module, (example,), dynamic_shapes=({0: torch.export.Dim.AUTO},))


def _about(model: Model) -> dict[str, str]:
    """What a reader of the file must know: the columns in order, their levels, what comes out."""
    levels = {one.name: list(one.levels) for one in model.space.features if one.levels}
    return {
        "features": json.dumps(model.space.names), "levels": json.dumps(levels), "target": model.target.name,
        "classes": json.dumps(model.target.classes), "transform": model.target.transform,
    }  # fmt: skip


def _module(model: Model) -> nn.Module:
    """The outputs of a model from encoded inputs, in the unit of the score."""
    if isinstance(model, Edited):
        patch = model.patch
        return _Sums(patch.rest, patch) if not isinstance(patch.rest, TermModel) else _Tables(patch.rest, patch)
    if isinstance(model, AdditiveNetwork | ParaAce):
        return _Sums(model)
    if isinstance(model, TermModel):
        return _Tables(model)
    if isinstance(model, BayesianNetwork):
        return _module(model.averaged)
    if isinstance(model, Mlp):
        if model.n_members > 1 and model.target.kind is TargetKind.MULTICLASS:
            raise InputError(
                f"The score of `{model.name}`, several networks of several classes, is no one file's; "
                "train one network (`mlp`) to export it."
            )
        return _Layers(model)
    raise InputError(
        f"`{model.name}` cannot be exported: only networks trained here, additive models and their edits can. "
        "Bring the file it came from."
    )


class _Scores(nn.Module):
    """From outputs to what the file gives: the score of each row, or log-probabilities of the classes, less their mean.

    Of two classes it is half the log-odds for the one and against the other: a single number between 0 and 1 would be
    taken for a probability.
    """

    def __init__(self, inner: nn.Module, target: Target) -> None:
        super().__init__()
        self.inner, self.kind = inner, target.kind

    def forward(self, inputs: Tensor) -> Tensor:
        outputs = self.inner(inputs)
        if self.kind is TargetKind.REGRESSION:
            return outputs[:, 0]
        if self.kind is TargetKind.BINARY:
            return torch.cat([-outputs / 2, outputs / 2], dim=1)
        return outputs - outputs.mean(dim=1, keepdim=True)


class _Encoding(nn.Module):
    """Table values as encoded inputs."""

    def __init__(self, space: FeatureSpace) -> None:
        super().__init__()
        owner = np.repeat(np.arange(len(space)), [feature.n_columns for feature in space.features])
        is_level = np.array([feature.kind is Kind.CATEGORICAL for feature in space.features])[owner]
        level = np.concatenate([np.arange(feature.n_columns) for feature in space.features])
        self.owner, self.is_level = torch.from_numpy(owner), torch.from_numpy(is_level)
        start = torch.from_numpy(np.where(is_level, level, space.means[owner]))
        self.start = start.float()
        self.rest = (start - self.start).float()  # of a mean as that of years, single precision forgets too much
        self.scale = torch.from_numpy(np.where(is_level, 1.0, space.scales[owner])).float()

    def forward(self, rows: Tensor) -> Tensor:
        values = (rows[:, self.owner] - self.start - self.rest) / self.scale
        return torch.where(self.is_level, (values == 0).to(values.dtype), values)


class _Sums(nn.Module):
    """The sum of subnets, or their fix-up, and what stands in for terms that were edited."""

    def __init__(self, network: Base, patch: Patched | None = None) -> None:
        super().__init__()
        assert not isinstance(network, TermModel)
        self.subnets = copied_to(network.subnets, torch.float32)
        is_number = network.target.kind is TargetKind.REGRESSION
        self.scale, self.shift = (network.scale, network.shift) if is_number else (1.0, 0.0)
        self.removed = patch.removed if patch else None
        self.corrections = _single(patch)
        self.fix_up = network.fix_up if isinstance(network, ParaAce) else None
        self.intercept = None if isinstance(network, ParaAce) else nn.Parameter(network.intercept, requires_grad=False)

    def forward(self, encoded: Tensor) -> Tensor:
        values = self.subnets(encoded)
        sums = values.sum(1) + self.intercept if self.fix_up is None else self.fix_up(values[..., 0])
        if self.removed is not None:
            sums = sums - self.removed(encoded).sum(1)
        sums = sums * self.scale + self.shift
        return sums if self.corrections is None else sums + self.corrections(encoded)


class _Layers(nn.Module):
    """The outputs of perceptrons, the members' mean."""

    def __init__(self, model: Mlp) -> None:
        super().__init__()
        self.network = model.network
        is_number = model.target.kind is TargetKind.REGRESSION
        self.scale, self.shift = (model.scale, model.shift) if is_number else (1.0, 0.0)

    def forward(self, encoded: Tensor) -> Tensor:
        hidden = self.network.hidden(encoded)  # layer by layer: a trace would record the fused kernel
        return (self.network.layers[-1](hidden) * self.scale + self.shift).mean(dim=0)


class _Tables(nn.Module):
    """Piecewise polynomials and maps, in standardised values."""

    def __init__(self, model: TermModel, patch: Patched | None = None) -> None:
        super().__init__()
        space, self.n_mains, self.n_pairs = model.space, len(model.mains), len(model.pairs)
        self.corrections = _single(patch)
        self.reading = _reading(space)
        mains = list(model.mains)
        means, scales = _units(space)
        self.mains = torch.tensor(mains, dtype=torch.long)
        self.breaks = _knots((model.breaks - means[mains, None]) / scales[mains, None])
        self.origins = ((model.origins - means[mains, None]) / scales[mains, None]).float().reshape(-1)
        powers = torch.arange(model.curves.shape[2], dtype=torch.float64)
        curves = model.curves * (scales[mains, None] ** powers)[:, None, :, None]
        self.curves = nn.Parameter(curves.float().flatten(0, 1))
        self.pieces = torch.arange(self.n_mains) * (self.breaks.shape[1] - model.curves.shape[1])
        ends = [torch.tensor([pair[end] for pair in model.pairs], dtype=torch.long) for end in (0, 1)]
        self.first, self.second = ends
        cuts = (model.first_cuts, model.second_cuts)
        self.first_cuts, self.second_cuts = (
            _knots((own - means[end, None]) / scales[end, None]) for own, end in zip(cuts, ends, strict=True)
        )
        self.maps = nn.Parameter(model.maps.float().flatten(0, 2))
        self.cells = model.maps.shape[1:3]
        self.intercept = nn.Parameter(model.intercept.float())

    def forward(self, encoded: Tensor) -> Tensor:
        values = encoded @ self.reading
        outputs = self.intercept + values[:, :1] * 0.0
        if self.n_mains:
            own = values[:, self.mains]
            piece = knot_below(self.breaks, own) - self.pieces
            coefficients, at = self.curves[piece], (own - self.origins[piece])[..., None]
            added = coefficients[..., -1, :]  # without rows where no curve has a break: every row is in its one piece
            for power in range(coefficients.shape[-2] - 2, -1, -1):
                added = added * at + coefficients[..., power, :]
            outputs = outputs + added.sum(-2)
        if self.n_pairs:
            place = torch.arange(self.n_pairs)
            first = knot_below(self.first_cuts, values[:, self.first]) - place * self.first_cuts.shape[1]
            second = knot_below(self.second_cuts, values[:, self.second]) - place * self.second_cuts.shape[1]
            outputs = outputs + self.maps[(place * self.cells[0] + first) * self.cells[1] + second].sum(-2)
        return outputs if self.corrections is None else outputs + self.corrections(encoded)


def _single(patch: Patched | None) -> Corrections | None:
    return patch.corrections.to(torch.float32) if patch else None


def _reading(space: FeatureSpace) -> Tensor:
    """What makes a value per feature of the encoded columns: standardised, or the place of the level."""
    reading = np.zeros((space.n_columns, len(space)), dtype=np.float32)
    for place, (feature, group) in enumerate(zip(space.features, space.groups, strict=True)):
        reading[group, place] = np.arange(feature.n_columns) if feature.kind is Kind.CATEGORICAL else 1.0
    return torch.from_numpy(reading)


def _units(space: FeatureSpace) -> tuple[Tensor, Tensor]:
    """What takes table values to those of `_reading`."""
    levels = np.array([feature.kind is Kind.CATEGORICAL for feature in space.features])
    return torch.from_numpy(np.where(levels, 0.0, space.means)), torch.from_numpy(np.where(levels, 1.0, space.scales))


def _knots(breaks: Tensor) -> Tensor:
    """Ascending breaks as the knots that `knot_below` looks among: one before them all, a power of two in all."""
    moved = breaks - ROUNDING * breaks.abs().clamp(min=1.0)
    size = 2 ** int(breaks.shape[1]).bit_length()
    knots = breaks.new_full((len(breaks), size), torch.inf)
    knots[:, 0], knots[:, 1 : 1 + breaks.shape[1]] = -torch.inf, moved
    return knots.float()
