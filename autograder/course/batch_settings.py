"""What a course's config says about grading a whole batch without nbgrader's own command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from nbgrader.converters import Autograde
from nbgrader.preprocessors import LimitOutput
from traitlets.config import Config

from autograder.course.grading_options import OutputLimits, Penalty
from autograder.course.late_penalties import load_penalty
from autograder.course.layout import Course
from autograder.course.settings import Settings
from autograder.errors import CourseError

# nbgrader's preprocessors of ``autograde`` that we do ourselves.
_FIRST_STEPS = frozenset({"RestoreCells"})
_STEPS = frozenset(
    {"GradeCells", "LimitOutput", "SaveAutoGrades", "AssignLatePenalties", "SaveResult"}
)


@dataclass(frozen=True)
class BatchSettings(Settings):
    """A course's settings, and what nbgrader's ``autograde`` does after a notebook was executed.

    Attributes:
        output_limits: How much of each cell's output is kept.
        penalty: The points that lateness costs; None leaves penalties as they are.
        permissions: The mode of the files in ``autograded/``.
        create_student: Whether students whom the gradebook does not know are added to it.
        excluded: Students who are not graded.
    """

    output_limits: OutputLimits
    penalty: Penalty | None
    permissions: int
    create_student: bool
    excluded: frozenset[str]

    @classmethod
    def load(cls, course: Course, overrides: Mapping[str, object] | None = None) -> Self:
        """Read a course's config.

        Args:
            course: The course.
            overrides: Traits of ``GradeCells`` that take precedence over the config.

        Raises:
            CourseError: If the config is faulty, or asks for what only nbgrader itself can do.
        """
        settings = Settings.load(course, overrides)
        coursedir = settings.coursedir
        config = coursedir.config
        converter = Autograde(coursedir=coursedir, config=config)
        steps = _steps(config, converter, course)
        limit = LimitOutput(config=config)
        limited = "LimitOutput" in steps and limit.enabled
        return cls(
            coursedir=coursedir,
            choice=settings.choice,
            traits=settings.traits,
            output_limits=OutputLimits(limit.max_lines, limit.max_traceback)
            if limited
            else OutputLimits(-1, -1),
            penalty=load_penalty(config),
            permissions=int(str(converter.permissions), 8),
            create_student=converter.create_student,
            excluded=frozenset(filter(None, coursedir.student_id_exclude.split(","))),
        )


def _steps(config: Config, converter: Autograde, course: Course) -> set[str]:
    """Class names of the preprocessors that the config adds to ``autograde``.

    Raises:
        CourseError: If there is one that only nbgrader's own command can run.
    """
    names = _names(config.Autograde.get("autograde_preprocessors", []))
    first = _names(config.Autograde.get("sanitize_preprocessors", []))
    others = sorted((names - _STEPS) | (first - _FIRST_STEPS))
    if not others and (converter.pre_convert_hook or converter.post_convert_hook):
        others = ["a hook of the converter"]
    if others or "GradeCells" not in names:
        what = f"adds {others[0]}" if others else "does not call autograder's configure(c)"
        raise CourseError(
            f"{course.root}/nbgrader_config.py {what}, so only nbgrader itself can grade this "
            "course. Run `nbgrader autograde`, or take that out of the config."
        )
    return names


def _names(steps: Iterable[str | type]) -> set[str]:
    return {str(getattr(step, "__name__", step)).rsplit(".", 1)[-1] for step in steps}
