"""What a check says if the student's function is missing, raises an exception, or warns.

Of a hidden check nothing is repeated that the student's code can choose freely, such as the text
of an exception: it could contain the hidden inputs.
"""

from __future__ import annotations

import builtins
import linecache
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from utils.checking.compare import describe_type
from utils.messages import get_message

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
    """The verdict of an error from the jail; any other error was raised by the student's code."""
    verdict = getattr(error, "verdict", None)
    return verdict if isinstance(verdict, str) else "raised"


def explain_exception(
    error: BaseException, body: Callable[..., Any], function: str, *, hidden: bool
) -> str:
    """One or two sentences about an exception that the student's function raised.

    The text of an exception, or the name of its type, can contain the inputs. So a hidden check
    repeats only the names of built-in types.

    Args:
        error: The exception, or an error of the jail with a ready message.
        body: The body of the check, which called the function.
        function: The name of the exercise's function.
        hidden: Whether the check is hidden.
    """
    verdict = getattr(error, "verdict", "raised")
    if verdict not in ("raised", "not_defined"):
        return str(error)
    name = str(getattr(error, "ename", type(error).__name__))
    text = str(getattr(error, "evalue", error)).strip().split("\n")[0]
    number, line = _failing_line(error, body, hidden=hidden)
    where = get_message("raised_where", line_number=number, line=line) if number else ""
    if not hidden:  # both messages repeat some of the text
        missing = re.match(r"name '(\w+)' is not defined", text)
        if name in ("NameError", "UnboundLocalError") and missing:
            if failed_line := str(getattr(error, "failed_line", "")):
                return get_message(
                    "missing_import", function=function, missing=missing[1], line=failed_line
                )
            return get_message("missing_name", function=function, missing=missing[1])
        if name == "TypeError" and re.match(rf"{function}\(\) ", text):
            return get_message("wrong_signature", function=function, error=text)
    if name in ("TypeError", "AttributeError") and "NoneType" in text:
        return get_message("raised_none", function=function, where=where)
    if name == "ValueError" and "dimensions (has 0" in text:  # NumPy on `W @ None`
        return get_message("raised_no_matrix", function=function, where=where)
    if hidden:
        name, text = (name if hasattr(builtins, name) else "an error of its own"), ""
    shown = f"{name}: {text}" if text else name
    return get_message("raised", function=function, error=shown.rstrip("."), where=where)


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


def _failing_line(
    error: BaseException, body: Callable[..., Any], *, hidden: bool
) -> tuple[int | None, str]:
    """Number and text of the last line that ran in the student's own cells.

    The engine's errors carry both, taken from the notebook itself. When the student's code runs in
    this process, a hidden check names no line: the code can make up lines, and put inputs in them.
    """
    if hasattr(error, "line_number"):
        return error.line_number, str(getattr(error, "line", "")).strip()
    last: tuple[int | None, str] = (None, "")
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
            last = (step.tb_lineno, text)
        step = step.tb_next
    return last
