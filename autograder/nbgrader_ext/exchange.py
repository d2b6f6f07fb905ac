"""nbgrader's exchange, made safe against students who hand in more than their own work.

Students write into the exchange's ``inbound`` folder, and nbgrader reads it with the instructor's
rights. It follows links: a student who hands in a link to the source notebook gets it back with the
feedback. It only warns about work that another account put there. And a single folder that it
cannot read stops the collection for everybody.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback

from autograder import tempdirs
from autograder.course.timestamps import FILE as TIMESTAMP
from autograder.course.timestamps import CourseClock
from autograder.errors import TimestampError
from autograder.nbgrader_ext.literal_paths import find_paths

_KILOBYTE = 1000  # as nbgrader counts in CourseDirectory.max_dir_size
_MAX_DEPTH = 20  # of nested folders: much deeper ones can be neither copied nor removed
# A time, perhaps with an offset to the east, and what makes the folder's name unique.
_TIME = re.compile(r"([^+]*(?:(?<=[\s\d])\+\d\d(?::?\d\d)?(?![^+]))?)(?:\+.*)?", re.DOTALL)
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class CollectOwnWork(ExchangeCollect):  # type: ignore[misc]  # nbgrader has no types
    """nbgrader's ``collect``, limited to what students handed in themselves.

    Links, pipes and other special files are never collected, and neither is a file that belongs to
    another account than the folder that it was handed in with. If something is wrong with a
    submission, that is logged, and the others are collected, including earlier ones of the same
    student.

    The name of a submission's folder says whose it is, and the folder's owner has to confirm that:

    - If the owner's login is the student's name, the submission is the student's.
    - If the owner is the account that collects, or the one that owns ``inbound``, nobody can tell:
      everybody works under one account (containers, a file system without owners), or the
      instructor put it there. It is collected, with nbgrader's warning if owner and name differ.
    - If this machine knows neither a login of the owner nor an account with the student's name,
      nobody can tell, either, and it is collected in the same way.
    - Otherwise it is refused: another account handed it in under this name.

    With ``c.ExchangeCollect.check_owner = False``, for courses where students' names are not their
    logins, nothing is refused because of its owner.

    ``timestamp.txt`` is written anew from the folder's name. The two are equal when nbgrader hands
    in; a file that holds no date would stop nbgrader's commands later on.
    """

    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        """Find each student's submission among those that are not refused."""
        self._owners: dict[str, int] = {}
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def copy_files(self) -> None:
        """Collect the students one by one, so that a failure stops nobody else's collection."""
        all_records = self.src_records
        for records in [[record] for record in all_records] or [[]]:  # nbgrader logs if none
            self.src_records = records
            try:
                super().copy_files()
            except (ExchangeError, OSError, RuntimeError, ValueError) as error:
                self.log.error("Not collected: %r: %s.", records[0]["filename"], error)  # noqa: TRY400
        self.src_records = all_records

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the files that the student owns, without links and others' files."""
        name = Path(src).name
        owner, bytes_left = self._owners[name], self._max_bytes
        with tempdirs.temporary_directory("collect") as folder:
            copy = folder / "copy"
            for path, files, descriptor in _folders(src, owner):
                (copy / path).mkdir()
                for file in files:
                    bytes_left -= self._copy(
                        file, descriptor, copy / path / file, owner, bytes_left
                    )
            (copy / TIMESTAMP).write_text(self._split_name(name)[1], "utf-8")
            super().do_copy(str(copy), dest, log)

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """What nbgrader reads from a folder's name; without a user name if it is refused."""
        name = Path(path).name
        student, time = self._split_name(name)
        timestamp = datetime.min  # noqa: DTZ901  naive UTC, like nbgrader's
        reason = self._refusal(path, student)
        if not reason:
            try:
                timestamp = CourseClock.of(self.config).parse(time)
            except TimestampError as error:
                reason = f"its name {error}"
        if reason:
            self.log.warning("Not collected: %r: %s.", name, reason)
        return {"username": "" if reason else student, "filename": name, "timestamp": timestamp}

    def _split_name(self, name: str) -> tuple[str, str]:
        """Student and time of ``student+assignment+time+random``; the time may have a plus, too."""
        student, _, rest = name.rpartition(f"+{self.coursedir.assignment_id}+")
        return student, _TIME.sub(r"\1", rest)

    def _refusal(self, path: str, student: str) -> str:
        """Why a submission is not collected; empty if it is."""
        if f"+{self.coursedir.assignment_id}+" not in Path(path).name:
            return "it is of another assignment"  # nbgrader searches by a pattern
        if student in {"", ".", ".."}:  # not the name of a student's folder
            return "it names no student"
        try:
            owner = Path(path).lstat().st_uid
            if reason := self._wrong_owner(owner, student):
                return reason
            size = 0
            for _, files, descriptor in _folders(path, owner):
                size += sum(_size(file, descriptor) for file in files)
        except OSError as error:
            return f"it cannot be read ({error.strerror})"
        if size > self._max_bytes:
            return f"it is larger than {self._max_bytes // _KILOBYTE} kB"
        self._owners[Path(path).name] = owner
        return ""

    def _wrong_owner(self, owner: int, student: str) -> str:
        """Why the owner is not the student; empty if it is the student or nobody can tell."""
        instructors = {os.geteuid(), Path(self.inbound_path).stat().st_uid}
        if not self.check_owner or owner in instructors:
            return ""
        login = _login(owner)
        if login == student or not (login or _is_login(student)):
            return ""
        return (
            f"it was put there by {login or f'the account {owner}'}. If the names of students are "
            "not their logins, set c.ExchangeCollect.check_owner = False"
        )

    @property
    def _max_bytes(self) -> int:
        return int(self.coursedir.max_dir_size) * _KILOBYTE

    def _copy(self, name: str, folder: int, to: Path, owner: int, max_bytes: int) -> int:
        """Copy a file if it belongs to the owner; return its size, or 0 if it was not copied.

        Raises:
            RuntimeError: If it is too large.
        """
        try:
            descriptor = os.open(name, _OPEN_FLAGS, dir_fd=folder)
        except OSError as error:
            self.log.warning("Not collected: the file %r (%s).", name, error.strerror)
            return 0
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != owner:
                self.log.warning("Not collected: %r is not the student's own file.", name)
                return 0
            data = file.read(min(status.st_size, max_bytes) + 1)
            if len(data) > max_bytes:
                raise RuntimeError("it is too large")
            to.write_bytes(data)
            return len(data)


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]
    """nbgrader's ``release_feedback``, which a faulty submission does not stop for the others.

    nbgrader reads a secret from the submission, a file that the student could leave out. It would
    stop there, and the students after that one would get no feedback.
    """

    src_path: str

    def copy_files(self) -> None:
        """Release the students' pages one by one."""
        pattern = self.src_path
        for folder in sorted(find_paths(pattern)):
            self.src_path = folder
            try:
                super().copy_files()
            except (OSError, ValueError) as error:
                self.log.error("Feedback not released: %s: %s.", folder, error)  # noqa: TRY400
        self.src_path = pattern


def _folders(top: str, owner: int) -> Iterator[tuple[Path, list[str], int]]:
    """The folders of a submission: relative path, names of files, and an open descriptor.

    No link is followed. They are read by descriptor, so that none can become a link meanwhile.

    Raises:
        OSError: If ``top`` cannot be read, or is not a folder of this owner.
    """
    is_folder = False
    for folder, _, files, descriptor in os.fwalk(top, follow_symlinks=False):
        path = Path(folder).relative_to(top)
        if not is_folder and os.fstat(descriptor).st_uid != owner:
            break
        if len(path.parts) > _MAX_DEPTH:
            raise OSError(None, f"its folders are more than {_MAX_DEPTH} deep")
        is_folder = True
        yield path, files, descriptor
    if not is_folder:
        raise NotADirectoryError(None, "it is no folder, or has another owner now")


def _size(name: str, folder: int) -> int:
    """The size of a regular file; 0 for links and the like, and for a file that is gone."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _login(uid: int) -> str:
    """The login of an account; empty if this machine does not know it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _is_login(name: str) -> bool:
    """Whether this machine has an account with this login."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
