"""Shards: parts of a class that are graded in separate runs, and then merged into the gradebook.

They are meant for job arrays. Each run grades its part into a file without touching the gradebook,
and can be repeated like any other. The file of a shard is an SQLite database that holds the rows
of the results table and the executed notebooks.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete, insert, select

from autograder.batch.intake import Intake, UnreadableSubmission
from autograder.batch.outcomes import SubmissionOutcome, SubmissionState, outcome_of
from autograder.course.layout import Assignment, Submission
from autograder.gradebook import results_table
from autograder.gradebook.autograded_folder import digest_of
from autograder.gradebook.database import SqliteDatabase
from autograder.gradebook.result_store import ResultStore
from autograder.gradebook.results_table import ResultRow
from autograder.grading.job import Job, JobResult
from autograder.models import Grade

_notebooks = Table(
    "notebook",
    results_table.shard_metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("text", LargeBinary, nullable=False),
)
# How many submissions are merged in one transaction.
_MERGE_SIZE = 16
_NOT_IN_A_SHARD = "No shard holds a grade of this submission as it is now."


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that share a class: the ``number``-th (from 1) of ``of``."""

    number: int
    of: int

    def includes(self, student: str) -> bool:
        """Whether a student belongs to this shard, which does not depend on the other students."""
        return int.from_bytes(sha256(student.encode()).digest()[:8]) % self.of == self.number - 1


def shard_directory(assignment: Assignment) -> Path:
    """Where the files of an assignment's shards are."""
    return assignment.course.root / ".autograder" / "shards" / assignment.name


def shard_file(assignment: Assignment, shard: Shard) -> Path:
    """The path of a shard's file."""
    return shard_directory(assignment) / f"{shard.number}-of-{shard.of}.db"


class ShardFile(ResultStore):
    """Stores results in the file of a shard.

    Args:
        path: Where ``shard_file`` puts it. Created if it does not exist.

    Raises:
        StorageError: If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._name = path.parent.name
        self._database = SqliteDatabase(path, results_table.shard_metadata)
        self._digests = self._database.run(
            lambda connection: results_table.read_digests(connection, self._name)
        )

    def has_result(self, job: Job) -> bool:
        """Whether the grade that this job would give is in the file."""
        row = self._digests.get(job.student)
        return row is not None and row.key == job.key

    def write(self, finished: list[tuple[Job, JobResult]]) -> list[tuple[Job, JobResult]]:
        """Store results and executed notebooks."""

        def write(connection: Connection) -> None:
            rows = [
                ResultRow(
                    student=job.student,
                    key=job.key if result.graded else "",
                    submission=job.submission,
                    notebook=digest_of(result.notebooks),
                    record=result.record,
                )
                for job, result in finished
            ]
            results_table.write_rows(connection, self._name, rows)
            for job, result in finished:
                self._write_notebooks(connection, job.student, result.notebooks)

        self._database.run(write)
        return finished

    def grades(self, students: Sequence[str], *, brief: bool = False) -> Iterator[Grade]:
        """The stored grades of these students (see ``ResultStore``)."""
        return results_table.read_grades(self._database, self._name, students, brief=brief)

    def read_result(self, job: Job) -> JobResult | None:
        """The result that this job had in the run of this shard; None if it was not in it."""
        if not self.has_result(job):
            return None

        def read(connection: Connection) -> JobResult:
            (row,) = results_table.read_rows(connection, self._name, [job.student])
            text = connection.scalar(
                select(_notebooks.c.text).where(
                    _notebooks.c.assignment == self._name, _notebooks.c.student == job.student
                )
            )
            notebooks = json.loads(zlib.decompress(text or b""))
            return JobResult(job.student, dict(row.record), notebooks)

        return self._database.run(read)

    def close(self) -> None:
        """Close the file; whatever is called next opens it again."""
        self._database.close()

    def _write_notebooks(
        self, connection: Connection, student: str, notebooks: Mapping[str, str]
    ) -> None:
        connection.execute(
            delete(_notebooks).where(
                _notebooks.c.assignment == self._name, _notebooks.c.student == student
            )
        )
        connection.execute(
            insert(_notebooks),
            {
                "assignment": self._name,
                "student": student,
                "text": zlib.compress(json.dumps(notebooks).encode(), 6),
            },
        )


def merge_shards(
    intake: Intake,
    store: ResultStore,
    shards: Sequence[ShardFile],
    submissions: Iterable[Submission],
) -> Iterator[SubmissionOutcome]:
    """Copy results of shards into a store; one outcome for each submission.

    A submission that is in no shard as it is now keeps its earlier grade, and its outcome says so.

    Raises:
        StorageError: If results cannot be stored.
    """
    results: list[tuple[Job, JobResult]] = []
    for item in intake.jobs(submissions):
        if isinstance(item, SubmissionOutcome):
            yield item
        elif isinstance(item, UnreadableSubmission):
            results.append((item.job, item.result()))
        elif result := _read_from_any(shards, item):
            results.append((item, result))
        else:
            yield SubmissionOutcome(item.student, SubmissionState.NOT_GRADED, _NOT_IN_A_SHARD)
        if len(results) == _MERGE_SIZE:
            yield from _store(store, results)
            results.clear()
    yield from _store(store, results)


def _read_from_any(shards: Sequence[ShardFile], job: Job) -> JobResult | None:
    results = (shard.read_result(job) for shard in shards)
    return next((result for result in results if result is not None), None)


def _store(store: ResultStore, results: list[tuple[Job, JobResult]]) -> Iterator[SubmissionOutcome]:
    stored = store.write(results) if results else []
    for job, result in stored:
        yield outcome_of(job, result)
