"""The gradebook's rows for students and submissions, created as nbgrader creates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbgrader.api import new_uuid
from sqlalchemy import Connection, select, true

from autograder.gradebook.registered_assignment import RegisteredAssignment
from autograder.gradebook.tables import (
    comments,
    grades,
    insert_rows,
    students,
    submissions,
    submitted_notebooks,
    update_rows,
)


@dataclass(frozen=True, slots=True)
class SubmittedNotebook:
    """A submitted notebook's row, with what its submission says about time.

    Attributes:
        id: The row's id.
        submission_id: The id of the submission's row.
        student: The student's id.
        timestamp: When it was handed in, in UTC without a time zone; None if that is not known.
        extension: The extra time that this student got; None for none.
        penalty: The points that were taken off for lateness; None for none.
    """

    id: str
    submission_id: str
    student: str
    timestamp: datetime | None
    extension: timedelta | None
    penalty: float | None


def read_students(connection: Connection) -> set[str]:
    """The ids of all students in the gradebook."""
    return set(connection.scalars(select(students.c.id)))


def ensure_students(connection: Connection, ids: Sequence[str]) -> None:
    """Add the students that the gradebook does not know yet."""
    known = set(connection.scalars(select(students.c.id).where(students.c.id.in_(ids))))
    insert_rows(connection, students, [{"id": id_} for id_ in ids if id_ not in known])


def ensure_submissions(
    connection: Connection,
    registered: RegisteredAssignment,
    timestamps: Mapping[str, datetime | None],
) -> None:
    """Add missing submissions with all their rows, and update the timestamps of the others.

    Args:
        connection: In a transaction. The submissions stay locked until it ends.
        registered: The assignment.
        timestamps: By student: when it was handed in; None leaves an earlier timestamp as it is.
    """
    rows = connection.execute(
        select(submissions.c.student_id, submissions.c.id, submissions.c.timestamp)
        .where(
            submissions.c.assignment_id == registered.id,
            submissions.c.student_id.in_(list(timestamps)),
        )
        .order_by(
            submissions.c.student_id
        )  # always in one order, so that two graders cannot deadlock
        .with_for_update()
    )
    known = {row.student_id: row for row in rows}
    changes = [
        {"row_id": row.id, "timestamp": timestamps[student]}
        for student, row in known.items()
        if timestamps[student] not in {None, row.timestamp}
    ]
    update_rows(connection, submissions, ("timestamp",), changes)
    _add_missing_notebooks(connection, registered, [row.id for row in known.values()])
    new = {student: time for student, time in timestamps.items() if student not in known}
    _add_submissions(connection, registered, new)


def _add_submissions(
    connection: Connection,
    registered: RegisteredAssignment,
    timestamps: Mapping[str, datetime | None],
) -> None:
    """Add submissions with empty rows for all cells, like nbgrader's ``add_submission``."""
    submission_ids = {new_uuid(): student for student in timestamps}
    rows = [
        {
            "id": id_,
            "assignment_id": registered.id,
            "student_id": student,
            "timestamp": timestamps[student],
        }
        for id_, student in submission_ids.items()
    ]
    insert_rows(connection, submissions, rows)
    for notebook_id in registered.cells:
        _add_notebooks(connection, registered, notebook_id, list(submission_ids))


def _add_missing_notebooks(
    connection: Connection, registered: RegisteredAssignment, submission_ids: Sequence[str]
) -> None:
    """Add the rows of notebooks that the gradebook got to know after these submissions."""
    rows = connection.execute(
        select(submitted_notebooks.c.assignment_id, submitted_notebooks.c.notebook_id).where(
            submitted_notebooks.c.assignment_id.in_(submission_ids),
            submitted_notebooks.c.notebook_id.in_(list(registered.cells)),
        )
    )
    known = {tuple(row) for row in rows}
    for notebook_id in registered.cells:
        lacking = [id_ for id_ in submission_ids if (id_, notebook_id) not in known]
        if lacking:
            _add_notebooks(connection, registered, notebook_id, lacking)


def _add_notebooks(
    connection: Connection,
    registered: RegisteredAssignment,
    notebook_id: str,
    submission_ids: Sequence[str],
) -> None:
    """Add one of the assignment's notebooks to submissions, with empty rows for its cells."""
    cells = registered.cells[notebook_id]
    notebooks = [
        {"id": new_uuid(), "assignment_id": id_, "notebook_id": notebook_id}
        for id_ in submission_ids
    ]
    insert_rows(connection, submitted_notebooks, notebooks)
    graded = [cell.id for cell in cells if cell.has_grade]
    commented = [cell.id for cell in cells if cell.has_comment]
    for table, cell_ids in ((grades, graded), (comments, commented)):
        rows = [
            {"cell_id": cell_id, "notebook_id": notebook["id"]}
            for notebook in notebooks
            for cell_id in cell_ids
        ]
        insert_rows(connection, table, rows)


def read_submitted_notebooks(
    connection: Connection,
    registered: RegisteredAssignment,
    student_ids: Sequence[str] | None = None,
) -> dict[str, list[SubmittedNotebook]]:
    """By student: the rows of the notebooks; of all students by default."""
    of_students = true() if student_ids is None else submissions.c.student_id.in_(student_ids)
    rows = connection.execute(
        select(
            submitted_notebooks.c.id,
            submissions.c.id,
            submissions.c.student_id,
            submissions.c.timestamp,
            submissions.c.extension,
            submitted_notebooks.c.late_submission_penalty,
        )
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .where(
            submissions.c.assignment_id == registered.id,
            of_students,
            # nbgrader's index of this table begins with the notebook
            submitted_notebooks.c.notebook_id.in_(list(registered.cells)),
        )
    )
    by_student: dict[str, list[SubmittedNotebook]] = {}
    for row in rows:
        by_student.setdefault(row.student_id, []).append(SubmittedNotebook(*row))
    return by_student
