"""The files beside a notebook that go with it into the student's process, and those that do not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

MAX_FILES = 200
MAX_BYTES = 32 * 2**20
_SHOWN = 3


def data_files(folder: Path) -> dict[str, bytes]:
    """The plain files in a submission's folder, up to a total size; no links, no notebooks."""
    return {name: path.read_bytes() for name, path in _chosen(folder)[0]}


def left_out(folder: Path) -> str:
    """A sentence on files that are too large or too many to go along; empty, if all do."""
    names = _chosen(folder)[1]
    if not names:
        return ""
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return (
        f"{len(names)} file(s) beside the notebook were not there when it ran ({shown}): "
        f"{MAX_FILES} files and {MAX_BYTES // 2**20} MB in all are taken along."
    )


def _chosen(folder: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    chosen: list[tuple[str, Path]] = []
    too_much: list[str] = []
    left = MAX_BYTES
    for path in _plain_files(folder):
        name = path.relative_to(folder).as_posix()
        size = path.stat().st_size
        if len(chosen) < MAX_FILES and size <= left:
            left -= size
            chosen.append((name, path))
        else:
            too_much.append(name)
    return chosen, too_much


def _plain_files(folder: Path) -> Iterator[Path]:
    for base, folders, names in os.walk(folder):  # does not follow links
        folders.sort()
        for name in sorted(names):
            path = Path(base, name)
            if stat.S_ISREG(path.lstat().st_mode) and path.suffix != ".ipynb" and _is_text(path):
                yield path


def _is_text(path: Path) -> bool:
    """Whether a name is text in UTF-8, as the name of anything that Python code opens is."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
