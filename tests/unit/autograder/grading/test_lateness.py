"""How late a submission is."""

from datetime import datetime, timedelta

from nbgrader.api import Assignment, SubmittedAssignment

from autograder.grading.lateness import seconds_late

DUE = datetime(2026, 3, 1)  # noqa: DTZ001  nbgrader keeps naive dates


def test_lateness_is_like_nbgraders():
    """The same as nbgrader's own property, for every kind of date."""
    for due in (None, DUE):
        for handed_in in (None, DUE - timedelta(1), DUE, DUE + timedelta(hours=3)):
            for extension in (None, timedelta(hours=1), timedelta(days=1)):
                if due is None and extension:
                    continue  # nbgrader raises a TypeError there
                submission = SubmittedAssignment(timestamp=handed_in, extension=extension)
                submission.assignment = Assignment("x", duedate=due)
                assert seconds_late(due, handed_in, extension) == submission.total_seconds_late
