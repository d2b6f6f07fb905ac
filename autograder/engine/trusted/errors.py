"""What can go wrong on the examiner's side of the trust line."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from autograder.errors import RunnerError
from autograder.models import Verdict

if TYPE_CHECKING:
    from autograder.engine.trusted.replies import Failure

# Exceptions that a test may rightly wait for (``except ValueError``). Not NameError: of a student's
# function it says something else than of the test cell itself.
_CATCHABLE = frozenset(
    kind.__name__
    for kind in (
        ArithmeticError,
        AssertionError,
        AttributeError,
        FloatingPointError,
        IndexError,
        KeyError,
        LookupError,
        NotImplementedError,
        OverflowError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    )
)


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
        self._message = message
        self.verdict: str = verdict.value
        self.ename = ename or "ProcessEnded"
        self.evalue = evalue if ename else message
        self.line_number = line_number
        self.line = line
        self.warnings = warnings or []

    def __str__(self) -> str:
        return self._message  # KeyError, which this may also be, would show it in quotes


def raised(function: str, failure: Failure, warnings: list[str]) -> StudentError:
    """The error for an exception in the student's code; of that type too, if tests wait for it."""
    where = f" (line {failure.line_number}: {failure.line})" if failure.line_number else ""
    message = f"`{function}` raised {failure.ename}: {failure.evalue}{where}"
    if failure.verdict is Verdict.FORBIDDEN:
        message = f"`{function}` tried something that is not allowed while work is graded{where}."
    elif failure.verdict is Verdict.OUT_OF_MEMORY:
        message = f"`{function}` ran out of memory{where}."
    elif failure.verdict is Verdict.OUTPUT_TOO_LARGE:
        message = f"`{function}` printed more than is kept{where}."
    kind: type[StudentError] = StudentError
    if failure.ename in _CATCHABLE:
        kind = type(failure.ename, (StudentError, getattr(builtins, failure.ename)), {})
    return kind(
        failure.verdict,
        message,
        ename=failure.ename,
        evalue=failure.evalue,
        line_number=failure.line_number,
        line=failure.line,
        warnings=warnings,
    )


class DiedError(Exception):
    """The student's process is gone; the session says what that means.

    Attributes:
        verdict: Why, as a verdict.
        sentence: Why, for the student.
        killed: Whether it was by a SIGKILL: the student's code may have had no part in it.
    """

    def __init__(self, verdict: Verdict, sentence: str, *, killed: bool = False) -> None:
        super().__init__(sentence)
        self.verdict = verdict
        self.sentence = sentence
        self.killed = killed
