"""What a feedback page takes from the gradebook: points and comments, for many students at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from autograder.gradebook.class_records import read_max_points
from autograder.gradebook.registered_assignment import RegisteredAssignment
from autograder.gradebook.tables import (
    comments,
    grades,
    notebooks,
    submissions,
    submitted_notebooks,
)


@dataclass(slots=True)
class PageScores:
    """The scores of one submitted notebook, as nbgrader adds them up.

    Attributes:
        max_score: What the notebook is worth.
        penalty: For being late.
        points: By the name of the cell: the points, and what the cell is worth.
        comments: By the name of the cell: what a person wrote, otherwise what nbgrader did.
    """

    max_score: float
    penalty: float
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The sum of the points, without the penalty."""
        return sum(points for points, _ in self.points.values())


def read_page_scores(
    connection: Connection, registered: RegisteredAssignment, students: Sequence[str]
) -> dict[tuple[str, str], PageScores]:
    """By student and by name of the notebook: the scores, of those students who have any.

    Args:
        connection: To the gradebook.
        registered: The assignment.
        students: The students' ids; a few hundred, as no database takes thousands in one query.
    """
    max_points = read_max_points(connection, registered)
    cells = {cell.id: cell.name for all_ in registered.cells.values() for cell in all_}
    worth = {
        notebook: sum(max_points.get(cell.id, 0.0) for cell in all_)
        for notebook, all_ in registered.cells.items()
    }
    rows = connection.execute(
        select(
            submissions.c.student_id,
            notebooks.c.name,
            submitted_notebooks.c.id,
            submitted_notebooks.c.notebook_id,
            submitted_notebooks.c.late_submission_penalty,
        )
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .join(notebooks, notebooks.c.id == submitted_notebooks.c.notebook_id)
        .where(submissions.c.assignment_id == registered.id)
        .where(submissions.c.student_id.in_(students))
    )
    scores: dict[tuple[str, str], PageScores] = {}
    by_id: dict[str, PageScores] = {}
    for student, name, submitted, notebook, penalty in rows:
        by_id[submitted] = PageScores(worth[notebook], float(penalty or 0.0))
        scores[student, name] = by_id[submitted]
    _read_points(connection, by_id, cells, max_points)
    _read_comments(connection, by_id, cells)
    return scores


def _read_points(
    connection: Connection,
    by_id: Mapping[str, PageScores],
    cells: Mapping[str, str],
    max_points: Mapping[str, float],
) -> None:
    columns = (grades.c.notebook_id, grades.c.cell_id, grades.c.auto_score)
    rows = connection.execute(
        select(*columns, grades.c.manual_score, grades.c.extra_credit).where(
            grades.c.notebook_id.in_(list(by_id))
        )
    )
    for submitted, cell, auto, manual, extra in rows:
        if cell not in max_points:  # of an earlier state of the assignment
            continue
        points = float((auto if manual is None else manual) or 0.0) + float(extra or 0.0)
        by_id[submitted].points[cells[cell]] = points, max_points[cell]


def _read_comments(
    connection: Connection, by_id: Mapping[str, PageScores], cells: Mapping[str, str]
) -> None:
    columns = (comments.c.notebook_id, comments.c.cell_id)
    rows = connection.execute(
        select(*columns, comments.c.auto_comment, comments.c.manual_comment).where(
            comments.c.notebook_id.in_(list(by_id))
        )
    )
    for submitted, cell, auto, manual in rows:
        if cell in cells:
            by_id[submitted].comments[cells[cell]] = auto if manual is None else manual
