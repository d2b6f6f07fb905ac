"""Lets nbgrader read times as we do: its commands, the exchange, formgrader and its gradebook."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import nbgrader.apps.api
import nbgrader.apps.zipcollectapp
import nbgrader.coursedir
import nbgrader.exchange.default.collect
import nbgrader.utils
from nbgrader.api import SubmittedAssignment
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.config import whole_config
from autograder.course.timestamps import CourseClock
from autograder.errors import TimestampError

# Each has a name of its own for the function.
_MODULES = (
    nbgrader.utils,
    nbgrader.coursedir,
    nbgrader.apps.api,
    nbgrader.apps.zipcollectapp,
    nbgrader.exchange.default.collect,
)


def install(c: Config) -> None:
    """Replace nbgrader's functions that read times: there is no setting.

    Args:
        c: The course's config, whose time zone may be set later on.
    """

    def parse_utc(time: datetime | str | None) -> datetime | None:
        """A time in UTC without a time zone (see ``CourseClock.parse``)."""
        if isinstance(time, str):
            try:
                return CourseClock.of(c).parse(time)
            except TimestampError as error:
                raise TimestampError(f"The text for a date {error}.") from error
        if time is None or time.tzinfo is None:
            return time
        return time.astimezone(UTC).replace(tzinfo=None)

    for module in _MODULES:
        module.parse_utc = parse_utc
    SubmittedAssignment.duedate = property(_due_date)
    CourseDirectory.get_existing_timestamp = _existing_timestamp
    NbGraderAPI.get_submitted_timestamp = _submitted_timestamp


def _due_date(self: SubmittedAssignment) -> datetime | None:
    """When it is due for this student; nbgrader's own fails on an extension without a due date."""
    due: datetime | None = self.assignment.duedate
    return due if due is None or self.extension is None else due + self.extension


def _existing_timestamp(self: CourseDirectory, dest_path: str) -> datetime | None:
    """When the submission in this folder was handed in; None if that is not known."""
    return CourseClock.of(whole_config(self)).read(Path(dest_path))


def _submitted_timestamp(self: NbGraderAPI, assignment_id: str, student_id: str) -> datetime | None:
    """The same for formgrader's pages, of which one bad file must not take the whole class away."""
    folder = self.coursedir.format_path(
        self.coursedir.submitted_directory, student_id, assignment_id
    )
    try:
        return CourseClock.of(whole_config(self.coursedir)).read(Path(folder))
    except TimestampError as error:
        self.log.warning("%s", error)
        return None
