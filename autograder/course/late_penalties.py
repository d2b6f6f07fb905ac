"""What being late costs in a course: its late-submission plugin, called as nbgrader calls it."""

from __future__ import annotations

import logging
from types import SimpleNamespace

from traitlets.config import Config

from autograder.course.grading_options import Penalty
from autograder.errors import CourseError

_STEP = "AssignLatePenalties"


def load_penalty(config: Config) -> Penalty | None:
    """The course's plugin; None if ``autograde`` leaves penalties as they are.

    Args:
        config: The course's.
    """
    # nbgrader takes a second to import, which most reports can do without
    from nbgrader.preprocessors import AssignLatePenalties  # noqa: PLC0415

    steps = config.Autograde.get("autograde_preprocessors", [_STEP])
    step = AssignLatePenalties(config=config)
    names = {str(getattr(one, "__name__", one)).rsplit(".", 1)[-1] for one in steps}
    if _STEP not in names or not step.enabled:
        return None
    step.log = logging.getLogger("autograder.nbgrader")
    step.init_plugin()
    step.plugin_inst.log = step.log

    def penalty(student: str, score: float, seconds: float) -> float | None:
        try:
            points = step.plugin_inst.late_submission_penalty(student, score, seconds)
        except Exception as error:
            # the plugin is the course's own code, which may raise anything
            raise CourseError(
                f"The plugin {type(step.plugin_inst).__name__} of c.AssignLatePenalties in "
                f"nbgrader_config.py fails on the submission of {student}: {error!r}."
            ) from error
        if points is None:
            return None
        checked = step._check_late_penalty(SimpleNamespace(score=score), points)  # noqa: SLF001
        return float(checked)

    return penalty
