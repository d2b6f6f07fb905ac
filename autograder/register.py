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

from autograder.course import Assignment
from autograder.database import Database
from autograder.errors import CourseError
from autograder.gradebook import Known, MissingAssignmentError, see_to_course
from autograder.nbgrader_plugins import course_directory, last_sentence
from autograder.scratch import temporary

# An assignment's rows, in the order in which they may be entered.
_BELOW = tuple(
    model.__table__ for model in (Notebook, BaseCell, GradeCell, SolutionCell, TaskCell, SourceCell)
)


def known(database: Database, assignment: Assignment, course_id: str) -> Known:
    """The assignment as the gradebook knows it; entered, if it does not know it yet.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    try:
        return database.run(lambda connection: Known(connection, assignment.name))
    except MissingAssignmentError:
        pass
    with temporary("register") as folder:
        scratch = _registered(assignment, folder)
        try:
            return database.run(lambda there: _copy(scratch, there, assignment.name, course_id))
        finally:
            scratch.close()


def _registered(assignment: Assignment, folder: Path) -> Database:
    """A scratch gradebook that knows just this assignment."""
    place = folder / "source" / assignment.name
    place.mkdir(parents=True)
    shutil.copy(assignment.source, place)
    url = f"sqlite:///{folder / 'gradebook.db'}"
    scratch = Database(url)
    coursedir = course_directory(
        assignment.course, root=str(folder), assignment_id=assignment.name, db_url=url
    )
    made = GenerateAssignment(coursedir=coursedir, config=coursedir.config)
    result = nbgrader_utils.capture_log(made)
    if not result["success"]:
        reason = last_sentence(result).rstrip(".")
        raise CourseError(f"nbgrader refused {assignment.source}: {reason}.")
    return scratch


def _copy(scratch: Database, there: Connection, name: str, course_id: str) -> Known:
    try:
        return Known(there, name)  # another grader was quicker
    except MissingAssignmentError:
        pass
    see_to_course(there, course_id)
    entered = Entered.__table__
    # All is read before anything is written: what fails there is for the other database to try
    # again, from the start of its transaction.
    rows = scratch.run(_all_rows)
    (row,) = rows[entered]
    new = there.scalar(select(entered.c.id).where(entered.c.name == name))
    if new is None:  # formgrader may have entered the bare name, with its due date
        there.execute(insert(entered), {**row, "course_id": course_id})
        new = row["id"]
    rows[Notebook.__table__] = [{**one, "assignment_id": new} for one in rows[Notebook.__table__]]
    for table in _BELOW:
        if rows[table]:
            there.execute(insert(table), rows[table])
    return Known(there, name)


def _all_rows(here: Connection) -> dict[Any, list[dict[str, Any]]]:
    """All of a scratch gradebook that belongs to its assignment."""
    tables = (Entered.__table__, *_BELOW)
    return {one: [dict(row) for row in here.execute(select(one)).mappings()] for one in tables}
