"""Late-submission penalties in nbgrader's gradebook, computed by the course's plugin.

nbgrader computes a penalty when it grades, and never again: a due date that was moved, an extension
or points that a person gave since then change nothing. Here every command that reads or writes
grades first brings the penalties up to date, for which nothing has to be executed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from nbgrader.api import Grade
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, func, select

from autograder.course.config import whole_config
from autograder.course.grading_options import Penalty
from autograder.course.late_penalties import load_penalty
from autograder.course.timestamps import FILE, CourseClock
from autograder.errors import TimestampError
from autograder.gradebook.database import Database
from autograder.gradebook.registered_assignment import MissingAssignmentError, RegisteredAssignment
from autograder.gradebook.submission_rows import SubmittedNotebook, read_submitted_notebooks
from autograder.gradebook.tables import grades, submissions, submitted_notebooks, update_rows
from autograder.grading.lateness import seconds_late


def update_penalties(database: Database, coursedir: CourseDirectory, name: str) -> dict[str, str]:
    """Make all penalties of an assignment fit its due date, extensions, timestamps and points.

    Nothing is written if they do, or if the gradebook does not know the assignment.

    Args:
        database: The gradebook.
        coursedir: nbgrader's ``CourseDirectory`` of the course.
        name: The assignment's.

    Returns:
        By student: the sentence that says why nobody can tell when the work was handed in.

    Raises:
        CourseError: If the config names no time zone, or the plugin fails.
        StorageError: If the gradebook cannot be read or written.
    """
    try:
        before = database.run(lambda connection: _read(connection, name)[1])
    except MissingAssignmentError:
        return {}
    timestamps, unreadable = _read_timestamps(coursedir, name, before)

    def update(connection: Connection) -> None:
        registered, notebooks = _read(connection, name)
        changes = [
            {"row_id": notebook.submission_id, "timestamp": timestamps[student]}
            for student, (notebook, *_) in notebooks.items()
            if timestamps.get(student, notebook.timestamp) != notebook.timestamp
        ]
        if changes:
            update_rows(connection, submissions, ("timestamp",), changes)
            registered, notebooks = _read(connection, name)
        rows = [notebook for each in notebooks.values() for notebook in each]
        of_time = any(_seconds_late(registered, one) for one in rows)
        if of_time or any(one.penalty is not None for one in rows):
            penalty = load_penalty(whole_config(coursedir))
            if penalty is not None:
                write_penalties(connection, registered, rows, penalty)

    database.run(update)
    return unreadable


def _read(
    connection: Connection, name: str
) -> tuple[RegisteredAssignment, dict[str, list[SubmittedNotebook]]]:
    registered = RegisteredAssignment(connection, name)
    return registered, read_submitted_notebooks(connection, registered)


def _read_timestamps(
    coursedir: CourseDirectory, name: str, notebooks: Mapping[str, Sequence[SubmittedNotebook]]
) -> tuple[dict[str, datetime | None], dict[str, str]]:
    """By student: when the work was handed in; and why that cannot be told."""
    clock = CourseClock.of(whole_config(coursedir))
    timestamps: dict[str, datetime | None] = {}
    unreadable = {}
    for student, (notebook, *_) in notebooks.items():
        submitted = Path(coursedir.format_path(coursedir.submitted_directory, student, name))
        try:
            timestamps[student] = clock.read(submitted)
        except TimestampError as error:
            unreadable[student] = str(error)
            continue
        if timestamps[student] is None and notebook.timestamp is not None:
            # One without a file was entered in another way, if no file was there at grading.
            autograded = coursedir.format_path(coursedir.autograded_directory, student, name)
            if not (submitted.is_dir() and Path(autograded, FILE).is_file()):
                timestamps[student] = notebook.timestamp
    return timestamps, unreadable


def write_penalties(
    connection: Connection,
    registered: RegisteredAssignment,
    notebooks: Collection[SubmittedNotebook],
    penalty: Penalty,
) -> None:
    """Write the penalty of each notebook that is late, and take it back from the others.

    Args:
        connection: In a transaction that has written the notebooks' scores.
        registered: The assignment.
        notebooks: The notebooks that were graded.
        penalty: The course's plugin.
    """
    late = {
        notebook.id: seconds
        for notebook in notebooks
        if (seconds := _seconds_late(registered, notebook)) > 0
    }
    scores = _scores(connection, registered, late)
    changes = []
    for notebook in notebooks:
        points = None
        if notebook.id in late:
            points = penalty(notebook.student, scores.get(notebook.id, 0.0), late[notebook.id])
        if points != notebook.penalty:
            changes.append({"row_id": notebook.id, "late_submission_penalty": points})
    update_rows(connection, submitted_notebooks, ("late_submission_penalty",), changes)


def _seconds_late(registered: RegisteredAssignment, notebook: SubmittedNotebook) -> float:
    return seconds_late(registered.duedate, notebook.timestamp, notebook.extension)


def _scores(
    connection: Connection, registered: RegisteredAssignment, notebook_ids: Collection[str]
) -> dict[str, float]:
    """By submitted notebook: its score, as nbgrader's ``SubmittedNotebook.score`` computes it."""
    if not notebook_ids:
        return {}
    rows = connection.execute(
        select(grades.c.notebook_id, func.sum(Grade.score))
        # by the cells, too: nbgrader's index begins with them
        .where(grades.c.cell_id.in_(registered.cell_keys), grades.c.notebook_id.in_(notebook_ids))
        .group_by(grades.c.notebook_id)
    )
    return {notebook_id: float(score or 0.0) for notebook_id, score in rows}
