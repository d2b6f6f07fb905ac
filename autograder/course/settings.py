"""What a course's ``nbgrader_config.py`` says about grading, read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from nbgrader import utils as nbgrader_utils
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput
from traitlets import Bool, Enum, List, Unicode
from traitlets.config import Config, Configurable

from autograder.course.config import course_directory
from autograder.course.grading_options import (
    ENGINES,
    JAILS,
    EngineChoice,
    GradingOptions,
    OutputLimits,
    Penalty,
)
from autograder.course.layout import Assignment, Course
from autograder.errors import CourseError
from utils.checking.hints import FILE as HINTS

# nbgrader's preprocessors of ``autograde`` that we do ourselves.
_STEPS = frozenset({"GradeCells", "LimitOutput", "SaveAutoGrades", "AssignLatePenalties"})


class GradingTraits(Configurable):  # type: ignore[misc]  # traitlets has no types here
    """The traits of ``c.GradeCells`` in ``nbgrader_config.py``."""

    engine = Enum(ENGINES, "jailed", help="What executes notebooks.").tag(config=True)
    jail = Enum(
        JAILS, "auto", help="`auto`: every layer that works here; `none`: only for trusted code."
    ).tag(config=True)
    jail_minimum = List(Unicode(), help="Jail layers without which nothing is graded.").tag(
        config=True
    )
    seed = Unicode("", help="The course's secret seed for fresh test inputs.").tag(config=True)
    rerun_experiments = Bool(
        False, help="Run cells tagged `experiment` too, instead of keeping their saved outputs."
    ).tag(config=True)

    @classmethod
    def section_names(cls) -> list[str]:
        """The sections of the config that are read; ``GradeCells`` is nbgrader's preprocessor."""
        return [*super().section_names(), "GradeCells"]

    def options(self) -> GradingOptions:
        """What is run when a submission is graded."""
        return GradingOptions(seed=self.seed, rerun_experiments=self.rerun_experiments)

    def choice(self) -> EngineChoice:
        """Which engine runs notebooks."""
        return EngineChoice(self.engine, self.jail, frozenset(self.jail_minimum))


@dataclass(frozen=True)
class Settings:
    """How one course wants to be graded.

    Attributes:
        course: The course.
        coursedir: nbgrader's ``CourseDirectory`` of it.
        choice: Which engine runs notebooks.
        options: What is run when a submission is graded.
        output_limits: How much of each cell's output is kept.
        penalty: The points that lateness costs; None leaves penalties as they are.
        permissions: The mode of the files in ``autograded/``.
        create_student: Whether students whom the gradebook does not know are added to it.
        excluded: Students who are not graded.
    """

    course: Course
    coursedir: CourseDirectory
    choice: EngineChoice
    options: GradingOptions
    output_limits: OutputLimits
    penalty: Penalty | None
    permissions: int
    create_student: bool
    excluded: frozenset[str]

    @classmethod
    def load(cls, course: Course, overrides: Mapping[str, object] | None = None) -> Settings:
        """Read a course's config.

        Args:
            course: The course.
            overrides: Traits of ``GradeCells`` that take precedence over the config.

        Raises:
            CourseError: If the config is faulty, or asks for what only nbgrader itself can do.
        """
        coursedir = course_directory(course)
        config = coursedir.config
        config.GradeCells.update(overrides or {})
        traits = GradingTraits(config=config)
        converter = Autograde(coursedir=coursedir, config=config)
        steps = _steps(config, converter, course)
        limit = LimitOutput(config=config)
        limited = "LimitOutput" in steps and limit.enabled
        return cls(
            course=course,
            coursedir=coursedir,
            choice=traits.choice(),
            options=traits.options(),
            output_limits=OutputLimits(limit.max_lines, limit.max_traceback)
            if limited
            else OutputLimits(-1, -1),
            penalty=_penalty(config) if "AssignLatePenalties" in steps else None,
            permissions=int(str(converter.permissions), 8),
            create_student=converter.create_student,
            excluded=frozenset(filter(None, coursedir.student_id_exclude.split(","))),
        )

    def files_beside_source(self, assignment: Assignment) -> Iterable[tuple[str, Path]]:
        """The course's files beside the source notebook, which replace the student's own.

        Returns:
            Paths relative to the source notebook's folder, and the files.
        """
        folder = assignment.source.parent
        kept = self.coursedir.config.Autograde.get("exclude_overwriting", {})
        for name in nbgrader_utils.find_all_files(str(folder), [*self.coursedir.ignore, "*.ipynb"]):
            relative = Path(name).relative_to(folder).as_posix()
            if relative != HINTS and relative not in kept.get(assignment.name, ()):
                yield relative, Path(name)


def _steps(config: Config, converter: Autograde, course: Course) -> set[str]:
    """Class names of the preprocessors that the config adds to ``autograde``.

    Raises:
        CourseError: If there is one that only nbgrader's own command can run.
    """
    steps = config.Autograde.get("autograde_preprocessors", [])
    names = {str(getattr(step, "__name__", step)).rsplit(".", 1)[-1] for step in steps}
    others = sorted(names - _STEPS)
    if not others and (converter.pre_convert_hook or converter.post_convert_hook):
        others = ["a hook of the converter"]
    if others or "GradeCells" not in names:
        what = f"adds {others[0]}" if others else "does not call autograder's configure(c)"
        raise CourseError(
            f"{course.root}/nbgrader_config.py {what}, so only nbgrader itself can grade this "
            "course. Run `nbgrader autograde`, or take that out of the config."
        )
    return names


def _penalty(config: Config) -> Penalty | None:
    """The course's late-submission plugin, called as nbgrader's own preprocessor calls it."""
    step = AssignLatePenalties(config=config)
    if not step.enabled:
        return None
    step.log = logging.getLogger("autograder.nbgrader")
    step.init_plugin()
    step.plugin_inst.log = step.log

    def penalty(student: str, score: float, seconds: float) -> float | None:
        points = step.plugin_inst.late_submission_penalty(student, score, seconds)
        if points is None:
            return None
        checked = step._check_late_penalty(SimpleNamespace(score=score), points)  # noqa: SLF001
        return float(checked)

    return penalty
