"""What a class has: each submission's grade, with what a person gave it, out of the gradebook.

The ledger has every submission that a run took up, those without a grade too; nbgrader's own
tables have what a person decided since. Only submissions that nobody has graded yet are looked
for in ``submitted/``. Nothing in here is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbgrader import api
from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from autograder.course.config import course_directory
from autograder.course.layout import Assignment
from autograder.errors import CourseError
from autograder.gradebook import results_table
from autograder.gradebook.connect import open_gradebook
from autograder.models import CellResult, Grade

NOT_YET = "It was handed in after the last run: nobody has graded it yet."


@dataclass(frozen=True)
class ClassGrades:
    """One assignment's class.

    Attributes:
        assignment: Its name.
        grades: By student; the points of a cell that a person graded are that person's.
        new: Students whose work lies in ``submitted/`` and was in no run yet.
    """

    assignment: str
    grades: tuple[Grade, ...]
    new: tuple[str, ...] = ()


def read_class_grades(assignment: Assignment) -> ClassGrades:
    """The class of an assignment.

    Raises:
        CourseError: If nothing of it has been graded.
        StorageError: If the gradebook cannot be read.
    """
    url = course_directory(assignment.course).db_url
    grades: tuple[Grade, ...] = ()
    if gradebook_exists(url):
        database = open_gradebook(url)
        try:
            grades = database.run(lambda connection: tuple(_grades(connection, assignment.name)))
        finally:
            database.close()
    if not grades:
        raise CourseError(
            f"Nothing of {assignment.name} has been graded yet. Run `autograder grade "
            f"{assignment.name}` first."
        )
    known = {one.student for one in grades}
    folders = assignment.course.submitted_dir.glob(f"*/{assignment.name}")
    new = sorted({path.parent.name for path in folders if path.is_dir()} - known)
    return ClassGrades(assignment.name, grades, tuple(new))


def gradebook_exists(db_url: str) -> bool:
    """Whether there is a gradebook; opening one that is a file would make it."""
    place = make_url(db_url)
    return place.get_backend_name() != "sqlite" or Path(place.database or "").is_file()


def _grades(connection: Connection, name: str) -> Iterator[Grade]:
    students = sorted(results_table.read_digests(connection, name))
    given = _given(connection, name)
    for entry in results_table.read_rows(connection, name, students):
        yield with_manual_points(entry.grade(), given.get(entry.student, {}))


def with_manual_points(grade: Grade, given: Mapping[str, float]) -> Grade:
    """A grade with the points that a person gave, by cell, in place of the automatic ones."""

    def decided(cell: CellResult) -> CellResult:
        points = given.get(cell.grade_id, cell.points)
        return cell if points == cell.points else replace(cell, points=points)

    return replace(grade, cells=tuple(decided(cell) for cell in grade.cells))


def _given(connection: Connection, name: str) -> dict[str, dict[str, float]]:
    """By student and cell: points that a person gave."""
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
    found: dict[str, dict[str, float]] = {}
    for student, key, points, extra in rows:
        found.setdefault(student, {})[key] = float(points) + float(extra or 0.0)
    return found
