"""Writes scores to nbgrader's gradebook, row for row what ``nbgrader autograde`` writes.

Formgrader, ``generate_feedback`` and ``export`` then show what they show after ``nbgrader
autograde``. But a batch takes one transaction instead of 39 for each submission, and several
graders can write at the same time. Scores, extra credit and comments that a person gave are never
changed; the extra credit of a bonus is written by ``extra_credit``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select, update

from autograder.course.grading_options import Penalty
from autograder.errors import StorageError
from autograder.gradebook import results_table
from autograder.gradebook.extra_credit import take_back_extra_credit
from autograder.gradebook.penalties import write_penalties
from autograder.gradebook.registered_assignment import RegisteredAssignment
from autograder.gradebook.submission_rows import (
    SubmittedNotebook,
    ensure_students,
    ensure_submissions,
    read_submitted_notebooks,
)
from autograder.gradebook.tables import (
    assignments,
    cells,
    comments,
    grades,
    notebooks,
    submissions,
    submitted_notebooks,
    update_rows,
)


@dataclass(frozen=True, slots=True)
class SubmissionScores:
    """What goes into the gradebook for one graded submission.

    Attributes:
        student: The student's id.
        scores: By the key of each graded cell; None where a person has yet to grade it.
        comments: By the key of each answer; None where there is nothing to say.
        timestamp: When it was handed in, in UTC without a time zone; None if that is not known.
        reviewed: Whether a person has seen this very text before and need not be asked again.
    """

    student: str
    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]
    timestamp: datetime | None = None
    reviewed: bool = False


def write_scores(
    connection: Connection,
    registered: RegisteredAssignment,
    graded: Sequence[SubmissionScores],
    penalty: Penalty | None,
) -> None:
    """Write automatic scores and comments, with as many statements for many as for one.

    Args:
        connection: In a transaction.
        registered: The assignment.
        graded: The submissions, no student twice.
        penalty: Computes the points that lateness costs; None leaves penalties as they are.

    Raises:
        StorageError: If a notebook has a graded cell that the gradebook does not know.
    """
    if not graded:
        return
    students = sorted(submission.student for submission in graded)
    ensure_students(connection, students)
    timestamps = {submission.student: submission.timestamp for submission in graded}
    ensure_submissions(connection, registered, timestamps)
    rows = read_submitted_notebooks(connection, registered, students)
    _write_grades(connection, registered, graded, rows)
    _write_comments(connection, registered, graded, rows)
    if penalty is not None:
        notebooks = [notebook for each in rows.values() for notebook in each]
        write_penalties(connection, registered, notebooks, penalty)


def discard_scores(connection: Connection, assignment: str, students: Iterable[str]) -> None:
    """Take back the automatic scores of an earlier run; what a person gave stays.

    The results of that run are deleted, too, so the next one grades these submissions again.
    """
    students = list(students)
    take_back_extra_credit(connection, assignment, students)
    of_students = (
        select(submitted_notebooks.c.id)
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .join(assignments, assignments.c.id == submissions.c.assignment_id)
        .where(assignments.c.name == assignment, submissions.c.student_id.in_(students))
    )
    of_assignment = (
        select(cells.c.id)
        .join(notebooks, notebooks.c.id == cells.c.notebook_id)
        .join(assignments, assignments.c.id == notebooks.c.assignment_id)
        .where(assignments.c.name == assignment)
    )
    connection.execute(
        update(grades)
        .where(grades.c.cell_id.in_(of_assignment), grades.c.notebook_id.in_(of_students))
        .values(auto_score=None, needs_manual_grade=True)
    )
    results_table.delete_rows(connection, assignment, students)


def write_zeros(connection: Connection, assignment: str, student: str, notebook: str) -> None:
    """Give a student no points in a notebook that was not handed in, as nbgrader does."""
    of_student = (
        select(submitted_notebooks.c.id)
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .join(assignments, assignments.c.id == submissions.c.assignment_id)
        .join(notebooks, notebooks.c.id == submitted_notebooks.c.notebook_id)
        .where(
            assignments.c.name == assignment,
            notebooks.c.name == notebook,
            submissions.c.student_id == student,
        )
    )
    connection.execute(
        update(grades)
        .where(grades.c.notebook_id.in_(of_student))
        .values(auto_score=0.0, needs_manual_grade=False)
    )


def read_scores_by_student(
    connection: Connection, registered: RegisteredAssignment
) -> Iterator[tuple[str, dict[str, float | None]]]:
    """Student by student: the automatic scores in the gradebook, by the key of the cell."""
    keys = registered.cell_keys
    rows = connection.execute(
        select(submissions.c.student_id, grades.c.cell_id, grades.c.auto_score)
        .join(submitted_notebooks, submitted_notebooks.c.assignment_id == submissions.c.id)
        .join(grades, grades.c.notebook_id == submitted_notebooks.c.id)
        .where(
            submissions.c.assignment_id == registered.id,
            submitted_notebooks.c.notebook_id.in_(list(registered.cells)),
        )
        .where(grades.c.cell_id.in_(keys))  # see ``_rows_by_student``
        .order_by(submissions.c.student_id)
    )
    for student, group in groupby(rows, itemgetter(0)):
        yield student, {keys[cell_id]: score for _, cell_id, score in group}


def _write_grades(
    connection: Connection,
    registered: RegisteredAssignment,
    graded: Sequence[SubmissionScores],
    notebook_rows: Mapping[str, Sequence[SubmittedNotebook]],
) -> None:
    columns = (grades.c.auto_score, grades.c.manual_score, grades.c.needs_manual_grade)
    by_student = _rows_by_student(connection, registered, grades, notebook_rows, *columns)
    changes = []
    for submission in graded:
        rows = by_student.get(submission.student, {})
        unknown = sorted(set(submission.scores) - set(rows))
        if unknown:
            raise StorageError(
                f"The gradebook knows no graded cell {unknown[0]!r} in the submission of "
                f"{registered.name} by {submission.student}: the cell was added to the assignment "
                "after work had been handed in, which nbgrader does not allow. Remove the cell "
                "again, or remove the assignment from the gradebook (formgrader, Manage "
                "Assignments) and grade everybody anew."
            )
        for name, score in submission.scores.items():
            row = rows[name]
            review = row.manual_score is not None or score is None
            if submission.reviewed and row.manual_score is not None and score == row.auto_score:
                review = row.needs_manual_grade
            if (score, review) != (row.auto_score, row.needs_manual_grade):
                changes.append(
                    {"row_id": row.id, "auto_score": score, "needs_manual_grade": review}
                )
    update_rows(connection, grades, ("auto_score", "needs_manual_grade"), changes)


def _write_comments(
    connection: Connection,
    registered: RegisteredAssignment,
    graded: Sequence[SubmissionScores],
    notebook_rows: Mapping[str, Sequence[SubmittedNotebook]],
) -> None:
    column = comments.c.auto_comment
    by_student = _rows_by_student(connection, registered, comments, notebook_rows, column)
    changes = []
    for submission in graded:
        rows = by_student.get(submission.student, {})
        changes += [
            {"row_id": rows[name].id, "auto_comment": text}
            for name, text in submission.comments.items()
            if name in rows and rows[name].auto_comment != text
        ]
    update_rows(connection, comments, ("auto_comment",), changes)


def _rows_by_student(
    connection: Connection,
    registered: RegisteredAssignment,
    table: Any,
    notebook_rows: Mapping[str, Sequence[SubmittedNotebook]],
    *columns: Any,
) -> dict[str, dict[str, Any]]:
    """By student and key of the cell: its row, with its id and these columns."""
    keys = registered.cell_keys
    students = {
        notebook.id: student for student, all_ in notebook_rows.items() for notebook in all_
    }
    rows = connection.execute(
        select(table.c.id, table.c.notebook_id, table.c.cell_id, *columns).where(
            # nbgrader's index begins with the cell: by the notebook alone all rows would be read
            table.c.cell_id.in_(keys),
            table.c.notebook_id.in_(list(students)),
        )
    )
    by_student: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_student.setdefault(students[row.notebook_id], {})[keys[row.cell_id]] = row
    return by_student
