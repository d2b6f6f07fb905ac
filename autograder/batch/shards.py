"""A shard of a class: grades in a file of their own, until ``autograder merge`` brings them home.

For job arrays: each job grades its part without touching the gradebook, and resumes like any
other run. A bundle is a SQLite database with the rows of ``ledger`` and the executed notebooks.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete, insert, select

from autograder.batch.intake import Intake, Unreadable
from autograder.batch.outcomes import SubmissionOutcome, SubmissionState, outcome_of
from autograder.course.layout import Assignment, Submission
from autograder.gradebook import results_table
from autograder.gradebook.autograded_folder import content_digest
from autograder.gradebook.database import SqliteFile
from autograder.gradebook.result_store import ResultStore
from autograder.gradebook.results_table import ResultRow
from autograder.grading.job import Job, JobResult, failed_result
from autograder.models import Grade

_notebooks = Table(
    "notebook",
    results_table.shard_metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("text", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that share a class: the ``number``-th (from 1) of ``of``."""

    number: int
    of: int


def in_shard(student: str, number: int, of: int) -> bool:
    """Whether a student belongs to shard ``number`` of ``of``, whoever else is in the class."""
    return int.from_bytes(sha256(student.encode()).digest()[:8]) % of == number - 1


def shard_directory(assignment: Assignment) -> Path:
    """Where an assignment's bundles lie."""
    return assignment.course.root / ".autograder" / "shards" / assignment.name


def shard_file(assignment: Assignment, shard: Shard) -> Path:
    """One bundle's file."""
    return shard_directory(assignment) / f"{shard.number}-of-{shard.of}.db"


class ShardFile(ResultStore):
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
        self._database = SqliteFile(path, results_table.shard_metadata)
        self._marks = self._database.run(lambda one: results_table.read_digests(one, self._name))

    def holds(self, job: Job) -> bool:
        """Whether the same was graded before."""
        mark = self._marks.get(job.student)
        return mark is not None and mark.key == job.key

    def put(self, finished: list[tuple[Job, JobResult]]) -> list[tuple[Job, JobResult]]:
        """Write grades and notebooks down."""

        def write(connection: Connection) -> None:
            entries = [
                ResultRow(
                    student=job.student,
                    key=job.key if done.graded else "",
                    submission=job.submission,
                    notebook=content_digest(done.notebook.encode()),
                    result=done.result,
                )
                for job, done in finished
            ]
            results_table.write_rows(connection, self._name, entries)
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
        return results_table.read_grades(self._database, self._name, students, brief=brief)

    def find(self, job: Job) -> JobResult | None:
        """What came of a job in the run that made this file."""
        if not self.holds(job):
            return None

        def read(connection: Connection) -> JobResult:
            (entry,) = results_table.read_rows(connection, self._name, [job.student])
            text = connection.scalar(
                select(_notebooks.c.text).where(
                    _notebooks.c.assignment == self._name, _notebooks.c.student == job.student
                )
            )
            text = zlib.decompress(text or b"").decode()
            return JobResult(job.student, dict(entry.result), text)

        return self._database.run(read)

    def dispose(self) -> None:
        """Close the file."""
        self._database.close()


def merge_shards(
    intake: Intake,
    store: ResultStore,
    shards: Sequence[ShardFile],
    submissions: Iterable[Submission],
) -> Iterator[SubmissionOutcome]:
    """Enter what shards graded; one outcome for each submission.

    A submission that no shard holds as it lies here now is left as it is and named.
    """
    waiting: list[tuple[Job, JobResult]] = []
    for job in intake.jobs(submissions):
        if isinstance(job, SubmissionOutcome):
            yield job
            continue
        if isinstance(job, Unreadable):
            waiting.append((job.job, failed_result(*job)))
        else:
            results = (shard.find(job) for shard in shards)
            result = next((one for one in results if one is not None), None)
            if result is None:
                yield SubmissionOutcome(job.student, SubmissionState.NOT_GRADED, _NOT_THERE)
            else:
                waiting.append((job, result))
        if len(waiting) == _AT_ONCE:
            yield from map(outcome_of, store.put(waiting))
            waiting.clear()
    yield from map(outcome_of, store.put(waiting) if waiting else ())


# How many submissions are entered in one transaction.
_AT_ONCE = 16
_NOT_THERE = "No shard holds a grade of this submission as it lies here now."
