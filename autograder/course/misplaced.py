"""Work below ``submitted/`` that nobody would grade, since it does not lie where nbgrader looks.

nbgrader looks for ``submitted/<student>/<assignment>/`` to the letter. A folder that a person would
read as the same name, or a notebook one level too high, would otherwise be a missing grade that
nobody is told of.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from autograder.course.layout import Assignment
from autograder.files import SKIPPED_FOLDERS

_MAX_ENTRIES = 200  # of a student's folder that are looked at
_COPY = re.compile(r"(?:[ _-]?(?:copy|final|new|v))?[ _-]?\(?\d{0,3}\)?\Z")


def misplaced_work(assignment: Assignment) -> Iterator[str]:
    """A sentence for each student whose work on an assignment seems to lie in the wrong place.

    Students with a folder of the right name are not looked at.
    """
    base, name = assignment.course.submitted_dir, assignment.name
    if not base.is_dir():
        return
    others = set(assignment.course.names()) - {name}
    with os.scandir(base) as entries:
        students = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    for student in map(Path, students):
        if (student / name).exists():
            continue
        for path in _entries(student):
            if path.name in others or _plain(path.name.removesuffix(".ipynb")) != _plain(name):
                continue
            if path.is_dir():
                yield (
                    f"{path} is not graded: its name is not exactly {name} (look for capitals, "
                    f"spaces and characters that cannot be seen). Rename it to {student / name}."
                )
            elif path.suffix == ".ipynb":
                yield (
                    f"{path} is not graded: it lies beside the folders of assignments. Move it to "
                    f"{student / name / name}.ipynb."
                )


def _entries(folder: Path) -> list[Path]:
    """What a student's folder holds, links and folders of tools left out; empty if unreadable."""
    found: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(found) == _MAX_ENTRIES:
                    break
                if entry.name not in SKIPPED_FOLDERS and not entry.is_symlink():
                    found.append(Path(entry.path))
    except OSError:
        return []
    return sorted(found)


def _plain(name: str) -> str:
    """A name as a person reads it: its letters and digits, without the marks of a copy."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    return "".join(c for c in _COPY.sub("", text, count=1) if c.isalnum())
