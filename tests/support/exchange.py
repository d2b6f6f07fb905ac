"""An instructor and a student, each with a JupyterLab, and nbgrader's exchange between them."""

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
# Two accounts that exist only in the list of accounts that these processes see.
UIDS = {INSTRUCTOR: 64101, STUDENT: 64102}
TWO_ACCOUNTS = os.geteuid() == 0


@dataclass(frozen=True)
class TwoHomes:
    """The folders in which an instructor and a student work.

    Attributes:
        root: Everything; each person's home is the folder below it with the person's name.
        exchange: nbgrader's exchange, which both can write to.
        student: The student's login, as nbgrader determines it.
    """

    root: Path
    exchange: Path
    student: str

    @property
    def course(self) -> Path:
        """The instructor's course folder, which the student cannot open."""
        return self.root / INSTRUCTOR / "course"

    @property
    def work(self) -> Path:
        """The folder that the student's JupyterLab shows."""
        return self.root / STUDENT / "work"

    @contextlib.contextmanager
    def lab(self, person: str) -> Iterator[Lab]:
        """Run a person's JupyterLab under that person's account."""
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
def two_homes(assignment: str) -> Iterator[TwoHomes]:
    """Make a course with one of our assignments, an exchange and two homes; remove them afterwards.

    If root runs the tests, the two people have different accounts. Otherwise both have the account
    that runs the tests, since nbgrader tells people apart by who owns their files.
    """
    # not below pytest's own folders, which other accounts cannot open
    with tempfile.TemporaryDirectory(prefix="exchange-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        root.chmod(0o711)
        login = STUDENT if TWO_ACCOUNTS else pwd.getpwuid(os.getuid()).pw_name
        homes = TwoHomes(root, root / "exchange", login)
        homes.exchange.mkdir()
        homes.exchange.chmod(0o777)
        (root / "passwd").write_text(_accounts(root))
        for person in (INSTRUCTOR, STUDENT):
            (root / person).mkdir(mode=0o700)
        exchange = f"c.Exchange.root = {str(homes.exchange)!r}\n"
        homes.course.mkdir()
        config = (ROOT / CONFIG).read_text()
        (homes.course / CONFIG).write_text(f"{config}\n{exchange}")
        for part in ("assignments", "source"):
            shutil.copytree(ROOT / part / assignment, homes.course / part / assignment)
        homes.work.mkdir()
        # an administrator would put this where nbgrader finds it for all students
        path = root / STUDENT / "config" / CONFIG
        path.parent.mkdir()
        path.write_text(f"c = get_config()\nc.CourseDirectory.course_id = {COURSE!r}\n{exchange}")
        yield homes


def _accounts(root: Path) -> str:
    """The accounts of this system and our two, as in ``/etc/passwd``."""
    lines = [f"{name}:x:{uid}:{uid}::{root / name}:/bin/sh" for name, uid in UIDS.items()]
    return Path("/etc/passwd").read_text() + "\n".join(lines) + "\n"
