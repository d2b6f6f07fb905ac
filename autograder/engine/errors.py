"""What can go wrong on the examiner's side of the trust line."""

from __future__ import annotations

from autograder.errors import RunnerError
from autograder.outcome import Verdict


class EngineError(RunnerError):
    """The engine itself broke: the submission is not graded and is taken up again later.

    ``infrastructure`` makes ``utils.checks`` pass it on rather than count it against the student.
    """

    infrastructure = True


class StudentError(Exception):
    """A call to a student's function gave no answer; ``str`` is a sentence for the student.

    Attributes:
        verdict: What became of the call.
        ename: Name of the exception that the student's code raised, if it raised one.
        evalue: Its text.
        line_number: Where in the student's cell, if it is known.
        line: That line.
        warnings: Warnings on the way there.
    """

    student_error = True

    def __init__(
        self,
        verdict: Verdict,
        message: str,
        *,
        ename: str = "",
        evalue: str = "",
        line_number: int | None = None,
        line: str = "",
        warnings: list[str] | None = None,
    ) -> None:
        super().__init__(message)
        self.verdict: str = verdict.value
        self.ename = ename or type(self).__name__
        self.evalue = evalue or message
        self.line_number = line_number
        self.line = line
        self.warnings = warnings or []


class DiedError(Exception):
    """The student's process is gone; the session says what that means.

    Attributes:
        verdict: Why, as a verdict.
        sentence: Why, for the student.
    """

    def __init__(self, verdict: Verdict, sentence: str) -> None:
        super().__init__(sentence)
        self.verdict = verdict
        self.sentence = sentence
