"""Create an assignment from the template: small, complete and built, so that ``check`` passes.

The template is the folder ``template`` beside this module. In its files ``{{ name }}`` and
``{{ title }}`` are replaced; ``lesson.md`` becomes the assignment's text master.
"""

from __future__ import annotations

import keyword
import re
import shutil
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.authoring.build import build
from autograder.course.layout import Assignment, Course
from autograder.errors import CourseError
from autograder.files import write_text

TEMPLATE = Path(__file__).with_name("template")
_TEXT_MASTER = "lesson.md"
_MAX_LENGTH = 60
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{_MAX_LENGTH - 1}}}")


def create_assignment(course: Course, name: str) -> Assignment:
    """Write a new assignment from the template and build it.

    If the build fails, nothing is left behind.

    Args:
        course: The course that gets the assignment.
        name: Its name: that of its folders and notebooks, and of a Python module with test inputs.

    Raises:
        CourseError: If the name is not allowed or already in use, or the course cannot build.
    """
    _require_valid(name)
    assignment = Assignment(course, name)
    folders = (assignment.folder, assignment.source.parent, assignment.release.parent)
    for folder in folders:
        if folder.exists():
            raise CourseError(f"{folder} already exists. Choose another name for the assignment.")
    _write_template(assignment)
    try:
        build(assignment)
    except BaseException:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return assignment


def suggest_name(name: str) -> str:
    """The allowed name that is nearest to ``name``."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", ascii_name.lower()).strip("_")
    if not words or words[0].isdigit() or keyword.iskeyword(words):
        words = f"lesson_{words}".strip("_")
    return words[:_MAX_LENGTH].strip("_")


def _require_valid(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise CourseError(
            f"{name!r} cannot be the name of an assignment. A name consists of the letters a to z, "
            f"digits and underscores, starts with a letter, has at most {_MAX_LENGTH} characters "
            f"and is not a Python keyword. Try {suggest_name(name)!r}."
        )


def _write_template(assignment: Assignment) -> None:
    """Write the whole folder under a temporary name, then rename it."""
    replaced = {
        "{{ name }}": assignment.name,
        "{{ title }}": assignment.name.replace("_", " ").capitalize(),
    }
    root = assignment.course.root
    with TemporaryDirectory(prefix=f".{assignment.name}.", dir=root) as temporary:
        folder = Path(temporary) / assignment.name
        for path in sorted(TEMPLATE.rglob("*")):
            if path.is_file():
                text = path.read_text("utf-8")
                for placeholder, value in replaced.items():
                    text = text.replace(placeholder, value)
                target = folder / path.relative_to(TEMPLATE)
                if path.name == _TEXT_MASTER:
                    target = folder / assignment.text.name
                write_text(text, target)
        assignment.folder.parent.mkdir(exist_ok=True)
        folder.rename(assignment.folder)
