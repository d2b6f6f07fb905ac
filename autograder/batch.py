"""Many submissions: which have to be graded, by whom, and where the grades go.

Whoever does the work is a ``concurrent.futures.Executor``: processes next door, a Dask cluster, or
the finished shards of another run. Grades are written down as they come, each with a digest of all
that it depends on; a run that was killed anywhere goes on where it was, and what has not changed
is not run again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from autograder.course import Submission
from autograder.engine.datafiles import MAX_BYTES, MAX_FILES
from autograder.errors import BadSubmissionError, RunnerError
from autograder.notebook import MAX_FILE_MB
from autograder.outcome import Grade
from autograder.stamps import plain_files, stamp
from autograder.work import Done, Job, failed, work
from utils.hints import FILE as HINTS

# More than the engine takes along (engine/datafiles.py), which says what it leaves out.
_MAX_FILES = 4 * MAX_FILES
_MAX_FILE_BYTES = 4 * MAX_BYTES
# A job whose worker died is tried this often, the later times with no other job beside it.
_TRIES = 3
# So often may all workers die with nothing done in between: more than a few bad submissions in a
# row can bring about, and soon enough where no worker can live.
_DEATHS = 4 * _TRIES
# Reading and hashing leave Python alone: two threads read a class in half the time. No more of it
# is in memory than this many submissions beside the window.
_READERS, _AHEAD = 2, 4

One = TypeVar("One")
Other = TypeVar("Other")


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

    def seen(self, student: str, stamp: str) -> str | None:
        """The digest of a submission that was read before and has the same stamp, if known."""
        del student, stamp
        return None

    def saw(self, student: str, stamp: str, digest: str) -> None:
        """Be told of a submission that was read."""

    def put(self, finished: list[tuple[Job, Done]]) -> list[tuple[Job, Done]]:
        """Write grades down, all or none; return what they came to."""
        raise NotImplementedError

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """What is written down of these students, in their order, a few in memory at a time.

        Args:
            students: Who.
            brief: Leave the single checks out, which takes half the time.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Remove what is temporary."""


class Staff(ExitStack):
    """Who does the work: an executor, made when the first job comes, and again if it breaks.

    At its end the executor is told how the run ended.

    Args:
        make: Makes an executor.
        hands: How many jobs it can do at once.
    """

    def __init__(self, make: Callable[[], Executor], hands: int) -> None:
        super().__init__()
        self._make = make
        self._executor: Executor | None = None
        # Enough that nobody waits for work, few enough that memory does not grow with the class.
        self.window = 2 * hands + 2

    def submit(self, job: Job) -> Future[Done]:
        """Hand a job over."""
        if self._executor is None:
            self._executor = self.enter_context(self._make())
        return self._executor.submit(work, job)

    def dismiss(self) -> None:
        """Give up a broken executor; the next job goes to a new one."""
        self._executor = None
        self.close()


class Found(NamedTuple):
    """A submission as it lies there, not read yet: its notebooks' bytes and its files' stamp."""

    submission: Submission
    size: int
    stamp: str


class _Read(NamedTuple):
    """A submission that was read: what is wrong with it, or whether its grade is known."""

    job: Job
    fault: str
    kept: bool
    seconds: float


class Batch:
    """One run over submissions of one assignment.

    Args:
        make: A job from a student's name, the submission's place and its files; and its digest, if
            that is known and the files are not read.
        store: Where grades go.
        staff: Who does the work.
        force: Grade again what has been graded.
    """

    def __init__(
        self,
        make: Callable[..., Job],
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
        self._deaths = 0
        self.seconds: dict[str, float] = {"reading": 0.0, "gradebook": 0.0}

    def run(self, submissions: Iterable[Submission]) -> Iterator[Outcome]:
        """Grade what has to be graded; one outcome a submission, in the order of completion."""
        jobs = self._jobs(submissions)
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
                    except BrokenExecutor as error:
                        self._bury(error)
                        suspects.append(job)
                        break
            if under_way:
                finished, again = self._collect(under_way)
                suspects.extend(again)
                yield from self._written(finished)

    def _jobs(self, submissions: Iterable[Submission]) -> Iterator[Job | Outcome]:
        """What has to be done; what has not is told at once."""
        begun = time.perf_counter()
        left = []
        for found in largest_first(map(look, submissions)):
            if self._is_known(found):
                yield Outcome(found.submission.student, State.KEPT)
            else:
                left.append(found)
        self.seconds["reading"] += time.perf_counter() - begun
        with ThreadPoolExecutor(_READERS) as readers:
            for read in ahead(readers, self._read, left):
                self.seconds["reading"] += read.seconds
                if read.fault:
                    yield from self._written([(read.job, failed(read.job, read.fault))])
                else:
                    yield Outcome(read.job.student, State.KEPT) if read.kept else read.job

    def _is_known(self, found: Found) -> bool:
        """Whether a submission was graded before, as far as can be told without reading it."""
        student = found.submission.student
        digest = None if self._force else self._store.seen(student, found.stamp)
        if digest is None:
            return False
        return self._store.holds(self._make(student, str(found.submission.folder), {}, digest))

    def _read(self, found: Found) -> _Read:
        """Read a submission and see whether it is graded already; in a thread of its own."""
        begun = time.perf_counter()
        one = found.submission
        student, place = one.student, str(one.folder)
        try:
            job, fault = self._make(student, place, read_files(one.folder)), ""
            self._store.saw(student, found.stamp, job.submission)
        except BadSubmissionError as error:
            job, fault = self._make(student, place, {}), str(error)
        kept = not (fault or self._force) and self._store.holds(job)
        return _Read(job, fault, kept, time.perf_counter() - begun)

    def _collect(
        self, under_way: dict[Future[Done], Job]
    ) -> tuple[list[tuple[Job, Done]], list[Job]]:
        """What came back, and jobs whose worker died under them or under another."""
        ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
        finished: list[tuple[Job, Done]] = []
        again: list[Job] = []
        broken: BrokenExecutor | None = None
        for future in ready:
            job = under_way.pop(future)
            try:
                finished.append((job, future.result()))
                self._deaths = 0
            except Exception as error:  # noqa: BLE001
                # whatever an executor raises: the job was not done, and nobody's work is worth 0
                broken = error if isinstance(error, BrokenExecutor) else broken
                self._tries[job.student] = tries = self._tries.get(job.student, 0) + 1
                if tries < _TRIES:
                    again.append(job)
                else:
                    finished.append((job, failed(job, _why(error))))
        if broken:  # the others fail in the same way, at once
            again += under_way.values()
            under_way.clear()
            self._bury(broken)
        return finished, again

    def _bury(self, error: BrokenExecutor) -> None:
        """Let a broken executor go; give up if none lives long enough to do anything.

        Raises:
            RunnerError: Then.
        """
        self._staff.dismiss()
        self._deaths += 1
        if self._deaths > _DEATHS:
            raise RunnerError(
                f"The processes that grade ended {self._deaths} times, and none got anything done "
                f"({_reason(error)}). Look at the memory of this machine, and run `autograder "
                "doctor`. What was graded so far is kept; the next run goes on from there."
            ) from error

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


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__


def _why(error: Exception) -> str:
    return (
        f"The process that graded this submission ended {_TRIES} times without an answer "
        f"({_reason(error)}). Grade it alone with --student, and look at the memory while it runs."
    )


def ahead(
    readers: Executor, read: Callable[[One], Other], items: Iterable[One], number: int = _AHEAD
) -> Iterator[Other]:
    """What ``read`` gives of each item, in order, while others read up to ``number`` ahead."""
    waiting: deque[Future[Other]] = deque()
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


def look(submission: Submission) -> Found:
    """See how a submission lies there."""
    files = list(plain_files(submission.folder))
    size = sum(told.st_size for name, told in files if name.endswith(".ipynb"))
    return Found(submission, size, stamp(files))


def largest_first(class_: Iterable[Found]) -> list[Found]:
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
    for name, told in plain_files(folder):
        path, size = folder / name, told.st_size
        if path.name == HINTS:
            continue
        if path.suffix == ".ipynb":
            if path.parent == folder:
                files[name] = _notebook(path, size)
        elif places > 0 and size <= left:
            places, left = places - 1, left - size
            files[name] = _read(path)
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
