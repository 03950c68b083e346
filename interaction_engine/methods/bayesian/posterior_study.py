"""A Bayesian network ready to be looked at: its rows and regions, the features examined, the measures of its pairs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float64

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.types import Model, Report, TargetKind, Within
from ...data.dataset import Dataset
from ...data.encoding import encode
from ...models.networks.bayesian import BayesianNetwork
from ...models.networks.mlp import Mlp
from ...models.smoothing import smooth_model
from ...numerics.derivatives.feature_blocks import FeatureBlocks, robust_steps
from ...numerics.derivatives.group_hessians import GroupHessians as Measured
from ...numerics.derivatives.group_hessians import contour_probabilities, group_hessians
from ...numerics.derivatives.path_integrals import SmoothPerceptron
from ..common.pair_tables import check_features
from ..common.regions import MOST_TRIED, divisions
from .null_models import chance_networks

DOUBLE, SUMS = 8, 5
"""Bytes of a number that is summed, and numbers kept of a pair in a region: its first value, two sums, two at work."""

FEWEST_ROWS = 10
"""Rows below which regions of them say nothing."""


@dataclass(frozen=True, eq=False)
class PosteriorStudy:
    """One Bayesian network on some rows of its data, divided into regions in several ways."""

    given: Model
    data: Dataset
    n_draws: int
    groups: int
    n_rows: int
    most_features: int
    seed: int
    compute: Compute

    @classmethod
    def asked_for(cls, model: Model, data: Dataset, options: Mapping[str, Any], compute: Compute) -> "PosteriorStudy":
        """With the options of `group_expected_hessian` that concern it."""
        draws, groups, rows, most, seed = (
            options[name] for name in ("draws", "groups", "rows", "most_features", "seed")
        )
        return cls(model, data, draws, groups, rows, most, seed, compute)

    def __post_init__(self) -> None:
        check_features(self.data)
        if not isinstance(self.given, BayesianNetwork):
            raise InputError(
                f"Credible intervals need a Bayesian network, which can be drawn from; `{self.given.name}` is none. "
                'Train one: `train(data, "bayesian")`.'
            )
        n_rows = len(self.values)
        if n_rows < FEWEST_ROWS:
            raise InputError(
                f"`rows` needs at least {FEWEST_ROWS} training rows; `{self.data.name}` gives {n_rows}. Load more rows."
            )
        if self.groups > n_rows:
            raise InputError(
                f"`groups` must be at most the number of rows looked at ({n_rows}); got {self.groups}. "
                "Ask for fewer regions, or for more `rows`."
            )

    @cached_property
    def model(self) -> BayesianNetwork:
        """The model on the device of the run."""
        return cast(BayesianNetwork, self.given).to(self.compute.torch_device)

    @cached_property
    def values(self) -> np.ndarray:
        """The rows looked at, in the user's values."""
        return self.data.background(self.n_rows, self.seed)

    @cached_property
    def features(self) -> np.ndarray:
        """Places of the features that are examined, in order: those that the network leaves out least."""
        chosen = np.argsort(self.model.feature_dropout, kind="stable")[: self.most_features]
        return np.sort(chosen)

    @cached_property
    def names(self) -> np.ndarray:
        """The names of the features studied."""
        return np.array(self.data.space.names, dtype=object)[self.features]

    @cached_property
    def steps(self) -> np.ndarray:
        """The step of each feature: one standard deviation, or between levels."""
        return robust_steps(self.data.space, self.data.rows[self.data.train_rows])

    @cached_property
    def encoded(self) -> torch.Tensor:
        """The rows as inputs of the networks."""
        return encode(self.data.space, torch.tensor(self.values)).to(self.model.device)

    @cached_property
    def divided(self) -> tuple[list[int], list[np.ndarray]]:
        """The numbers of regions that are tried, and the region of each row in each division."""
        return divisions(self.encoded.cpu().numpy(), self.groups, self.seed)

    @cached_property
    def blocks(self) -> FeatureBlocks:
        """The directions along which each feature moves."""
        space, rows = self.data.space, self.data.rows[self.data.train_rows]
        every = FeatureBlocks.of(space, rows, steps=self.steps).only(self.features)
        return every.to(self.encoded.device, self.encoded.dtype)

    @cached_property
    def networks(self) -> Mlp:
        """The networks drawn from the posterior."""
        return self.model.draws(self.n_draws, self.seed)

    def measured(self, model: BayesianNetwork, progress: Callable[[float], None] = lambda share: None) -> Measured:
        """The measures of the pairs over the networks drawn from `model`."""
        self._check_memory()
        score, memory = self._score(model), self.compute.memory_bytes
        with torch.inference_mode():
            return group_hessians(score, self.encoded, self.blocks, self.divided[1], memory, progress)

    def contours(
        self, measured: Measured, progress: Callable[[float], None] = lambda share: None
    ) -> Float64[np.ndarray, " pairs"]:
        """How far out in the posterior it is that a pair interacts in none of the regions (`contour_probabilities`).

        Of the finest division that is always tried: in fewer regions, effects of either sign may cancel in the mean,
        and what is certain seems open.
        """
        tried, labels = self.divided
        finest = max(place for place, count in enumerate(tried) if count <= MOST_TRIED)
        begin = sum(int(one.max()) + 1 for one in labels[:finest])
        centres = measured.centres[begin : begin + int(labels[finest].max()) + 1]
        score, memory = self._score(self.model), self.compute.memory_bytes
        with torch.inference_mode():
            return contour_probabilities(score, self.encoded, self.blocks, labels[finest], centres, memory, progress)

    def _score(self, model: BayesianNetwork) -> SmoothPerceptron:
        """The scores of the networks drawn.

        Log-odds of one of many classes are no sum of effects, all others are, and need no main effect.
        """
        networks = model.draws(self.n_draws, self.seed, main=model.target.kind is TargetKind.MULTICLASS)
        score = smooth_model(networks, 1.0).score
        assert isinstance(score, SmoothPerceptron)
        return score

    def chance(self, null: str, index: int, permutations: int, report: Report) -> np.ndarray:
        """Strengths (networks, divisions, pairs) in the networks of one part of the permutation test."""
        training = Within(report, 0.0, 0.9)
        seed, compute = self.seed, self.compute
        trained = chance_networks(self.model, self.data, null, index, permutations, seed, compute, training)
        return np.stack([self.measured(one).strength.mean for one in trained])

    def _check_memory(self) -> None:
        """`InputError` when the means over all regions, of every level of every feature, outgrow the memory."""
        n_regions = sum(int(labels.max()) + 1 for labels in self.divided[1])
        n_pairs = len(self.features) * (len(self.features) - 1) // 2
        of_a_draw = 2 * len(self.blocks) ** 2 * self.encoded.element_size()
        kept = DOUBLE * (2 * len(self.blocks) ** 2 + SUMS * n_pairs)
        needed = n_regions * (of_a_draw + kept)
        if needed > self.compute.memory_bytes:
            raise InputError(
                f"The {len(self.features)} features examined and their levels need {needed / 1e9:.1f} GB, but `memory` "
                f"is {self.compute.memory}. Lower `most_features`, or allow more memory."
            )
