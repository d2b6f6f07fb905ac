"""The folders in ``autograded/``: complete or not there at all."""

import os

import pytest

from autograder.course.settings import Settings
from autograder.file_stats import FileStatCache
from autograder.gradebook.autograded_folder import AutogradedFolder, digest_of
from tests.conftest import ASSIGNMENT

OLD, NEW = ({f"{ASSIGNMENT}.ipynb": text} for text in ("old", "new"))
DIGEST = digest_of(NEW)


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
    folder.replace_notebooks("ada", folder.stage_notebooks("ada", OLD, {}), OLD)
    staged = folder.stage_notebooks("ada", NEW, data_files)
    assert folder.notebooks("ada")[0].read_text() == "old"
    folder.replace_notebooks("ada", staged, NEW)
    folder.replace_notebooks("ada", staged, NEW)  # a transaction that is tried again
    assert folder.notebooks("ada")[0].read_text() == "new"
    assert (folder.folder("ada") / "data" / "x.csv").read_text() == "1,2"
    assert folder.notebooks("ada")[0].stat().st_mode & 0o777 == 0o444
    assert folder.has_notebooks("ada", DIGEST)
    assert not folder.has_notebooks("ada", "another")
    assert not folder.has_notebooks("bo", DIGEST)


def test_a_notebook_that_was_changed(folder):
    """Its digest is not taken from the cache."""
    folder.replace_notebooks("ada", folder.stage_notebooks("ada", NEW, {}), NEW)
    path = folder.notebooks("ada")[0]
    path.chmod(0o644)
    path.write_text("changed")
    assert not folder.has_notebooks("ada", DIGEST)


def test_temporary_folders_are_removed(folder):
    """Those of this run and of runs that have ended; not those of a run that is going on."""
    staged = folder.stage_notebooks("ada", NEW, {})
    host = staged.parent.name.removesuffix(f"-{os.getpid()}")
    running = folder.base / f"{host}-{os.getppid()}"
    ended = folder.base / f"{host}-{2**22 + 1}"
    for path in (running, ended):
        path.mkdir()
    folder.remove_temporary()
    assert [path.name for path in folder.base.iterdir()] == [running.name]


def test_a_removed_folder(folder):
    """It is gone; to remove it twice is fine."""
    folder.replace_notebooks("ada", folder.stage_notebooks("ada", NEW, {}), NEW)
    folder.remove("ada")
    folder.remove("ada")
    assert not folder.folder("ada").exists()
