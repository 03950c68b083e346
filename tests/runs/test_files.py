"""Files are written whole or not at all, wherever they are."""

import errno
import os
import time
from contextlib import suppress

import pytest

from interaction_engine.core.errors import InteractionError
from interaction_engine.runs.files import Files


@pytest.fixture(params=["folder", "memory", "elsewhere"])
def files(request, tmp_path):
    (tmp_path / "files").mkdir()
    address = {
        "folder": str(tmp_path / "files"), "memory": f"memory://{tmp_path.name}", "elsewhere": f"dir::file://{tmp_path}/files"
    }[request.param]  # fmt: skip
    return Files(address, tmp_path / "home")


def put(files, path, **contents):
    with files.workspace("the result") as folder:
        for name, content in {"card.json": "{}", **contents}.items():
            (folder / name).write_text(content)
        files.adopt(folder, path, "card.json")


def test_a_file_is_read_as_it_was_written_last(files):
    assert files.read("runs/a/lease") is None
    files.write("runs/a/lease", b"first")
    files.write("runs/a/lease", b"second")
    assert files.read("runs/a/lease") == b"second"
    assert files.read("runs/a/lease", last=3) == b"ond"
    assert files.read("runs/a/lease", last=99) == b"second"
    assert files.names("runs/a") == ["lease"]


def test_lines_are_added_at_the_end(files):
    files.write("runs/a/lease", b"")
    for number in range(3):
        files.append("runs/a/lines", b"%d\n" % number)
    assert files.read("runs/a/lines") == b"0\n1\n2\n"


def test_a_folder_appears_whole_and_the_first_one_stays(files):
    assert files.folder("data/x", "card.json") is None
    put(files, "data/x", table="first")
    put(files, "data/x", table="second")
    folder = files.folder("data/x", "card.json")
    assert {file.name: file.read_text() for file in folder.iterdir()} == {"card.json": "{}", "table": "first"}
    files.remove("data/x")
    assert files.folder("data/x", "card.json") is None


def test_a_failed_workspace_leaves_nothing(files):
    with suppress(ZeroDivisionError), files.workspace("the result") as folder:
        (folder / "half").write_text("half")
        raise ZeroDivisionError
    assert not folder.exists()
    assert files.names("data") == []


def test_what_a_killed_process_left_is_swept_away_the_next_day(tmp_path):
    files = Files(str(tmp_path), tmp_path)
    for name, age in (("fresh", 60), ("old", 100_000)):
        (tmp_path / "unfinished" / name).mkdir(parents=True)
        os.utime(tmp_path / "unfinished" / name, (time.time() - age,) * 2)
    files.sweep()
    assert files.names("unfinished") == ["fresh"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_sentence_and_the_old_file_stays(files, monkeypatch, code):
    files.write("runs/a/lease", b"old")

    def fill_up(path, content, **_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files._fs, "pipe_file", fill_up)
    with pytest.raises(InteractionError, match="The disk is full: runs/a/lease could not be saved"):
        files.write("runs/a/lease", b"new")
    assert files.read("runs/a/lease") == b"old"
    assert files.names("runs/a") == ["lease"]


def test_a_disk_that_is_really_full(small_disk):
    files = Files(str(small_disk), small_disk)
    put(files, "data/x", table="kept")
    files.write("runs/a/lease", b"old")
    with pytest.raises(InteractionError, match="The disk is full"):
        files.write("runs/a/lease", bytes(300_000))
    with pytest.raises(InteractionError, match="The disk is full"):
        put(files, "data/y", table="x" * 300_000)
    assert files.read("runs/a/lease") == b"old"
    assert files.names("data") == ["x"]
    files.write("runs/a/lease", bytes(100_000))  # what was half written gave its space back


def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InteractionError, match=r"could not be saved .* make the folder writable"):
        Files(str(tmp_path / "file"), tmp_path).write("runs/a/lease", b"")
