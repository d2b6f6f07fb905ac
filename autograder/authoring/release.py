"""Make the release from the source notebook with nbgrader's own ``generate_assignment``."""

from __future__ import annotations

from pathlib import Path

from nbgrader import utils as nbgrader_utils
from nbgrader.converters import GenerateAssignment

from autograder.course.layout import Assignment
from autograder.course.nbgrader_log import reason_in_log
from autograder.course.settings import Settings
from autograder.errors import CourseError


def generate_release(assignment: Assignment, scratch: Path, *, register: bool) -> None:
    """Run nbgrader's ``generate_assignment`` on a copy of the source in ``scratch``.

    Raises:
        CourseError: If nbgrader refuses the source notebook.
    """
    settings = Settings.load(assignment.course)
    coursedir = settings.course_directory(
        root=str(scratch), assignment_id=assignment.name, db_url=settings.db_url
    )
    config = coursedir.config
    config.GenerateAssignment.no_database = not register
    config.SaveCells.enabled = register
    result = nbgrader_utils.capture_log(GenerateAssignment(coursedir=coursedir, config=config))
    if not result["success"]:
        reason = reason_in_log(result)
        raise CourseError(f"nbgrader refused {assignment.source}: {reason.rstrip('.')}.")
