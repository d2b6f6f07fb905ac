"""Make the release from the source notebook with nbgrader's own ``generate_assignment``."""

from __future__ import annotations

from pathlib import Path

from nbgrader import utils as nbgrader_utils
from nbgrader.converters import GenerateAssignment

from autograder.course.config import course_directory
from autograder.course.layout import Assignment
from autograder.course.nbgrader_log import reason_in_log
from autograder.errors import CourseError


def generate_release(assignment: Assignment, scratch: Path, *, register: bool) -> None:
    """Run nbgrader's ``generate_assignment`` on a copy of the source in ``scratch``.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    course = assignment.course
    db_url = course_directory(course).db_url
    coursedir = course_directory(
        course, root=str(scratch), assignment_id=assignment.name, db_url=db_url
    )
    config = coursedir.config
    config.GenerateAssignment.no_database = not register
    config.SaveCells.enabled = register
    result = nbgrader_utils.capture_log(GenerateAssignment(coursedir=coursedir, config=config))
    if not result["success"]:
        reason = reason_in_log(result)
        raise CourseError(f"nbgrader refused {assignment.source}: {reason.rstrip('.')}.")
