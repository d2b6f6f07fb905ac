"""The grades of a class, read from the gradebook, with the points that were given by hand.

Our results table has every submission that was in a run, also those that could not be graded;
nbgrader's own tables have the points that were given by hand since. Submissions that were in no run
yet are found in ``submitted/``. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbgrader import api
from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from autograder.course.layout import Assignment
from autograder.errors import CourseError
from autograder.gradebook import results_table
from autograder.gradebook.connect import open_gradebook
from autograder.models import CellResult, Grade


@dataclass(frozen=True)
class ClassGrades:
    """The grades of one assignment's class.

    Attributes:
        assignment: Its name.
        grades: By student; a cell that was graded by hand has the points given by hand.
        new_students: Those whose submission was in no run yet.
    """

    assignment: str
    grades: tuple[Grade, ...]
    new_students: tuple[str, ...] = ()


def read_class_grades(assignment: Assignment, db_url: str) -> ClassGrades:
    """Read the grades of an assignment's class.

    Args:
        assignment: Which.
        db_url: The address of the course's gradebook.

    Raises:
        CourseError: If no submission of it has been graded.
        StorageError: If the gradebook cannot be read.
    """
    grades: tuple[Grade, ...] = ()
    if gradebook_exists(db_url):
        database = open_gradebook(db_url)
        try:
            grades = database.run(lambda connection: tuple(_grades(connection, assignment.name)))
        finally:
            database.close()
    if not grades:
        raise CourseError(
            f"No submission of {assignment.name} has been graded yet. Run `autograder grade "
            f"{assignment.name}` first."
        )
    graded = {grade.student for grade in grades}
    folders = assignment.course.submitted_dir.glob(f"*/{assignment.name}")
    submitted = {path.parent.name for path in folders if path.is_dir()}
    return ClassGrades(assignment.name, grades, tuple(sorted(submitted - graded)))


def gradebook_exists(db_url: str) -> bool:
    """Whether there is a gradebook. Opening a SQLite database that is missing would create it."""
    url = make_url(db_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _grades(connection: Connection, name: str) -> Iterator[Grade]:
    students = sorted(results_table.read_digests(connection, name))
    manual_points = _read_manual_points(connection, name)
    for row in results_table.read_rows(connection, name, students):
        yield with_manual_points(row.grade(), manual_points.get(row.student, {}))


def with_manual_points(grade: Grade, manual_points: Mapping[str, float]) -> Grade:
    """A grade in which points that were given by hand replace the automatic ones.

    Args:
        grade: One submission's.
        manual_points: By the name of the cell.
    """

    def replaced(cell: CellResult) -> CellResult:
        points = manual_points.get(cell.grade_id, cell.points)
        return cell if points == cell.points else replace(cell, points=points)

    return replace(grade, cells=tuple(map(replaced, grade.cells)))


def _read_manual_points(connection: Connection, name: str) -> dict[str, dict[str, float]]:
    """By student and cell: the points that were given by hand, with extra credit."""
    assignment, submission = api.Assignment.__table__, api.SubmittedAssignment.__table__
    submitted, cell = api.SubmittedNotebook.__table__, api.BaseCell.__table__
    grade = api.Grade.__table__
    rows = connection.execute(
        select(submission.c.student_id, cell.c.name, grade.c.manual_score, grade.c.extra_credit)
        .join(assignment, assignment.c.id == submission.c.assignment_id)
        .join(submitted, submitted.c.assignment_id == submission.c.id)
        .join(grade, grade.c.notebook_id == submitted.c.id)
        .join(cell, cell.c.id == grade.c.cell_id)
        .where(assignment.c.name == name, grade.c.manual_score.is_not(None))
    )
    points_by_student: dict[str, dict[str, float]] = {}
    for student, cell_name, points, extra in rows:
        by_cell = points_by_student.setdefault(student, {})
        by_cell[cell_name] = float(points) + float(extra or 0.0)
    return points_by_student
