"""Text classifiers from a local Hugging Face folder, for games over the tokens of a sentence.

Needs `transformers`, which is no requirement of the atlas. Nothing is downloaded, weights are read from safetensors
only, and no code that a folder brings is run.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..core.errors import InputError
from ..models.scoring import log_odds
from .tokens import TokenGame


class TextClassifier:
    """A sequence classifier and its tokenizer; `labels` are its classes in order. Computes in float64.

    `folder` holds `config.json`, the weights as `.safetensors`, and the tokenizer's files. Raises `InputError` when a
    file or `transformers` is missing, or when the model has fewer than two classes, so that there are no log-odds.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        transformers = _transformers()
        if not (self.folder / "config.json").exists() or not any(self.folder.glob("*.safetensors")):
            raise InputError(
                f"`{self.folder}` must hold `config.json` and the weights as `.safetensors`; "
                "save the model with `save_pretrained`."
            )
        settings: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder, **settings)
            self.model = transformers.AutoModelForSequenceClassification.from_pretrained(
                self.folder, use_safetensors=True, **settings
            )
        except (OSError, ValueError, KeyError) as problem:
            reason = str(problem).split("\n")[0][:200]
            raise InputError(f"`{self.folder.name}` holds no text classifier that can be read: {reason}.") from problem
        self.model = self.model.double().eval().requires_grad_(False)
        names = self.model.config.id2label
        self.labels = tuple(str(names[index]) for index in sorted(names))
        if len(self.labels) < 2:
            raise InputError(
                f"`{self.folder.name}` returns one number, which is no log-odds; bring a classifier of two or more "
                "classes."
            )

    def game(
        self,
        sentence: str,
        *,
        label: str | None = None,
        players: Sequence[int] | None = None,
        max_players: int | None = None,
    ) -> TokenGame:
        """The sentence as a game over its tokens.

        The score is the log-odds of `label`, by default of the class that the whole sentence is given. Masked
        tokens are the tokenizer's mask (or padding, or unknown) token. `players` and `max_players` are those of
        `TokenGame`.

        Raises `InputError` for an unknown label, an empty sentence, or too many tokens to play.
        """
        ids = torch.tensor(self._read(sentence))
        special = set(self.tokenizer.all_special_ids) - {self.tokenizer.unk_token_id}
        places = [place for place, one in enumerate(ids.tolist()) if one not in special]
        tokens = self.tokenizer.convert_ids_to_tokens(ids[places].tolist())
        index = self._index(label, ids)

        def score(sentences: list[list[str]]) -> np.ndarray:
            masked = ids.repeat(len(sentences), 1)
            masked[:, places] = torch.tensor([self.tokenizer.convert_tokens_to_ids(one) for one in sentences])
            return log_odds(self._logits(masked), index).numpy()

        unit = f"log-odds of {self.labels[index]}"
        return TokenGame(
            score,
            tokens,
            self._mask(),
            players=players,
            max_players=max_players,
            words=[_written(token) for token in tokens],
            sentence=sentence,
            unit=unit,
            model_name=self.folder.name,
        )

    def _read(self, sentence: str) -> list[int]:
        """The numbers of all tokens; `InputError` for a sentence longer than the model can read."""
        ids = self.tokenizer(sentence, truncation=False)["input_ids"]
        most = getattr(self.model.config, "max_position_embeddings", None)
        if most is not None and len(ids) > most:
            raise InputError(f"`{self.folder.name}` reads at most {most} tokens; the sentence has {len(ids)}.")
        return ids

    def _index(self, label: str | None, ids: torch.Tensor) -> int:
        if label is None:
            return int(self._logits(ids[None])[0].argmax()) if len(ids) else 0
        if label not in self.labels:
            raise InputError(f"`label` must be one of {', '.join(self.labels)}; got {label!r}.")
        return self.labels.index(label)

    def _logits(self, ids: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return self.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits

    def _mask(self) -> str:
        known = self.tokenizer
        return str(known.mask_token or known.pad_token or known.unk_token)


def _written(token: str) -> str:
    """A token as it is shown: without the signs by which tokenizers tell that a blank comes before it."""
    return token.lstrip("\u0120\u2581") or token


def _transformers() -> Any:
    try:
        library = import_module("transformers")
    except ImportError:
        raise InputError("Text classifiers need `transformers`; install it with `pip install transformers`.") from None
    library.utils.logging.disable_progress_bar()  # ours is the only progress that is told
    return library
