"""Submissions as they lie there become jobs: listed, compared with what is known, read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from autograder.batch.outcomes import SubmissionOutcome, SubmissionState
from autograder.course.data_files import MAX_BYTES, MAX_FILES
from autograder.course.layout import Submission
from autograder.course.notebook import check_size
from autograder.errors import BadSubmissionError
from autograder.file_stats import stat_digest
from autograder.files import walk_regular_files
from autograder.gradebook.result_store import ResultStore
from autograder.grading.job import Job
from utils.checking.hints import FILE as HINTS

# More than the engine takes along (course/data_files.py), which says what it leaves out.
_MAX_FILES = 4 * MAX_FILES
_MAX_FILE_BYTES = 4 * MAX_BYTES
# Reading and hashing run outside Python's lock: two threads read a class in half the time. At most
# this many submissions more than are being graded are in memory.
_READERS, _AHEAD = 2, 4

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class MakeJob(Protocol):
    """Makes a job of a submission."""

    def __call__(
        self, student: str, place: str, files: dict[str, bytes], submission: str = ""
    ) -> Job:
        """Make the job.

        Args:
            student: Whose submission it is.
            place: Where it lies.
            files: What was handed in; empty if it was not read.
            submission: Digest of what was handed in, where that is known without reading it.
        """
        ...


class Unreadable(NamedTuple):
    """A submission that cannot be read, and why."""

    job: Job
    sentence: str


class Intake:
    """Finds out which submissions have to be graded, and reads those.

    Args:
        make: Makes a job of a submission.
        store: Knows what has been graded before.
        force: Grade again what has been graded.

    Attributes:
        seconds: Time spent here so far.
    """

    def __init__(self, make: MakeJob, store: ResultStore, *, force: bool = False) -> None:
        self._make = make
        self._store = store
        self._force = force
        self.seconds = 0.0

    def jobs(
        self, submissions: Iterable[Submission]
    ) -> Iterator[Job | SubmissionOutcome | Unreadable]:
        """Jobs to be done; the outcome of each submission whose grade is known already."""
        begun = time.perf_counter()
        unknown = []
        for listed in largest_first(map(list_submission, submissions)):
            if self._is_known(listed):
                yield SubmissionOutcome(listed.submission.student, SubmissionState.KEPT)
            else:
                unknown.append(listed)
        self.seconds += time.perf_counter() - begun
        with ThreadPoolExecutor(_READERS) as readers:
            for answer, seconds in read_ahead(readers, self._read, unknown):
                self.seconds += seconds
                yield answer

    def _is_known(self, listed: ListedSubmission) -> bool:
        """Whether a submission was graded before, as far as can be told without reading it."""
        submission = listed.submission
        digest = None if self._force else self._store.seen(submission.student, listed.stat_digest)
        if digest is None:
            return False
        return self._store.holds(self._make(submission.student, str(submission.folder), {}, digest))

    def _read(self, listed: ListedSubmission) -> tuple[Job | SubmissionOutcome | Unreadable, float]:
        """Read a submission and see whether it is graded already; in a thread of its own."""
        begun = time.perf_counter()
        student, place = listed.submission.student, str(listed.submission.folder)
        answer: Job | SubmissionOutcome | Unreadable
        try:
            answer = job = self._make(student, place, read_files(listed.submission.folder))
            self._store.saw(student, listed.stat_digest, job.submission)
            if not self._force and self._store.holds(job):
                answer = SubmissionOutcome(student, SubmissionState.KEPT)
        except BadSubmissionError as error:
            answer = Unreadable(self._make(student, place, {}), str(error))
        return answer, time.perf_counter() - begun


class ListedSubmission(NamedTuple):
    """A submission as it lies there, not read yet: its notebooks' bytes and its files' stamp."""

    submission: Submission
    size: int
    stat_digest: str


def read_ahead(
    readers: Executor, read: Callable[[Item], Answer], items: Iterable[Item], number: int = _AHEAD
) -> Iterator[Answer]:
    """What ``read`` gives of each item, in order, while others read up to ``number`` ahead."""
    waiting: deque[Future[Answer]] = deque()
    try:
        for item in items:
            waiting.append(readers.submit(read, item))
            if len(waiting) > number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()


def list_submission(submission: Submission) -> ListedSubmission:
    """See how a submission lies there."""
    files = list(walk_regular_files(submission.folder))
    size = sum(told.st_size for name, told in files if name.endswith(".ipynb"))
    return ListedSubmission(submission, size, stat_digest(files))


def largest_first(class_: Iterable[ListedSubmission]) -> list[ListedSubmission]:
    """The long ones must not be the last ones, for which everybody waits."""
    return sorted(class_, key=lambda one: (-one.size, one.submission.student))


def read_files(folder: Path) -> dict[str, bytes]:
    """What was handed in: notebooks, and plain files beside them up to a total size.

    No links; and not the hints, which came with the notebook and which nobody needs who grades.

    Raises:
        BadSubmissionError: If a notebook is too large or cannot be read.
    """
    files: dict[str, bytes] = {}
    left, places = _MAX_FILE_BYTES, _MAX_FILES
    for name, told in walk_regular_files(folder):
        path, size = folder / name, told.st_size
        if path.name == HINTS:
            continue
        if path.suffix == ".ipynb":
            if path.parent == folder:
                check_size(path, size)
                files[name] = _read_bytes(path)
        elif places > 0 and size <= left:
            places, left = places - 1, left - size
            files[name] = _read_bytes(path)
    return files


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSubmissionError(f"{path} cannot be read: {error.strerror}.") from error
