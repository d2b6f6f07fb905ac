"""A shard of a class: grades in a file of their own, until ``autograder merge`` brings them home.

For job arrays: each job grades its part without touching the gradebook, and resumes like any
other run. A bundle is a SQLite database with the rows of ``ledger`` and the executed notebooks.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete, insert, select

from autograder import ledger
from autograder.autograded import digest_of
from autograder.batch import Store
from autograder.course import Assignment
from autograder.database import Scratch
from autograder.ledger import Entry
from autograder.outcome import Grade
from autograder.work import Done, Job, failed

_notebooks = Table(
    "notebook",
    ledger.shard_metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("text", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that share a class: the ``number``-th (from 1) of ``of``."""

    number: int
    of: int


def shard_folder(assignment: Assignment) -> Path:
    """Where an assignment's bundles lie."""
    return assignment.course.root / ".autograder" / "shards" / assignment.name


def shard_file(assignment: Assignment, shard: Shard) -> Path:
    """One bundle's file."""
    return shard_folder(assignment) / f"{shard.number}-of-{shard.of}.db"


class Bundle(Store):
    """Grades in a file.

    Args:
        path: Made if it is not there.

    Raises:
        StorageError: If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._name = path.parent.name
        self._database = Scratch(path, ledger.shard_metadata)
        self._marks = self._database.run(lambda one: ledger.marks(one, self._name))

    def holds(self, job: Job) -> bool:
        """Whether the same was graded before."""
        mark = self._marks.get(job.student)
        return mark is not None and mark.key == job.key

    def put(self, finished: list[tuple[Job, Done]]) -> list[tuple[Job, Done]]:
        """Write grades and notebooks down."""

        def write(connection: Connection) -> None:
            entries = [
                Entry(
                    student=job.student,
                    key=job.key if done.graded else "",
                    submission=job.submission,
                    notebook=digest_of(done.notebook.encode()),
                    result=done.result,
                )
                for job, done in finished
            ]
            ledger.put(connection, self._name, entries)
            for job, done in finished:
                mine = (_notebooks.c.assignment == self._name) & (
                    _notebooks.c.student == job.student
                )
                connection.execute(delete(_notebooks).where(mine))
                row: dict[str, Any] = {
                    "assignment": self._name,
                    "student": job.student,
                    "text": zlib.compress(done.notebook.encode(), 6),
                }
                connection.execute(insert(_notebooks), row)

        self._database.run(write)
        return finished

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """What is written down of these students."""
        return ledger.grades(self._database, self._name, students, brief=brief)

    def find(self, job: Job) -> Done | None:
        """What came of a job in the run that made this file."""
        if not self.holds(job):
            return None

        def read(connection: Connection) -> Done:
            (entry,) = ledger.entries(connection, self._name, [job.student])
            text = connection.scalar(
                select(_notebooks.c.text).where(
                    _notebooks.c.assignment == self._name, _notebooks.c.student == job.student
                )
            )
            text = zlib.decompress(text or b"").decode()
            return Done(job.student, dict(entry.result), text)

        return self._database.run(read)

    def dispose(self) -> None:
        """Close the file."""
        self._database.close()


class Finished(Executor):
    """Does no work: gives what others have done.

    Args:
        bundles: Where to look.
    """

    def __init__(self, bundles: list[Bundle]) -> None:
        self._bundles = bundles

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """The finished job, as ``fn(*args)`` would have answered."""
        del fn
        job: Job = args[0]
        future: Future[Any] = Future()
        found = (one.find(job) for one in self._bundles)
        done = next((one for one in found if one is not None), None)
        future.set_result(done or failed(job, _NOT_THERE))
        return future


_NOT_THERE = "No shard holds a grade of this submission as it lies here now."


class Merging(Store):
    """Enters what shards graded, and leaves alone what they did not.

    Args:
        store: Where grades go.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def holds(self, job: Job) -> bool:
        """Whether it was merged before."""
        return self._store.holds(job)

    def seen(self, student: str, stamp: str) -> str | None:
        """As where grades go."""
        return self._store.seen(student, stamp)

    def saw(self, student: str, stamp: str, digest: str) -> None:
        """As where grades go."""
        self._store.saw(student, stamp, digest)

    def put(self, finished: list[tuple[Job, Done]]) -> list[tuple[Job, Done]]:
        """Enter what was found in a shard."""
        found = [one for one in finished if one[1].result["grade"]["message"] != _NOT_THERE]
        missing = [one for one in finished if one not in found]
        return [*(self._store.put(found) if found else []), *missing]
