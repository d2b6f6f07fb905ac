"""nbgrader's exchange, with students who may want more of it than to hand in.

Students write into the exchange's ``inbound`` folder, and nbgrader reads it with the instructor's
rights. It follows links: a student who hands in a link to the source notebook gets it back with
the feedback. It only warns about work that another account put there. And one folder that it
cannot read stops the collection for everybody.
"""

from __future__ import annotations

import glob
import os
import pwd
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback

from autograder import tempdirs

_KILOBYTE = 1000  # as nbgrader counts in CourseDirectory.max_dir_size
_DEPTH = 20  # of folders in folders; copying and removing would fail somewhere below
_OPENING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class CollectOwnWork(ExchangeCollect):  # type: ignore[misc]  # nbgrader has no types
    """nbgrader's collect, of what a student handed in and of nothing else.

    Links, pipes and other special files are never collected, nor is a file that belongs to another
    account than the folder it was handed in with. What is wrong with one submission is logged, and
    the others are collected; an earlier one of the same student is, too.

    Whose a submission is, its folder's name says and the folder's owner has to bear out:

    - If the owner's login is the student's name, it is the student's.
    - If the owner is the account that collects, or that owns ``inbound``, nobody can tell: all
      work under one account (containers, a file system without owners), or the instructor put it
      there. It is collected, with nbgrader's warning if owner and name differ.
    - If this machine has neither a login for the owner nor an account of the student's name, it
      cannot tell either: as above.
    - Else it is refused: another account handed in under this name.

    With ``c.ExchangeCollect.check_owner = False``, for students whose names are not their logins,
    nothing is refused for its owner.

    ``timestamp.txt`` is written anew from the folder's name. The two are the same when nbgrader
    hands in, and one that holds no date would stop nbgrader's commands later on.
    """

    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        """Find each student's submission among those that are not refused."""
        self._owners: dict[str, int] = {}
        super().init_src()
        self.src_records = [one for one in self.src_records if one["username"]]

    def copy_files(self) -> None:
        """Collect one student after the other, whatever becomes of one of them."""
        records = self.src_records
        for one in [[record] for record in records] or [[]]:  # nbgrader says so if there is none
            self.src_records = one
            try:
                super().copy_files()
            except (ExchangeError, OSError, RuntimeError, ValueError) as error:
                self.log.error("Not collected: %r: %s.", one[0]["filename"], error)  # noqa: TRY400
        self.src_records = records

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the files that the student owns; links and others' files stay where they are."""
        name = Path(src).name
        owner, left = self._owners[name], self._most
        with tempdirs.temporary_directory("collect") as folder:
            own = folder / "own"
            for beside, files, descriptor in _folders(src, owner):
                (own / beside).mkdir()
                for file in files:
                    left -= self._copy(file, descriptor, own / beside / file, owner, left)
            (own / "timestamp.txt").write_text(_time_of(name), "utf-8")
            super().do_copy(str(own), dest, log)

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """As nbgrader reads a folder's name; nobody's, if it is refused."""
        name = Path(path).name
        try:
            record: dict[str, Any] = super()._path_to_record(path)
        except Exception:  # noqa: BLE001  dateutil, which reads the time, raises anything
            record, reason = {}, "its name is not as nbgrader gives it"
        else:
            reason = self._refused(path, record["username"])
        if reason:
            self.log.warning("Not collected: %r: %s.", name, reason)
            record = {"username": "", "filename": name, "timestamp": datetime.min}  # noqa: DTZ901  naive UTC, as nbgrader's
        return record

    def _refused(self, path: str, student: str) -> str:
        """Why a submission is not collected; empty, if it is."""
        if student in {"", ".", ".."}:  # a place that is not a student's
            return "it names no student"
        try:
            owner = Path(path).lstat().st_uid
            if reason := self._by_another(owner, student):
                return reason
            size = 0
            for _, files, descriptor in _folders(path, owner):
                size += sum(_size(file, descriptor) for file in files)
        except OSError as error:
            return f"it cannot be read ({error.strerror})"
        if size > self._most:
            return f"it is larger than {self._most // _KILOBYTE} kB"
        self._owners[Path(path).name] = owner
        return ""

    def _by_another(self, owner: int, student: str) -> str:
        """Who handed in under the student's name; empty, if nobody or if that cannot be told."""
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
    def _most(self) -> int:
        return int(self.coursedir.max_dir_size) * _KILOBYTE

    def _copy(self, name: str, folder: int, to: Path, owner: int, most: int) -> int:
        """Copy one file if it is the owner's; the bytes that it took.

        Raises:
            RuntimeError: If it is too large.
        """
        try:
            descriptor = os.open(name, _OPENING, dir_fd=folder)
        except OSError as error:
            self.log.warning("Not collected: the file %r (%s).", name, error.strerror)
            return 0
        with os.fdopen(descriptor, "rb") as file:
            seen = os.fstat(descriptor)
            if not stat.S_ISREG(seen.st_mode) or seen.st_uid != owner:
                self.log.warning("Not collected: %r is not the student's own file.", name)
                return 0
            data = file.read(min(seen.st_size, most) + 1)
            if len(data) > most:
                raise RuntimeError("it is too large")
            to.write_bytes(data)
            return len(data)


class ReleaseEach(ExchangeReleaseFeedback):  # type: ignore[misc]
    """nbgrader's release_feedback, for all whose submission holds what it needs.

    nbgrader reads the submission's secret, a file that the student could leave out; then it would
    stop there, and the students after that one would get nothing.
    """

    src_path: str

    def copy_files(self) -> None:
        """Release one student's pages after the other's."""
        every = self.src_path
        for folder in sorted(glob.glob(every)):  # noqa: PTH207  nbgrader's pattern, absolute
            self.src_path = glob.escape(folder)
            try:
                super().copy_files()
            except (OSError, ValueError) as error:
                self.log.error("Feedback not released: %s: %s.", folder, error)  # noqa: TRY400
        self.src_path = every


def _folders(top: str, owner: int) -> Iterator[tuple[Path, list[str], int]]:
    """Folders of a submission: where, the names in it, and it, opened. No link is followed.

    By descriptor, so that no folder becomes a link while it is read.

    Raises:
        OSError: If it cannot be read, or is no folder of this owner.
    """
    seen = False
    for folder, _, files, descriptor in os.fwalk(top, follow_symlinks=False):
        beside = Path(folder).relative_to(top)
        if not seen and os.fstat(descriptor).st_uid != owner:
            break
        if len(beside.parts) > _DEPTH:
            raise OSError(None, f"its folders are more than {_DEPTH} deep")
        seen = True
        yield beside, files, descriptor
    if not seen:
        raise NotADirectoryError(None, "it is no folder, or has changed hands")


def _size(name: str, folder: int) -> int:
    """Of a file that is no link; none, if it has gone."""
    try:
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0
    return seen.st_size if stat.S_ISREG(seen.st_mode) else 0


def _time_of(name: str) -> str:
    """When it was handed in: the third part of ``student+assignment+time+random``."""
    return name.rsplit("+", 3)[2]


def _login(uid: int) -> str:
    """An account's login; empty, if this machine knows none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _is_login(name: str) -> bool:
    """Whether this machine has an account of that name."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
