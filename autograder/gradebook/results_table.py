"""What was graded from what: one row a submission, in the gradebook's own database.

The row is written in the transaction that writes the scores, so the two cannot disagree, and it
goes where a copy of the gradebook goes. nbgrader's own tables are left as they are.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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

from autograder.gradebook.database import Transactions
from autograder.models import Grade

# As many rows as are in memory at a time.
_FEW = 200

metadata = MetaData()
# Of a shard's file, which has the same table.
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
    """What tells whether a row still stands: digests (see ``ResultRow``)."""

    key: str
    submission: str
    notebook: str
    scores: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One submission's row.

    Attributes:
        student: Whose it is.
        key: Digest of all that the grade depends on; empty where there is no grade.
        submission: Digest of what was handed in.
        notebook: Digest of the executed notebook in ``autograded/``.
        result: The grade and what else came of the run, as plain values.
    """

    student: str
    key: str
    submission: str
    notebook: str
    result: Mapping[str, Any]

    @property
    def scores(self) -> str:
        """Digest of the scores that went into the gradebook with this row."""
        return digest_of_scores(self.result["rows"].get("scores", {}))

    def grade(self) -> Grade:
        """The grade itself."""
        told = self.result
        return Grade.from_json(
            told["grade"], assignment=told["assignment"], jail=tuple(told["jail"])
        )


def write_rows(connection: Connection, assignment: str, rows: Sequence[ResultRow]) -> None:
    """Write rows; earlier ones of the same submissions go."""
    delete_rows(connection, assignment, [one.student for one in rows])
    values = [
        {
            "assignment": assignment,
            "student": row.student,
            "key": row.key,
            "submission": row.submission,
            "notebook": row.notebook,
            "scores": row.scores,
            "result": _packed(row.result),
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(_table), values)


def delete_rows(connection: Connection, assignment: str, students: Sequence[str]) -> None:
    """Forget submissions."""
    mine = (_table.c.assignment == assignment) & _table.c.student.in_(students)
    connection.execute(delete(_table).where(mine))


def read_digests(connection: Connection, assignment: str) -> dict[str, RowDigests]:
    """By student: what tells whether a row still stands."""
    columns = (_table.c.student, *(_table.c[name] for name in RowDigests._fields))
    rows = connection.execute(select(*columns).where(_table.c.assignment == assignment))
    return {row[0]: RowDigests(*row[1:]) for row in rows}


def digest_of_scores(scores: Mapping[str, float | None]) -> str:
    """What tells one set of scores from another."""
    exact = {name: None if score is None else float(score) for name, score in scores.items()}
    return hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()


NO_SCORES = digest_of_scores({})


def read_rows(
    connection: Connection, assignment: str, students: Sequence[str], *, brief: bool = False
) -> Iterator[ResultRow]:
    """Rows of these students, in their order; who has none is passed over.

    Args:
        connection: To the gradebook.
        assignment: Which.
        students: Who.
        brief: Leave the single checks out: of a large class they are most of the work.
    """
    for some in _few(students):
        mine = (_table.c.assignment == assignment) & _table.c.student.in_(some)
        found = {row.student: row for row in connection.execute(select(_table).where(mine))}
        for row in filter(None, map(found.get, some)):
            result = _unpacked(row.result, brief=brief)
            yield ResultRow(row.student, row.key, row.submission, row.notebook, result)


def _packed(result: Mapping[str, Any]) -> bytes:
    """The result without its single checks, and then those: each compressed by itself."""
    grade = result["grade"]
    cells = [{**cell, "checks": ()} for cell in grade["cells"]]
    checks = [cell["checks"] for cell in grade["cells"]]
    parts = ({**result, "grade": {**grade, "cells": cells}}, checks)
    return b"".join(zlib.compress(json.dumps(part).encode(), 6) for part in parts)


def _unpacked(data: bytes, *, brief: bool) -> dict[str, Any]:
    first = zlib.decompressobj()
    result: dict[str, Any] = json.loads(first.decompress(data))
    if first.unused_data and not brief:
        checks = json.loads(zlib.decompress(first.unused_data))
        for cell, mine in zip(result["grade"]["cells"], checks, strict=True):
            cell["checks"] = mine
    return result


def read_grades(
    database: Transactions, assignment: str, students: Sequence[str], *, brief: bool = False
) -> Iterator[Grade]:
    """Grades of these students, in their order, a transaction for a few: nobody waits for long."""

    def read(some: Sequence[str]) -> list[Grade]:
        return database.run(
            lambda one: [row.grade() for row in read_rows(one, assignment, some, brief=brief)]
        )

    for some in _few(students):
        yield from read(some)


def _few(students: Sequence[str]) -> Iterator[Sequence[str]]:
    """No database takes thousands of names in one question."""
    return (students[first : first + _FEW] for first in range(0, len(students), _FEW))
