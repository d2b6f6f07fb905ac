"""Our own table in the gradebook's database: what each grade was computed from, and the grade.

It has one row for each submission, which is written in the same transaction as the scores: the two
cannot disagree, and a copy of the gradebook includes it. nbgrader's own tables are not changed.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)

from autograder.gradebook.database import Database
from autograder.models import Grade

# How many rows are read at a time: no database takes thousands of names in one query, and the
# results of a large class do not fit into memory.
_CHUNK = 200

metadata = MetaData()
# Of the file of a shard, which has the same table.
shard_metadata = MetaData()
_table = Table(
    "autograder_result",
    metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("submission", String(64), nullable=False),
    Column("notebook", String(64), nullable=False),
    Column("scores", String(64), nullable=False),
    Column("result", LargeBinary, nullable=False),
)
_table.to_metadata(shard_metadata)


class RowDigests(NamedTuple):
    """The digests in a row, which tell whether its grade is still valid (see ``ResultRow``)."""

    key: str
    submission: str
    notebook: str
    scores: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """The row of one submission.

    Attributes:
        student: The student's id.
        key: Digest of everything that the grade depends on; empty if the next run has to grade it.
        submission: Digest of the submitted files; empty if it is not known.
        notebook: Digest of the executed notebooks in ``autograded/``; empty if it is not known.
        record: The grade and what else came out of the run, as plain JSON values.
    """

    student: str
    key: str
    submission: str
    notebook: str
    record: Mapping[str, Any]

    @classmethod
    def of_nbgrader(cls, grade: Grade) -> Self:
        """The row of a submission that ``nbgrader autograde`` has graded, or could not grade."""
        record = {
            "assignment": grade.assignment,
            "jail": list(grade.jail),
            "grade": grade.to_json(),
            "gradebook": {},
        }
        return cls(grade.student, "", "", "", record)

    @property
    def scores(self) -> str:
        """Digest of the scores that went into the gradebook with this row."""
        return scores_digest(self.record["gradebook"].get("scores", {}))

    def grade(self) -> Grade:
        """The grade itself."""
        return Grade.from_json(
            self.record["grade"],
            assignment=self.record["assignment"],
            jail=tuple(self.record["jail"]),
        )


def write_rows(connection: Connection, assignment: str, rows: Sequence[ResultRow]) -> None:
    """Write rows in place of earlier ones of the same submissions."""
    delete_rows(connection, assignment, [row.student for row in rows])
    values = [
        {
            "assignment": assignment,
            "student": row.student,
            "key": row.key,
            "submission": row.submission,
            "notebook": row.notebook,
            "scores": row.scores,
            "result": _compress(row.record),
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(_table), values)


def delete_rows(connection: Connection, assignment: str, students: Sequence[str]) -> None:
    """Delete the rows of these students."""
    of_students = (_table.c.assignment == assignment) & _table.c.student.in_(students)
    connection.execute(delete(_table).where(of_students))


def read_digests(connection: Connection, assignment: str) -> dict[str, RowDigests]:
    """By student: the digests of all rows of an assignment."""
    columns = (_table.c.student, *(_table.c[name] for name in RowDigests._fields))
    rows = connection.execute(select(*columns).where(_table.c.assignment == assignment))
    return {row[0]: RowDigests(*row[1:]) for row in rows}


def read_rows(
    connection: Connection, assignment: str, students: Sequence[str], *, brief: bool = False
) -> Iterator[ResultRow]:
    """The rows of these students, in their order, without students who have none.

    Args:
        connection: To the gradebook.
        assignment: The assignment's name.
        students: The students' ids.
        brief: Leave out the single checks: of a large class they are most of the work.
    """
    for chunk in _chunks(students):
        of_students = (_table.c.assignment == assignment) & _table.c.student.in_(chunk)
        rows = connection.execute(select(_table).where(of_students))
        by_student = {row.student: row for row in rows}
        for row in filter(None, map(by_student.get, chunk)):
            record = _decompress(row.result, brief=brief)
            yield ResultRow(row.student, row.key, row.submission, row.notebook, record)


def read_grades(
    database: Database, assignment: str, students: Sequence[str], *, brief: bool = False
) -> Iterator[Grade]:
    """The grades of these students, in their order, in several short transactions."""

    def read(chunk: Sequence[str]) -> list[Grade]:
        return database.run(
            lambda connection: [
                row.grade() for row in read_rows(connection, assignment, chunk, brief=brief)
            ]
        )

    for chunk in _chunks(students):
        yield from read(chunk)


def scores_digest(scores: Mapping[str, float | None]) -> str:
    """Digest of a submission's scores by cell, without those that a person has to give."""
    exact = {name: float(score) for name, score in scores.items() if score is not None}
    return hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()


NO_SCORES = scores_digest({})


def _compress(record: Mapping[str, Any]) -> bytes:
    """The record without its single checks, then the checks, each compressed on its own."""
    grade = record["grade"]
    notebooks = [
        {**notebook, "cells": [{**cell, "checks": ()} for cell in notebook["cells"]]}
        for notebook in grade["notebooks"]
    ]
    checks = [cell["checks"] for cell in _cells(grade)]
    parts = ({**record, "grade": {**grade, "notebooks": notebooks}}, checks)
    return b"".join(zlib.compress(json.dumps(part).encode(), 6) for part in parts)


def _decompress(data: bytes, *, brief: bool) -> dict[str, Any]:
    first = zlib.decompressobj()
    record: dict[str, Any] = json.loads(first.decompress(data))
    if first.unused_data and not brief:
        checks_by_cell = json.loads(zlib.decompress(first.unused_data))
        for cell, checks in zip(_cells(record["grade"]), checks_by_cell, strict=True):
            cell["checks"] = checks
    return record


def _cells(grade: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells of a grade as JSON; before version 2 it had no list of notebooks."""
    for notebook in grade.get("notebooks", [grade]):
        yield from notebook["cells"]


def _chunks(students: Sequence[str]) -> Iterator[Sequence[str]]:
    return (students[first : first + _CHUNK] for first in range(0, len(students), _CHUNK))
