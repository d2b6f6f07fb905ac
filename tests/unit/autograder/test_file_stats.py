"""Files that were read before and have not changed are not read again; all others are."""

import json
import os

import pytest

from autograder import file_stats
from autograder.file_stats import FileStatCache, stat_digest
from autograder.files import walk_regular_files

AN_HOUR = 3600 * 10**9


@pytest.fixture
def folder(tmp_path):
    """A submission: a notebook, and a file in a subfolder."""
    path = tmp_path / "ada"
    (path / "data").mkdir(parents=True)
    (path / "hw.ipynb").write_text("{}")
    (path / "data" / "x.csv").write_text("1,2")
    return path


@pytest.fixture
def later(monkeypatch):
    """An hour has passed."""
    now = file_stats.time.time_ns()
    monkeypatch.setattr(file_stats.time, "time_ns", lambda: now + AN_HOUR)


def digest_of(folder, **options):
    """The stat digest of all files in a folder."""
    return stat_digest(walk_regular_files(folder), **options)


@pytest.mark.usefixtures("later")
class TestStatDigest:
    """A stat digest changes with the files."""

    def test_stays_the_same_as_long_as_nothing_changes(self, folder):
        """Reading a file does not change it."""
        before = digest_of(folder)
        (folder / "hw.ipynb").read_bytes()
        assert digest_of(folder) == before != ""

    def change_the_text(self, path):
        """Write another text of the same length, with the modification time of the first."""
        status = path.stat()
        while path.stat().st_ctime_ns == status.st_ctime_ns:  # until the disk's clock has advanced
            path.write_text("[]")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def replace(self, path):
        """Replace the file with an equal one that has the same modification time."""
        status, other = path.stat(), path.with_name("other")
        other.write_text("[]")
        os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(path)

    def rename(self, path):
        """Give the file another name."""
        path.rename(path.with_name("hw2.ipynb"))

    def add(self, path):
        """Put another file beside it."""
        path.with_name("timestamp.txt").write_text("now")

    @pytest.mark.parametrize("change", ["change_the_text", "replace", "rename", "add"])
    def test_changes_with(self, folder, change):
        """Even if size and modification time stay the same."""
        before = digest_of(folder)
        getattr(self, change)(folder / "hw.ipynb")
        assert digest_of(folder) not in {before, ""}


def test_a_file_that_changed_just_now_has_no_digest(folder):
    """It may change again without getting another time, as coarse as the disk's clock is."""
    assert digest_of(folder) == ""
    assert digest_of(folder, ours=True) != ""


class TestFileStatCache:
    """What the cache remembers, in memory and in its file."""

    def test_a_digest_is_valid_for_its_stat_digest_only(self, tmp_path):
        """An empty stat digest is never valid."""
        cache = FileStatCache(tmp_path / "seen.json")
        cache.remember("ada", "s1", "d1")
        cache.remember("bo", "", "d2")
        questions = (("ada", "s1"), ("ada", "s2"), ("bo", ""), ("cy", "s1"))
        assert [cache.digest(*question) for question in questions] == ["d1", None, None, None]

    def test_lasts_until_the_next_run(self, tmp_path):
        """What is saved is loaded again."""
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
    def test_a_damaged_file_is_ignored(self, tmp_path, text):
        """The only consequence is that everything is read again."""
        path = tmp_path / "seen.json"
        path.write_text(text)
        assert FileStatCache(path).digest("ada", "s1") is None

    def test_a_failure_to_save_is_ignored(self, tmp_path):
        """The only consequence is that the next run reads everything."""
        (tmp_path / "file").write_text("")
        cache = FileStatCache(tmp_path / "file" / "seen.json")
        cache.remember("ada", "s1", "d1")
        cache.save()
        assert json.dumps(sorted(path.name for path in tmp_path.iterdir())) == '["file"]'
