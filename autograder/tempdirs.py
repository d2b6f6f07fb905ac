"""Temporary folders that do not outlive their owner for long, however that ends.

Each is locked by the process that made it. The kernel lets go of the lock when that process dies,
SIGKILL or not; then the next process that needs a folder removes it.
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
except ImportError:  # not on Unix: then nothing is locked, and nothing of others removed
    fcntl = None  # type: ignore[assignment]

# Nobody gives a folder that they want to keep such a name.
_PREFIX, _SUFFIX = "autograder-", ".scratch"
# Between making a folder and locking it nobody may take it for a dead one's.
_YOUNG_SECONDS = 60.0
_locks: dict[Path, tuple[int, int]] = {}


def make_directory(kind: str) -> Path:
    """A new folder; ``remove_directory`` it when it is no longer needed.

    Args:
        kind: A word for people who look into the temporary directory.
    """
    _sweep_once(os.getpid())
    made = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-", suffix=_SUFFIX))
    descriptor = -1
    with suppress(OSError):  # a file system without locks: then others leave it alone, too
        if fcntl:
            descriptor = os.open(made, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _locks[made] = os.getpid(), descriptor
    return made


def remove_directory(path: Path) -> None:
    """Remove a folder and let go of its lock."""
    shutil.rmtree(path, ignore_errors=True)
    _, descriptor = _locks.pop(path, (0, -1))
    if descriptor >= 0:
        os.close(descriptor)


@contextmanager
def temporary_directory(kind: str) -> Iterator[Path]:
    """A folder for as long as the block runs."""
    made = make_directory(kind)
    try:
        yield made
    finally:
        remove_directory(made)


def remove_all_directories() -> None:
    """Remove what this process made; what a forked one inherited is its parent's."""
    for path, (owner, _) in list(_locks.items()):
        if owner == os.getpid():
            remove_directory(path)


def remove_stale_directories() -> None:
    """Remove folders of processes that have died."""
    if not fcntl:
        return
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError):  # another's, or just gone
            _remove_if_dead(path)


@cache
def _sweep_once(_: int) -> None:
    remove_stale_directories()


def _remove_if_dead(path: Path) -> None:
    told = path.lstat()
    young = time.time() - told.st_mtime < _YOUNG_SECONDS
    if young or not stat.S_ISDIR(told.st_mode) or told.st_uid != os.geteuid():
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its owner lives
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
