"""What a course's ``nbgrader_config.py`` says about grading, read once."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from nbgrader.coursedir import CourseDirectory
from traitlets import Bool, Enum, List, TraitError, Unicode
from traitlets.config import Configurable

from autograder.course.config import course_directory
from autograder.course.grading_options import (
    ENGINES,
    JAIL_MINIMUM,
    JAILS,
    EngineChoice,
    GradingOptions,
)
from autograder.course.language import configured_language
from autograder.course.layout import CONFIG, Assignment, Course
from autograder.course.seed import load_seed
from autograder.course.virtual_environment import find_packages, packages_digest
from autograder.errors import CourseError
from autograder.files import find_files
from utils.checking.hints import FILE as HINTS


class GradingTraits(Configurable):  # type: ignore[misc]  # traitlets has no types here
    """The traits of ``c.GradeCells`` in ``nbgrader_config.py``."""

    engine = Enum(ENGINES, "jailed", help="What executes notebooks.").tag(config=True)
    jail = Enum(
        JAILS, "auto", help="`auto`: every layer that works here; `none`: only for trusted code."
    ).tag(config=True)
    jail_minimum = List(
        Unicode(),
        default_value=list(JAIL_MINIMUM),
        help="Jail layers without which nothing is graded; of layers joined by `|` one is enough.",
    ).tag(config=True)
    seed = Unicode(
        "", help="The course's secret seed for fresh test inputs; by default in a file of its own."
    ).tag(config=True)
    environment = Unicode(
        "",
        help="A virtual environment of the course's own, whose packages student code imports first;"
        " a path that is absolute or starts in the course.",
    ).tag(config=True)
    rerun_experiments = Bool(
        False, help="Run cells tagged `experiment` too, instead of keeping their saved outputs."
    ).tag(config=True)

    @classmethod
    def section_names(cls) -> list[str]:
        """The sections of the config that are read; ``GradeCells`` is nbgrader's preprocessor."""
        return [*super().section_names(), "GradeCells"]

    def options(self, root: Path) -> GradingOptions:
        """What is run when a submission is graded.

        Args:
            root: The course, whose file holds the seed if the config does not.

        Raises:
            CourseError: If there is no seed and none can be made.
        """
        return GradingOptions(
            seed=self.seed or load_seed(root),
            rerun_experiments=self.rerun_experiments,
            language=configured_language(self.config),
        )

    def choice(self, root: Path) -> EngineChoice:
        """Which engine runs notebooks.

        Args:
            root: The course.

        Raises:
            CourseError: If the course's virtual environment cannot be used.
        """
        choice = EngineChoice(self.engine, self.jail, frozenset(self.jail_minimum))
        if not self.environment:
            return choice
        packages = find_packages(root / self.environment)
        return replace(choice, packages=str(packages), packages_digest=packages_digest(packages))


@dataclass(frozen=True)
class Settings:
    """A course's config as far as grading goes, for all commands that need it.

    Attributes:
        coursedir: nbgrader's ``CourseDirectory`` of the course.
        choice: Which engine runs notebooks.
        traits: What the config sets for ``GradeCells``.
    """

    coursedir: CourseDirectory
    choice: EngineChoice
    traits: GradingTraits

    @classmethod
    def load(cls, course: Course, overrides: Mapping[str, object] | None = None) -> Self:
        """Read a course's config.

        Args:
            course: The course.
            overrides: Traits of ``GradeCells`` that take precedence over the config.

        Raises:
            CourseError: If the config cannot be loaded, or a value in it is not allowed.
        """
        try:
            coursedir = course_directory(course)
            coursedir.config.GradeCells.update(overrides or {})
            traits = GradingTraits(config=coursedir.config)
            configured_language(coursedir.config)
        except TraitError as error:
            raise CourseError(f"{course.root / CONFIG} sets a wrong value: {error}") from error
        return cls(coursedir, traits.choice(course.root), traits)

    @cached_property
    def options(self) -> GradingOptions:
        """What is run when a submission is graded; makes the course's seed if it has none.

        Raises:
            CourseError: If that cannot be done.
        """
        return self.traits.options(Path(self.coursedir.root))

    @property
    def language(self) -> str:
        """The language that the course speaks."""
        return configured_language(self.coursedir.config)

    @property
    def course_id(self) -> str:
        """The course's name in nbgrader; empty if it has none."""
        return str(self.coursedir.course_id)

    @property
    def db_url(self) -> str:
        """The address of the course's gradebook."""
        return str(self.coursedir.db_url)

    def course_directory(self, **overrides: str) -> CourseDirectory:
        """Another ``CourseDirectory`` with the same config, for a converter of nbgrader's.

        Args:
            overrides: Traits of ``CourseDirectory`` that take precedence over the config.
        """
        config = copy.deepcopy(self.coursedir.config)
        for name, value in overrides.items():
            config.CourseDirectory[name] = value
        return CourseDirectory(config=config)

    def files_beside_source(self, assignment: Assignment) -> Iterator[tuple[str, Path]]:
        """The course's files beside the source notebook.

        Returns:
            Paths relative to the source notebook's folder, and the files.
        """
        folder = assignment.source.parent
        for name in find_files(folder, [*self.coursedir.ignore, "*.ipynb"]):
            if name != HINTS:
                yield name, folder / name

    def replacing_files(self, assignment: Assignment) -> Iterator[tuple[str, Path]]:
        """Those of them that replace a student's own files of these names."""
        kept = self.coursedir.config.Autograde.get("exclude_overwriting", {})
        for name, path in self.files_beside_source(assignment):
            if name not in kept.get(assignment.name, ()):
                yield name, path
