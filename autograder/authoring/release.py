"""Make the release from the source notebook with nbgrader's own ``generate_assignment``."""

from __future__ import annotations

from pathlib import Path

from nbgrader import utils as nbgrader_utils
from nbgrader.converters import GenerateAssignment

from autograder.course.layout import Assignment
from autograder.course.nbgrader_log import reason_in_log
from autograder.course.settings import Settings
from autograder.errors import CourseError

_HAS_SUBMISSIONS = "submissions associated with it"  # in nbgrader's words


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
        if _HAS_SUBMISSIONS in reason:
            raise CourseError(
                f"{assignment.name} cannot get or lose graded cells any more, as submissions of it "
                "are in the gradebook; nothing was written. Put what is new into an assignment of "
                f"its own, or run `nbgrader db assignment remove {assignment.name} --force`, which "
                "removes all its grades from the gradebook, too."
            )
        raise CourseError(f"nbgrader refused {assignment.source}: {reason.rstrip('.')}.")
