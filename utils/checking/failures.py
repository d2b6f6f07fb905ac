"""What a check says if the student's function is missing, raises an exception, or warns.

Of a hidden check nothing is repeated that the student's code can choose freely, such as the text
of an exception: it could contain the hidden inputs.
"""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from utils.checking.calls import Call
from utils.checking.compare import describe_type
from utils.messages import get_message

# A hidden check names the type of an exception if it is one of these. Names are information: with
# all of Python's, a function could tell more about an input.
_TOLD_TYPES = frozenset(
    [
        "AssertionError",
        "AttributeError",
        "IndexError",
        "KeyError",
        "NameError",
        "NotImplementedError",
        "OverflowError",
        "RecursionError",
        "TypeError",
        "UnboundLocalError",
        "ValueError",
        "ZeroDivisionError",
    ]
)


class Line(NamedTuple):
    """A line of the student's: its number, its text, and the function that it stands in."""

    number: int | None
    text: str
    function: str


_NUMPY_WARNING = "(divide by zero|overflow|underflow|invalid value) encountered"


def explain_missing_function(namespace: Mapping[str, Any], function: str) -> str:
    """Say that there is no function of this name; empty if there is one."""
    try:
        value = namespace[function]
    except (KeyError, NameError):
        return get_message("not_defined", function=function)
    if not callable(value):
        type_ = describe_type(value, public=False)
        return get_message("not_callable", function=function, type=type_)
    return ""


def verdict_of(error: BaseException) -> str:
    """The verdict of an error from the jail; any other one was raised by the code or the check."""
    verdict = getattr(error, "verdict", None)
    return verdict if isinstance(verdict, str) else "raised"


def explain_exception(
    error: BaseException,
    body: Callable[..., Any],
    function: str,
    calls: Sequence[Call] = (),
    *,
    hidden: bool,
) -> str:
    """One or two sentences about an exception that the student's function raised.

    The text of an exception, or the name of its type, can contain the inputs. So a hidden check
    repeats only the names of built-in types, and names that stand in the line that is shown.

    Args:
        error: The exception, or an error of the jail with a ready message.
        body: The body of the check, which called the function.
        function: The name of the exercise's function.
        calls: The calls that the check made, if they were recorded.
        hidden: Whether the check is hidden.
    """
    verdict = getattr(error, "verdict", "raised")
    if verdict not in ("raised", "not_defined"):
        return str(error)
    name = str(getattr(error, "ename", type(error).__name__))
    text = str(getattr(error, "evalue", error)).strip().split("\n")[0]
    shown_name = name if name in _TOLD_TYPES or not hidden else get_message("own_error")
    if not _is_students(error, body, calls):
        return get_message("raised_in_check", function=function, error=shown_name)
    function = _called_function(error, calls) or function
    line = _failing_line(error, body, hidden=hidden)
    where = _where(line, function)
    failed_line = "" if hidden else str(getattr(error, "failed_line", ""))
    missing = re.match(r"name '(\w+)' is not defined", text)
    if failed_line and missing and name == "NameError":
        return get_message(
            "missing_import", function=function, missing=missing[1], line=failed_line
        )
    if message := _explain_name(name, text, line, function=function, where=where, hidden=hidden):
        return message
    if not hidden and name == "TypeError" and re.match(rf"{function}\(\) ", text):
        return get_message("wrong_signature", function=function, error=text)
    if name in ("TypeError", "AttributeError") and "NoneType" in text:
        return get_message("raised_none", function=function, where=where)
    if name == "ValueError" and "dimensions (has 0" in text:  # NumPy on `W @ None`
        return get_message("raised_no_matrix", function=function, where=where)
    shown = f"{shown_name}: {text}" if text and not hidden else shown_name
    return get_message("raised", function=function, error=shown.rstrip("."), where=where)


_NOT_IN_NUMPY = (
    r"(?:module 'numpy' has no attribute '|`np\.(?=\w+` was removed in the NumPy))(\w+)['`]"
)
# What NumPy has taken out, and what to write instead.
_REMOVED_FROM_NUMPY = {
    **{name: name for name in ("int", "float", "bool", "complex", "object", "str")},
    "long": "int",
    "unicode": "str",
    "float_": "np.float64",
    "complex_": "np.complex128",
    "Inf": "np.inf",
    "Infinity": "np.inf",
    "PINF": "np.inf",
    "NINF": "-np.inf",
    "NaN": "np.nan",
    "NAN": "np.nan",
    "product": "np.prod",
    "cumproduct": "np.cumprod",
    "sometrue": "np.any",
    "alltrue": "np.all",
    "round_": "np.round",
    "mat": "np.asarray",
    "row_stack": "np.vstack",
    "in1d": "np.isin",
    "trapz": "np.trapezoid",
}


def _explain_name(
    name: str, text: str, line: Line, *, function: str, where: str, hidden: bool
) -> str:
    """Say which name has no value; empty if the exception is about something else."""
    key = None
    if found := re.match(_NOT_IN_NUMPY, text):
        if name == "AttributeError" and found[1] in _REMOVED_FROM_NUMPY:
            key = "numpy_removed"
    elif found := re.match(r"name '(\w+)' is not defined", text):
        key = "missing_name" if name in ("NameError", "UnboundLocalError") else None
    elif found := re.match(r"cannot access local variable '(\w+)'", text):
        key = "unset_name" if name == "UnboundLocalError" else None
    if not key or not found:
        return ""
    # The student's code can make up the text: a hidden check repeats only what the line shows.
    if hidden and found[1] not in re.findall(r"\w+", line.text):
        return ""
    words = {"old": found[1], "new": _REMOVED_FROM_NUMPY.get(found[1])}
    return get_message(key, function=function, where=where, missing=found[1], **words)


def _is_students(error: BaseException, body: Callable[..., Any], calls: Sequence[Call]) -> bool:
    """Whether the student's code raised the exception, and not the check on what it returned."""
    if hasattr(error, "student_error") or any(call.error is error for call in calls):
        return True
    return _failing_line(error, body, hidden=False).number is not None


def _called_function(error: BaseException, calls: Sequence[Call]) -> str:
    """The function that the check called when the error came; empty if that is not known."""
    function = getattr(error, "function", "")
    if isinstance(function, str) and function:
        return function
    return next((call.function for call in calls if call.error is error), "")


def _where(line: Line, function: str) -> str:
    if line.number is None:
        return ""
    if line.function and line.function != function:
        return get_message(
            "raised_where_in", line_number=line.number, line=line.text, inner=line.function
        )
    return get_message("raised_where", line_number=line.number, line=line.text)


def explain_warnings(caught: Sequence[warnings.WarningMessage], *, hidden: bool) -> str:
    """NumPy's warning, for a wrong value that came with one; otherwise nothing.

    Student code can warn with any text, so a hidden check repeats only NumPy's own wording.
    """
    for warning in caught:
        if issubclass(warning.category, RuntimeWarning):
            text = str(warning.message)
            if not hidden:
                return get_message("warned", warning=text)
            if wording := re.match(_NUMPY_WARNING, text):
                return get_message("warned", warning=wording[0])
    return ""


def _failing_line(error: BaseException, body: Callable[..., Any], *, hidden: bool) -> Line:
    """The last line that ran in the student's own cells.

    The engine's errors carry it, taken from the notebook itself. When the student's code runs in
    this process, a hidden check names no line: the code can make up lines, and put inputs in them.
    """
    if hasattr(error, "line_number"):
        function = str(getattr(error, "line_function", ""))
        return Line(error.line_number, str(getattr(error, "line", "")).strip(), function)
    last = Line(None, "", "")
    if hidden:
        return last
    step: TracebackType | None = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if (
            step.tb_frame.f_globals is body.__globals__
            and code.co_filename != body.__code__.co_filename
        ):
            text = linecache.getline(code.co_filename, step.tb_lineno).strip()
            function = code.co_name if code.co_name.isidentifier() else last.function
            last = Line(step.tb_lineno, text, function)
        step = step.tb_next
    return last
