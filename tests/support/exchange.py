"""An instructor and a student with a JupyterLab each, and nbgrader's exchange between them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course.layout import CONFIG
from tests.support.jupyterlab import Lab, jupyter_lab
from tests.support.ordinary_user import as_user
from tests.support.solutions import ROOT

COURSE = "deep-foundations"
INSTRUCTOR, STUDENT = "ines", "pavel"
# Two accounts of the test's own, in a list of accounts that only their processes see.
UIDS = {INSTRUCTOR: 64101, STUDENT: 64102}
TWO_ACCOUNTS = os.geteuid() == 0


@dataclass(frozen=True)
class Classroom:
    """Where both work.

    Attributes:
        root: Everything; each person's home is below it, under the person's name.
        exchange: Where they hand over; writable to both.
        student: The student's login, as nbgrader finds it out.
    """

    root: Path
    exchange: Path
    student: str

    @property
    def course(self) -> Path:
        """The instructor's course folder; closed to the student."""
        return self.root / INSTRUCTOR / "course"

    @property
    def work(self) -> Path:
        """The folder that the student's JupyterLab shows."""
        return self.root / STUDENT / "work"

    @contextlib.contextmanager
    def lab(self, person: str) -> Iterator[Lab]:
        """That person's JupyterLab, run by that person's account."""
        home = self.root / person
        shown = self.course if person == INSTRUCTOR else self.work
        prefix: list[str] = []
        if TWO_ACCOUNTS:
            uid, accounts = UIDS[person], shlex.quote(str(self.root / "passwd"))
            first = [
                f"mount --bind {accounts} /etc/passwd",
                f"chown -R {uid}:{uid} {shlex.quote(str(home))}",
            ]
            prefix = as_user(uid, self.root / f"mounted-{person}", first)
        with jupyter_lab(shown, home, prefix) as running:
            yield running


@contextlib.contextmanager
def classroom(assignment: str) -> Iterator[Classroom]:
    """A course with one of our assignments, an exchange and two homes; removed after.

    As root the two are two accounts. An ordinary user can be nobody else: then both are that
    user, as nbgrader knows them by who owns their files.
    """
    # not pytest's own folders, which are closed to other accounts
    with tempfile.TemporaryDirectory(prefix="classroom-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        root.chmod(0o711)
        login = STUDENT if TWO_ACCOUNTS else pwd.getpwuid(os.getuid()).pw_name
        room = Classroom(root, root / "exchange", login)
        room.exchange.mkdir()
        room.exchange.chmod(0o777)
        (root / "passwd").write_text(_accounts(root))
        for person in (INSTRUCTOR, STUDENT):
            (root / person).mkdir(mode=0o700)
        exchange = f"c.Exchange.root = {str(room.exchange)!r}\n"
        room.course.mkdir()
        config = (ROOT / CONFIG).read_text()
        (room.course / CONFIG).write_text(f"{config}\n{exchange}")
        for part in ("assignments", "source"):
            shutil.copytree(ROOT / part / assignment, room.course / part / assignment)
        room.work.mkdir()
        # what an administrator puts where nbgrader looks for it, for all students
        path = root / STUDENT / "config" / CONFIG
        path.parent.mkdir()
        path.write_text(f"c = get_config()\nc.CourseDirectory.course_id = {COURSE!r}\n{exchange}")
        yield room


def _accounts(root: Path) -> str:
    """This system's accounts and our two."""
    lines = [f"{name}:x:{uid}:{uid}::{root / name}:/bin/sh" for name, uid in UIDS.items()]
    return Path("/etc/passwd").read_text() + "\n".join(lines) + "\n"
