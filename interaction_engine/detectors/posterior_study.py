"""A Bayesian network ready to be looked at: its rows and regions, the features examined, the measures of its pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import torch

from ..data.dataset import Dataset
from ..data.encoding import encode
from ..errors import InputError
from ..models.bayesian import BayesianNetwork
from ..models.networks import Mlp
from ..models.smoothing import smooth_model
from ..numerics.compute import Compute
from ..numerics.feature_blocks import FeatureBlocks, typical_steps
from ..numerics.group_hessians import GroupHessians as Measured
from ..numerics.group_hessians import group_hessians
from ..numerics.path_integrals import SmoothPerceptron
from ..types import Model, Report, TargetKind
from .pair_tables import check_features
from .permuted_targets import Within, permuted_networks
from .regions import divisions

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
        return np.array(self.data.space.names, dtype=object)[self.features]

    @cached_property
    def steps(self) -> np.ndarray:
        return typical_steps(self.data.space, self.data.rows[self.data.train_rows])

    @cached_property
    def encoded(self) -> torch.Tensor:
        return encode(self.data.space, torch.tensor(self.values)).to(self.model.device)

    @cached_property
    def divided(self) -> tuple[list[int], list[np.ndarray]]:
        return divisions(self.encoded.cpu().numpy(), self.groups, self.seed)

    @cached_property
    def blocks(self) -> FeatureBlocks:
        space, rows = self.data.space, self.data.rows[self.data.train_rows]
        every = FeatureBlocks.of(space, rows, steps=self.steps).only(self.features)
        return every.to(self.encoded.device, self.encoded.dtype)

    @cached_property
    def networks(self) -> Mlp:
        return self.model.draws(self.n_draws, self.seed)

    def measured(self, model: BayesianNetwork, told: Callable[[float], None] = lambda share: None) -> Measured:
        """The measures of the pairs over the networks drawn from `model`."""
        self._check_memory()
        bent = model.target.kind is TargetKind.MULTICLASS  # log-odds of one of many classes are no sum of effects
        networks = model.draws(self.n_draws, self.seed, main=bent)
        score = smooth_model(networks, 1.0).score
        assert isinstance(score, SmoothPerceptron)
        with torch.inference_mode():
            return group_hessians(score, self.encoded, self.blocks, self.divided[1], self.compute.memory_bytes, told)

    def permuted(self, index: int, permutations: int, report: Report) -> np.ndarray:
        trained = permuted_networks(
            self.model, self.data, index, permutations, self.seed, self.compute, Within(report, 0.0, 0.9)
        )
        return np.stack([self.measured(one).strength.mean for one in trained])

    def _check_memory(self) -> None:
        """`InputError` when the means over all regions, of every level of every feature, outgrow the memory."""
        n_regions = sum(int(labels.max()) + 1 for labels in self.divided[1])
        needed = 2 * n_regions * len(self.blocks) ** 2 * self.encoded.element_size()
        if needed > self.compute.memory_bytes:
            raise InputError(
                f"The {len(self.features)} features examined and their levels need {needed / 1e9:.1f} GB, but `memory` "
                f"is {self.compute.memory}. Lower `most_features`, or allow more memory."
            )
