"""The folders in ``autograded/``: complete or not there at all."""

import os

import pytest

from autograder.course.settings import Settings
from autograder.file_stats import FileStatCache
from autograder.gradebook.autograded_folder import AutogradedFolder, content_digest
from tests.conftest import ASSIGNMENT

DIGEST = content_digest(b"new")


@pytest.fixture
def folder(course, tmp_path):
    """The folder of a course in which nothing has been graded."""
    coursedir = Settings.load(course).coursedir
    return AutogradedFolder(coursedir, ASSIGNMENT, FileStatCache(tmp_path / "stats.json"))


@pytest.fixture
def data_files(tmp_path):
    """One file to copy."""
    path = tmp_path / "x.csv"
    path.write_text("1,2")
    return {"data/x.csv": path}


def test_a_staged_folder_replaces_the_earlier_one(folder, data_files):
    """At first nothing is to be seen of it; then it is complete, and the earlier one is gone."""
    folder.replace_notebook("ada", folder.stage_notebook("ada", "old", {}), content_digest(b"old"))
    staged = folder.stage_notebook("ada", "new", data_files)
    assert folder.notebook("ada").read_text() == "old"
    folder.replace_notebook("ada", staged, DIGEST)
    folder.replace_notebook("ada", staged, DIGEST)  # a transaction that is tried again
    assert folder.notebook("ada").read_text() == "new"
    assert (folder.folder("ada") / "data" / "x.csv").read_text() == "1,2"
    assert folder.notebook("ada").stat().st_mode & 0o777 == 0o444
    assert folder.has_notebook("ada", DIGEST)
    assert not folder.has_notebook("ada", "another")
    assert not folder.has_notebook("bo", DIGEST)


def test_a_notebook_that_was_changed(folder):
    """Its digest is not taken from the cache."""
    folder.replace_notebook("ada", folder.stage_notebook("ada", "new", {}), DIGEST)
    path = folder.notebook("ada")
    path.chmod(0o644)
    path.write_text("changed")
    assert not folder.has_notebook("ada", DIGEST)


def test_temporary_folders_are_removed(folder):
    """Those of this run and of runs that have ended; not those of a run that is going on."""
    staged = folder.stage_notebook("ada", "new", {})
    host = staged.parent.name.removesuffix(f"-{os.getpid()}")
    running = folder.base / f"{host}-{os.getppid()}"
    ended = folder.base / f"{host}-{2**22 + 1}"
    for path in (running, ended):
        path.mkdir()
    folder.remove_temporary()
    assert [path.name for path in folder.base.iterdir()] == [running.name]


def test_a_removed_folder(folder):
    """It is gone; to remove it twice is fine."""
    folder.replace_notebook("ada", folder.stage_notebook("ada", "new", {}), DIGEST)
    folder.remove("ada")
    folder.remove("ada")
    assert not folder.folder("ada").exists()
