"""Files are written whole or not at all; links are never taken for files."""

import os
import zipfile

import pytest

from autograder import files
from autograder.files import (
    find_files,
    walk_regular_files,
    write_text,
    write_zip,
)


@pytest.fixture
def folder(tmp_path):
    """A submission: a notebook, a file in a subfolder, and all that is not a regular file."""
    path = tmp_path / "ada"
    (path / "data").mkdir(parents=True)
    (path / "hw.ipynb").write_text("{}")
    (path / "data" / "x.csv").write_text("1,2")
    (path / "data" / "link.csv").symlink_to(path / "data" / "x.csv")
    (path / "link.ipynb").symlink_to(path / "hw.ipynb")
    (path / "more").symlink_to(path / "data")
    os.mkfifo(path / "pipe")
    return path


def test_an_equal_file_is_not_written_again(tmp_path):
    """A rebuild without a change leaves every file untouched."""
    path = tmp_path / "deep" / "file.txt"
    assert write_text("ä\n", path)
    written = path.stat().st_mtime_ns
    assert not write_text("ä\n", path)
    assert path.stat().st_mtime_ns == written
    assert write_text("b\n", path)
    assert path.read_text("utf-8") == "b\n"


def test_a_failed_replacement_leaves_nothing_behind(tmp_path):
    """If the last step fails, the temporary file is removed."""
    path = tmp_path / "file.txt"
    path.mkdir()
    with pytest.raises(OSError, match=r"file\.txt"), files.atomic_replacement(path):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_a_failure_midway_leaves_the_old_file(tmp_path):
    """A block that raises has written nothing."""
    path = tmp_path / "file.txt"
    write_text("old", path)

    def stop_midway():
        with files.atomic_replacement(path) as temporary:
            temporary.write_text("ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_midway()
    assert path.read_text("utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


@pytest.mark.parametrize(("private", "mode"), [(False, 0o644), (True, 0o600)])
def test_who_may_read_the_file(tmp_path, private, mode):
    """Other users of nbgrader can read what they need, but not what holds hidden tests."""
    path = tmp_path / "file.txt"
    with files.atomic_replacement(path, private=private) as temporary:
        temporary.write_text("x")
    assert path.stat().st_mode & 0o777 == mode


def test_files_of_a_folder_come_before_those_of_its_subfolders(folder):
    """With paths and sizes; links and pipes are left out, and links to folders not followed."""
    sizes = {name: status.st_size for name, status in walk_regular_files(folder)}
    assert list(sizes.items()) == [("hw.ipynb", 2), ("data/x.csv", 3)]
    assert list(walk_regular_files(folder / "nothing")) == []


def test_a_file_that_is_removed_during_the_walk_is_skipped(folder):
    """Somebody may be collecting submissions meanwhile."""
    (folder / "a.txt").write_text("1")
    (folder / "z.txt").write_text("1")
    walk = walk_regular_files(folder)
    names = [next(walk)[0]]
    (folder / "hw.ipynb").unlink()
    assert names + [name for name, _ in walk] == ["a.txt", "z.txt", "data/x.csv"]


def test_the_same_files_make_the_same_zip(tmp_path):
    """It depends neither on the clock nor on the order of the files."""
    contents = {"top/b.sh": b"#!/bin/sh\n", "top/a.txt": b"a" * 5000}
    write_zip(contents, tmp_path / "one.zip", executable=["top/b.sh"])
    backwards = dict(reversed(contents.items()))
    write_zip(backwards, tmp_path / "deep" / "two.zip", executable=["top/b.sh"])
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "deep" / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        entries = archive.infolist()
        assert {entry.filename: archive.read(entry) for entry in entries} == contents
        assert [entry.filename for entry in entries] == sorted(contents)
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert [oct(entry.external_attr >> 16) for entry in entries] == ["0o100644", "0o100755"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "one.zip"]


@pytest.mark.parametrize("name", ["plain", "Kurs [2026]", "50% *?", "a[!b]"])
def test_patterns_are_for_names_and_not_for_the_folder(tmp_path, name):
    """In a course with brackets in its name, the source notebook was handed to students' code."""
    folder = tmp_path / name
    (folder / "data" / "__pycache__").mkdir(parents=True)
    for file in ("a.ipynb", "a.csv", "data/b.ipynb", "data/b.csv", "data/__pycache__/c.csv"):
        (folder / file).touch()
    assert list(find_files(folder, ["*.ipynb", "__pycache__"])) == ["a.csv", "data/b.csv"]
