"""What each jail layer must forbid, tried from inside: a layer that lets it through is not one."""

from __future__ import annotations

import errno
import mmap
import os
import socket
from collections.abc import Callable
from pathlib import Path

from autograder.sandbox import syscalls

_FAR_TOO_MUCH = 2**40


def is_enforced(layer: str, witness: Path) -> bool:
    """Whether ``layer``, in force alone in this process, forbids what it is there to forbid.

    Args:
        layer: Its name.
        witness: A file outside the jail that this user could read otherwise.
    """
    return _PROOFS[layer](witness)


def _namespaces(witness: Path) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        unreachable = _refused(lambda: end.connect(("127.0.0.1", 9)), errno.ENETUNREACH)
    return os.getpid() == 1 and not witness.exists() and unreachable


def _landlock(witness: Path) -> bool:
    folder = Path("/") if not witness.exists() else witness.parent
    return _refused(lambda: list(folder.iterdir()), errno.EACCES)


def _seccomp(_: Path) -> bool:
    return _refused(lambda: socket.socket(socket.AF_UNIX), errno.EPERM) and _refused(
        lambda: syscalls.unshare(syscalls.CLONE_NEWUSER), errno.EPERM
    )


def _rlimits(_: Path) -> bool:
    return _refused(lambda: mmap.mmap(-1, _FAR_TOO_MUCH), errno.ENOMEM)


_PROOFS: dict[str, Callable[[Path], bool]] = {
    "namespaces": _namespaces,
    "landlock": _landlock,
    "seccomp": _seccomp,
    "rlimits": _rlimits,
}


def _refused(action: Callable[[], object], *reasons: int) -> bool:
    try:
        action()
    except OSError as error:
        return error.errno in reasons
    return False
