"""The scores of an assignment, one for each student of the course, for export to other systems."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, select

from autograder.errors import CourseError
from autograder.gradebook.class_grades import ClassGrades, current_grades, gradebook_exists
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.tables import assignments, students
from autograder.models import Status

_DETAILS = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True)
class StudentScore:
    """One student and their score.

    Attributes:
        student: The id.
        first_name, last_name, email, lms_user_id: As far as the gradebook knows them.
        score: Before the late penalty; None if there is no grade.
        penalty: For being late.
        needs_manual_grade: Whether answers are yet to be graded by hand.
        problem: Why something that was handed in has no grade; empty if it has, or if nothing was.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    score: float | None = None
    penalty: float = 0.0
    needs_manual_grade: bool = False
    problem: str = ""

    @property
    def name(self) -> str:
        """Last name, first name; the id if no name is known."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.student

    @property
    def total(self) -> float | None:
        """The score after the late penalty."""
        return None if self.score is None else max(0.0, self.score - self.penalty)


def read_scores(coursedir: CourseDirectory, name: str) -> tuple[float, list[StudentScore]]:
    """Read the maximum score of an assignment, and the score of every student, by id.

    Whoever handed something in is among them, even if the gradebook does not know the student yet.

    Raises:
        CourseError: If there is no gradebook, or it does not have the assignment.
        StorageError: If the gradebook cannot be read.
    """
    if not gradebook_exists(coursedir.db_url):
        raise CourseError(f"There is no gradebook yet. Run `autograder grade {name}` first.")
    with closing(open_gradebook(coursedir.db_url)) as database:
        if not database.run(lambda connection: _knows(connection, name)):
            raise CourseError(
                f"The gradebook does not know {name}. Run `autograder grade {name}` first."
            )
        grades = current_grades(database, coursedir, name, brief=True)
        details = database.run(_read_details)
    return grades.max_score, _scores(grades, details)


def _scores(grades: ClassGrades, details: dict[str, dict[str, str]]) -> list[StudentScore]:
    problems = dict.fromkeys(grades.new_students, "It has not been graded yet.")
    problems |= {one.student: one.message for one in grades.grades if one.status != Status.GRADED}
    return [
        StudentScore(
            student,
            **details.get(student, {}),
            score=grades.scores.get(student),
            penalty=grades.penalties.get(student, 0.0),
            needs_manual_grade=student in grades.waiting,
            problem=problems.get(student, ""),
        )
        for student in sorted({*details, *problems, *grades.scores})
    ]


def _knows(connection: Connection, name: str) -> bool:
    return connection.scalar(select(assignments.c.id).where(assignments.c.name == name)) is not None


def _read_details(connection: Connection) -> dict[str, dict[str, str]]:
    """By student: names and addresses, as far as they are known."""
    rows = connection.execute(select(students.c.id, *(students.c[name] for name in _DETAILS)))
    return {row.id: {name: getattr(row, name) or "" for name in _DETAILS} for row in rows}
