"""The exceptions. Each carries a whole sentence: which file, what is wrong, what to do."""


class AutograderError(Exception):
    """Base of all errors that a person can fix; ``str(error)`` is the sentence to show."""


class CourseError(AutograderError):
    """The course itself is faulty: a folder is missing, an assignment has an error in it."""


class BadSubmissionError(AutograderError):
    """One submission cannot be read. The others are not affected."""


class NotHandedInError(BadSubmissionError):
    """There is no such notebook among what was handed in."""


class TimestampError(BadSubmissionError, ValueError):
    """It cannot be said when something was handed in. A ``ValueError`` for nbgrader's sake."""


class RunnerError(AutograderError):
    """What executes notebooks failed. Never the student's zero: the next run tries again."""


class StorageError(AutograderError):
    """Grades could not be saved: no space, no connection. The next run continues from there."""
