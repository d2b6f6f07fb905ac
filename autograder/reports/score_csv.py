"""An assignment's scores as CSV, in the columns that other systems import.

- ``canvas``: the head that Canvas asks for (``Student, ID, SIS User ID, SIS Login ID, Section``),
  then the assignment, then the row ``Points Possible``. Our student ids are taken for SIS login
  ids; Canvas finds a student by any one of the three. Section is read-only there.
- ``moodle``: ``username``, ``email``, the names, the assignment. Moodle asks which column is what;
  map ``username`` (or ``email``) to the user and the assignment to its grade item. Scores alone:
  a feedback column would overwrite what is there.
- ``csv``: what the gradebook knows, a row a student.

Somebody who handed in nothing has an empty cell, which leaves what is there: a 0 is a decision
that a person takes. Scores are after late penalties.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from autograder.errors import CourseError
from autograder.reports.class_grades import gradebook_exists

Table = list[Sequence[object]]


@dataclass(frozen=True)
class Scored:
    """One student's line in the gradebook; ``score`` is None where nothing was handed in."""

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    score: float | None = None
    penalty: float = 0.0
    waits: bool = False

    @property
    def name(self) -> str:
        """As a list has it: last name first; the id where no name is known."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.student

    @property
    def total(self) -> float | None:
        """The score after the late penalty."""
        return None if self.score is None else max(0.0, self.score - self.penalty)


def read_scores(db_url: str, name: str) -> tuple[float, list[Scored]]:
    """The most that an assignment gives, and everybody's score, by student.

    Raises:
        CourseError: If the gradebook does not know the assignment.
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
        handed_in = {one.student_id: one for one in assignment.submissions}
        scored = [
            _scored(student, handed_in.get(student.id))
            for student in sorted(gradebook.students, key=lambda one: str(one.id))
        ]
        return float(assignment.max_score), scored


def _scored(student: Any, submission: Any) -> Scored:
    known: dict[str, Any] = {
        name: str(getattr(student, name, None) or "")
        for name in ("first_name", "last_name", "email", "lms_user_id")
    }
    if submission is None:
        return Scored(str(student.id), **known)
    return Scored(
        str(student.id),
        **known,
        score=float(submission.score),
        penalty=float(submission.late_submission_penalty or 0.0),
        waits=bool(submission.needs_manual_grade),
    )


def dumps(form: str, name: str, maximum: float, scored: Iterable[Scored]) -> str:
    """The table's text.

    Args:
        form: ``canvas``, ``moodle`` or ``csv``.
        name: The assignment's column.
        maximum: The most that it gives.
        scored: Everybody.
    """
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(_TABLES[form](name, maximum, list(scored)))
    return file.getvalue()


def _canvas(name: str, maximum: float, scored: list[Scored]) -> Table:
    # The word Section must be in the last column before the assignments; the row of maxima is
    # known by its first cell.
    return [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name],
        ["    Points Possible", "", "", "", "", _digits(maximum)],
        *([one.name, one.lms_user_id, "", one.student, "", _digits(one.total)] for one in scored),
    ]


def _moodle(name: str, _: float, scored: list[Scored]) -> Table:
    return [
        ["username", "email", "firstname", "lastname", name],
        *(
            [one.student, one.email, one.first_name, one.last_name, _digits(one.total)]
            for one in scored
        ),
    ]


def _plain(name: str, maximum: float, scored: list[Scored]) -> Table:
    head = ["student", "last_name", "first_name", "email", "assignment", "score", "max_score"]
    return [
        [*head, "late_penalty", "needs_manual_grade"],
        *(
            [
                *(one.student, one.last_name, one.first_name, one.email, name),
                *(_digits(one.total), _digits(maximum), _digits(one.penalty)),
                "yes" if one.waits else "no",
            ]
            for one in scored
        ),
    ]


def _digits(points: float | None) -> str:
    """A point as decimal sign, whatever the machine's language."""
    return "" if points is None else f"{round(points, 4):g}"


_TABLES: Mapping[str, Callable[[str, float, list[Scored]], Table]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "csv": _plain,
}
