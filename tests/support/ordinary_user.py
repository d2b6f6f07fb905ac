"""Runs commands as a user who is not root, even if root runs the tests."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOT_HOME = Path("/root")

# Not 65534: what root grades runs as nobody, and processes are counted by user.
ORDINARY = 65533
_AS_ANOTHER = 'exec setpriv --reuid={0} --regid={0} --clear-groups --bounding-set=-all "$@"'


def as_ordinary_user(arguments: list[str], hold: Path) -> tuple[list[str], dict[str, str]]:
    """A command that runs our Python with ``arguments``, and its environment.

    Args:
        arguments: What comes after ``python``.
        hold: A path that does not exist, for mount points.
    """
    command = [sys.executable, *arguments]
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if os.geteuid() == 0:
        command = [*as_user(ORDINARY, hold), *command]
    return command, variables


def as_user(uid: int, hold: Path, first: Sequence[str] = ()) -> list[str]:
    """What root has to put before a command to run it as another user.

    Args:
        uid: The user's id.
        hold: A path that does not exist, for mount points.
        first: Shell commands that root runs before, in that user's view of the file system.
    """
    script = "\n".join(["set -e", *open_root_home(hold), *first, _AS_ANOTHER.format(uid)])
    return ["unshare", "-m", "sh", "-c", script, "sh"]


def open_root_home(hold: Path) -> list[str]:
    """Shell commands that make only what we need of root's home visible, and that to everybody."""
    needed = {
        # not only its prefix: a Python needs more of the folder that it is in
        Path(*path.parts[:3]): hold / str(number)
        for number, path in enumerate([Path(sys.base_prefix), Path(sys.prefix), REPOSITORY])
        if path.is_relative_to(ROOT_HOME)
    }
    if not needed:
        return []
    to_hold, from_hold = (
        [
            f"mkdir -p {shlex.quote(str(target))}; mount --bind {shlex.quote(str(source))} "
            f"{shlex.quote(str(target))}"
            for source, target in pairs
        ]
        for pairs in (needed.items(), ((target, source) for source, target in needed.items()))
    )
    return [*to_hold, f"mount -t tmpfs -o mode=755 tmpfs {ROOT_HOME}", *from_hold]
