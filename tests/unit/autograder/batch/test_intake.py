"""Which submissions become jobs, in what order, and what is read of them."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.batch.intake import (
    Intake,
    UnreadableSubmission,
    largest_first,
    list_submission,
    read_ahead,
    read_files,
)
from autograder.batch.outcomes import SubmissionOutcome, SubmissionState
from autograder.errors import BadSubmissionError
from autograder.grading.job import Job
from tests.conftest import ASSIGNMENT
from tests.support.memory_store import MemoryStore


@pytest.fixture
def _settled(monkeypatch):
    """A file that changed just now is taken for one that has not changed for long."""
    monkeypatch.setattr("autograder.file_stats._FRESH", 0)


@pytest.fixture
def read_folders(monkeypatch):
    """The folders that are read."""
    folders = []

    def read(folder):
        folders.append(folder)
        return read_files(folder)

    monkeypatch.setattr("autograder.batch.intake.read_files", read)
    return folders


def test_the_largest_come_first(submit):
    """So that the run need not wait for one that was begun last; equals are sorted by name."""
    submissions = [submit("ada"), submit("bo", 900), submit("cleo", 10), submit("dan")]
    order = largest_first(map(list_submission, submissions))
    assert [listed.submission.student for listed in order] == ["bo", "cleo", "ada", "dan"]


def test_jobs_of_a_class(make_job, submit, monkeypatch):
    """What has a result is kept, what cannot be read says why, everything else is a job."""

    def read(folder):
        if folder.parent.name == "cleo":
            raise BadSubmissionError("It cannot be read.")
        return read_files(folder)

    monkeypatch.setattr("autograder.batch.intake.read_files", read)
    submissions = [submit(name) for name in ("ada", "bo", "cleo")]
    ada, bo, cleo = Intake(make_job, MemoryStore(graded=["bo"])).jobs(submissions)
    assert isinstance(ada, Job)
    assert set(ada.files) == {f"{ASSIGNMENT}.ipynb"}
    assert bo == SubmissionOutcome("bo", SubmissionState.KEPT)
    assert isinstance(cleo, UnreadableSubmission)
    assert cleo.result().record["grade"]["message"] == "It cannot be read."


@pytest.mark.usefixtures("_settled")
def test_unchanged_submissions_are_not_read(make_job, submit, read_folders):
    """Those with a result come first then; a changed one is read, and all are if this is forced."""
    submissions = [submit(name) for name in ("ada", "bo", "cleo")]
    store = MemoryStore()
    assert all(isinstance(item, Job) for item in Intake(make_job, store).jobs(submissions))
    assert read_folders == [submission.folder for submission in submissions]
    store.graded = {"ada", "bo", "cleo"}
    (submissions[1].folder / "data.txt").write_text("1, 2", "utf-8")
    read_folders.clear()
    items = list(Intake(make_job, store).jobs(submissions))
    assert items == [
        SubmissionOutcome(student, SubmissionState.KEPT) for student in ("ada", "cleo", "bo")
    ]
    assert read_folders == [submissions[1].folder]
    read_folders.clear()
    forced = Intake(make_job, store, force=True).jobs(submissions)
    assert all(isinstance(item, Job) for item in forced)
    assert len(read_folders) == 3


@pytest.mark.usefixtures("_settled")
def test_unchanged_submissions_without_a_result_are_read(make_job, submit, read_folders):
    """The digest alone does not make a grade valid."""
    submissions = [submit("ada")]
    store = MemoryStore()
    for _ in range(2):
        (job,) = Intake(make_job, store).jobs(submissions)
        assert isinstance(job, Job)
    assert len(read_folders) == 2


def test_files_that_are_read(submit, monkeypatch):
    """Notebooks, in folders below too, and other files up to a total size; no links."""
    monkeypatch.setattr("autograder.batch.intake._MAX_FILE_BYTES", 1000)
    folder = submit("ada").folder
    (folder / "data").mkdir()
    (folder / "data" / "x.csv").write_text("1,2")
    (folder / "data" / "other.ipynb").write_text("{}")
    (folder / "big.bin").write_bytes(b"0" * 1001)
    (folder / "hints.json").write_text("{}")
    (folder / "link").symlink_to(folder / "data" / "x.csv")
    os.mkfifo(folder / "pipe")
    files = read_files(folder)
    assert set(files) == {f"{ASSIGNMENT}.ipynb", "data/other.ipynb", "data/x.csv"}
    assert files["data/x.csv"] == b"1,2"


def test_a_notebook_without_read_permission(submit, monkeypatch):
    """The sentence has the system's reason."""

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(BadSubmissionError, match="cannot be read: Permission denied"):
        read_files(submit("ada").folder)


def test_reading_ahead():
    """Results come in order; only a few items are read before they are needed."""
    read = []

    def negate(number):
        read.append(number)
        return -number

    with ThreadPoolExecutor(1) as threads:
        results = read_ahead(threads, negate, range(100), 3)
        assert [next(results) for _ in range(5)] == [0, -1, -2, -3, -4]
        results.close()
    assert read == sorted(read)
    assert 5 <= len(read) <= 8
