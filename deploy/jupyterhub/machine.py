# ruff: noqa: INP001  a module beside a script, not in a package
"""Changes to the machine: each is printed first, and made only if it is necessary."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path


class SetupError(Exception):
    """The setup cannot go on; the message is a sentence that says why."""


class Machine:
    """Makes accounts, folders and files, or only prints what it would make."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.changes = 0

    def announce(self, change: str) -> bool:
        """Print what is about to change; return whether to change it."""
        self.changes += 1
        print(f"{'would ' if self.dry_run else ''}{change}", flush=True)  # noqa: T201
        return not self.dry_run

    def run(self, change: str, *command: str | Path, cwd: Path = Path("/")) -> None:
        """Run a command that changes something.

        Raises:
            SetupError: If it fails; the message has the end of its output.
        """
        if not self.announce(change):
            return
        process = subprocess.run(  # noqa: S603  only commands of this script
            [str(part) for part in command],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode:
            output = (process.stderr.strip() or process.stdout.strip())[-1500:]
            raise SetupError(f"could not {change}:\n{output}")

    def account(self, name: str) -> None:
        """Make sure that there is an ordinary account with a home that only it can enter.

        Raises:
            SetupError: If it is one of the system's accounts.
        """
        if find_account(name) is None:
            make = ("useradd", "--create-home", "--key", "HOME_MODE=0700", "--shell", "/bin/bash")
            self.run(f"make the account {name}", *make, name)
        account = find_account(name)
        if account is not None and account.pw_uid < FIRST_UID:
            raise SetupError(f"{name} is an account of the system; choose another name.")
        if account is not None:
            self.mode(Path(account.pw_dir), 0o700)

    def folder(self, path: Path, mode: int = 0o755, owner: str = "root") -> None:
        """Make sure that there is a folder with exactly this mode and owner."""
        account = find_account(owner)
        if path.is_dir() and account is not None:
            status = path.stat()
            if (status.st_uid, stat.S_IMODE(status.st_mode)) == (account.pw_uid, mode):
                return
        if self.announce(f"make {path}, of {owner}, mode {mode:o}"):
            assert account is not None
            path.mkdir(parents=True, exist_ok=True)
            os.chown(path, account.pw_uid, account.pw_gid)
            path.chmod(mode)

    def mode(self, path: Path, mode: int) -> None:
        """Make sure that a path has exactly this mode."""
        if stat.S_IMODE(path.stat().st_mode) != mode and self.announce(f"close {path} to {mode:o}"):
            path.chmod(mode)

    def file(self, path: Path, text: str) -> None:
        """Make sure that there is a file with this text, which everybody can read."""
        if not path.is_file() or path.read_text("utf-8") != text:
            if not self.announce(f"write {path}"):
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(path.name + ".new")
            new.write_text(text, "utf-8")
            new.chmod(0o644)
            new.replace(path)

    def remove(self, path: Path) -> None:
        """Make sure that there is no such folder."""
        if path.exists() and self.announce(f"remove {path}"):
            shutil.rmtree(path)


# The first id of an ordinary account; those below are the system's (useradd's SYS_UID_MAX).
FIRST_UID = 1000


def find_account(name: str) -> pwd.struct_passwd | None:
    """The account with this name, if there is one."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
