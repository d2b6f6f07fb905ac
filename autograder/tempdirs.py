"""Temporary directories that are removed even if the process that made them was killed.

The owner of each holds a lock on it. The kernel releases the lock when the owner dies, by SIGKILL
too; the next process that needs a temporary directory then removes it.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Unix: then nothing is locked, and no stale directory removed
    fcntl = None  # type: ignore[assignment]

# A name that nobody would give to a directory that they want to keep.
_PREFIX, _SUFFIX = "autograder-", ".scratch"
# A directory this young may have an owner that has not locked it yet.
_YOUNG_SECONDS = 60.0
# By directory: the process that made it, and the descriptor that holds the lock (-1: no lock).
_locks: dict[Path, tuple[int, int]] = {}


def make_directory(kind: str) -> Path:
    """Make a temporary directory; call ``remove_directory`` when it is no longer needed.

    Args:
        kind: A word in its name, for people who look into the system's temporary directory.
    """
    _remove_stale_directories_once(os.getpid())
    path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-", suffix=_SUFFIX))
    descriptor = -1
    with suppress(OSError):  # a file system without locks: there nobody removes it, either
        if fcntl:
            descriptor = os.open(path, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _locks[path] = os.getpid(), descriptor
    return path


def remove_directory(path: Path) -> None:
    """Remove a directory that ``make_directory`` made, and release its lock."""
    shutil.rmtree(path, ignore_errors=True)
    _, descriptor = _locks.pop(path, (0, -1))
    if descriptor >= 0:
        os.close(descriptor)


@contextmanager
def temporary_directory(kind: str) -> Iterator[Path]:
    """A temporary directory for the duration of a block; ``kind`` as in ``make_directory``."""
    path = make_directory(kind)
    try:
        yield path
    finally:
        remove_directory(path)


def remove_all_directories() -> None:
    """Remove what this process made, but not what it inherited from the one it was forked from."""
    for path, (owner, _) in list(_locks.items()):
        if owner == os.getpid():
            remove_directory(path)


def remove_stale_directories() -> None:
    """Remove the directories of processes that have died."""
    if not fcntl:
        return
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError):  # somebody else's, or just gone
            _remove_if_stale(path)


@cache
def _remove_stale_directories_once(_pid: int) -> None:
    """Once in each process: a forked one inherits the cache, but not the process id."""
    remove_stale_directories()


def _remove_if_stale(path: Path) -> None:
    status = path.lstat()
    young = time.time() - status.st_mtime < _YOUNG_SECONDS
    if young or not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while the owner lives
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
