"""Late-submission penalties in nbgrader's gradebook, computed by the course's plugin."""

from __future__ import annotations

from collections.abc import Collection

from nbgrader.api import Grade
from sqlalchemy import Connection, func, select

from autograder.course.grading_options import Penalty
from autograder.gradebook.registered_assignment import RegisteredAssignment
from autograder.gradebook.submission_rows import SubmittedNotebook
from autograder.gradebook.tables import grades, submitted_notebooks, update_rows
from autograder.grading.lateness import seconds_late


def write_penalties(
    connection: Connection,
    registered: RegisteredAssignment,
    notebooks: Collection[SubmittedNotebook],
    penalty: Penalty,
) -> None:
    """Write the penalty of each notebook that is late, and take it back from the others.

    Args:
        connection: In a transaction that has written the notebooks' scores.
        registered: The assignment.
        notebooks: The notebooks that were graded.
        penalty: The course's plugin.
    """
    late = {
        notebook.id: seconds
        for notebook in notebooks
        if (seconds := seconds_late(registered.duedate, notebook.timestamp, notebook.extension)) > 0
    }
    scores = _scores(connection, registered, late)
    changes = []
    for notebook in notebooks:
        points = None
        if notebook.id in late:
            points = penalty(notebook.student, scores.get(notebook.id, 0.0), late[notebook.id])
        if points != notebook.penalty:
            changes.append({"row_id": notebook.id, "late_submission_penalty": points})
    update_rows(connection, submitted_notebooks, ("late_submission_penalty",), changes)


def _scores(
    connection: Connection, registered: RegisteredAssignment, notebook_ids: Collection[str]
) -> dict[str, float]:
    """By submitted notebook: its score, as nbgrader's ``SubmittedNotebook.score`` computes it."""
    if not notebook_ids:
        return {}
    rows = connection.execute(
        select(grades.c.notebook_id, func.sum(Grade.score))
        # by the cells, too: nbgrader's index begins with them
        .where(grades.c.cell_id.in_(registered.cell_names), grades.c.notebook_id.in_(notebook_ids))
        .group_by(grades.c.notebook_id)
    )
    return {notebook_id: float(score or 0.0) for notebook_id, score in rows}
