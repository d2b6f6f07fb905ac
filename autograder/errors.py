"""Errors that carry a ready sentence: which file, what is wrong, what to do."""


class AutograderError(Exception):
    """Base of all errors that a person can mend; ``str(error)`` is the sentence to show."""


class CourseError(AutograderError):
    """The course itself is not as it should be: a missing folder, a faulty assignment."""


class BadSubmissionError(AutograderError):
    """One submission cannot be read. The others are not concerned."""


class RunnerError(AutograderError):
    """What executes notebooks broke. Never the student's zero: the next run tries again."""


class StorageError(AutograderError):
    """Grades could not be written down: no space, no connection. The next run goes on."""
