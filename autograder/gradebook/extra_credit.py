"""A bonus in nbgrader's gradebook: extra credit, which adds to a score and to no maximum.

To nbgrader the cell of a bonus is worth 0 points. What it earns goes into the column in which a
person gives extra credit, too. So each run first takes back what the run before it has written; a
value that somebody has changed since is theirs, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, or_, select, update

from autograder.gradebook.results_table import ResultRow, read_rows
from autograder.gradebook.tables import (
    assignments,
    cells,
    grades,
    notebooks,
    submissions,
    submitted_notebooks,
)
from autograder.models import CellResult, Grade


def take_back_extra_credit(
    connection: Connection, assignment: str, students: Sequence[str]
) -> None:
    """Take back what the run before has written; the results table must still have its rows."""
    for row in read_rows(connection, assignment, students, brief=True):
        for cell, points in _earned(row.grade()):
            is_ours = grades.c.extra_credit == points
            _set(connection, assignment, row.student, cell, None, is_ours)


def write_extra_credit(connection: Connection, assignment: str, rows: Sequence[ResultRow]) -> None:
    """Write what bonuses have earned, after ``take_back_extra_credit``, where nobody gave any.

    Args:
        connection: In the transaction that writes the rows.
        assignment: The assignment's name.
        rows: The new rows, no student twice.
    """
    nobodys = or_(grades.c.extra_credit.is_(None), grades.c.extra_credit == 0.0)
    for row in rows:
        for cell, points in _earned(row.grade()):
            _set(connection, assignment, row.student, cell, points, nobodys)


def _earned(grade: Grade) -> Iterator[tuple[CellResult, float]]:
    """Cells with extra points that were earned."""
    for cell in grade.cells:
        if cell.bonus and cell.points:
            yield cell, cell.points


def _set(
    connection: Connection,
    assignment: str,
    student: str,
    cell: CellResult,
    points: float | None,
    where: ColumnElement[bool],
) -> None:
    of_cell = (
        select(cells.c.id)
        .join(notebooks, notebooks.c.id == cells.c.notebook_id)
        .join(assignments, assignments.c.id == notebooks.c.assignment_id)
        .where(
            assignments.c.name == assignment,
            notebooks.c.name == (cell.notebook or assignment),
            cells.c.name == cell.grade_id,
        )
    )
    of_student = (
        select(submitted_notebooks.c.id)
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .join(assignments, assignments.c.id == submissions.c.assignment_id)
        .where(assignments.c.name == assignment, submissions.c.student_id == student)
    )
    connection.execute(
        update(grades)
        .where(grades.c.cell_id.in_(of_cell), grades.c.notebook_id.in_(of_student), where)
        .values(extra_credit=points)
    )
