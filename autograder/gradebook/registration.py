"""An assignment into the gradebook, all of it at one stroke.

nbgrader enters an assignment cell by cell; two that do so at once meet half of each other's work.
So nbgrader does it in a scratch gradebook, and the finished rows are copied in one transaction.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbgrader import utils as nbgrader_utils
from nbgrader.api import (
    Assignment as Entered,
)
from nbgrader.api import (
    BaseCell,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    TaskCell,
)
from nbgrader.converters import GenerateAssignment
from sqlalchemy import Connection, insert, select

from autograder.course.layout import Assignment
from autograder.course.nbgrader_log import reason_in_log
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.database import Database
from autograder.gradebook.scores import MissingAssignmentError, RegisteredAssignment, ensure_course
from autograder.tempdirs import temporary_directory

# In the order in which rows may be entered.
_TABLES = tuple(
    model.__table__
    for model in (Entered, Notebook, BaseCell, GradeCell, SolutionCell, TaskCell, SourceCell)
)
_Tables = dict[Any, list[dict[str, Any]]]  # rows by table


def ensure_registered(
    database: Database, assignment: Assignment, settings: Settings
) -> RegisteredAssignment:
    """The assignment as the gradebook knows it; entered, if it does not know it yet.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    try:
        return database.run(lambda connection: RegisteredAssignment(connection, assignment.name))
    except MissingAssignmentError:
        pass
    with temporary_directory("register") as folder:
        rows = _registered(assignment, settings, folder)
    # Nothing of the scratch gradebook is open any more: what fails now, fails in a transaction
    # that is tried again from its start.
    return database.run(lambda there: _enter(rows, there, assignment.name, settings.course_id))


def _registered(assignment: Assignment, settings: Settings, folder: Path) -> _Tables:
    """What nbgrader enters for this assignment into a gradebook that knows nothing else."""
    place = folder / "source" / assignment.name
    place.mkdir(parents=True)
    shutil.copy(assignment.source, place)
    url = f"sqlite:///{folder / 'gradebook.db'}"
    scratch = open_gradebook(url)
    coursedir = settings.course_directory(
        root=str(folder), assignment_id=assignment.name, db_url=url
    )
    made = GenerateAssignment(coursedir=coursedir, config=coursedir.config)
    try:
        result = nbgrader_utils.capture_log(made)
        if not result["success"]:
            reason = reason_in_log(result).rstrip(".")
            raise CourseError(f"nbgrader refused {assignment.source}: {reason}.")
        return scratch.run(_all_rows)
    finally:
        scratch.close()


def _enter(rows: _Tables, there: Connection, name: str, course_id: str) -> RegisteredAssignment:
    try:
        return RegisteredAssignment(there, name)  # another grader was quicker
    except MissingAssignmentError:
        pass
    ensure_course(there, course_id)
    entered = Entered.__table__
    (row,) = rows[entered]
    new = there.scalar(select(entered.c.id).where(entered.c.name == name))
    if new is None:  # formgrader may have entered the bare name, with its due date
        there.execute(insert(entered), {**row, "course_id": course_id})
        new = row["id"]
    books = [{**one, "assignment_id": new} for one in rows[Notebook.__table__]]
    for table, mine in {**rows, Notebook.__table__: books}.items():
        if mine and table is not entered:
            there.execute(insert(table), mine)
    return RegisteredAssignment(there, name)


def _all_rows(here: Connection) -> _Tables:
    """All of a scratch gradebook that belongs to its assignment."""
    return {one: [dict(row) for row in here.execute(select(one)).mappings()] for one in _TABLES}
