"""Open a course's gradebook: nbgrader's tables, and our own beside them."""

from __future__ import annotations

from autograder.gradebook.database import Database
from autograder.gradebook.results_table import metadata


def open_gradebook(db_url: str) -> Database:
    """The gradebook at this address; its tables are made where they are missing.

    Args:
        db_url: As ``c.CourseDirectory.db_url`` has it.

    Raises:
        CourseError: If the address is none, lacks a driver, or the tables are an older nbgrader's.
        StorageError: If the database cannot be reached.
    """
    return Database(db_url, metadata)
