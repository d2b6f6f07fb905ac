"""What a course's ``nbgrader_config.py`` asks of a run of grading, read once."""

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

_STEPS = frozenset({"GradeCells", "LimitOutput", "SaveAutoGrades", "AssignLatePenalties"})


class GradingTraits(Configurable):  # type: ignore[misc]  # traitlets has no types here
    """What ``c.GradeCells`` in ``nbgrader_config.py`` can say."""

    engine = Enum(ENGINES, "jailed", help="What executes notebooks.").tag(config=True)
    jail = Enum(
        JAILS, "auto", help="`auto`: every layer that holds here; `none`: for trusted work only."
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
        """Names of the config's sections that are read: nbgrader's step is ``GradeCells``."""
        return [*super().section_names(), "GradeCells"]

    def options(self) -> GradingOptions:
        """What is graded, and how."""
        return GradingOptions(seed=self.seed, rerun_experiments=self.rerun_experiments)

    def choice(self) -> EngineChoice:
        """What executes notebooks."""
        return EngineChoice(self.engine, self.jail, frozenset(self.jail_minimum))


@dataclass(frozen=True)
class Settings:
    """One course's choices.

    Attributes:
        course: Where ``nbgrader_config.py`` lies.
        coursedir: nbgrader's view of it.
        choice: What executes notebooks.
        options: What is graded, and how.
        trimming: How much output is kept.
        penalty: What being late costs; None leaves penalties as they are.
        permissions: Of the files in ``autograded/``.
        create_student: Whether somebody whom the gradebook does not know is entered.
        excluded: Students who are passed over.
    """

    course: Course
    coursedir: CourseDirectory
    choice: EngineChoice
    options: GradingOptions
    trimming: OutputLimits
    penalty: Penalty | None
    permissions: int
    create_student: bool
    excluded: frozenset[str]

    @classmethod
    def of(cls, course: Course, chosen: Mapping[str, object] | None = None) -> Settings:
        """Read a course's config.

        Args:
            course: The course.
            chosen: Traits of ``GradeCells`` that take precedence over the config.

        Raises:
            CourseError: If the config is faulty, or asks for what only nbgrader itself does.
        """
        coursedir = course_directory(course)
        config = coursedir.config
        config.GradeCells.update(chosen or {})
        cells = GradingTraits(config=config)
        converter = Autograde(coursedir=coursedir, config=config)
        steps = _steps(config, converter, course)
        limit = LimitOutput(config=config)
        kept = "LimitOutput" in steps and limit.enabled
        return cls(
            course=course,
            coursedir=coursedir,
            choice=cells.choice(),
            options=cells.options(),
            trimming=OutputLimits(limit.max_lines, limit.max_traceback)
            if kept
            else OutputLimits(-1, -1),
            penalty=_penalty(config) if "AssignLatePenalties" in steps else None,
            permissions=int(str(converter.permissions), 8),
            create_student=converter.create_student,
            excluded=frozenset(filter(None, coursedir.student_id_exclude.split(","))),
        )

    def beside(self, assignment: Assignment) -> Iterable[tuple[str, Path]]:
        """The course's files beside the source notebook, which replace the student's."""
        folder = assignment.source.parent
        spared = self.coursedir.config.Autograde.get("exclude_overwriting", {})
        for name in nbgrader_utils.find_all_files(str(folder), [*self.coursedir.ignore, "*.ipynb"]):
            relative = Path(name).relative_to(folder).as_posix()
            if relative != HINTS and relative not in spared.get(assignment.name, ()):
                yield relative, Path(name)


def _steps(config: Config, converter: Autograde, course: Course) -> set[str]:
    """The steps after a notebook was read.

    Raises:
        CourseError: If there is one that only nbgrader's own command can run.
    """
    told = config.Autograde.get("autograde_preprocessors", [])
    names = {str(getattr(one, "__name__", one)).rsplit(".", 1)[-1] for one in told}
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
    """The course's late-submission plugin, asked as nbgrader's own step asks it."""
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
