"""Grades into nbgrader's own gradebook, row for row what ``nbgrader autograde`` writes there.

What formgrader, ``generate_feedback`` and ``export`` show afterwards is what they show after
``nbgrader autograde``; only it takes one transaction instead of 39, and several graders may do it
at once. A person's scores, extra credit and comments are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Course,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy import Connection, bindparam, insert, select, update

from autograder import ledger
from autograder.errors import CourseError, StorageError

_assignment, _notebook, _cell = Assignment.__table__, Notebook.__table__, BaseCell.__table__
_student, _submission = Student.__table__, SubmittedAssignment.__table__
_submitted, _grade, _comment = SubmittedNotebook.__table__, Grade.__table__, Comment.__table__

# Of a student, a score and seconds: the points that are taken off; None for none.
Penalty = Callable[[str, float, float], float | None]


@dataclass(frozen=True, slots=True)
class Rows:
    """What one executed notebook says, by nbgrader's names of the cells.

    Attributes:
        scores: Of each graded cell; None where a person has yet to grade it.
        comments: On each answer; None where there is nothing to say.
    """

    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Submitted:
    """One graded submission, as it goes into the gradebook.

    Attributes:
        student: Whose it is.
        rows: What the notebook says.
        timestamp: When it was handed in, in UTC without a zone; None if nobody wrote that down.
        reviewed: A person has seen this very text before: do not ask again.
    """

    student: str
    rows: Rows
    timestamp: datetime | None = None
    reviewed: bool = False


class Known:
    """An assignment as the gradebook knows it: its ids, read once for a whole class.

    Args:
        connection: In a transaction.
        name: The assignment's, and its notebook's.

    Raises:
        MissingAssignmentError: If the gradebook has no such assignment or notebook.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        found = connection.execute(
            select(_assignment.c.id, _assignment.c.duedate).where(_assignment.c.name == name)
        ).one_or_none()
        notebooks = (
            connection.execute(
                select(_notebook.c.id, _notebook.c.name).where(
                    _notebook.c.assignment_id == found.id
                )
            ).all()
            if found
            else []
        )
        if not found or name not in {one.name for one in notebooks}:
            raise MissingAssignmentError(name)
        self.name, self.id, self.duedate = name, found.id, found.duedate
        self.notebooks: dict[str, str] = {one.name: one.id for one in notebooks}
        self.cells: dict[str, list[tuple[str, str, str]]] = {
            one.id: [
                (cell.id, cell.name, cell.type)
                for cell in connection.execute(
                    select(_cell.c.id, _cell.c.name, _cell.c.type)
                    .where(_cell.c.notebook_id == one.id)
                    .order_by(_cell.c.name)
                )
            ]
            for one in notebooks
        }


class MissingAssignmentError(CourseError):
    """The gradebook does not know the assignment yet."""


def enter(connection: Connection, known: Known, one: Submitted, penalty: Penalty | None) -> None:
    """Write one submission's automatic scores and comments.

    Args:
        connection: In a transaction.
        known: The assignment.
        one: The submission.
        penalty: What is taken off for being late; None leaves penalties as they are.

    Raises:
        StorageError: If the notebook has a graded cell that the gradebook does not know.
    """
    _see_to_student(connection, one.student)
    submission = _find(connection, known, one)
    if submission is None:
        submission = _add(connection, known, one)
    (book,) = connection.execute(
        select(_submitted.c.id).where(
            _submitted.c.assignment_id == submission,
            _submitted.c.notebook_id == known.notebooks[known.name],
        )
    ).one()
    _score(connection, known, book, one)
    _comment_on(connection, known, book, one)
    if penalty is not None:
        _penalize(connection, known, submission, book, one.student, penalty)


def withdraw(connection: Connection, assignment: str, students: Iterable[str]) -> None:
    """Take back the automatic scores of an earlier run; what a person gave stays."""
    students = list(students)
    books = (
        select(_submitted.c.id)
        .join(_submission, _submission.c.id == _submitted.c.assignment_id)
        .join(_assignment, _assignment.c.id == _submission.c.assignment_id)
        .where(_assignment.c.name == assignment, _submission.c.student_id.in_(students))
    )
    connection.execute(
        update(_grade)
        .where(_grade.c.notebook_id.in_(books))
        .values(auto_score=None, needs_manual_grade=True)
    )
    ledger.drop(connection, assignment, students)


def scores(connection: Connection, known: Known) -> dict[str, dict[str, float | None]]:
    """By student and cell: every automatic score that the gradebook has for an assignment."""
    rows = connection.execute(
        select(_submission.c.student_id, _cell.c.name, _grade.c.auto_score)
        .join(_submitted, _submitted.c.assignment_id == _submission.c.id)
        .join(_grade, _grade.c.notebook_id == _submitted.c.id)
        .join(_cell, _cell.c.id == _grade.c.cell_id)
        .where(_submission.c.assignment_id == known.id)
        .where(_submitted.c.notebook_id == known.notebooks[known.name])
    )
    found: dict[str, dict[str, float | None]] = {}
    for student, cell, score in rows:
        found.setdefault(student, {})[cell] = score
    return found


def see_to_course(connection: Connection, course_id: str) -> None:
    """Enter the course, as nbgrader does whenever it opens a gradebook."""
    table = Course.__table__
    if course_id and not connection.scalar(select(table.c.id).where(table.c.id == course_id)):
        connection.execute(insert(table), {"id": course_id})


def students(connection: Connection) -> set[str]:
    """Everybody whom the gradebook knows."""
    return set(connection.scalars(select(_student.c.id)))


def _see_to_student(connection: Connection, student: str) -> None:
    if not connection.scalar(select(_student.c.id).where(_student.c.id == student)):
        connection.execute(insert(_student), {"id": student})


def _find(connection: Connection, known: Known, one: Submitted) -> str | None:
    """The submission's row, locked until the transaction's end, with the new timestamp."""
    found = connection.execute(
        select(_submission.c.id)
        .where(_submission.c.assignment_id == known.id, _submission.c.student_id == one.student)
        .with_for_update()
    ).one_or_none()
    if found is None:
        return None
    if one.timestamp is not None:
        connection.execute(
            update(_submission).where(_submission.c.id == found.id).values(timestamp=one.timestamp)
        )
    return str(found.id)


def _add(connection: Connection, known: Known, one: Submitted) -> str:
    """All rows of a submission, empty, as nbgrader's ``add_submission`` makes them."""
    submission = new_uuid()
    connection.execute(
        insert(_submission),
        {
            "id": submission,
            "assignment_id": known.id,
            "student_id": one.student,
            "timestamp": one.timestamp,
        },
    )
    for notebook, cells in known.cells.items():
        book = new_uuid()
        connection.execute(
            insert(_submitted), {"id": book, "assignment_id": submission, "notebook_id": notebook}
        )
        _insert(connection, _grade, book, [cell for cell, _, kind in cells if _graded(kind)])
        _insert(connection, _comment, book, [cell for cell, _, kind in cells if _commented(kind)])
    return str(submission)


def _insert(connection: Connection, table: Any, book: str, cells: list[str]) -> None:
    if cells:
        connection.execute(
            insert(table), [{"cell_id": cell, "notebook_id": book} for cell in cells]
        )


def _graded(kind: str) -> bool:
    return kind in {"GradeCell", "TaskCell"}


def _commented(kind: str) -> bool:
    return kind in {"SolutionCell", "TaskCell"}


def _score(connection: Connection, known: Known, book: str, one: Submitted) -> None:
    rows = connection.execute(
        select(
            _grade.c.id,
            _cell.c.name,
            _grade.c.auto_score,
            _grade.c.manual_score,
            _grade.c.needs_manual_grade,
        )
        .join(_cell, _cell.c.id == _grade.c.cell_id)
        .where(_grade.c.notebook_id == book)
    ).all()
    unknown = sorted(set(one.rows.scores) - {row.name for row in rows})
    if unknown:
        raise StorageError(
            f"The gradebook knows no graded cell {unknown[0]!r} in the submission of "
            f"{known.name} by {one.student}: the assignment got it after work had been handed in, "
            "which nbgrader does not allow. Take the cell out again, or remove the assignment "
            "from the gradebook (formgrader, Manage Assignments) and grade everybody anew."
        )
    changes = []
    for row in rows:
        if row.name not in one.rows.scores:
            continue
        score = one.rows.scores[row.name]
        review = row.manual_score is not None or score is None
        if one.reviewed and row.manual_score is not None and score == row.auto_score:
            review = row.needs_manual_grade
        changes.append({"this": row.id, "score": score, "review": review})
    if changes:
        connection.execute(
            update(_grade)
            .where(_grade.c.id == bindparam("this"))
            .values(auto_score=bindparam("score"), needs_manual_grade=bindparam("review")),
            changes,
        )


def _comment_on(connection: Connection, known: Known, book: str, one: Submitted) -> None:
    ids = {
        name: cell
        for cell, name, kind in known.cells[known.notebooks[known.name]]
        if _commented(kind)
    }
    changes = [
        {"this": ids[name], "text": text} for name, text in one.rows.comments.items() if name in ids
    ]
    if changes:
        connection.execute(
            update(_comment)
            .where(_comment.c.notebook_id == book, _comment.c.cell_id == bindparam("this"))
            .values(auto_comment=bindparam("text")),
            changes,
        )


def _penalize(
    connection: Connection, known: Known, submission: str, book: str, student: str, penalty: Penalty
) -> None:
    handed_in = connection.execute(
        select(_submission.c.timestamp, _submission.c.extension).where(
            _submission.c.id == submission
        )
    ).one()
    late = seconds_late(known.duedate, handed_in.timestamp, handed_in.extension)
    points = None
    if late > 0:
        score = connection.scalar(select(SubmittedNotebook.score).where(_submitted.c.id == book))
        points = penalty(student, float(score or 0.0), late)
    connection.execute(
        update(_submitted).where(_submitted.c.id == book).values(late_submission_penalty=points)
    )


def seconds_late(
    due: datetime | None, handed_in: datetime | None, extension: timedelta | None
) -> float:
    """How late a submission is, by nbgrader's reckoning; 0 without a due date or a timestamp."""
    if due is None or handed_in is None:
        return 0
    return max(0, (handed_in - due - (extension or timedelta(0))).total_seconds())
