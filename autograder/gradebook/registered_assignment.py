"""The ids that the gradebook has given to an assignment, its notebooks and its cells."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from autograder.errors import CourseError
from autograder.gradebook.tables import assignments, cells, notebooks
from autograder.models import cell_key


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
        name: The name of the assignment.

    Attributes:
        name: As given.
        id: The assignment's id.
        duedate: When it is due, in UTC without a time zone; None if never.
        cells: By notebook id: the cells of each of its notebooks, by name.
        notebooks: By the name of each notebook: its id.
        cell_keys: By cell id: the cell's key (``CellResult.key``), unique in the assignment.

    Raises:
        MissingAssignmentError: If the gradebook has no such assignment, or no notebook of it.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        row = connection.execute(
            select(assignments.c.id, assignments.c.duedate).where(assignments.c.name == name)
        ).one_or_none()
        if not row:
            raise MissingAssignmentError(name)
        self.name, self.id, self.duedate = name, row.id, row.duedate
        self.notebooks: dict[str, str] = {
            notebook.name: notebook.id
            for notebook in connection.execute(
                select(notebooks.c.id, notebooks.c.name)
                .where(notebooks.c.assignment_id == self.id)
                .order_by(notebooks.c.name)
            )
        }
        if not self.notebooks:
            raise MissingAssignmentError(name)
        self.cells: dict[str, list[RegisteredCell]] = {
            notebook_id: [
                RegisteredCell(*cell)
                for cell in connection.execute(
                    select(cells.c.id, cells.c.name, cells.c.type)
                    .where(cells.c.notebook_id == notebook_id)
                    .order_by(cells.c.name)
                )
            ]
            for notebook_id in self.notebooks.values()
        }
        self.cell_keys = {
            cell.id: cell_key("" if notebook == name else notebook, cell.name)
            for notebook, notebook_id in self.notebooks.items()
            for cell in self.cells[notebook_id]
        }
