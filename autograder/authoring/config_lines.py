"""The two lines with which a course's ``nbgrader_config.py`` takes this engine."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.course.config import load_config
from autograder.course.layout import CONFIG, Course
from autograder.errors import CourseError
from autograder.files import write_text

LINES = "from autograder.nbgrader_ext.config import configure\nconfigure(c)\n"
_NEW = "c = get_config()\n"
_CALLED = re.compile(r"^[ \t]*(?:\w+\.)?configure\(", re.MULTILINE)


def has_lines(course: Course) -> bool:
    """Whether the course's config takes this engine already."""
    path = course.root / CONFIG
    return path.is_file() and _CALLED.search(path.read_text("utf-8")) is not None


def add_lines(course: Course) -> bool:
    """Put the lines at the end of the course's config, which is made if there is none.

    Returns:
        Whether they were added; they may be there already.

    Raises:
        CourseError: If the config cannot be loaded, before or with the lines; it is as it was then.
    """
    path = course.root / CONFIG
    old = path.read_text("utf-8") if path.is_file() else None
    if old is not None:
        load_config(course)
        if has_lines(course):
            return False
    write_text(_with_lines(old), path)
    try:
        load_config(course)
    except CourseError as error:
        _put_back(old, path)
        raise CourseError(f"{path} was left as it was: with the two lines, {error}") from error
    return True


def _with_lines(old: str | None) -> str:
    if old is None:
        return f"{_NEW}\n{LINES}"
    gap = "" if not old or old.endswith("\n") else "\n"
    start = "" if re.search(r"^c[ \t]*=", old, re.MULTILINE) else _NEW
    return f"{old}{gap}\n{start}{LINES}"


def _put_back(old: str | None, path: Path) -> None:
    if old is None:
        path.unlink()
    else:
        write_text(old, path)
