"""The grades of a class as they are now, for all reports and exports: the one way to read them.

Our results table has every submission that was in a run, also those that could not be graded, with
all checks; nbgrader's own tables have the points that count, whoever gave them, and the penalties,
which are brought up to date first. Submissions that were in no run yet are found in ``submitted/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from autograder.course.layout import Course
from autograder.errors import CourseError
from autograder.gradebook import results_table
from autograder.gradebook.class_records import SubmissionRecord, read_max_points, read_records
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.penalties import update_penalties
from autograder.gradebook.registered_assignment import MissingAssignmentError, RegisteredAssignment
from autograder.models import Grade, Status


@dataclass(frozen=True)
class ClassGrades:
    """The grades of one assignment's class.

    Attributes:
        assignment: Its name.
        grades: By student, with the points that count now; one for each submission that was in a
            run, whether or not it could be graded.
        new_students: Those whose submission was in no run yet.
        penalties: By student: the points that lateness costs, which no grade includes.
        waiting: Students with an answer that a person has to look at.
        scores: By student who has a grade: the points, before the penalty, in all notebooks.
        max_score: What the assignment is worth.
    """

    assignment: str
    grades: tuple[Grade, ...]
    new_students: tuple[str, ...] = ()
    penalties: Mapping[str, float] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    scores: Mapping[str, float] = field(default_factory=dict)
    max_score: float = 0.0


def read_class_grades(coursedir: CourseDirectory, name: str) -> ClassGrades:
    """Read the grades of an assignment's class.

    Args:
        coursedir: nbgrader's ``CourseDirectory`` of the course.
        name: The assignment's.

    Raises:
        CourseError: If no submission of it has been graded.
        StorageError: If the gradebook cannot be read.
    """
    grades = None
    if gradebook_exists(coursedir.db_url):
        with closing(open_gradebook(coursedir.db_url)) as database:
            grades = current_grades(database, coursedir, name)
    if grades is None or not grades.grades:
        raise CourseError(
            f"No submission of {name} has been graded yet. Run `autograder grade {name}` first."
        )
    return grades


def current_grades(
    database: Database, coursedir: CourseDirectory, name: str, *, brief: bool = False
) -> ClassGrades:
    """The grades of a class; none if the gradebook does not know the assignment.

    Args:
        database: The gradebook.
        coursedir: nbgrader's ``CourseDirectory`` of the course.
        name: The assignment's.
        brief: Leave out the single checks: of a large class they are most of the work.
    """
    undated = update_penalties(database, coursedir, name)
    submitted = _submitted(coursedir, name)
    return database.run(
        lambda connection: _read(connection, coursedir, name, submitted, undated, brief=brief)
    )


def gradebook_exists(db_url: str) -> bool:
    """Whether there is a gradebook. Opening a SQLite database that is missing would create it."""
    url = make_url(db_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _submitted(coursedir: CourseDirectory, name: str) -> set[str]:
    """The students who have handed in, and are to be graded."""
    base = Course(Path(coursedir.root)).submitted_dir
    excluded = set(coursedir.student_id_exclude.split(","))
    if not base.is_dir():
        return set()
    return {path.name for path in base.iterdir() if (path / name).is_dir()} - excluded


def _read(
    connection: Connection,
    coursedir: CourseDirectory,
    name: str,
    submitted: set[str],
    undated: Mapping[str, str],
    *,
    brief: bool,
) -> ClassGrades:
    try:
        registered = RegisteredAssignment(connection, name)
    except MissingAssignmentError:
        return ClassGrades(name, (), tuple(sorted(submitted)))
    max_points = read_max_points(connection, registered)
    records = read_records(connection, registered, max_points)
    stored = {grade.student: grade for grade in _stored_grades(connection, name, brief)}
    grades = {}
    for student in sorted({*records, *submitted & stored.keys()}):
        executed = student not in stored and _has_notebook(coursedir, name, student)
        grade = _grade(stored.get(student), records.get(student), executed)
        if grade is not None and student in undated:
            grade = replace(grade, status=Status.NOT_GRADED, cells=(), message=undated[student])
        if grade is not None:
            grades[student] = replace(grade, student=student, assignment=name)
    graded = {student for student, grade in grades.items() if grade.status == Status.GRADED}
    return ClassGrades(
        assignment=name,
        grades=tuple(grades.values()),
        new_students=tuple(sorted(submitted - grades.keys())),
        penalties={one: records[one].penalty for one in graded if records[one].penalty},
        waiting=frozenset(one for one in graded if records[one].needs_manual_grade),
        scores={student: records[student].score for student in graded},
        max_score=sum(max_points.values()),
    )


def _grade(stored: Grade | None, record: SubmissionRecord | None, executed: bool) -> Grade | None:
    """The grade of one submission as it is now; None if it was in no run.

    Args:
        stored: What our results table has of it.
        record: What nbgrader's tables have.
        executed: Whether an executed notebook of it is there.
    """
    if stored is not None and stored.status != Status.GRADED:
        return stored
    if record is None:  # the student was removed from the gradebook
        return None
    if stored is not None:
        return replace(stored, cells=record.with_points(stored.cells))
    if not (executed and record.has_points):
        return None
    # graded by a plain nbgrader, or by one with an earlier version of ours
    cells = tuple(record.cells.values())
    return Grade("", "", Status.GRADED, sum(cell.max_points for cell in cells), cells)


def _stored_grades(connection: Connection, name: str, brief: bool) -> Iterator[Grade]:
    students = sorted(results_table.read_digests(connection, name))
    for row in results_table.read_rows(connection, name, students, brief=brief):
        yield row.grade()


def _has_notebook(coursedir: CourseDirectory, name: str, student: str) -> bool:
    folder = Path(coursedir.format_path(coursedir.autograded_directory, student, name))
    return next(folder.glob("*.ipynb"), None) is not None
