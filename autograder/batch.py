"""Many submissions: which have to be graded, by whom, and where the grades go.

Whoever does the work is a ``concurrent.futures.Executor``: processes next door, a Dask cluster, or
the finished shards of another run. Grades are written down as they come, each with a digest of all
that it depends on; a run that was killed anywhere goes on where it was, and what has not changed
is not run again.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.course import Submission
from autograder.engine.datafiles import MAX_BYTES, MAX_FILES
from autograder.errors import BadSubmissionError
from autograder.notebook import MAX_FILE_MB
from autograder.outcome import Grade
from autograder.work import Done, Job, failed, work

# More than the engine takes along (engine/datafiles.py), which says what it leaves out.
_MAX_FILES = 4 * MAX_FILES
_MAX_FILE_BYTES = 4 * MAX_BYTES
# A job whose worker died is tried this often, the later times with no other job beside it.
_TRIES = 3


class State(StrEnum):
    """What a run did with one submission."""

    GRADED = "graded"
    KEPT = "kept"
    NOT_GRADED = "not graded"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did with one submission.

    Attributes:
        student: Whose it is.
        state: What was done.
        message: Why there is no grade.
        seconds: Where the time went.
    """

    student: str
    state: State
    message: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


class Store:
    """Where finished work goes, and what is known of earlier work. Subclasses say how."""

    def holds(self, job: Job) -> bool:
        """Whether a grade that hangs on just this is written down already, all of it."""
        raise NotImplementedError

    def put(self, finished: list[tuple[Job, Done]]) -> list[tuple[Job, Done]]:
        """Write grades down, all or none; return what they came to."""
        raise NotImplementedError

    def grades(self, students: Sequence[str]) -> Iterator[Grade]:
        """What is written down of these students, in their order, a few in memory at a time."""
        raise NotImplementedError

    def close(self) -> None:
        """Remove what is temporary."""


class Staff:
    """Who does the work: an executor, made when the first job comes, and again if it breaks.

    Args:
        make: Makes an executor.
        hands: How many jobs it can do at once.
    """

    def __init__(self, make: Callable[[], Executor], hands: int) -> None:
        self._make = make
        self._stack = ExitStack()
        self._executor: Executor | None = None
        # Enough that nobody waits for work, few enough that memory does not grow with the class.
        self.window = 2 * hands + 2

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the executor; it is told how the run ended."""
        self._stack.__exit__(kind, error, trace)

    def submit(self, job: Job) -> Future[Done]:
        """Hand a job over."""
        if self._executor is None:
            self._executor = self._stack.enter_context(self._make())
        return self._executor.submit(work, job)

    def dismiss(self) -> None:
        """Give up a broken executor; the next job goes to a new one."""
        self._executor = None
        self._stack.close()


class Batch:
    """One run over submissions of one assignment.

    Args:
        make: A job from a student's name, the submission's place and its files.
        store: Where grades go.
        staff: Who does the work.
        force: Grade again what has been graded.
    """

    def __init__(
        self,
        make: Callable[[str, str, dict[str, bytes]], Job],
        store: Store,
        staff: Staff,
        *,
        force: bool = False,
    ) -> None:
        self._make = make
        self._store = store
        self._staff = staff
        self._force = force
        self._tries: dict[str, int] = {}
        self.seconds: dict[str, float] = {"reading": 0.0, "gradebook": 0.0}

    def run(self, submissions: Iterable[Submission]) -> Iterator[Outcome]:
        """Grade what has to be graded; one outcome a submission, in the order of completion."""
        jobs = self._jobs(largest_first(submissions))
        suspects: deque[Job] = deque()
        under_way: dict[Future[Done], Job] = {}
        more = True
        while more or under_way or suspects:
            room = 1 if suspects else self._staff.window
            while len(under_way) < room and (suspects or more):
                job = suspects.popleft() if suspects else next(jobs, None)
                if isinstance(job, Outcome):
                    yield job
                elif job is None:
                    more = False
                else:
                    try:
                        under_way[self._staff.submit(job)] = job
                    except BrokenExecutor:
                        self._staff.dismiss()
                        suspects.append(job)
                        break
            if under_way:
                finished, again = self._collect(under_way)
                suspects.extend(again)
                yield from self._written(finished)

    def _jobs(self, submissions: Iterable[Submission]) -> Iterator[Job | Outcome]:
        """What has to be done; what has not is told at once."""
        for one in submissions:
            begun = time.perf_counter()
            try:
                job = self._make(one.student, str(one.folder), read_files(one.folder))
            except BadSubmissionError as error:
                job = self._make(one.student, str(one.folder), {})
                self.seconds["reading"] += time.perf_counter() - begun
                yield from self._written([(job, failed(job, str(error)))])
                continue
            kept = not self._force and self._store.holds(job)
            self.seconds["reading"] += time.perf_counter() - begun
            yield Outcome(job.student, State.KEPT) if kept else job

    def _collect(
        self, under_way: dict[Future[Done], Job]
    ) -> tuple[list[tuple[Job, Done]], list[Job]]:
        """What came back, and jobs whose worker died under them or under another."""
        ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
        finished: list[tuple[Job, Done]] = []
        again: list[Job] = []
        broke = False
        for future in ready:
            job = under_way.pop(future)
            try:
                finished.append((job, future.result()))
            except Exception as error:  # noqa: BLE001
                # whatever an executor raises: the job was not done, and nobody's work is worth 0
                broke |= isinstance(error, BrokenExecutor)
                self._tries[job.student] = tries = self._tries.get(job.student, 0) + 1
                if tries < _TRIES:
                    again.append(job)
                else:
                    finished.append((job, failed(job, _why(error))))
        if broke:  # the others fail in the same way, at once
            again += under_way.values()
            under_way.clear()
            self._staff.dismiss()
        return finished, again

    def _written(self, finished: list[tuple[Job, Done]]) -> Iterator[Outcome]:
        if not finished:
            return
        begun = time.perf_counter()
        finished = self._store.put(finished)
        self.seconds["gradebook"] += time.perf_counter() - begun
        for job, done in finished:
            state = State.GRADED if done.graded else State.NOT_GRADED
            message = str(done.result["grade"]["message"])
            yield Outcome(job.student, state, message, done.seconds)


def _why(error: Exception) -> str:
    reason = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
    return (
        f"The process that graded this submission ended {_TRIES} times without an answer "
        f"({reason}). Grade it alone with --student, and look at the memory while it runs."
    )


def largest_first(submissions: Iterable[Submission]) -> list[Submission]:
    """The long ones must not be the last ones, for which everybody waits."""
    return sorted(submissions, key=lambda one: (-_size(one), one.student))


def _size(submission: Submission) -> int:
    try:
        return sum(path.stat().st_size for path in submission.folder.glob("*.ipynb"))
    except OSError:
        return 0


def read_files(folder: Path) -> dict[str, bytes]:
    """What was handed in: notebooks, and plain files beside them up to a total size; no links.

    Raises:
        BadSubmissionError: If a notebook is too large or cannot be read.
    """
    files: dict[str, bytes] = {}
    left, places = _MAX_FILE_BYTES, _MAX_FILES
    for base, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(base, name)
            told = path.lstat()
            if not stat.S_ISREG(told.st_mode):
                continue
            if path.suffix == ".ipynb":
                if path.parent == folder:
                    files[name] = _notebook(path, told.st_size)
            elif places > 0 and told.st_size <= left:
                places, left = places - 1, left - told.st_size
                files[path.relative_to(folder).as_posix()] = _read(path)
    return files


def _notebook(path: Path, size: int) -> bytes:
    if size > MAX_FILE_MB * 2**20:
        raise BadSubmissionError(
            f"{path} is {size / 2**20:.0f} MB large; at most {MAX_FILE_MB} MB are read. Ask the "
            "student to clear all outputs and submit again."
        )
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSubmissionError(f"{path} cannot be read: {error.strerror}.") from error


def in_shard(student: str, number: int, of: int) -> bool:
    """Whether a student belongs to shard ``number`` of ``of``, whoever else is in the class."""
    return int.from_bytes(sha256(student.encode()).digest()[:8]) % of == number - 1
