# ruff: noqa: INP001  imported from the folder of nbgrader_config.py
"""Collecting what a student owns, and nothing else.

The inbound folder is open to all students, and nbgrader reads it with the instructor's rights. So
a student could hand in under another's name, or hand in a link to the source notebook and get it
back with the feedback; and one badly named folder would stop the collection for everybody.
"""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect

KILOBYTE = 1000  # as nbgrader counts in CourseDirectory.max_dir_size


class OwnWork(ExchangeCollect):
    """nbgrader's collect, where the account that handed in must be the student that is named."""

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """As nbgrader reads a folder's name; nobody's, if the account is another."""
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            owner = pwd.getpwuid(os.lstat(path).st_uid).pw_name
        except (KeyError, OSError, ValueError):
            record, owner = {"filename": path}, ""
        if owner == record.get("username") and record.get("timestamp"):
            return record
        self.log.warning("Not collected: %s was put there by %s.", path, owner or "nobody known")
        return {"username": "", "filename": path, "timestamp": datetime.min}  # noqa: DTZ901  as nbgrader's: naive UTC

    def init_src(self) -> None:
        """Find each student's submission, and drop what is nobody's."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the files that the student owns; links and others' files stay where they are."""
        owner = os.lstat(src).st_uid
        left = self.coursedir.max_dir_size * KILOBYTE
        with tempfile.TemporaryDirectory() as scratch:
            own = Path(scratch) / "own"
            # by descriptor, so that no folder becomes a link while it is read
            for folder, _, files, descriptor in os.fwalk(src, follow_symlinks=False):
                here = own / Path(folder).relative_to(src)
                here.mkdir()
                for name in files:
                    left -= self._copy(name, descriptor, here / name, owner, left)
            super().do_copy(str(own), dest, log)

    def _copy(self, name: str, folder: int, to: Path, owner: int, most: int) -> int:
        """Copy one file if it is the owner's; the bytes that it took."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, dir_fd=folder)
        except OSError as error:
            self.log.warning("Not collected: %s (%s).", to.name, error.strerror)
            return 0
        with os.fdopen(descriptor, "rb") as file:
            is_now = os.fstat(descriptor)
            if not stat.S_ISREG(is_now.st_mode) or is_now.st_uid != owner:
                self.log.warning("Not collected: %s is not the student's own file.", name)
                return 0
            data = file.read(most + 1)
            if len(data) > most:
                raise RuntimeError("Directory size is too big.")
            to.write_bytes(data)
            return len(data)
