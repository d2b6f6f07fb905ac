"""Loads a course's ``nbgrader_config.py`` the way nbgrader does."""

from __future__ import annotations

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.course.layout import CONFIG, Course
from autograder.errors import CourseError


def load_config(course: Course) -> Config:
    """The contents of the course's ``nbgrader_config.py``.

    Raises:
        CourseError: If the file cannot be executed.
    """
    try:
        return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except Exception as error:
        # the file is Python code, which may raise anything
        raise CourseError(f"{course.root / CONFIG} cannot be loaded: {error!r}.") from error


def course_directory(course: Course, **overrides: str) -> CourseDirectory:
    """Nbgrader's ``CourseDirectory`` of a course: its paths, its database, its config.

    Args:
        course: The course.
        overrides: Traits of ``CourseDirectory`` that take precedence over the config.

    Raises:
        CourseError: If the config cannot be loaded.
    """
    config = load_config(course)
    config.CourseDirectory.root = str(course.root)
    for part in ("header", "footer"):  # of which copies of the course are released, too
        if file := config.IncludeHeaderFooter.get(part):
            config.IncludeHeaderFooter[part] = str(course.root / file)
    for name, value in overrides.items():
        config.CourseDirectory[name] = value
    return CourseDirectory(config=config)


def whole_config(coursedir: CourseDirectory) -> Config:
    """The config of which a ``CourseDirectory`` is a part.

    nbgrader's commands make theirs before they load ``nbgrader_config.py``, so that it has its own
    settings and lacks all others; the command itself has them.
    """
    return coursedir.config if coursedir.parent is None else coursedir.parent.config
