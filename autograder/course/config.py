"""A course's ``nbgrader_config.py``, read as nbgrader reads it."""

from __future__ import annotations

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.course.layout import CONFIG, Course
from autograder.errors import CourseError


def load_config(course: Course) -> Config:
    """The course's ``nbgrader_config.py`` as nbgrader reads it.

    Raises:
        CourseError: If the file cannot be executed.
    """
    try:
        return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except Exception as error:
        # the file is Python and may raise anything
        raise CourseError(f"{course.root / CONFIG} cannot be loaded: {error!r}.") from error


def course_directory(course: Course, **overrides: str) -> CourseDirectory:
    """Nbgrader's own view of the course, with the course's config."""
    config = load_config(course)
    config.CourseDirectory.root = str(course.root)
    for name, value in overrides.items():
        config.CourseDirectory[name] = value
    return CourseDirectory(config=config)
