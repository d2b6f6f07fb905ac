"""Reads the catalogues of translations, ``assignments/<name>/<language>.po``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from autograder.course.layout import Assignment
from autograder.errors import CourseError

SUFFIX = ".po"


def catalogue_path(assignment: Assignment, language: str) -> Path:
    """The catalogue of an assignment in a language, whether or not there is one."""
    return assignment.folder / f"{language}{SUFFIX}"


def catalogue_languages(assignment: Assignment) -> list[str]:
    """The languages that an assignment is translated into, by code."""
    return sorted(path.stem for path in assignment.folder.glob(f"*{SUFFIX}"))


def translations(assignment: Assignment, language: str) -> Mapping[str, str]:
    """What a catalogue says, by the text in the source; empty if there is none.

    What is not translated, or is only guessed (fuzzy), is left out.

    Raises:
        CourseError: If the catalogue cannot be read.
    """
    path = catalogue_path(assignment, language)
    if not path.is_file():
        return {}
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(16)
def _read(path: Path, *_version: int) -> Mapping[str, str]:
    from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415  most courses need none

    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        raise CourseError(f"{path} is no catalogue that can be read: {error}.") from error
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
