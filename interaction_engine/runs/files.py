"""Files at an address that fsspec knows (a folder, or "s3://...", "sftp://...", ...), written whole or not at all."""

import errno
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ..core.errors import InteractionError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
STALE_SECONDS = 86_400.0
"""A workspace of yesterday belongs to nobody."""


class Files:
    """The files below one address. Paths are relative to it, with `/`; they come from ids, never from a user.

    `home` is a local folder for work in progress, and for copies when the address is not local. A file or folder that
    cannot be written raises `InteractionError` and leaves what was there before.
    """

    def __init__(self, address: str, home: Path) -> None:
        self.address = address
        self._fs, self._root = fsspec.url_to_fs(address, use_listings_cache=False)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._copies = home / "copies"
        self._work = (Path(self._root) if self._is_local else home) / "unfinished"

    def exists(self, path: str) -> bool:
        """Return whether there is such a file."""
        return self._fs.exists(self._at(path))

    def names(self, folder: str) -> list[str]:
        """What a folder holds, in order; nothing when there is no such folder."""
        with suppress(FileNotFoundError):
            return sorted(Path(entry).name for entry in self._fs.ls(self._at(folder), detail=False))
        return []

    def read(self, path: str, last: int | None = None) -> bytes | None:
        """The bytes of a file, or only its `last` ones; None when there is none."""
        with suppress(FileNotFoundError):
            return self._fs.cat_file(self._at(path), start=None if last is None else -last)
        return None

    def write(self, path: str, content: bytes) -> None:
        """Replace a file in one go."""
        target = self._at(path)
        new = f"{target}.{uuid.uuid4().hex}"
        with writing(path):
            self._fs.makedirs(os.path.dirname(target), exist_ok=True)
            try:
                self._fs.pipe_file(new, content)
                self._fs.mv(new, target) if not self._is_local else os.replace(new, target)
            except BaseException:
                with suppress(OSError):
                    self._fs.rm_file(new)
                raise

    def append(self, path: str, line: bytes) -> None:
        """Add a line to a file; addresses that cannot append get the file anew."""
        with writing(path):
            try:
                with self._fs.open(self._at(path), "ab") as file:
                    file.write(line)
            except (NotImplementedError, ValueError):
                self.write(path, (self.read(path) or b"") + line)

    @contextmanager
    def workspace(self, what: str) -> Generator[Path]:
        """An empty local folder to fill and then `adopt`; it is gone afterwards. `what` it is for stands in errors."""
        with writing(what):
            self._work.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self._work))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, folder: Path, path: str, marker: str) -> None:
        """Put a filled workspace at `path`, where it counts once it holds `marker`; what is there already is kept."""
        if self.exists(f"{path}/{marker}"):
            return
        with writing(path):
            if self._is_local:
                target = Path(self._at(path))
                target.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileExistsError):
                    self._rename(folder, target)
                return
            for source in sorted(folder.rglob("*"), key=lambda file: file.name == marker):
                if source.is_file():
                    self.write(f"{path}/{source.relative_to(folder).as_posix()}", source.read_bytes())

    def folder(self, path: str, marker: str) -> Path | None:
        """A local folder with the files of an adopted one; None when there is none."""
        if not self.exists(f"{path}/{marker}"):
            return None
        if self._is_local:
            return Path(self._at(path))
        copy = self._copies / path
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            with self.workspace("a copy") as folder:
                for source in self._fs.find(self._at(path)):
                    target = folder / os.path.relpath(source, self._at(path))
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(self._fs.cat_file(source))
                with suppress(FileExistsError):
                    self._rename(folder, copy)
        return copy

    def sweep(self) -> None:
        """Remove the workspaces of processes that died in them."""
        for folder in self._work.glob("*"):
            if time.time() - folder.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, path: str) -> None:
        """Remove a file or folder, and the local copy of it."""
        with suppress(FileNotFoundError):
            self._fs.rm(self._at(path), recursive=True)
        shutil.rmtree(self._copies / path, ignore_errors=True)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if self._root else path

    @staticmethod
    def _rename(folder: Path, target: Path) -> None:
        try:
            folder.rename(target)
        except OSError as problem:
            if problem.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise FileExistsError(target) from problem
            raise


@contextmanager
def writing(what: str) -> Generator[None]:
    """Turns the reasons why a file cannot be written into a sentence."""
    try:
        yield
    except Exception as problem:
        if getattr(problem, "errno", None) in FULL or "No space left on device" in str(problem):
            raise InteractionError(
                f"The disk is full: {what} could not be saved, and nothing was changed. Free some space and try again."
            ) from problem
        if not isinstance(problem, OSError):
            raise
        reason = problem.strerror or type(problem).__name__
        raise InteractionError(
            f"{what[0].upper()}{what[1:]} could not be saved ({reason}); make the folder writable and try again."
        ) from problem
