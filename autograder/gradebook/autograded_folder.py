"""``autograded/``: executed notebooks and the files beside them, laid out as nbgrader does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from autograder.course.data_files import select_data_files
from autograder.file_stats import FileStatCache, stat_digest
from autograder.files import find_files
from autograder.gradebook.student_folders import StudentFolders
from utils.checking.hints import FILE as HINTS

_DIRECTORY = "autograded"  # in the cache of digests


class AutogradedFolder(StudentFolders):
    """The folders of one assignment below ``autograded/``.

    Args:
        coursedir: nbgrader's ``CourseDirectory`` of the course.
        name: The assignment's name.
        file_stats: Where digests of the notebooks are remembered.
        permissions: The mode of the files, as nbgrader would set it.
    """

    def __init__(
        self,
        coursedir: CourseDirectory,
        name: str,
        file_stats: FileStatCache,
        permissions: int = 0o444,
    ) -> None:
        super().__init__(coursedir, coursedir.autograded_directory, name, permissions)
        self._file_stats = file_stats

    def notebooks(self, student: str) -> list[Path]:
        """The paths of a student's executed notebooks, by name; none if there is no folder."""
        return sorted(self.folder(student).glob("*.ipynb"))

    def has_notebooks(self, student: str, digest: str) -> bool:
        """Whether a student's executed notebooks are there and have this digest."""
        try:
            digests = {
                path.name: notebook_digest(self._file_stats, student, path)
                for path in self.notebooks(student)
            }
        except OSError:
            return False
        return combined_digest(digests) == digest

    def stage_notebooks(
        self, student: str, notebooks: Mapping[str, str], data_files: Mapping[str, Path]
    ) -> Path:
        """Write a complete folder under a temporary name, and return its path."""
        return self.stage(student, notebooks, data_files)

    def replace_notebooks(self, student: str, staged: Path, notebooks: Mapping[str, str]) -> None:
        """Put a staged folder in its place, and remember the digests of the notebooks in it.

        Args:
            student: The student's id.
            staged: What ``stage_notebooks`` returned.
            notebooks: What was given to it.

        Raises:
            StorageError: If the earlier folder cannot be replaced.
        """
        if not staged.exists():
            return
        stats = {
            name: stat_digest([(name, (staged / name).stat())], ours=True) for name in notebooks
        }
        if self.replace(student, staged):
            for name, text in notebooks.items():
                digest = content_digest(text.encode())
                self._file_stats.remember(f"{_DIRECTORY}/{student}/{name}", stats[name], digest)


def digest_of(notebooks: Mapping[str, str]) -> str:
    """Digest of executed notebooks, by the file's name."""
    return combined_digest(
        {name: content_digest(text.encode()) for name, text in notebooks.items()}
    )


def combined_digest(digests: Mapping[str, str]) -> str:
    """One digest of several files, by their names."""
    return content_digest(json.dumps(digests, sort_keys=True).encode())


def notebook_digest(file_stats: FileStatCache, student: str, path: Path) -> str:
    """Digest of an executed notebook, which is read only if it has changed.

    Args:
        file_stats: Where the digests are remembered.
        student: The student's id.
        path: The notebook.

    Raises:
        OSError: If it cannot be read.
    """
    name, stats = f"{_DIRECTORY}/{student}/{path.name}", stat_digest([(path.name, path.stat())])
    known = file_stats.digest(name, stats)
    if known is None:
        known = content_digest(path.read_bytes())
        file_stats.remember(name, stats, known)
    return known


def files_beside(coursedir: CourseDirectory, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files beside a submitted notebook that nbgrader copies, without those that it ignores.

    Unlike nbgrader this follows no link: a student's link would bring in a file of the grader's.
    It copies only so many and so large files: those that were there when the notebook ran. And the
    hints, which came with the notebook, are of no use to a grader.
    """
    selected = set(select_data_files(folder)[0]) - {HINTS}
    if not selected:
        return  # as most of a class; nbgrader's patterns are slow to match
    for name in find_files(folder, [*coursedir.ignore, "*.ipynb"]):
        if name in selected:
            yield name, folder / name


def content_digest(data: bytes) -> str:
    """Digest of a file's content."""
    return hashlib.sha256(data).hexdigest()
