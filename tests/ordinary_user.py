"""Running a command as a user who is not root, whoever runs the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]

# Not 65534: as nobody runs what root grades, and processes are counted by user. Nor can an
# ordinary user read a Python that lies in root's home: it is shown as if it lay elsewhere.
_AS_ANOTHER = """
set -e
if [ -n "$HIDDEN" ]; then
    mkdir -p "$HOLD"; mount --bind "$HIDDEN" "$HOLD"
    mount -t tmpfs -o mode=755 tmpfs /root; mkdir -p "$HIDDEN"; mount --bind "$HOLD" "$HIDDEN"
fi
exec setpriv --reuid=65533 --regid=65533 --clear-groups --bounding-set=-all "$@"
"""


def as_ordinary_user(arguments: list[str], hold: Path) -> tuple[list[str], dict[str, str]]:
    """The command, and its environment, that runs our Python with ``arguments``.

    Args:
        arguments: What comes after ``python``.
        hold: A path that nothing stands at, for a mount point.
    """
    command = [sys.executable, *arguments]
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if os.geteuid() == 0:
        home = Path(sys.base_prefix)
        hidden = Path(*home.parts[:3]) if home.is_relative_to("/root") else ""
        variables |= {"HIDDEN": str(hidden), "HOLD": str(hold)}
        command = ["unshare", "-m", "sh", "-c", _AS_ANOTHER, "sh", *command]
    return command, variables
