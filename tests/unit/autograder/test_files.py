"""A file is there whole or not at all."""

import zipfile

import pytest

from autograder import files
from autograder.files import write_text, write_zip


def test_an_equal_file_is_not_written_again(tmp_path):
    """A rebuild without a change touches no file."""
    path = tmp_path / "deep" / "file.txt"
    assert write_text("ä\n", path)
    stamp = path.stat().st_mtime_ns
    assert not write_text("ä\n", path)
    assert path.stat().st_mtime_ns == stamp
    assert write_text("b\n", path)
    assert path.read_text("utf-8") == "b\n"


def test_writing_leaves_nothing_beside(tmp_path):
    """If the last step fails, the temporary file goes too."""
    path = tmp_path / "file.txt"
    path.mkdir()
    with pytest.raises(OSError, match=r"file\.txt"), files.atomic_replacement(path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["file.txt"]


def test_a_failure_midway_leaves_the_old_file(tmp_path):
    """Who stops half-way has written nothing."""
    path = tmp_path / "file.txt"
    write_text("old", path)

    def stop_midway():
        with files.atomic_replacement(path) as temporary:
            temporary.write_text("ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_midway()
    assert path.read_text("utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["file.txt"]


@pytest.mark.parametrize(("private", "mode"), [(False, 0o644), (True, 0o600)])
def test_who_may_read_it(tmp_path, private, mode):
    """What nbgrader's other users need is open to them; what holds hidden tests is not."""
    path = tmp_path / "file.txt"
    with files.atomic_replacement(path, private=private) as temporary:
        temporary.write_text("x")
    assert path.stat().st_mode & 0o777 == mode


def test_the_same_files_make_the_same_zip(tmp_path):
    """Neither a clock nor the order in which files came is in it."""
    held = {"top/b.sh": b"#!/bin/sh\n", "top/a.txt": b"a" * 5000}
    write_zip(held, tmp_path / "one.zip", executable=["top/b.sh"])
    write_zip(dict(reversed(held.items())), tmp_path / "deep" / "two.zip", executable=["top/b.sh"])
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "deep" / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        told = archive.infolist()
        assert {info.filename: archive.read(info) for info in told} == held
        assert [info.filename for info in told] == sorted(held)
        assert {info.date_time for info in told} == {(1980, 1, 1, 0, 0, 0)}
        assert [oct(info.external_attr >> 16) for info in told] == ["0o100644", "0o100755"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "one.zip"]
