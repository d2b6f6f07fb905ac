"""``autograded/``: executed notebooks and the files beside them, laid out as nbgrader does.

A submission's folder is written completely under a temporary name and then renamed, so that nobody
ever sees half of one. What a killed run left behind is removed by the next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from autograder.course.data_files import select_data_files
from autograder.errors import StorageError
from autograder.file_stats import FileStatCache, stat_digest
from autograder.files import find_files
from utils.checking.hints import FILE as HINTS

_STAGING = ".writing"
_DIRECTORY = "autograded"
_ATTEMPTS = 4


class AutogradedFolder:
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
        self._coursedir = coursedir
        self._name = name
        self._file_stats = file_stats
        self._permissions = permissions
        self.base = Path(coursedir.root, coursedir.autograded_directory)
        self._staging = self.base / f"{_STAGING}-{socket.gethostname()}-{os.getpid()}"

    def folder(self, student: str) -> Path:
        """The folder of a student's executed notebook."""
        path = self._coursedir.format_path(
            self._coursedir.autograded_directory, student, self._name
        )
        return Path(path)

    def notebook(self, student: str) -> Path:
        """The path of a student's executed notebook."""
        return self.folder(student) / f"{self._name}.ipynb"

    def has_notebook(self, student: str, digest: str) -> bool:
        """Whether a student's executed notebook is there and has this digest."""
        path, name = self.notebook(student), f"{_DIRECTORY}/{student}"
        try:
            stats = stat_digest([(path.name, path.stat())])
            known = self._file_stats.digest(name, stats)
            if known is None:
                known = content_digest(path.read_bytes())
                self._file_stats.remember(name, stats, known)
        except OSError:
            return False
        return known == digest

    def stage(self, student: str, notebook: str, data_files: Mapping[str, Path]) -> Path:
        """Write a complete folder under a temporary name, and return its path.

        Args:
            student: The student's id.
            notebook: The executed notebook's text.
            data_files: The files to copy beside it, by their path in the folder.
        """
        staged = self._staging / student
        if staged.exists():
            shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for name, path in data_files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staged / name)
        (staged / f"{self._name}.ipynb").write_text(notebook, "utf-8")
        self._set_permissions(staged)
        return staged

    def replace(self, student: str, staged: Path, digest: str) -> None:
        """Put a staged folder in the place of the student's earlier one; a repeated call is fine.

        Args:
            student: The student's id.
            staged: What ``stage`` returned.
            digest: The digest of the notebook in it.

        Raises:
            StorageError: If the earlier folder cannot be replaced.
        """
        if not staged.exists():
            return
        folder = self.folder(student)
        folder.parent.mkdir(parents=True, exist_ok=True)
        path = staged / f"{self._name}.ipynb"
        stats = stat_digest([(path.name, path.stat())], ours=True)
        for attempt in range(_ATTEMPTS):
            self.remove(student)
            try:
                staged.rename(folder)
            except OSError as error:  # another grader of the same student was quicker
                if attempt + 1 == _ATTEMPTS:
                    raise StorageError(
                        f"{folder} cannot be replaced ({error.strerror}). Close whatever uses it, "
                        "then run the same command again."
                    ) from error
            else:
                self._file_stats.remember(f"{_DIRECTORY}/{student}", stats, digest)
                return

    def remove(self, student: str) -> None:
        """Remove a student's folder; for others it is gone at once."""
        folder = self.folder(student)
        if not folder.exists():
            return
        trash = self._staging / f"{student}.old"
        trash.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.rename(trash)
        except FileNotFoundError:  # another grader has removed it
            return
        shutil.rmtree(trash, ignore_errors=True)

    def remove_temporary(self) -> None:
        """Remove the temporary folder of this run, and of runs on this machine that have ended."""
        prefix = f"{_STAGING}-{socket.gethostname()}-"
        for path in self.base.glob(f"{prefix}*"):
            pid = path.name.removeprefix(prefix)
            running = pid.isdigit() and Path("/proc", pid).exists()
            if path == self._staging or not running:
                shutil.rmtree(path, ignore_errors=True)

    def _set_permissions(self, staged: Path) -> None:
        shared = self._coursedir.groupshared
        for base, _, names in os.walk(staged):
            for name in names:
                os.chmod(os.path.join(base, name), self._permissions)  # noqa: PTH101, PTH118  often
            if shared:
                Path(base).chmod((Path(base).stat().st_mode | 0o2770) & 0o2777)


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
