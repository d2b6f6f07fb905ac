"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
_UNIX = 3


@contextmanager
def atomic_replacement(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary name to write to; it becomes ``path`` at the end, or goes if that is not reached.

    Args:
        path: Its folder is made if it is not there.
        private: Whether nobody but the owner may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if not private:  # as mkstemp makes it, it would be hidden from nbgrader's users
            temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_regular_file(path: Path) -> bool:
    """Whether there is a file that is itself no link: what a student may hand in."""
    return path.is_file() and not path.is_symlink()


def write_text(text: str, path: Path) -> bool:
    """Write through a temporary name; leave an equal file alone. Returns whether it was written."""
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
) -> None:
    """Write a zip whose bytes hang on the files alone: sorted, with one time for all.

    Args:
        files: By their paths in the zip.
        path: Where it goes.
        executable: Which of them may be run.
        private: Whether nobody but the owner may read the zip.
    """
    with (
        atomic_replacement(path, private=private) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX  # wherever it is made
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, files[name])
