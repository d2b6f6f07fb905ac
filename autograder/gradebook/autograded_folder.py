"""``autograded/``: executed notebooks and what was handed in beside them, as nbgrader leaves them.

A folder is made complete under a temporary name and then put in place, so that nobody ever sees
half of one; what a killed run left behind goes with the next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from nbgrader import utils as nbgrader_utils
from nbgrader.coursedir import CourseDirectory

from autograder.errors import StorageError
from autograder.file_stats import FileStatCache, stat_digest
from autograder.files import walk_regular_files
from utils.checking.hints import FILE as HINTS

_STAGING = ".writing"
_DIRECTORY = "autograded"


class AutogradedFolder:
    """The folders of one assignment below ``autograded/``.

    Args:
        coursedir: nbgrader's view of the course.
        name: The assignment's.
        stamps: What is known of the notebooks there.
        permissions: Of the files, as nbgrader would set them.
    """

    def __init__(
        self, coursedir: CourseDirectory, name: str, stamps: FileStatCache, permissions: int = 0o444
    ) -> None:
        self._coursedir = coursedir
        self._name = name
        self._stamps = stamps
        self._permissions = permissions
        self.base = Path(coursedir.root, coursedir.autograded_directory)
        self._staging = self.base / f"{_STAGING}-{socket.gethostname()}-{os.getpid()}"

    def folder(self, student: str) -> Path:
        """Where a student's executed notebook lies."""
        path = self._coursedir.format_path(
            self._coursedir.autograded_directory, student, self._name
        )
        return Path(path)

    def notebook(self, student: str) -> Path:
        """The executed notebook."""
        return self.folder(student) / f"{self._name}.ipynb"

    def holds(self, student: str, digest: str) -> bool:
        """Whether a student's executed notebook is the one with this digest."""
        path, name = self.notebook(student), f"{_DIRECTORY}/{student}"
        try:
            mark = stat_digest([(path.name, path.stat())])
            known = self._stamps.digest(name, mark)
            if known is None:
                known = content_digest(path.read_bytes())
                self._stamps.remember(name, mark, known)
        except OSError:
            return False
        return known == digest

    def stage(self, student: str, notebook: str, others: Iterator[tuple[str, Path]]) -> Path:
        """Write a complete folder under a temporary name, and return it.

        Args:
            student: Whose it is.
            notebook: The executed notebook's text.
            others: What goes beside it: names in the folder, and the files to copy.
        """
        made = self._staging / student
        if made.exists():
            shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        for name, path in others:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, made / name)
        (made / f"{self._name}.ipynb").write_text(notebook, "utf-8")
        self._set_permissions(made)
        return made

    def place(self, student: str, made: Path, digest: str) -> None:
        """Put a staged folder in place of the one that is there; doing it twice is no harm.

        Args:
            student: Whose it is.
            made: What ``stage`` returned.
            digest: Of the notebook in it.
        """
        if not made.exists():
            return
        folder = self.folder(student)
        folder.parent.mkdir(parents=True, exist_ok=True)
        path = made / f"{self._name}.ipynb"
        told = stat_digest([(path.name, path.stat())], ours=True)
        for attempt in range(4):
            self.remove(student)
            try:
                made.rename(folder)
            except OSError as error:  # another grader of the same student was quicker
                if attempt == 3:
                    raise StorageError(
                        f"{folder} cannot be replaced ({error.strerror}). Close what uses it, "
                        "then run the same command again."
                    ) from error
            else:
                self._stamps.remember(f"{_DIRECTORY}/{student}", told, digest)
                return

    def remove(self, student: str) -> None:
        """Take a student's folder away, at one stroke."""
        folder = self.folder(student)
        if not folder.exists():
            return
        gone = self._staging / f"{student}.old"
        gone.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.rename(gone)
        except FileNotFoundError:  # another grader took it
            return
        shutil.rmtree(gone, ignore_errors=True)

    def clean(self) -> None:
        """Remove this run's temporary folder, and those of runs on this machine that are over."""
        mine = f"{_STAGING}-{socket.gethostname()}-"
        for one in self.base.glob(f"{mine}*"):
            number = one.name.removeprefix(mine)
            if one == self._staging or not (number.isdigit() and Path("/proc", number).exists()):
                shutil.rmtree(one, ignore_errors=True)

    def _set_permissions(self, made: Path) -> None:
        shared = self._coursedir.groupshared
        for base, _, names in os.walk(made):
            for name in names:
                os.chmod(os.path.join(base, name), self._permissions)  # noqa: PTH101, PTH118  often
            if shared:
                Path(base).chmod((Path(base).stat().st_mode | 0o2770) & 0o2777)


def files_beside(coursedir: CourseDirectory, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files beside a notebook that nbgrader copies: no notebook, nothing that it ignores.

    Unlike nbgrader we follow no link: a student's link would bring in a file of the grader's. And
    the hints, which came with the notebook, nobody needs who grades.
    """
    regular = {name for name, _ in walk_regular_files(folder)} - {HINTS}
    if all(name.endswith(".ipynb") for name in regular):
        return  # as most of a class; nbgrader's patterns are slow to match
    for path in nbgrader_utils.find_all_files(str(folder), [*coursedir.ignore, "*.ipynb"]):
        name = Path(path).relative_to(folder).as_posix()
        if name in regular:
            yield name, Path(path)


def content_digest(data: bytes) -> str:
    """What tells one content from another."""
    return hashlib.sha256(data).hexdigest()
