"""Adds courses and assignments to the gradebook.

nbgrader adds an assignment cell by cell; two processes that do so at once meet half of each other's
work. So nbgrader does it in a temporary gradebook, and the finished rows are copied from there in
one transaction.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader import utils as nbgrader_utils
from nbgrader.converters import GenerateAssignment
from sqlalchemy import Connection, insert, select

from autograder.course.layout import Assignment
from autograder.course.nbgrader_log import reason_in_log
from autograder.course.notebook import write_notebook
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.registered_assignment import MissingAssignmentError, RegisteredAssignment
from autograder.gradebook.tables import assignments, cells, courses, insert_rows, notebooks
from autograder.tempdirs import temporary_directory

# In an order that satisfies the foreign keys.
_CELL_TABLES = (
    cells,
    *(model.__table__ for model in (api.GradeCell, api.SolutionCell, api.TaskCell, api.SourceCell)),
)
_TABLES = (assignments, notebooks, *_CELL_TABLES)
_RowsByTable = dict[Any, list[dict[str, Any]]]


def ensure_course(connection: Connection, course_id: str) -> None:
    """Add the course, as nbgrader does whenever it opens a gradebook."""
    known = select(courses.c.id).where(courses.c.id == course_id)
    if course_id and not connection.scalar(known):
        connection.execute(insert(courses), {"id": course_id})


def ensure_registered(
    database: Database, assignment: Assignment, settings: Settings
) -> RegisteredAssignment:
    """The assignment's ids in the gradebook; what it does not know of it yet is added.

    Raises:
        CourseError: If nbgrader refuses a source notebook.
    """
    names = {part.source.stem for part in assignment.parts}
    try:
        registered = database.run(
            lambda connection: RegisteredAssignment(connection, assignment.name)
        )
        if names <= registered.notebooks.keys():
            return registered
    except MissingAssignmentError:
        pass
    with temporary_directory("register") as folder:
        rows = _generate_rows(assignment, settings, folder)
    # The temporary gradebook is closed here, so that this transaction can be tried again.
    return database.run(
        lambda connection: _insert(connection, rows, assignment.name, names, settings.course_id)
    )


def _generate_rows(assignment: Assignment, settings: Settings, folder: Path) -> _RowsByTable:
    """The rows that nbgrader adds to an empty gradebook for this assignment."""
    source = folder / "source" / assignment.name
    source.mkdir(parents=True)
    for part in assignment.parts:
        write_notebook(part.notebook, source / part.file_name)
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
    connection: Connection, rows: _RowsByTable, name: str, notebook_names: set[str], course_id: str
) -> RegisteredAssignment:
    known = set[str]()
    with suppress(MissingAssignmentError):
        registered = RegisteredAssignment(connection, name)
        known = set(registered.notebooks)
        if notebook_names <= known:  # another grader was quicker
            return registered
    ensure_course(connection, course_id)
    (row,) = rows[assignments]
    # formgrader may have added the assignment with its due date only, without a notebook
    assignment_id = connection.scalar(select(assignments.c.id).where(assignments.c.name == name))
    if assignment_id is None:
        connection.execute(insert(assignments), {**row, "course_id": course_id})
        assignment_id = row["id"]
    new = [
        {**one, "assignment_id": assignment_id}
        for one in rows[notebooks]
        if one["name"] not in known
    ]
    notebook_ids = {one["id"] for one in new}
    cell_ids = {one["id"] for one in rows[cells] if one["notebook_id"] in notebook_ids}
    insert_rows(connection, notebooks, new)
    for table in _CELL_TABLES:
        insert_rows(connection, table, [one for one in rows[table] if one["id"] in cell_ids])
    return RegisteredAssignment(connection, name)
