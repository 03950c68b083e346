"""The home of everything that outlives a page, each thing in a folder of its own under its id.

data/      data sets                       models/   networks of ours, and files that were brought
uploads/   tables as they were brought     runs/     specification, progress, checkpoint and result of each run
"""

import hashlib
import io
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..core.errors import InputError, RunError
from ..core.types import Model
from .files import Files
from .specification import Specification, checked_id, identify

if TYPE_CHECKING:  # pandas, which a list of runs does not need
    from ..core.result import Result
    from ..data.dataset import Dataset

CARD = "card.json"
BLOCK = 1 << 20
"""Bytes read at a time from an upload, whatever its size."""


@runtime_checkable
class Stream(Protocol):
    """Something that is read block by block, as an open file or an upload."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, `size` of them at most."""
        ...


class Store:
    """All stored things of one home folder (`ATLAS_HOME`), with their files there or at `ATLAS_FILES`.

    Whatever is put is named by its content: putting it twice stores it once. An id that nothing is stored under raises
    `InputError`; a disk that is full raises `InteractionError` and leaves everything as it was.
    """

    def __init__(self, home: str | Path | None = None, files: str | None = None) -> None:
        self.home = Path(home or os.environ.get("ATLAS_HOME") or "~/.interaction-atlas").expanduser().absolute()
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.files = Files(files or os.environ.get("ATLAS_FILES") or str(self.home), self.home)

    def put_dataset(self, dataset: "Dataset") -> str:
        """Store a data set; returns its id."""
        id_ = identify(dataset.content_hash.encode())
        if not self.files.exists(f"data/{id_}/{CARD}"):
            target = dataset.target
            card = {"name": dataset.name, "rows": len(dataset.frame), "features": len(dataset.space)}
            with self.files.workspace("the data set") as folder:
                dataset.save(folder)
                self._put(folder, "data", id_, card | {"target": target.name, "target_kind": str(target.kind)})
        return id_

    def dataset(self, id_: str) -> "Dataset":
        """Return a stored data set."""
        from ..data.dataset import Dataset

        return Dataset.load(self._folder("data", id_, "data set"))

    def put_model(self, model: Model, data_id: str, base: str | None = None) -> str:
        """Store a model trained here on the data set `data_id`, or made here of the model `base`; returns its id.

        `InputError` for any other model.
        """
        from ..models.adapters.forest import Forest, save_forest
        from ..models.io.stored.files import Network, save_network

        if isinstance(model, Forest):
            with self.files.workspace("the model") as folder:
                return self.put_model_file(save_forest(model, folder / "forest"), "forest.skops", data_id)
        if not isinstance(model, Network):
            kind = type(model).__name__
            raise InputError(
                f"Only networks trained here are stored from memory; got {kind}. Bring the model as a file."
            )
        with self.files.workspace("the model") as folder:
            save_network(model, folder / "network")
            content = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
            card = {"name": model.name, "format": "network", "file": "network.safetensors", "data": data_id}
            card |= {"base": base} if base else {}
            return self._put(folder, "models", identify(content + data_id.encode()), card)

    def put_model_file(
        self,
        source: bytes | Path | Stream,
        filename: str,
        data_id: str,
        *,
        trust: bool = False,
        architecture: bytes | None = None,
    ) -> str:
        """Store a model file that somebody brought for the data set `data_id`; returns its id. Nothing in it is run.

        `trust` is the user's word that the file may run code, `architecture` the JSON that came with `.safetensors`.
        """
        with self.files.workspace("the model") as folder:
            file = f"model{_suffix(filename)}"
            content = [_copy(source, folder / file), data_id, filename, trust]
            if architecture is not None:
                (folder / "model.json").write_bytes(architecture)
                content.append(identify(architecture))
            card = {"name": filename, "format": _suffix(filename), "file": file, "data": data_id, "trust": trust}
            return self._put(folder, "models", identify(json.dumps(content).encode()), card)

    def model_card(self, id_: str) -> dict[str, Any]:
        """Return what a page says of a model without loading it.

        Name, format, file, data, trust, base (of what model it was made), stored.
        """
        return self._card("models", id_, "model")

    def model_path(self, id_: str) -> Path:
        """The model's file, for a worker to load."""
        return self._folder("models", id_, "model") / self.model_card(id_)["file"]

    def put_upload(self, source: bytes | Path | Stream, filename: str) -> str:
        """Store a table as it was brought, under its hash; returns its id."""
        with self.files.workspace("the upload") as folder:
            file = f"table{_suffix(filename)}"
            content = [_copy(source, folder / file), filename]
            return self._put(
                folder, "uploads", identify(json.dumps(content).encode()), {"name": filename, "file": file}
            )

    def upload(self, id_: str) -> tuple[Path, str]:
        """The file of an upload, and the name that its user gave it."""
        card = self._card("uploads", id_, "upload")
        return self._folder("uploads", id_, "upload") / card["file"], card["name"]

    def datasets(self) -> list[dict[str, Any]]:
        """The cards of all data sets with their `id`, newest first."""
        return self._cards("data")

    def models(self, data_id: str | None = None) -> list[dict[str, Any]]:
        """The cards of all models (of one data set) with their `id`, newest first."""
        return [card for card in self._cards("models") if data_id in (None, card["data"])]

    def put_specification(self, specification: Specification) -> None:
        """Store what a run is, before it starts."""
        path = f"runs/{specification.run_id}/specification.json"
        if not self.files.exists(path):
            self.files.write(path, specification.to_json())

    def specification(self, run_id: str) -> Specification:
        """Return what a run is."""
        content = self.files.read(f"runs/{checked_id(run_id, 'run')}/specification.json")
        if content is None:
            raise InputError(f"There is no run {run_id} here; it was deleted, or belongs to another installation.")
        return Specification.from_json(content)

    def has_result(self, run_id: str) -> bool:
        """Return whether a run has a result."""
        return self.files.exists(f"runs/{checked_id(run_id, 'run')}/result/result.json")

    def put_result(self, run_id: str, result: "Result") -> None:
        """Store the result of a run: all of it, or nothing."""
        with self.files.workspace("the result") as folder:
            result.save(folder)
            self.files.adopt(folder, f"runs/{run_id}/result", "result.json")

    def result(self, run_id: str) -> "Result":
        """The result of a run; `RunError` when it has none."""
        folder = self.files.folder(f"runs/{checked_id(run_id, 'run')}/result", "result.json")
        if folder is None:
            raise RunError(f"The run {run_id} has no result; wait until it is done, or start it again.")
        from ..methods.results import load_result

        return load_result(folder)

    def delete_run(self, run_id: str) -> None:
        """Forget a run: its specification, progress and result."""
        self.files.remove(f"runs/{checked_id(run_id, 'run')}")

    def _put(self, folder: Path, shelf: str, id_: str, card: dict[str, Any]) -> str:
        """Finish a workspace with its card and put it on a shelf."""
        (folder / CARD).write_text(json.dumps(card | {"stored": time.time()}, indent=1), encoding="utf-8")
        self.files.adopt(folder, f"{shelf}/{id_}", CARD)
        return id_

    def _folder(self, shelf: str, id_: str, noun: str) -> Path:
        folder = self.files.folder(f"{shelf}/{checked_id(id_, noun)}", CARD)
        if folder is None:
            raise InputError(f"There is no {noun} {id_} here; it was deleted, or belongs to another installation.")
        return folder

    def _card(self, shelf: str, id_: str, noun: str) -> dict[str, Any]:
        return json.loads((self._folder(shelf, id_, noun) / CARD).read_text(encoding="utf-8"))

    def _cards(self, shelf: str) -> list[dict[str, Any]]:
        match = ((id_, self.files.read(f"{shelf}/{id_}/{CARD}")) for id_ in self.files.names(shelf))
        cards = [{"id": id_, **json.loads(content)} for id_, content in match if content is not None]
        return sorted(cards, key=lambda card: card["stored"], reverse=True)


def _suffix(filename: str) -> str:
    """The ending of a user's file name, if it is a plain one; the rest of the name is never part of a path."""
    match = re.search(r"\.[A-Za-z0-9]{1,12}$", filename)
    return match[0].lower() if match else ""


def _copy(source: bytes | Path | Stream, target: Path) -> str:
    """Copy block by block, so that the size does not matter; returns the SHA-256 of the content."""
    if isinstance(source, Path):
        with open(source, "rb") as reader:
            return _copy(reader, target)
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    digest = hashlib.sha256()
    with open(target, "wb") as writer:
        while block := stream.read(BLOCK):
            digest.update(block)
            writer.write(block)
    return digest.hexdigest()
