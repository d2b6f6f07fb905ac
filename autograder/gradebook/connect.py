"""Opens a course's gradebook: nbgrader's tables, and our own beside them."""

from __future__ import annotations

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
    return GradebookDatabase(db_url, metadata)
