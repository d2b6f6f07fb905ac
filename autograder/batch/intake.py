"""Turns submissions into jobs: lists them, skips what has been graded already, reads the rest."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from autograder.batch.outcomes import SubmissionOutcome, SubmissionState
from autograder.course.data_files import MAX_BYTES, MAX_FILES, left_out
from autograder.course.find_notebook import MAX_NOTEBOOKS, is_notebook_name
from autograder.course.layout import Submission
from autograder.course.notebook_file import check_size
from autograder.errors import BadSubmissionError
from autograder.file_stats import stat_digest
from autograder.files import SKIPPED_FOLDERS, walk_regular_files
from autograder.gradebook.result_store import ResultStore
from autograder.grading.job import Job, JobResult, failed_result
from utils.checking.hints import FILE as HINTS

# More than the engine copies (``course.data_files``), so that it can say what it leaves out.
_MAX_FILES = 4 * MAX_FILES
_MAX_FILE_BYTES = 4 * MAX_BYTES
# Reading and hashing release Python's lock: two threads read a class in half the time.
_READER_THREADS = 2
# How many submissions may be read before they are needed, and so are in memory.
_READ_AHEAD = 4

Item = TypeVar("Item")
Result = TypeVar("Result")


class MakeJob(Protocol):
    """A function that makes a job of a submission."""

    def __call__(
        self, student: str, location: str, files: dict[str, bytes], submission: str = ""
    ) -> Job:
        """Make the job.

        Args:
            student: The student's id.
            location: Where the submission is.
            files: The submitted files; empty if they were not read.
            submission: Digest of the submitted files, if it is known without reading them.
        """
        ...


class UnreadableSubmission(NamedTuple):
    """A submission that cannot be read, and the sentence that says why."""

    job: Job
    sentence: str

    def result(self) -> JobResult:
        """The result to store for it."""
        return failed_result(self.job, self.sentence)


class Intake:
    """Finds out which submissions have to be graded, and reads those.

    Args:
        make_job: Makes a job of a submission.
        store: Knows what has been graded before.
        force: Whether to grade everything again.

    Attributes:
        seconds: Time spent on this so far, in all threads.
    """

    def __init__(self, make_job: MakeJob, store: ResultStore, *, force: bool = False) -> None:
        self._make_job = make_job
        self._store = store
        self._force = force
        self.seconds = 0.0

    def jobs(
        self, submissions: Iterable[Submission]
    ) -> Iterator[Job | SubmissionOutcome | UnreadableSubmission]:
        """Jobs to be done, and the outcomes of submissions that have a valid grade already."""
        start = time.perf_counter()
        changed = []
        for listed in largest_first(map(list_submission, submissions)):
            if self._is_unchanged(listed):
                yield SubmissionOutcome(listed.submission.student, SubmissionState.KEPT)
            else:
                changed.append(listed)
        self.seconds += time.perf_counter() - start
        with ThreadPoolExecutor(_READER_THREADS) as threads:
            for item, seconds in read_ahead(threads, self._read, changed):
                self.seconds += seconds
                yield item

    def _is_unchanged(self, listed: ListedSubmission) -> bool:
        """Whether it can be told without reading a submission that its grade is still valid."""
        if self._force:
            return False
        student, location = listed.submission.student, str(listed.submission.folder)
        digest = self._store.known_digest(student, listed.stat_digest)
        return digest is not None and self._store.has_result(
            self._make_job(student, location, {}, digest)
        )

    def _read(
        self, listed: ListedSubmission
    ) -> tuple[Job | SubmissionOutcome | UnreadableSubmission, float]:
        """Read a submission; also return the seconds that it took. Called in several threads."""
        start = time.perf_counter()
        student, location = listed.submission.student, str(listed.submission.folder)
        item: Job | SubmissionOutcome | UnreadableSubmission
        folder = listed.submission.folder
        try:
            listed.submission.refuse_links()
            item = job = replace(
                self._make_job(student, location, read_files(folder)), left_out=left_out(folder)
            )
            self._store.remember_digest(student, listed.stat_digest, job.submission)
            if not self._force and self._store.has_result(job):
                item = SubmissionOutcome(student, SubmissionState.KEPT)
        except BadSubmissionError as error:
            item = UnreadableSubmission(self._make_job(student, location, {}), str(error))
        return item, time.perf_counter() - start


class ListedSubmission(NamedTuple):
    """A submission whose files were listed but not read.

    Attributes:
        submission: The submission.
        size: Bytes of its notebooks.
        stat_digest: Digest of what the file system says of its files.
    """

    submission: Submission
    size: int
    stat_digest: str


def read_ahead(
    threads: Executor,
    read: Callable[[Item], Result],
    items: Iterable[Item],
    number: int = _READ_AHEAD,
) -> Iterator[Result]:
    """``map(read, items)``, while threads read up to ``number`` items ahead."""
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(threads.submit(read, item))
            if len(pending) > number:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def list_submission(submission: Submission) -> ListedSubmission:
    """List a submission's files."""
    try:
        submission.refuse_links()
    except BadSubmissionError:  # which is said when it is read
        return ListedSubmission(submission, 0, "")
    files = list(walk_regular_files(submission.folder))
    size = sum(status.st_size for name, status in files if is_notebook_name(name))
    return ListedSubmission(submission, size, stat_digest(files))


def largest_first(submissions: Iterable[ListedSubmission]) -> list[ListedSubmission]:
    """Sort submissions so that the run does not have to wait for a large one at its end."""
    return sorted(submissions, key=lambda listed: (-listed.size, listed.submission.student))


def read_files(folder: Path) -> dict[str, bytes]:
    """The contents of the submitted files: notebooks, and files beside them up to a total size.

    Links are left out, and what tools made (``SKIPPED_FOLDERS``), and the hints, which came with
    the notebook and are of no use to a grader.

    Raises:
        BadSubmissionError: If the only notebook is too large, or one cannot be read.
    """
    files: dict[str, bytes] = {}
    bytes_left, files_left = _MAX_FILE_BYTES, _MAX_FILES
    notebooks_left, too_large = MAX_NOTEBOOKS, None
    for name, status in walk_regular_files(folder):
        path, size = folder / name, status.st_size
        if path.name == HINTS or not SKIPPED_FOLDERS.isdisjoint(name.split("/")[:-1]):
            continue
        if is_notebook_name(name):
            try:
                check_size(path, size)
            except BadSubmissionError as error:
                too_large = too_large or error
                continue
            if notebooks_left > 0:
                notebooks_left -= 1
                files[name] = _read_bytes(path)
        elif files_left > 0 and size <= bytes_left:
            files_left, bytes_left = files_left - 1, bytes_left - size
            files[name] = _read_bytes(path)
    if too_large is not None and notebooks_left == MAX_NOTEBOOKS:
        raise too_large
    return files


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSubmissionError(f"{path} cannot be read: {error.strerror}.") from error
