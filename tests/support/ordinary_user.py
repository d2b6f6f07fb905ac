"""Running a command as a user who is not root, whoever runs the tests."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOT_S_HOME = Path("/root")

# Not 65534: as nobody runs what root grades, and processes are counted by user.
ORDINARY = 65533
_AS_ANOTHER = 'exec setpriv --reuid={0} --regid={0} --clear-groups --bounding-set=-all "$@"'


def as_ordinary_user(arguments: list[str], hold: Path) -> tuple[list[str], dict[str, str]]:
    """The command, and its environment, that runs our Python with ``arguments``.

    Args:
        arguments: What comes after ``python``.
        hold: A path that nothing stands at, for mount points.
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
    """What root puts before a command to let another user run it.

    Args:
        uid: That user's.
        hold: A path that nothing stands at, for mount points.
        first: Commands that root does before, in that user's view of the files.
    """
    script = "\n".join(["set -e", *_opening(hold), *first, _AS_ANOTHER.format(uid)])
    return ["unshare", "-m", "sh", "-c", script, "sh"]


def _opening(hold: Path) -> list[str]:
    """Commands that show what we need of root's home as if that were open and held nothing else."""
    needed = {
        # a Python is put together from more than its prefix: all of the folder that it lies in
        Path(*place.parts[:3]): hold / str(number)
        for number, place in enumerate([Path(sys.base_prefix), Path(sys.prefix), REPOSITORY])
        if place.is_relative_to(ROOT_S_HOME)
    }
    if not needed:
        return []
    there, here = (
        [
            f"mkdir -p {shlex.quote(str(target))}; mount --bind {shlex.quote(str(source))} "
            f"{shlex.quote(str(target))}"
            for source, target in pairs
        ]
        for pairs in (needed.items(), ((target, source) for source, target in needed.items()))
    )
    return [*there, f"mount -t tmpfs -o mode=755 tmpfs {ROOT_S_HOME}", *here]
