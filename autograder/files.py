"""Writing files whole or not at all, and walking the regular files of a folder."""

from __future__ import annotations

import fnmatch
import os
import tempfile
import zipfile
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path

_FIRST_DAY, _LAST_DAY = date(1980, 1, 1), date(2107, 12, 31)  # that a zip can hold
_UNIX = 3
# What tools make, which is never anybody's work.
SKIPPED_FOLDERS = frozenset(
    {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".venv", "venv", "node_modules"}
)


@contextmanager
def atomic_replacement(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary path to write to, which replaces ``path`` when the block ends without an error.

    If the block raises, the temporary file is removed and ``path`` stays as it was.

    Args:
        path: The file to replace. Its folder is created if necessary.
        private: Whether only the owner may read the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if not private:  # mkstemp's mode would hide it from nbgrader's other users
            temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_regular_file(path: Path) -> bool:
    """Whether ``path`` is a file and not a link: a link would be read with the grader's rights."""
    return path.is_file() and not path.is_symlink()


def walk_regular_files(
    folder: Path, most: int | None = None
) -> Iterator[tuple[str, os.stat_result]]:
    """All files below a folder that are not links: relative POSIX paths and file status.

    A folder's own files come before those of its subfolders, each sorted by name. Links are not
    followed. A folder that does not exist or cannot be read has no files.

    Args:
        folder: Where to begin.
        most: Look at so many entries at most, and not into ``SKIPPED_FOLDERS``: for a folder that
            somebody else filled, such as a whole home directory.
    """
    for name, entry in _walk(folder) if most is None else _walk_some(folder, most):
        if not entry.is_file(follow_symlinks=False):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # removed since it was listed: somebody is collecting
            continue
        yield name, status


def find_files(folder: Path, ignore: Collection[str]) -> Iterator[str]:
    """Relative paths of the files below a folder whose names match no pattern, links included.

    nbgrader's own function takes the folder's path for a pattern, too: below one with brackets in
    its name it ignores nothing, so that a source notebook is taken for a data file.
    """
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name_matches(name, ignore))
        for name in sorted(names):
            if not name_matches(name, ignore):
                yield Path(base, name).relative_to(folder).as_posix()


def name_matches(name: str, patterns: Collection[str]) -> bool:
    """Whether a file's name matches one of these patterns."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All that is no folder. ``os.walk`` takes as long as reading the one file of most students."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    subfolders = []
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            subfolders.append(entry.name)
        else:
            yield prefix + entry.name, entry
    for name in subfolders:
        yield from _walk(folder / name, f"{prefix}{name}/")


def _walk_some(folder: Path, most: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """As ``_walk``, breadth first, until so many entries have been looked at."""
    waiting = deque([(folder, "")])
    while waiting and most > 0:
        place, prefix = waiting.popleft()
        try:
            with os.scandir(place) as listing:
                entries = sorted(islice(listing, most), key=lambda entry: entry.name)
        except OSError:
            continue
        most -= len(entries)
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield prefix + entry.name, entry
            elif entry.name not in SKIPPED_FOLDERS:
                waiting.append((place / entry.name, f"{prefix}{entry.name}/"))


def write_text(text: str, path: Path) -> bool:
    """Write a file atomically unless it holds this text already; returns whether it was written."""
    if path.is_file() and path.read_text("utf-8") == text:
        return False
    with atomic_replacement(path) as temporary:
        temporary.write_text(text, "utf-8")
    return True


def write_zip(
    files: Mapping[str, bytes],
    path: Path,
    *,
    executable: Collection[str] = (),
    private: bool = False,
    day: date = _FIRST_DAY,
) -> None:
    """Write a reproducible zip: entries are sorted and all have the same time.

    Args:
        files: Contents by path in the zip.
        path: The zip to write.
        executable: Paths of the entries that are marked executable.
        private: Whether only the owner may read the zip.
        day: When all files were last changed, as the zip says.
    """
    day = min(max(day, _FIRST_DAY), _LAST_DAY)
    with (
        atomic_replacement(path, private=private) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX  # on every system, so that the bytes are the same
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, files[name])
