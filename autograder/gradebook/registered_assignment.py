"""The ids that the gradebook has given to an assignment, its notebooks and its cells."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from autograder.errors import CourseError
from autograder.gradebook.tables import assignments, cells, notebooks


class MissingAssignmentError(CourseError):
    """The gradebook does not know the assignment yet."""


class RegisteredCell(NamedTuple):
    """A cell in the gradebook: its id, its name in the notebook, and nbgrader's class of it."""

    id: str
    name: str
    type: str

    @property
    def has_grade(self) -> bool:
        """Whether nbgrader keeps a score of this cell for each submission."""
        return self.type in {"GradeCell", "TaskCell"}

    @property
    def has_comment(self) -> bool:
        """Whether nbgrader keeps a comment on this cell for each submission."""
        return self.type in {"SolutionCell", "TaskCell"}


class RegisteredAssignment:
    """An assignment in the gradebook, read once for a whole class.

    Args:
        connection: In a transaction.
        name: The name of the assignment, and of the notebook that is graded.

    Attributes:
        name: As given.
        id: The assignment's id.
        duedate: When it is due, in UTC without a time zone; None if never.
        cells: By notebook id: the cells of each of its notebooks, by name.
        notebook_id: The id of the notebook that is graded.
        cell_names: By cell id: the names of that notebook's cells.

    Raises:
        MissingAssignmentError: If the gradebook has no such assignment or notebook.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        row = connection.execute(
            select(assignments.c.id, assignments.c.duedate).where(assignments.c.name == name)
        ).one_or_none()
        if not row:
            raise MissingAssignmentError(name)
        self.name, self.id, self.duedate = name, row.id, row.duedate
        ids = {
            notebook.name: notebook.id
            for notebook in connection.execute(
                select(notebooks.c.id, notebooks.c.name).where(notebooks.c.assignment_id == self.id)
            )
        }
        if name not in ids:
            raise MissingAssignmentError(name)
        self.notebook_id: str = ids[name]
        self.cells: dict[str, list[RegisteredCell]] = {
            notebook_id: [
                RegisteredCell(*cell)
                for cell in connection.execute(
                    select(cells.c.id, cells.c.name, cells.c.type)
                    .where(cells.c.notebook_id == notebook_id)
                    .order_by(cells.c.name)
                )
            ]
            for notebook_id in ids.values()
        }
        self.cell_names = {cell.id: cell.name for cell in self.cells[self.notebook_id]}
