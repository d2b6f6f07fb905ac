"""What can go wrong on the examiner's side of the trust line."""

from __future__ import annotations

import builtins
from typing import Any

from autograder.engine.trusted.replies import Failure
from autograder.errors import RunnerError
from autograder.models import Verdict
from utils.messages import get_message

# Exceptions that a test may expect (``except ValueError``). Not NameError: raised in a student's
# function it means something other than in the test cell itself.
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
    """The engine itself failed: the submission is not graded now, and is graded in a later run.

    ``infrastructure`` makes ``utils.checks`` pass it on rather than count it against the student.
    """

    infrastructure = True


class CannotAskError(EngineError):
    """A test cell asks for what cannot be asked from outside the student's process.

    It costs that cell only. Where the solution is graded before anybody is, the class is not graded
    before the cell is changed.
    """


class StudentError(Exception):
    """A call to a student's function gave no answer; ``str`` is a sentence for the student.

    Attributes:
        verdict: How the call ended.
        ename: Name of the exception that the student's code raised, if it raised one.
        evalue: Its text.
        line_number: Where in the student's cell, if that is known.
        line: That line.
        line_function: The function that the line stands in, if that is known.
        function: The function that was called.
        warnings: Texts of the warnings before it.
        failed_line: The line of an earlier cell whose failure is the reason; empty if none is.
    """

    student_error = True
    failed_line = ""

    def __init__(
        self,
        verdict: Verdict,
        message: str,
        *,
        ename: str = "",
        evalue: str = "",
        line_number: int | None = None,
        line: str = "",
        line_function: str = "",
        function: str = "",
        warnings: list[str] | None = None,
    ) -> None:
        super().__init__(message)
        self._message = message
        self.verdict: str = verdict.value
        self.ename = ename or "ProcessEnded"
        self.evalue = evalue if ename else message
        self.line_number = line_number
        self.line = line
        self.line_function = line_function
        self.function = function
        self.warnings = warnings or []

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.__dict__,)  # of a plain StudentError: nobody catches it elsewhere

    def __str__(self) -> str:
        # not Exception's own: a KeyError, which this may also be, would put it in quotes
        reason = f": the line `{self.failed_line}` failed" if self.failed_line else ""
        return self._message + reason


def _restored(attributes: dict[str, Any]) -> StudentError:
    """An error that was sent by another process."""
    error = StudentError(Verdict.RAISED, "")
    error.__dict__.update(attributes)
    return error


def call_error(
    function: str,
    failure: Failure,
    warnings: list[str],
    line_function: str = "",
    *,
    catch_names: bool = False,
) -> StudentError:
    """The error for an exception in the student's code; of its type too, if tests may expect that.

    Args:
        function: The function's name.
        failure: The exception.
        warnings: Texts of the warnings before it.
        line_function: The function that the exception's line stands in, if that is known.
        catch_names: Whether the test may expect a NameError: it has deleted the name itself.
    """
    number, line = failure.line_number, failure.line
    where = get_message("at_line", line_number=number, line=line) if number else ""
    message = get_message(
        _CALL_SENTENCES.get(failure.verdict, "call_raised"),
        function=function,
        error=f"{failure.ename}: {failure.evalue}",
        where=where,
    )
    kind: type[StudentError] = StudentError
    if failure.ename in _CATCHABLE or (catch_names and failure.ename == "NameError"):
        kind = type(failure.ename, (StudentError, getattr(builtins, failure.ename)), {})
    return kind(
        failure.verdict,
        message,
        ename=failure.ename,
        evalue=failure.evalue,
        line_number=failure.line_number,
        line=failure.line,
        line_function=line_function,
        function=function,
        warnings=warnings,
    )


_CALL_SENTENCES = {
    Verdict.FORBIDDEN: "call_forbidden",
    Verdict.OUT_OF_MEMORY: "call_out_of_memory",
    Verdict.OUTPUT_TOO_LARGE: "call_output_too_large",
}
_HIDDEN_SENTENCES = {
    Verdict.TIMED_OUT: "hidden_timed_out",
    Verdict.OUT_OF_MEMORY: "hidden_out_of_memory",
    Verdict.OUTPUT_TOO_LARGE: "hidden_output_too_large",
    Verdict.FORBIDDEN: "hidden_forbidden",
}


def without_details(error: StudentError, function: str) -> StudentError:
    """The error as a hidden check may tell it: its text, its line and all else could be an input.

    Its text stays in ``evalue``, for a check that expects a certain error.

    Args:
        error: The error.
        function: The student's global that was called or fetched; empty if there is no such name.
    """
    verdict = Verdict(error.verdict)
    what = f"`{function}`" if function else get_message("a_function")
    sentence = get_message(_HIDDEN_SENTENCES.get(verdict, "hidden_raised"), what=what)
    return type(error)(verdict, sentence, ename=error.ename, evalue=error.evalue)


class DiedError(Exception):
    """The student's process is gone; what that means for the grade is for the session to decide.

    Attributes:
        verdict: Why, as a verdict.
        sentence: Why, for the student.
        killed: Whether by a SIGKILL, which the student's code may have had no part in.
    """

    def __init__(self, verdict: Verdict, sentence: str, *, killed: bool = False) -> None:
        super().__init__(sentence)
        self.verdict = verdict
        self.sentence = sentence
        self.killed = killed
