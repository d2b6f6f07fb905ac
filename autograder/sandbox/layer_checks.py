"""Tries in a child process whether a jail layer forbids what it is there for."""

from __future__ import annotations

import errno
import mmap
import os
import socket
from collections.abc import Callable
from pathlib import Path

from autograder.sandbox import syscalls

_A_TERABYTE = 2**40


def succeeds_in_child(action: Callable[[], None]) -> bool:
    """Whether ``action`` runs without an exception, tried in a child that is thrown away."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def is_enforced(layer: str, forbidden: Path) -> bool:
    """Whether ``layer``, alone in force in this process, forbids what it has to forbid.

    Args:
        layer: Its name.
        forbidden: A file outside the jail, which this user can read without one.
    """
    return _CHECKS[layer](forbidden)


def _namespaces(forbidden: Path) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        unreachable = _is_refused(lambda: end.connect(("127.0.0.1", 9)), errno.ENETUNREACH)
    return os.getpid() == 1 and not forbidden.exists() and unreachable


def _landlock(forbidden: Path) -> bool:
    folder = Path("/") if not forbidden.exists() else forbidden.parent
    return _is_refused(lambda: list(folder.iterdir()), errno.EACCES)


def _seccomp(_: Path) -> bool:
    return _is_refused(lambda: socket.socket(socket.AF_UNIX), errno.EPERM) and _is_refused(
        lambda: syscalls.unshare(syscalls.CLONE_NEWUSER), errno.EPERM
    )


def _rlimits(_: Path) -> bool:
    return _is_refused(lambda: mmap.mmap(-1, _A_TERABYTE), errno.ENOMEM)


_CHECKS: dict[str, Callable[[Path], bool]] = {
    "namespaces": _namespaces,
    "landlock": _landlock,
    "seccomp": _seccomp,
    "rlimits": _rlimits,
}


def _is_refused(action: Callable[[], object], *reasons: int) -> bool:
    """Whether the kernel refuses ``action`` with one of these error numbers."""
    try:
        action()
    except OSError as error:
        return error.errno in reasons
    return False
