# ruff: noqa: INP001  a script's neighbour, not a package
"""What is changed on the machine: said first, done only where it is not so already."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path


class SetupError(Exception):
    """Why it cannot go on, in a sentence."""


class Machine:
    """Makes accounts, folders and files, or only says what it would make."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.changes = 0

    def will(self, what: str) -> bool:
        """Say what comes; whether to do it."""
        self.changes += 1
        print(f"{'would ' if self.dry_run else ''}{what}", flush=True)  # noqa: T201  its report
        return not self.dry_run

    def run(self, what: str, *command: str | Path, cwd: Path = Path("/")) -> None:
        """Run a command that changes something.

        Raises:
            SetupError: If it fails, with the end of what it said.
        """
        if not self.will(what):
            return
        done = subprocess.run(  # noqa: S603  commands of this script alone
            [str(word) for word in command],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip())[-1500:]
            raise SetupError(f"could not {what}:\n{said}")

    def account(self, name: str) -> None:
        """An ordinary account with a home that is its own.

        Raises:
            SetupError: If the name is one of the system's own.
        """
        if known(name) is None:
            make = ("useradd", "--create-home", "--key", "HOME_MODE=0700", "--shell", "/bin/bash")
            self.run(f"make the account {name}", *make, name)
        there = known(name)
        if there is not None and there.pw_uid < ORDINARY:
            raise SetupError(f"{name} is an account of the system; choose another name.")
        if there is not None:
            self.mode(Path(there.pw_dir), 0o700)

    def folder(self, path: Path, mode: int = 0o755, owner: str = "root") -> None:
        """A folder with exactly this mode, of this owner."""
        there = known(owner)
        if path.is_dir() and there is not None:
            now = path.stat()
            if (now.st_uid, stat.S_IMODE(now.st_mode)) == (there.pw_uid, mode):
                return
        if self.will(f"make {path}, of {owner}, mode {mode:o}"):
            assert there is not None
            path.mkdir(parents=True, exist_ok=True)
            os.chown(path, there.pw_uid, there.pw_gid)
            path.chmod(mode)

    def mode(self, path: Path, mode: int) -> None:
        """What is there has exactly this mode."""
        if stat.S_IMODE(path.stat().st_mode) != mode and self.will(f"close {path} to {mode:o}"):
            path.chmod(mode)

    def file(self, path: Path, text: str) -> None:
        """A file with this text, for all to read."""
        if not path.is_file() or path.read_text("utf-8") != text:
            if not self.will(f"write {path}"):
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(path.name + ".new")
            new.write_text(text, "utf-8")
            new.chmod(0o644)
            new.replace(path)

    def gone(self, path: Path) -> None:
        """No such folder."""
        if path.exists() and self.will(f"remove {path}"):
            shutil.rmtree(path)


# Accounts below are the system's own (useradd's SYS_UID_MAX).
ORDINARY = 1000


def known(name: str) -> pwd.struct_passwd | None:
    """The account, if there is one."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
