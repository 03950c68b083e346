"""A sentence as a game: players are tokens, masked ones are replaced by one mask token."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from ..core.errors import InputError, ModelError
from .game import Sample, Watch, all_masks, check_number, present
from .players import numbered
from .sentence import shortened, strongest_note

AT_ONCE = 256
"""Masked sentences scored in one call."""

BYTES_PER_TOKEN = 64

REMEDY = "Say with `players` which tokens play; the others stay."

ScoreFunction = Callable[[list[list[str]]], Sequence[float] | np.ndarray]


class TokenGame:
    """One sentence, cut into tokens, some or all of which are masked; implements `Game`.

    `score_function` gives the log-odds of the class in question for each of a list of token lists. `players` are places
    of tokens; None means all, or of more than `max_players` those without which the score changes most. `words` is how
    the tokens are written, where not as they are; one that occurs twice is named with its number: "the (2)".
    `sentence` is the text as it was typed. Raises `InputError` for an empty sentence, or fewer than 2 or more than 20
    players.
    """

    calls_per_mask = 1
    device = "cpu"

    def __init__(
        self,
        score_function: ScoreFunction,
        tokens: Sequence[str],
        mask_token: str,
        *,
        players: Sequence[int] | None = None,
        max_players: int | None = None,
        words: Sequence[str] | None = None,
        sentence: str | None = None,
        unit: str = "log-odds",
        model_name: str = "text classifier",
    ) -> None:
        if not any(token.strip() for token in tokens):
            raise InputError("The sentence is empty; type at least two words.")
        self.score_function, self.tokens, self.mask_token = score_function, list(tokens), mask_token
        self.unit, self.model_name, self.baseline = unit, model_name, mask_token
        self.words = list(tokens if words is None else words)
        self.prepared, self.notes = 0, ()
        if players is None and max_players is not None and len(tokens) > max_players:
            players = self._strongest(max_players)
        self.places = list(range(len(tokens))) if players is None else list(players)
        if len(set(self.places)) < len(self.places) or not set(self.places) <= set(range(len(tokens))):
            raise InputError(
                f"`players` must be different places of tokens, 0 to {len(tokens) - 1}; got {self.places}."
            )
        check_number(len(self.places), REMEDY)
        names = numbered(self.words)
        self.players = tuple(names[place] for place in self.places)
        self.label = " ".join(self.words) if sentence is None else shortened(sentence)
        self.samples = (Sample(-1, self.label),)

    @property
    def call_bytes(self) -> int:
        """Working memory in bytes that the largest call takes, apart from the classifier's own."""
        return AT_ONCE * BYTES_PER_TOKEN * len(self.tokens)

    def parts(self) -> pd.DataFrame:
        """The tokens in their order (see `AndOrPatterns`)."""
        owner = dict(zip(self.places, self.players, strict=True))
        names = pd.Series([owner.get(place, "") for place in range(len(self.tokens))], dtype="str")
        drawn = {"sample": 0, "kind": "word", "place": range(len(names)), "player": names, "text": self.words}
        return pd.DataFrame(drawn)

    def values(
        self, samples: Sequence[int], masks: Int64[Tensor, " masks"] | None = None, watch: Watch | None = None
    ) -> Float64[Tensor, "samples masks"]:
        """Return v of the sentence on some masks, all 2^n where none are given.

        Raises:
            ModelError: A score is no number.
        """
        shown = present(all_masks(len(self.places)) if masks is None else masks, len(self.places)).tolist()
        scores: list[float] = []
        for start in range(0, len(shown), AT_ONCE):
            sentences = [self._masked(states) for states in shown[start : start + AT_ONCE]]
            scores += self._checked(sentences)
            if watch is not None:
                watch(len(scores) / len(shown))
        return torch.tensor([scores] * len(samples), dtype=torch.float64).reshape(len(samples), len(shown))

    def _strongest(self, count: int) -> list[int]:
        """The places of the tokens without which alone the score changes most, in the order of the sentence."""
        without = [[*self.tokens[:i], self.mask_token, *self.tokens[i + 1 :]] for i in range(len(self.tokens))]
        scores: list[float] = []
        for start in range(0, len(without) + 1, AT_ONCE):
            scores += self._checked([self.tokens, *without][start : start + AT_ONCE])
        changes = np.abs(np.array(scores[1:]) - scores[0])
        chosen = sorted(np.argsort(-changes, kind="stable")[:count].tolist())
        others = [word for place, word in enumerate(numbered(self.words)) if place not in chosen]
        self.prepared, self.notes = len(scores), (strongest_note(count, others),)
        return chosen

    def _masked(self, states: list[bool]) -> list[str]:
        sentence = list(self.tokens)
        for place, is_there in zip(self.places, states, strict=True):
            if not is_there:
                sentence[place] = self.mask_token
        return sentence

    def _checked(self, sentences: list[list[str]]) -> list[float]:
        result = np.asarray(self.score_function(sentences), dtype=np.float64)
        if result.shape != (len(sentences),) or not np.isfinite(result).all():
            raise ModelError(
                f"The model `{self.model_name}` must return one finite log-odds per sentence; "
                f"it returned shape {result.shape} for {len(sentences)}."
            )
        return result.tolist()
