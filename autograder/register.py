"""An assignment into the gradebook, all of it at one stroke.

nbgrader enters an assignment cell by cell; two that do so at once meet half of each other's work.
So nbgrader does it in a scratch gradebook, and the finished rows are copied in one transaction.
"""

from __future__ import annotations

import shutil
from pathlib import Path

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

_TABLES = (BaseCell, GradeCell, SolutionCell, TaskCell, SourceCell)


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
    entered, notebooks = Entered.__table__, Notebook.__table__

    def copy(here: Connection) -> None:
        (row,) = here.execute(select(entered).where(entered.c.name == name)).mappings()
        old = row["id"]
        new = there.scalar(select(entered.c.id).where(entered.c.name == name))
        if new is None:  # formgrader may have entered the bare name, with its due date
            there.execute(insert(entered), {**row, "course_id": course_id})
            new = old
        for book in here.execute(select(notebooks)).mappings().all():
            there.execute(insert(notebooks), {**book, "assignment_id": new})
        for model in _TABLES:
            rows = [dict(one) for one in here.execute(select(model.__table__)).mappings()]
            if rows:
                there.execute(insert(model.__table__), rows)

    scratch.run(copy)
    return Known(there, name)
