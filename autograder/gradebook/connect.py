"""Opens a course's gradebook: nbgrader's tables, and our own beside them."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

from autograder.gradebook.database import GradebookDatabase
from autograder.gradebook.results_table import metadata


def open_gradebook(db_url: str) -> GradebookDatabase:
    """Open the gradebook at this address, and create the tables that are missing.

    Args:
        db_url: As in ``c.CourseDirectory.db_url``.

    Raises:
        CourseError: If the address is not valid, its driver is missing, or the tables are of
            another version of nbgrader.
        StorageError: If the database cannot be reached.
    """
    database = GradebookDatabase(db_url, metadata)
    if database.url.get_backend_name() == "sqlite" and database.url.database:
        _hide_from_others(Path(database.url.database))
    return database


def _hide_from_others(path: Path) -> None:
    """Let only the owner read a gradebook; in a course that a group shares, the group, too."""
    with suppress(OSError):  # somebody else's
        shared = path.parent.stat().st_mode & stat.S_ISGID and path.parent.stat().st_mode & 0o020
        mode = path.stat().st_mode & 0o777
        wanted = mode & (0o770 if shared else 0o700)
        if mode != wanted:
            path.chmod(wanted)
