"""Which of the data files that were handed in beside a notebook it can read when it is run."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from autograder.files import walk_regular_files

MAX_FILES = 200
MAX_BYTES = 32 * 2**20
MAX_ENTRIES = 1000  # that are looked at: `autograder try` may be called in a home directory
_NAMES_SHOWN = 3
_NOT_THERE = "beside the notebook were not there when it ran"


def data_files(folder: Path) -> dict[str, bytes]:
    """The files that go into the student's process, by path; neither links nor notebooks."""
    return {name: (folder / name).read_bytes() for name in select_data_files(folder)[0]}


def left_out(folder: Path) -> str:
    """A sentence about the files beyond ``MAX_FILES`` or ``MAX_BYTES``; empty if there are none."""
    names = select_data_files(folder)[1]
    if not names:
        return ""
    listed = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
    seen, one_more = (
        sum(1 for _ in walk_regular_files(folder, most)) for most in (MAX_ENTRIES, MAX_ENTRIES + 1)
    )
    least = "At least " if one_more > seen else ""
    return (
        f"{least}{len(names)} file(s) {_NOT_THERE} ({listed}): "
        f"at most {MAX_FILES} files and {MAX_BYTES // 2**20} MB in total are taken along."
    )


def is_about_left_out(note: str) -> bool:
    """Whether a note is what ``left_out`` says."""
    return _NOT_THERE in note


def select_data_files(folder: Path) -> tuple[list[str], list[str]]:
    """Names of the files that are taken along, and of those that are left out.

    Sizes are what a copy would have: a file with holes counts as if it had none.
    """
    selected: list[str] = []
    excess: list[str] = []
    bytes_left = MAX_BYTES
    for name, status in walk_regular_files(folder, MAX_ENTRIES):
        if PurePosixPath(name).suffix.lower() == ".ipynb" or not _is_text(name):
            continue
        if len(selected) < MAX_FILES and status.st_size <= bytes_left:
            bytes_left -= status.st_size
            selected.append(name)
        else:
            excess.append(name)
    return selected, excess


def _is_text(name: str) -> bool:
    """Whether a name is valid UTF-8: a student's code cannot name any other file."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
