"""nbgrader's tables, and how rows are written to them: many in one statement."""

from __future__ import annotations

from typing import Any

from nbgrader import api
from sqlalchemy import Connection, bindparam, insert, update

courses = api.Course.__table__
assignments = api.Assignment.__table__
notebooks = api.Notebook.__table__
cells = api.BaseCell.__table__
grade_cells = api.GradeCell.__table__
task_cells = api.TaskCell.__table__
students = api.Student.__table__
submissions = api.SubmittedAssignment.__table__
submitted_notebooks = api.SubmittedNotebook.__table__
grades = api.Grade.__table__
comments = api.Comment.__table__


def insert_rows(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows; none is fine, too."""
    if rows:
        connection.execute(insert(table), rows)


def update_rows(
    connection: Connection, table: Any, columns: tuple[str, ...], rows: list[dict[str, Any]]
) -> None:
    """Set ``columns`` of rows, each of which gives the id of what it changes as ``row_id``."""
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in columns}
        connection.execute(
            update(table).where(table.c.id == bindparam("row_id")).values(values), rows
        )
