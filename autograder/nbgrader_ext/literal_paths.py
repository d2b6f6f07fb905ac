"""Names of folders that nbgrader would take for patterns, such as ``Kurs [2026]``.

nbgrader searches for files by a pattern that starts with the course's whole path, and recognises
them again by a regular expression with the assignment's name in it. A bracket in either finds
nothing, or another course's files. And below such a path it ignores no file of those that it is
told to ignore: it copies the source notebook to each student's. There is no setting for this, so
``install`` replaces the functions where nbgrader's modules look for them.
"""

from __future__ import annotations

import glob
import importlib
import os
import re
from collections.abc import Iterable
from types import SimpleNamespace

import nbgrader.utils
from nbgrader.coursedir import CourseDirectory

from autograder.files import name_matches

_MODULES_WITH_GLOB = (
    "nbgrader.apps.api",
    "nbgrader.apps.validateapp",
    "nbgrader.converters.base",
    "nbgrader.exchange.default.collect",
    "nbgrader.exchange.default.exchange",
    "nbgrader.exchange.default.fetch_feedback",
    "nbgrader.exchange.default.list",
    "nbgrader.exchange.default.release_feedback",
)

_format_path = CourseDirectory.format_path


def install() -> None:
    """Let nbgrader take the names of folders literally, in this process."""
    for module in _MODULES_WITH_GLOB:
        importlib.import_module(module).glob = SimpleNamespace(glob=find_paths)  # type: ignore[attr-defined]
    nbgrader.utils.is_ignored = is_ignored
    CourseDirectory.format_path = format_path


def find_paths(pattern: str) -> list[str]:
    """The paths that match a pattern, in which the name of an existing folder means that folder.

    A bracket is a bracket where that matches something. The last part of a pattern may begin or end
    with ``*``: then it is one, even if a student handed in something with that very name.
    """
    *folders, last = pattern.split(os.sep)  # noqa: PTH206  `/./` stays, as nbgrader expects
    paths = [os.sep if pattern.startswith(os.sep) else ""]
    for name in filter(None, folders):
        paths = _children(paths, name, is_pattern=name == "*")
    return _children(paths, last, is_pattern=last.startswith("*") or last.endswith("*"))


def _children(folders: list[str], name: str, *, is_pattern: bool) -> list[str]:
    """What is called so in these folders; if nothing is, what matches the name as a pattern."""
    escaped = name.replace("[", "[[]")
    for pattern in (escaped, name) if is_pattern else (glob.escape(name), escaped, name):
        found = [
            os.path.join(folder, child)  # noqa: PTH118  as nbgrader spells it
            for folder in folders
            for child in glob.glob(pattern, root_dir=folder or None)  # noqa: PTH207
        ]
        if found:
            return found
    return []


def is_ignored(filename: str, ignore_globs: Iterable[str] | None = None) -> bool:
    """Whether a file is to be left out: its name matches a pattern, or its whole path is named."""
    patterns = tuple(ignore_globs or ())
    return filename in patterns or name_matches(os.path.basename(filename), patterns)  # noqa: PTH119


def format_path(
    self: CourseDirectory, nbgrader_step: str, student_id: str, assignment_id: str, **options: bool
) -> str:
    """Nbgrader's function; names are escaped in a regular expression as the course's path is."""
    names = [student_id, assignment_id]
    if options.get("escape"):
        names = [name if re.match(r"\(\?P<|\.\*$", name) else re.escape(name) for name in names]
    return str(_format_path(self, nbgrader_step, *names, **options))
