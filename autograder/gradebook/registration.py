"""Adds courses and assignments to the gradebook.

nbgrader adds an assignment cell by cell; two processes that do so at once meet half of each other's
work. So nbgrader does it in a temporary gradebook, and the finished rows are copied from there in
one transaction.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader import utils as nbgrader_utils
from nbgrader.converters import GenerateAssignment
from sqlalchemy import Connection, insert, select

from autograder.course.layout import Assignment
from autograder.course.nbgrader_log import reason_in_log
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.registered_assignment import MissingAssignmentError, RegisteredAssignment
from autograder.gradebook.tables import assignments, courses, insert_rows, notebooks
from autograder.tempdirs import temporary_directory

# In an order that satisfies the foreign keys.
_TABLES = (
    assignments,
    notebooks,
    *(
        model.__table__
        for model in (
            api.BaseCell,
            api.GradeCell,
            api.SolutionCell,
            api.TaskCell,
            api.SourceCell,
        )
    ),
)
_RowsByTable = dict[Any, list[dict[str, Any]]]


def ensure_course(connection: Connection, course_id: str) -> None:
    """Add the course, as nbgrader does whenever it opens a gradebook."""
    known = select(courses.c.id).where(courses.c.id == course_id)
    if course_id and not connection.scalar(known):
        connection.execute(insert(courses), {"id": course_id})


def ensure_registered(
    database: Database, assignment: Assignment, settings: Settings
) -> RegisteredAssignment:
    """The assignment's ids in the gradebook; it is added if the gradebook does not know it yet.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    try:
        return database.run(lambda connection: RegisteredAssignment(connection, assignment.name))
    except MissingAssignmentError:
        pass
    with temporary_directory("register") as folder:
        rows = _generate_rows(assignment, settings, folder)
    # The temporary gradebook is closed here, so that this transaction can be tried again.
    return database.run(
        lambda connection: _insert(connection, rows, assignment.name, settings.course_id)
    )


def _generate_rows(assignment: Assignment, settings: Settings, folder: Path) -> _RowsByTable:
    """The rows that nbgrader adds to an empty gradebook for this assignment."""
    source = folder / "source" / assignment.name
    source.mkdir(parents=True)
    shutil.copy(assignment.source, source)
    url = f"sqlite:///{folder / 'gradebook.db'}"
    temporary = open_gradebook(url)
    coursedir = settings.course_directory(
        root=str(folder), assignment_id=assignment.name, db_url=url
    )
    converter = GenerateAssignment(coursedir=coursedir, config=coursedir.config)
    try:
        result = nbgrader_utils.capture_log(converter)
        if not result["success"]:
            reason = reason_in_log(result).rstrip(".")
            raise CourseError(f"nbgrader refused {assignment.source}: {reason}.")
        return temporary.run(_read_rows)
    finally:
        temporary.close()


def _read_rows(connection: Connection) -> _RowsByTable:
    return {
        table: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in _TABLES
    }


def _insert(
    connection: Connection, rows: _RowsByTable, name: str, course_id: str
) -> RegisteredAssignment:
    try:
        return RegisteredAssignment(connection, name)  # another grader was quicker
    except MissingAssignmentError:
        pass
    ensure_course(connection, course_id)
    (row,) = rows[assignments]
    # formgrader may have added the assignment with its due date only, without a notebook
    assignment_id = connection.scalar(select(assignments.c.id).where(assignments.c.name == name))
    if assignment_id is None:
        connection.execute(insert(assignments), {**row, "course_id": course_id})
        assignment_id = row["id"]
    notebook_rows = [{**one, "assignment_id": assignment_id} for one in rows[notebooks]]
    for table, table_rows in {**rows, notebooks: notebook_rows}.items():
        if table is not assignments:
            insert_rows(connection, table, table_rows)
    return RegisteredAssignment(connection, name)
