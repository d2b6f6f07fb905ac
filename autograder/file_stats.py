"""What files have been read before and are as they were: by size, times and inode, as git tells it.

A second run over a class then reads none of it. The digests are a cache and nothing more: without
its file, or with one that is out of date, everything is read again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from autograder.files import atomic_replacement

_VERSION = 1
# A file that was changed later than this may be changed once more without another time of change:
# not all file systems tell one moment from the next.
_FRESH = 2 * 10**9


class FileStatCache:
    """Digests of what was read, by a name, good as long as the stamp is the same.

    Args:
        path: Where they are kept from one run to the next.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, tuple[str, str]] = {}
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            kept = json.loads(path.read_bytes())
            if kept["schema_version"] == _VERSION:
                self._seen = {name: (str(a), str(b)) for name, (a, b) in kept["seen"].items()}

    def digest(self, name: str, stat_digest: str) -> str | None:
        """The digest that ``name`` had when it bore this stamp; None if that is not known."""
        then, digest = self._seen.get(name, ("", ""))
        return digest if stat_digest and then == stat_digest else None

    def remember(self, name: str, stat_digest: str, digest: str) -> None:
        """Keep a digest; an empty stamp is good for nothing."""
        if stat_digest:
            self._seen[name] = stat_digest, digest

    def save(self) -> None:
        """Keep it all for the next run, if there is room."""
        with suppress(OSError), atomic_replacement(self._path, private=True) as temporary:
            kept = {"schema_version": _VERSION, "seen": self._seen}
            temporary.write_text(json.dumps(kept), "utf-8")


def stat_digest(files: Iterable[tuple[str, os.stat_result]], *, ours: bool = False) -> str:
    """What changes if one of these files does; empty, if one was changed just now.

    To be taken before the files are read. Whoever changes a file can set its time of modification,
    but not that of its change.

    Args:
        files: Names and what the file system says of them.
        ours: Whether nobody else writes them, however fresh they are.
    """
    told, last = sha256(), 0
    for name, one in files:
        last = max(last, one.st_ctime_ns)
        told.update(os.fsencode(name))
        numbers = (one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino)
        told.update(repr(numbers).encode())
    return told.hexdigest() if ours or last < time.time_ns() - _FRESH else ""


def walk_regular_files(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """All files that are no links, by their path in the folder; its own before its folders'.

    Not by ``os.walk``, which takes as long as reading what most students hand in: one file.
    """
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda one: one.name)
    except OSError:  # it is not there, or not to be read: there is no notebook in it then
        return
    folders = []
    for one in entries:
        if one.is_dir(follow_symlinks=False):
            folders.append(one.name)
        elif one.is_file(follow_symlinks=False):
            try:
                told = one.stat(follow_symlinks=False)
            except FileNotFoundError:  # gone since it was listed: somebody is collecting
                continue
            yield prefix + one.name, told
    for name in folders:
        yield from walk_regular_files(folder / name, f"{prefix}{name}/")
