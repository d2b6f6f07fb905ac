"""The scores of an assignment, as nbgrader's gradebook has them, for export to other systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from autograder.errors import CourseError
from autograder.reports.class_grades import gradebook_exists


@dataclass(frozen=True)
class StudentScore:
    """One student and their score.

    Attributes:
        student: The id.
        first_name, last_name, email, lms_user_id: As far as the gradebook knows them.
        score: Before the late penalty; None if nothing was submitted.
        penalty: For being late.
        needs_manual_grade: Whether answers are yet to be graded by hand.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    score: float | None = None
    penalty: float = 0.0
    needs_manual_grade: bool = False

    @property
    def name(self) -> str:
        """Last name, first name; the id if no name is known."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.student

    @property
    def total(self) -> float | None:
        """The score after the late penalty."""
        return None if self.score is None else max(0.0, self.score - self.penalty)


def read_scores(db_url: str, name: str) -> tuple[float, list[StudentScore]]:
    """Read the maximum score of an assignment, and the score of every student, by id.

    Raises:
        CourseError: If there is no gradebook, or it does not have the assignment.
    """
    if not gradebook_exists(db_url):
        raise CourseError(f"There is no gradebook yet. Run `autograder grade {name}` first.")
    with Gradebook(db_url) as gradebook:
        try:
            assignment = gradebook.find_assignment(name)
        except MissingEntry as error:
            raise CourseError(
                f"The gradebook does not know {name}. Run `autograder grade {name}` first."
            ) from error
        submissions = {submission.student_id: submission for submission in assignment.submissions}
        students = sorted(gradebook.students, key=lambda student: str(student.id))
        scores = [_score(student, submissions.get(student.id)) for student in students]
        return float(assignment.max_score), scores


def _score(student: Any, submission: Any) -> StudentScore:
    details: dict[str, Any] = {
        name: str(getattr(student, name, None) or "")
        for name in ("first_name", "last_name", "email", "lms_user_id")
    }
    if submission is None:
        return StudentScore(str(student.id), **details)
    return StudentScore(
        str(student.id),
        **details,
        score=float(submission.score),
        penalty=float(submission.late_submission_penalty or 0.0),
        needs_manual_grade=bool(submission.needs_manual_grade),
    )
