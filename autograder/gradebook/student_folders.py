"""Folders of one assignment that hold a folder for each student, laid out as nbgrader does.

A student's folder is written completely under a temporary name and then renamed, so that nobody
ever sees half of one. What a killed run left behind is removed by the next.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from autograder.errors import StorageError

_STAGING = ".writing"
_ATTEMPTS = 4


class StudentFolders:
    """The folders of one assignment.

    Args:
        coursedir: nbgrader's ``CourseDirectory`` of the course.
        directory: Which of its directories they are in.
        name: The assignment's name.
        permissions: The mode of the files, as nbgrader would set it.
    """

    def __init__(
        self, coursedir: CourseDirectory, directory: str, name: str, permissions: int
    ) -> None:
        self._coursedir = coursedir
        self._directory = directory
        self._name = name
        self._permissions = permissions
        self.base = Path(coursedir.root, directory)
        self._staging = self.base / f"{_STAGING}-{socket.gethostname()}-{os.getpid()}"

    def folder(self, student: str) -> Path:
        """The folder of a student."""
        return Path(self._coursedir.format_path(self._directory, student, self._name))

    def stage(self, student: str, texts: Mapping[str, str], data_files: Mapping[str, Path]) -> Path:
        """Write a complete folder under a temporary name, and return its path.

        Args:
            student: The student's id.
            texts: What is written into it, by the name of the file.
            data_files: The files to copy, by their path in the folder.
        """
        staged = self._staging / student
        if staged.exists():
            shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for name, path in data_files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staged / name)
        for name, text in texts.items():
            (staged / name).write_text(text, "utf-8")
        self._set_permissions(staged)
        return staged

    def replace(self, student: str, staged: Path) -> bool:
        """Put a staged folder in the place of the student's earlier one; whether it was there.

        A repeated call is fine.

        Args:
            student: The student's id.
            staged: What ``stage`` returned.

        Raises:
            StorageError: If the earlier folder cannot be replaced.
        """
        if not staged.exists():
            return False
        folder = self.folder(student)
        folder.parent.mkdir(parents=True, exist_ok=True)
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
                break
        return True

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
