"""Grades into nbgrader's own gradebook, row for row what ``nbgrader autograde`` writes there.

What formgrader, ``generate_feedback`` and ``export`` show afterwards is what they show after
``nbgrader autograde``; only it takes one transaction instead of 39, and several graders may do it
at once. A person's scores, extra credit and comments are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
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
from sqlalchemy import Connection, bindparam, func, insert, select, update

from autograder.course.grading_options import Penalty
from autograder.errors import CourseError, StorageError
from autograder.gradebook import results_table
from autograder.grading.lateness import seconds_late

_assignment, _notebook, _cell = Assignment.__table__, Notebook.__table__, BaseCell.__table__
_student, _submission = Student.__table__, SubmittedAssignment.__table__
_submitted, _grade, _comment = SubmittedNotebook.__table__, Grade.__table__, Comment.__table__


@dataclass(frozen=True, slots=True)
class NotebookScores:
    """What one executed notebook says, by nbgrader's names of the cells.

    Attributes:
        scores: Of each graded cell; None where a person has yet to grade it.
        comments: On each answer; None where there is nothing to say.
    """

    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SubmissionScores:
    """One graded submission, as it goes into the gradebook.

    Attributes:
        student: Whose it is.
        rows: What the notebook says.
        timestamp: When it was handed in, in UTC without a zone; None if nobody wrote that down.
        reviewed: A person has seen this very text before: do not ask again.
    """

    student: str
    rows: NotebookScores
    timestamp: datetime | None = None
    reviewed: bool = False


class RegisteredAssignment:
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


def write_scores(
    connection: Connection,
    known: RegisteredAssignment,
    class_: Sequence[SubmissionScores],
    penalty: Penalty | None,
) -> None:
    """Write automatic scores and comments, with as many statements for many as for one.

    Args:
        connection: In a transaction.
        known: The assignment.
        class_: The submissions; none twice.
        penalty: What is taken off for being late; None leaves penalties as they are.

    Raises:
        StorageError: If a notebook has a graded cell that the gradebook does not know.
    """
    names = sorted(one.student for one in class_)
    if not names:
        return
    _ensure_students(connection, names)
    _add(connection, known, class_, _times(connection, known, names))
    books = _submitted_notebooks(connection, known, names)
    _score(connection, known, class_, books)
    _comment_on(connection, known, class_, books)
    if penalty is not None:
        _penalize(connection, known, books, penalty)


def discard_scores(connection: Connection, assignment: str, students: Iterable[str]) -> None:
    """Take back the automatic scores of an earlier run; what a person gave stays."""
    students = list(students)
    books = (
        select(_submitted.c.id)
        .join(_submission, _submission.c.id == _submitted.c.assignment_id)
        .join(_assignment, _assignment.c.id == _submission.c.assignment_id)
        .where(_assignment.c.name == assignment, _submission.c.student_id.in_(students))
    )
    cells = (
        select(_cell.c.id)
        .join(_notebook, _notebook.c.id == _cell.c.notebook_id)
        .join(_assignment, _assignment.c.id == _notebook.c.assignment_id)
        .where(_assignment.c.name == assignment)
    )
    connection.execute(
        update(_grade)
        .where(_grade.c.cell_id.in_(cells), _grade.c.notebook_id.in_(books))
        .values(auto_score=None, needs_manual_grade=True)
    )
    results_table.delete_rows(connection, assignment, students)


def read_scores_by_student(
    connection: Connection, known: RegisteredAssignment
) -> Iterator[tuple[str, dict[str, float | None]]]:
    """Student by student: an assignment's automatic scores in the gradebook, by cell."""
    book = known.notebooks[known.name]
    names = {cell: name for cell, name, _ in known.cells[book]}
    rows = connection.execute(
        select(_submission.c.student_id, _grade.c.cell_id, _grade.c.auto_score)
        .join(_submitted, _submitted.c.assignment_id == _submission.c.id)
        .join(_grade, _grade.c.notebook_id == _submitted.c.id)
        .where(_submission.c.assignment_id == known.id, _submitted.c.notebook_id == book)
        .where(_grade.c.cell_id.in_(names))  # as in ``_cells``
        .order_by(_submission.c.student_id)
    )
    for student, mine in groupby(rows, itemgetter(0)):
        yield student, {names[cell]: score for _, cell, score in mine}


def ensure_course(connection: Connection, course_id: str) -> None:
    """Enter the course, as nbgrader does whenever it opens a gradebook."""
    table = Course.__table__
    if course_id and not connection.scalar(select(table.c.id).where(table.c.id == course_id)):
        connection.execute(insert(table), {"id": course_id})


def read_students(connection: Connection) -> set[str]:
    """Everybody whom the gradebook knows."""
    return set(connection.scalars(select(_student.c.id)))


@dataclass(frozen=True, slots=True)
class _SubmittedNotebook:
    """A submitted notebook's row, and when it was handed in."""

    id: str
    student: str
    timestamp: datetime | None
    extension: timedelta | None
    penalty: float | None


def _ensure_students(connection: Connection, names: Sequence[str]) -> None:
    found = set(connection.scalars(select(_student.c.id).where(_student.c.id.in_(names))))
    _insert(connection, _student, [{"id": name} for name in names if name not in found])


def _times(
    connection: Connection, known: RegisteredAssignment, names: Sequence[str]
) -> dict[str, tuple[str, datetime | None]]:
    """By student: the submission's row, locked until the transaction's end, and its timestamp."""
    rows = connection.execute(
        select(_submission.c.student_id, _submission.c.id, _submission.c.timestamp)
        .where(_submission.c.assignment_id == known.id, _submission.c.student_id.in_(names))
        .order_by(_submission.c.student_id)  # two graders that lock in one order never meet
        .with_for_update()
    )
    return {row.student_id: (row.id, row.timestamp) for row in rows}


def _add(
    connection: Connection,
    known: RegisteredAssignment,
    class_: Sequence[SubmissionScores],
    found: Mapping[str, tuple[str, datetime | None]],
) -> None:
    """New timestamps; and of new submissions all rows, empty, as nbgrader's ``add_submission``."""
    _change(
        connection,
        _submission,
        "timestamp",
        [
            {"this": found[one.student][0], "timestamp": one.timestamp}
            for one in class_
            if one.student in found
            and one.timestamp is not None
            and one.timestamp != found[one.student][1]
        ],
    )
    new = {new_uuid(): one for one in class_ if one.student not in found}
    _insert(
        connection,
        _submission,
        [
            {
                "id": id_,
                "assignment_id": known.id,
                "student_id": one.student,
                "timestamp": one.timestamp,
            }
            for id_, one in new.items()
        ],
    )
    for notebook, cells in known.cells.items():
        books = [{"id": new_uuid(), "assignment_id": id_, "notebook_id": notebook} for id_ in new]
        _insert(connection, _submitted, books)
        for table, belongs in ((_grade, _graded), (_comment, _commented)):
            _insert(
                connection,
                table,
                [
                    {"cell_id": cell, "notebook_id": book["id"]}
                    for book in books
                    for cell, _, kind in cells
                    if belongs(kind)
                ],
            )


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _change(connection: Connection, table: Any, columns: str, rows: list[dict[str, Any]]) -> None:
    """Set ``columns`` of the rows whose id is ``this``."""
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in columns.split()}
        connection.execute(
            update(table).where(table.c.id == bindparam("this")).values(values), rows
        )


def _graded(kind: str) -> bool:
    return kind in {"GradeCell", "TaskCell"}


def _commented(kind: str) -> bool:
    return kind in {"SolutionCell", "TaskCell"}


def _submitted_notebooks(
    connection: Connection, known: RegisteredAssignment, names: Sequence[str]
) -> dict[str, _SubmittedNotebook]:
    """By student: the row of the notebook that is graded."""
    rows = connection.execute(
        select(
            _submitted.c.id,
            _submission.c.student_id,
            _submission.c.timestamp,
            _submission.c.extension,
            _submitted.c.late_submission_penalty,
        )
        .join(_submission, _submission.c.id == _submitted.c.assignment_id)
        .where(
            _submission.c.assignment_id == known.id,
            _submission.c.student_id.in_(names),
            _submitted.c.notebook_id == known.notebooks[known.name],
        )
    )
    return {row.student_id: _SubmittedNotebook(*row) for row in rows}


def _score(
    connection: Connection,
    known: RegisteredAssignment,
    class_: Sequence[SubmissionScores],
    books: Mapping[str, _SubmittedNotebook],
) -> None:
    columns = (_grade.c.auto_score, _grade.c.manual_score, _grade.c.needs_manual_grade)
    found = _cells(connection, known, _grade, books, *columns)
    changes = []
    for one in class_:
        rows = found.get(books[one.student].id, {})
        unknown = sorted(set(one.rows.scores) - set(rows))
        if unknown:
            raise StorageError(
                f"The gradebook knows no graded cell {unknown[0]!r} in the submission of "
                f"{known.name} by {one.student}: the assignment got it after work had been handed "
                "in, which nbgrader does not allow. Take the cell out again, or remove the "
                "assignment from the gradebook (formgrader, Manage Assignments) and grade "
                "everybody anew."
            )
        for name, score in one.rows.scores.items():
            row = rows[name]
            review = row.manual_score is not None or score is None
            if one.reviewed and row.manual_score is not None and score == row.auto_score:
                review = row.needs_manual_grade
            if (score, review) != (row.auto_score, row.needs_manual_grade):
                changes.append({"this": row.id, "auto_score": score, "needs_manual_grade": review})
    _change(connection, _grade, "auto_score needs_manual_grade", changes)


def _comment_on(
    connection: Connection,
    known: RegisteredAssignment,
    class_: Sequence[SubmissionScores],
    books: Mapping[str, _SubmittedNotebook],
) -> None:
    found = _cells(connection, known, _comment, books, _comment.c.auto_comment)
    changes = []
    for one in class_:
        rows = found.get(books[one.student].id, {})
        changes += [
            {"this": rows[name].id, "auto_comment": text}
            for name, text in one.rows.comments.items()
            if name in rows and rows[name].auto_comment != text
        ]
    _change(connection, _comment, "auto_comment", changes)


def _cells(
    connection: Connection,
    known: RegisteredAssignment,
    table: Any,
    books: Mapping[str, _SubmittedNotebook],
    *columns: Any,
) -> dict[str, dict[str, Any]]:
    """By submitted notebook and cell's name: its row, with its id and these columns."""
    names = {cell: name for cell, name, _ in known.cells[known.notebooks[known.name]]}
    rows = connection.execute(
        select(table.c.id, table.c.notebook_id, table.c.cell_id, *columns).where(
            # nbgrader's index begins with the cell: by the notebook alone all rows would be read
            table.c.cell_id.in_(names),
            table.c.notebook_id.in_([book.id for book in books.values()]),
        )
    )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row.notebook_id, {})[names[row.cell_id]] = row
    return found


def _penalize(
    connection: Connection,
    known: RegisteredAssignment,
    books: Mapping[str, _SubmittedNotebook],
    penalty: Penalty,
) -> None:
    late = {
        book.id: seconds
        for book in books.values()
        if (seconds := seconds_late(known.duedate, book.timestamp, book.extension)) > 0
    }
    scores: dict[str, float] = {}
    if late:
        cells = [cell for cell, *_ in known.cells[known.notebooks[known.name]]]
        rows = connection.execute(  # nbgrader's SubmittedNotebook.score, by the index
            select(_grade.c.notebook_id, func.sum(Grade.score))
            .where(_grade.c.cell_id.in_(cells), _grade.c.notebook_id.in_(late))
            .group_by(_grade.c.notebook_id)
        )
        scores = {id_: float(score or 0.0) for id_, score in rows}
    changes = []
    for book in books.values():
        points = (
            penalty(book.student, scores.get(book.id, 0.0), late[book.id])
            if book.id in late
            else None
        )
        if points != book.penalty:
            changes.append({"this": book.id, "late_submission_penalty": points})
    _change(connection, _submitted, "late_submission_penalty", changes)
