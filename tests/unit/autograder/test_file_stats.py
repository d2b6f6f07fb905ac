"""What was read before and is as it was, is not read again; what is not, is."""

import json
import os
from pathlib import Path

import pytest

from autograder import file_stats
from autograder.file_stats import FileStatCache, stat_digest, walk_regular_files

AN_HOUR = 3600 * 10**9


@pytest.fixture
def folder(tmp_path):
    """A submission: a notebook, and a file in a folder."""
    made = tmp_path / "ada"
    (made / "data").mkdir(parents=True)
    (made / "hw.ipynb").write_text("{}")
    (made / "data" / "x.csv").write_text("1,2")
    return made


@pytest.fixture
def later(monkeypatch):
    """An hour has passed."""
    now = file_stats.time.time_ns()
    monkeypatch.setattr(file_stats.time, "time_ns", lambda: now + AN_HOUR)


def taken(folder, **how):
    """The folder's stamp."""
    return stat_digest(walk_regular_files(folder), **how)


def test_files_of_a_folder_come_before_its_folders(folder):
    """By their paths, with their sizes; a link is no file, wherever it leads."""
    (folder / "link.ipynb").symlink_to(folder / "hw.ipynb")
    (folder / "more").symlink_to(folder / "data")
    found = {name: told.st_size for name, told in walk_regular_files(folder)}
    assert list(found.items()) == [("hw.ipynb", 2), ("data/x.csv", 3)]
    assert list(walk_regular_files(folder / "nothing")) == []


def test_a_file_that_goes_while_its_folder_is_listed(folder):
    """Somebody collects meanwhile: it is passed over, and the rest is told."""
    (folder / "a.txt").write_text("1")
    (folder / "z.txt").write_text("1")
    found = walk_regular_files(folder)
    names = [next(found)[0]]
    (folder / "hw.ipynb").unlink()
    assert names + [name for name, _ in found] == ["a.txt", "z.txt", "data/x.csv"]


@pytest.mark.usefixtures("later")
class TestStamp:
    """A stamp changes with the files."""

    def test_is_the_same_as_long_as_nothing_changes(self, folder):
        """Reading is no change."""
        before = taken(folder)
        (folder / "hw.ipynb").read_bytes()
        assert taken(folder) == before != ""

    def change_the_text(self, path):
        """Another text of the same length, dated back to when the first was written."""
        told = path.stat()
        while path.stat().st_ctime_ns == told.st_ctime_ns:  # until the disk's clock has moved on
            path.write_text("[]")
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))

    def replace(self, path):
        """An equal file in its place, with the first one's date."""
        told, other = path.stat(), path.with_name("other")
        other.write_text("[]")
        os.utime(other, ns=(told.st_atime_ns, told.st_mtime_ns))
        other.replace(path)

    def rename(self, path):
        """The same file under another name."""
        path.rename(path.with_name("hw2.ipynb"))

    def add(self, path):
        """A file beside it."""
        path.with_name("timestamp.txt").write_text("now")

    @pytest.mark.parametrize("change", ["change_the_text", "replace", "rename", "add"])
    def test_changes_with(self, folder, change):
        """Also if size and date are what they were."""
        before = taken(folder)
        getattr(self, change)(folder / "hw.ipynb")
        assert taken(folder) not in {before, ""}


def test_what_was_changed_just_now_is_not_trusted(folder):
    """It may change again at the same time, as far as the clock of the disk can tell."""
    assert taken(folder) == ""
    assert taken(folder, ours=True) != ""


class TestStamps:
    """What is known of files."""

    def test_a_digest_is_good_for_its_stamp_only(self, tmp_path):
        """And an empty stamp for nothing."""
        known = FileStatCache(tmp_path / "seen.json")
        known.remember("ada", "s1", "d1")
        known.remember("bo", "", "d2")
        told = [
            known.digest(*one) for one in (("ada", "s1"), ("ada", "s2"), ("bo", ""), ("cy", "s1"))
        ]
        assert told == ["d1", None, None, None]

    def test_lasts_until_the_next_run(self, tmp_path):
        """In a file."""
        path = tmp_path / "new" / "seen.json"
        first = FileStatCache(path)
        first.remember("ada", "s1", "d1")
        first.save()
        assert FileStatCache(path).digest("ada", "s1") == "d1"

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "{}", '{"schema_version": 1}', '{"schema_version": 1, "seen": {"a": 1}}',
         '{"schema_version": 0, "seen": {"ada": ["s1", "d1"]}}'],
    )  # fmt: skip
    def test_a_broken_file_is_none(self, tmp_path, text):
        """Everything is read again, that is all."""
        path = tmp_path / "seen.json"
        path.write_text(text)
        assert FileStatCache(path).digest("ada", "s1") is None

    def test_no_room_to_save_is_no_loss(self, tmp_path):
        """The next run reads everything."""
        (tmp_path / "file").write_text("")
        known = FileStatCache(tmp_path / "file" / "seen.json")
        known.remember("ada", "s1", "d1")
        known.save()
        assert json.dumps(sorted(one.name for one in Path(tmp_path).iterdir())) == '["file"]'
