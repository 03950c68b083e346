"""A sentence as a game: players are tokens, masked ones are replaced by one mask token."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from ..errors import InputError, ModelError
from .game import Sample, Watch, all_masks, check_number, present

AT_ONCE = 256
"""Masked sentences scored in one call."""

REMEDY = "Say with `players` which tokens play; the others stay."

ScoreFunction = Callable[[list[list[str]]], Sequence[float] | np.ndarray]


class TokenGame:
    """One sentence, cut into tokens, some or all of which are masked; implements `Game`.

    `score_function` gives the log-odds of the class in question for each of a list of token lists. `players` are places
    of tokens; None means all. A token that occurs twice is named with its number: "the (2)". Raises `InputError` for an
    empty sentence, or fewer than 2 or more than 20 players.
    """

    calls_per_mask = 1

    def __init__(
        self,
        score_function: ScoreFunction,
        tokens: Sequence[str],
        mask_token: str,
        *,
        players: Sequence[int] | None = None,
        unit: str = "log-odds",
        model_name: str = "text classifier",
    ) -> None:
        if not any(token.strip() for token in tokens):
            raise InputError("The sentence is empty; type at least two words.")
        self.score_function, self.tokens, self.mask_token = score_function, list(tokens), mask_token
        self.places = list(range(len(tokens))) if players is None else list(players)
        if len(set(self.places)) < len(self.places) or not set(self.places) <= set(range(len(tokens))):
            raise InputError(
                f"`players` must be different places of tokens, 0 to {len(tokens) - 1}; got {self.places}."
            )
        check_number(len(self.places), REMEDY)
        names = _numbered(self.tokens)
        self.players = tuple(names[place] for place in self.places)
        self.label, self.baseline = " ".join(tokens), mask_token
        self.unit, self.model_name = unit, model_name
        self.samples = (Sample(-1, self.label),)

    def values(
        self, samples: Sequence[int], masks: Int64[Tensor, " masks"] | None = None, watch: Watch | None = None
    ) -> Float64[Tensor, "samples masks"]:
        """v of the sentence on some masks, all 2^n where none are given; `ModelError` when a score is no number."""
        shown = present(all_masks(len(self.places)) if masks is None else masks, len(self.places)).tolist()
        scores: list[float] = []
        for start in range(0, len(shown), AT_ONCE):
            sentences = [self._masked(states) for states in shown[start : start + AT_ONCE]]
            scores += self._checked(sentences)
            if watch is not None:
                watch(len(scores) / len(shown))
        return torch.tensor([scores] * len(samples), dtype=torch.float64).reshape(len(samples), len(shown))

    def _masked(self, states: list[bool]) -> list[str]:
        sentence = list(self.tokens)
        for place, is_there in zip(self.places, states, strict=True):
            if not is_there:
                sentence[place] = self.mask_token
        return sentence

    def _checked(self, sentences: list[list[str]]) -> list[float]:
        found = np.asarray(self.score_function(sentences), dtype=np.float64)
        if found.shape != (len(sentences),) or not np.isfinite(found).all():
            raise ModelError(
                f"The model `{self.model_name}` must return one finite log-odds per sentence; "
                f"it returned shape {found.shape} for {len(sentences)}."
            )
        return found.tolist()


def _numbered(tokens: list[str]) -> list[str]:
    """The tokens, those that occur again with their number."""
    total, seen, names = Counter(tokens), Counter[str](), []
    for token in tokens:
        seen[token] += 1
        names.append(f"{token} ({seen[token]})" if total[token] > 1 else token)
    return names
