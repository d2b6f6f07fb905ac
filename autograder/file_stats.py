"""Remembers digests of files by their size, times and inode, as git's index does.

A second run over a class then reads only the files that have changed. This is only a cache: if its
file is missing or damaged, everything is read again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from autograder.files import atomic_replacement

_VERSION = 1
# A file that changed less than this many nanoseconds ago may change again without getting another
# time: not all file systems tell one moment from the next.
_FRESH = 2 * 10**9


class FileStatCache:
    """Digests of what was read, by name; each is valid for one stat digest.

    Args:
        path: The JSON file that keeps them from one run to the next.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digests: dict[str, tuple[str, str]] = {}  # by name: stat digest, digest
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            data = json.loads(path.read_bytes())
            if data["schema_version"] == _VERSION:
                self._digests = {name: (str(a), str(b)) for name, (a, b) in data["seen"].items()}

    def digest(self, name: str, stat_digest: str) -> str | None:
        """The digest of ``name`` if its stat digest is still this one, otherwise None."""
        known_stat, digest = self._digests.get(name, ("", ""))
        return digest if stat_digest and known_stat == stat_digest else None

    def remember(self, name: str, stat_digest: str, digest: str) -> None:
        """Keep a digest, unless the stat digest is empty."""
        if stat_digest:
            self._digests[name] = stat_digest, digest

    def save(self) -> None:
        """Write the file for the next run; if that fails, that run reads everything again."""
        with suppress(OSError), atomic_replacement(self._path, private=True) as temporary:
            data = {"schema_version": _VERSION, "seen": self._digests}
            temporary.write_text(json.dumps(data), "utf-8")


def stat_digest(files: Iterable[tuple[str, os.stat_result]], *, ours: bool = False) -> str:
    """A digest that changes whenever one of these files changes; empty if one changed just now.

    Take it before reading the files. It covers the time of the last status change, which nobody can
    set, besides the time of modification, which everybody can.

    Args:
        files: Names, and what ``os.stat`` says of the files.
        ours: Whether only we write these files, so that a recent change does not matter.
    """
    sha, latest = sha256(), 0
    for name, status in files:
        latest = max(latest, status.st_ctime_ns)
        sha.update(os.fsencode(name))
        numbers = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        sha.update(repr(numbers).encode())
    return sha.hexdigest() if ours or latest < time.time_ns() - _FRESH else ""
