"""``autograded/``: executed notebooks and the files beside them, laid out as nbgrader does."""

from __future__ import annotations

import hashlib
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

    def notebook(self, student: str) -> Path:
        """The path of a student's executed notebook."""
        return self.folder(student) / f"{self._name}.ipynb"

    def has_notebook(self, student: str, digest: str) -> bool:
        """Whether a student's executed notebook is there and has this digest."""
        try:
            return notebook_digest(self._file_stats, student, self.notebook(student)) == digest
        except OSError:
            return False

    def stage_notebook(self, student: str, notebook: str, data_files: Mapping[str, Path]) -> Path:
        """Write a complete folder under a temporary name, and return its path."""
        return self.stage(student, {f"{self._name}.ipynb": notebook}, data_files)

    def replace_notebook(self, student: str, staged: Path, digest: str) -> None:
        """Put a staged folder in its place, and remember the digest of the notebook in it.

        Raises:
            StorageError: If the earlier folder cannot be replaced.
        """
        if not staged.exists():
            return
        path = staged / f"{self._name}.ipynb"
        stats = stat_digest([(path.name, path.stat())], ours=True)
        if self.replace(student, staged):
            self._file_stats.remember(f"{_DIRECTORY}/{student}/{path.name}", stats, digest)


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
