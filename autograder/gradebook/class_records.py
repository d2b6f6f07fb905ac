"""What nbgrader's gradebook says about the submissions of one assignment now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from autograder.gradebook.registered_assignment import RegisteredAssignment
from autograder.gradebook.tables import (
    grade_cells,
    grades,
    submissions,
    submitted_notebooks,
    task_cells,
)
from autograder.models import CellResult


@dataclass(slots=True)
class SubmissionRecord:
    """One submission.

    Attributes:
        cells: The points of each cell, by its key. A person's points are there in place of the
            automatic ones, and extra credit is added.
        score: The sum over all notebooks of the assignment.
        penalty: For being late.
        needs_manual_grade: Whether a person has to look at an answer.
    """

    cells: dict[str, CellResult] = field(default_factory=dict)
    score: float = 0.0
    penalty: float = 0.0
    needs_manual_grade: bool = False

    @property
    def has_points(self) -> bool:
        """Whether anything has been graded."""
        return any(cell.points is not None for cell in self.cells.values())

    def with_points(self, results: Iterable[CellResult]) -> tuple[CellResult, ...]:
        """These results, with the points that count now."""
        return tuple(
            replace(cell, points=self.cells.get(cell.key, cell).points) for cell in results
        )


def read_max_points(connection: Connection, registered: RegisteredAssignment) -> dict[str, float]:
    """By the id of each graded cell of an assignment: what it is worth."""
    return {
        row.id: float(row.max_score)
        for table in (grade_cells, task_cells)
        for row in connection.execute(
            select(table.c.id, table.c.max_score).where(
                table.c.id.in_([c.id for all_ in registered.cells.values() for c in all_])
            )
        )
    }


def read_records(
    connection: Connection, registered: RegisteredAssignment, max_points: Mapping[str, float]
) -> dict[str, SubmissionRecord]:
    """By student: what the gradebook says about each submission.

    Args:
        connection: To the gradebook.
        registered: The assignment.
        max_points: What ``read_max_points`` returns.
    """
    notebooks = connection.execute(
        select(
            submissions.c.student_id,
            submitted_notebooks.c.id,
            submitted_notebooks.c.late_submission_penalty,
        )
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .where(submissions.c.assignment_id == registered.id)
    )
    records: dict[str, SubmissionRecord] = {}
    by_notebook: dict[str, SubmissionRecord] = {}
    for student, notebook_id, penalty in notebooks:
        record = records.setdefault(student, SubmissionRecord())
        record.penalty += float(penalty or 0.0)
        by_notebook[notebook_id] = record
    of_assignment = (
        select(submitted_notebooks.c.id)
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .where(submissions.c.assignment_id == registered.id)
    )
    columns = (grades.c.notebook_id, grades.c.cell_id, grades.c.auto_score, grades.c.manual_score)
    rows = connection.execute(
        select(*columns, grades.c.extra_credit, grades.c.needs_manual_grade)
        # by the cells first: nbgrader's index begins with them
        .where(grades.c.cell_id.in_(list(max_points)), grades.c.notebook_id.in_(of_assignment))
    )
    for notebook_id, cell_id, auto, manual, extra, needs_manual_grade in rows:
        record = by_notebook[notebook_id]
        points = auto if manual is None else manual
        points = None if points is None and not extra else float(points or 0.0) + float(extra or 0)
        record.score += points or 0.0
        record.needs_manual_grade |= bool(needs_manual_grade)
        key = registered.cell_keys[cell_id]
        notebook, _, name = key.rpartition("/")
        record.cells[key] = CellResult(name, max_points[cell_id], points, notebook=notebook)
    return records
