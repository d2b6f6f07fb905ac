"""What a test cell calls: an exercise, its checks, and the report that ends the cell.

A test cell reads::

    exercise = checks.Exercise("compute_cost_with_regularization", points=12)

    @exercise.check("the printed cost", points=4)
    def printed_cost(check):
        A3, Y, parameters = cases.cost_with_regularization()
        cost = compute_cost_with_regularization(A3, Y, parameters, lambd=0.1)
        check.close("cost", cost, 1.7864859451590758)

    exercise.report()

Each check runs at once and on its own: one that fails costs its own points and no others. The
same cell runs by hand in JupyterLab, under ``nbgrader validate`` and when work is graded.
"""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import io
import linecache
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np

from utils.checking.calls import Call, RecordedFunction
from utils.checking.hints import find_hint
from utils.checking.report import Line, NotRightYet, Report, execution
from utils.compare import ATOL, RTOL, difference, kind
from utils.messages import get_message

_NUMPY_WARNS = "(divide by zero|overflow|underflow|invalid value) encountered"

_ELSEWHERE = object()

CheckBody = Callable[["Check"], None]


def fresh(label: str) -> np.random.RandomState:
    """A stream for inputs that nobody can know beforehand: the course's secret seed and a label.

    The seed is the environment variable ``AUTOGRADER_SEED``, which a course sets where it grades.
    """
    secret = f"{os.environ.get('AUTOGRADER_SEED', '')}:{label}".encode()
    return np.random.RandomState(int.from_bytes(hashlib.sha256(secret).digest()[:4], "big"))


class Unmet(Exception):  # noqa: N818  it is the ordinary way for a check to end
    """A check found a difference; the message is ready to be shown."""


@dataclass
class Check:
    """One running check: what its body compares with.

    Attributes:
        function: The exercise's function, for messages.
        hidden: A hidden check's messages name no inputs and no expected values.
        clean: Whether all checks before this one are right.
        note: Shown although the check is right: why the numbers differ, for example.
        copies: Whether the student's functions get copies of their inputs.
        calls: Every call of a student's function that the check made, in order.
    """

    function: str
    hidden: bool
    clean: bool = True
    note: str = ""
    copies: bool = True
    calls: list[Call] = field(default_factory=list)

    def close(
        self, name: str, got: Any, expected: Any, *, rtol: float = RTOL, atol: float = ATOL
    ) -> None:
        """Compare a value, an array, or a dict or tuple of them, with the expected one.

        Raises:
            Unmet: With the first difference as its message (see ``utils.compare``).
        """
        if got is None and name == "the result":
            raise Unmet(get_message("returned_none", function=self.function))
        found = difference(name, got, expected, rtol=rtol, atol=atol, public=not self.hidden)
        if found:
            raise Unmet(found)

    def shapes(self, name: str, got: Any, expected: Any) -> None:
        """Require shapes alone: one for an array, a dict of them for a dict of arrays.

        Raises:
            Unmet: If a value is missing, of another type or shape, or not finite.
        """
        if isinstance(expected, dict):
            like: Any = {key: np.zeros(shape) for key, shape in expected.items()}
        else:
            like = np.zeros(expected)
        self.close(name, got, like, atol=float(np.finfo(float).max))

    def parts(self, name: str, got: Any, length: int) -> Any:
        """A tuple of ``length`` values, to be unpacked.

        Raises:
            Unmet: If ``got`` is anything else.
        """
        self.close(name, got, (None,) * length)
        return got

    def drawn(
        self,
        name: str,
        got: Any,
        printed: Any,
        *,
        replay: Callable[[], Any],
        note: str = "drawn_otherwise",
    ) -> None:
        """Compare a value that hangs on random draws with the printed one.

        Args:
            name: What the value is called.
            got: The student's value.
            printed: The published value, for draws in the order of the lecture.
            replay: Gives the value that follows from the draws that the student returned. If
                that is what came, and the checks before this one have found nothing wrong with
                the draws, the answer is right and a note says why the numbers differ.
            note: The message that says so.

        Raises:
            Unmet: If it fits neither.
        """
        found = difference(name, got, printed, public=not self.hidden)
        if not found:
            return
        if not self.clean:
            raise Unmet(found)
        try:
            replayed = replay()
        except Exception:  # noqa: BLE001  what was returned cannot be replayed, whatever it is
            raise Unmet(found) from None
        if difference(name, got, replayed):
            raise Unmet(found)
        self.note = get_message(note, name=name)

    def true(self, condition: Any, message: str) -> None:
        """Require a property that has a sentence of its own.

        Raises:
            Unmet: With ``message``, unless ``condition`` is plainly true.
        """
        if not bool(condition):
            raise Unmet(message)

    def unchanged(self, name: str, now: Any, before: Any) -> None:
        """Require that the function left its argument ``name`` as it was.

        Raises:
            Unmet: If ``now`` is not what it was ``before``.
            ValueError: If the function got copies, and so could not change it.
        """
        if self.copies:
            raise ValueError("a check that looks for changed inputs needs copies=False")
        if difference(name, now, before, rtol=0.0, atol=0.0):
            raise Unmet(get_message("changed_input", function=self.function, name=name))


class Exercise:
    """The checks of one function, and their points.

    Args:
        function: Name of the function that the student writes.
        points: What the exercise is worth. Points of checks that are not in this notebook
            (hidden checks, in a student's copy) are reported as decided later.
        uses: Other functions of the student that the checks call.
    """

    def __init__(self, function: str, points: float, uses: Sequence[str] = ()) -> None:
        self.function = function
        self.points = points
        self.uses = tuple(uses)
        self.calls: dict[str, list[Call]] = {}  # by check, what it called
        self._lines: list[Line] = []

    def check(
        self, name: str, points: float, *, hidden: bool = False, copies: bool = True
    ) -> Callable[[CheckBody], CheckBody]:
        """Run the decorated body now.

        Args:
            name: What is checked.
            points: What it is worth.
            hidden: Whether it is no student's to read.
            copies: Whether the student's functions get copies of their inputs, as they should
                but where the check is about what they do to them (see ``utils.checking.calls``).
        """

        def run(body: CheckBody) -> CheckBody:
            clean = all(line.right for line in self._lines)
            check = Check(self.function, hidden, clean, copies=copies)
            self.calls[name] = check.calls
            with self._recorded(body, check.calls, copies=copies):
                verdict, message = self._run(body, check)
            mistake = None
            if verdict in ("wrong", "raised") and not hidden and execution() != "autograde":
                # (who grades knows more than the hints, and names the mistake from all calls)
                mistake, message = find_hint(self.function, name, check.calls) or (None, message)
            self._lines.append(
                Line(
                    name=name,
                    verdict=verdict,
                    message=message or check.note,
                    points=points if verdict == "right" else 0.0,
                    max_points=points,
                    hidden=hidden,
                    mistake=mistake,
                )
            )
            return body

        return run

    def report(self) -> Report:
        """What came of the checks; the last line of a test cell.

        Raises:
            NotRightYet: Under ``nbgrader validate``, which looks for an error, if a check failed.
        """
        report = Report(self.function, float(self.points), tuple(self._lines))
        if execution() == "validate" and not report.all_right:
            raise NotRightYet(report)
        return report

    @contextlib.contextmanager
    def _recorded(self, body: CheckBody, calls: list[Call], *, copies: bool) -> Iterator[None]:
        """While the body runs, its names for the student's functions stand for their records."""
        names = body.__globals__
        own: dict[str, Any] = {}
        for name in (self.function, *self.uses):
            try:
                function = names[name]
            except (KeyError, NameError):
                continue  # a check that calls it will say so
            if callable(function):
                # dict's own: the engine's names are more than what stands in the dictionary
                own[name] = function if dict.__contains__(names, name) else _ELSEWHERE
                names[name] = RecordedFunction(name, function, calls, copies=copies)
        try:
            yield
        finally:
            for name, function in own.items():
                if function is _ELSEWHERE:
                    del names[name]
                else:
                    names[name] = function

    def _run(self, body: CheckBody, check: Check) -> tuple[str, str]:
        """Run one body; return the verdict and the message."""
        with contextlib.ExitStack() as around:
            warned = around.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
            if check.hidden:  # what a function prints of hidden inputs is nobody's to read
                around.enter_context(contextlib.redirect_stdout(io.StringIO()))
                around.enter_context(contextlib.redirect_stderr(io.StringIO()))
            try:
                self._require_function(body)
                body(check)
            except Unmet as unmet:
                return "wrong", str(unmet) + _said(warned, hidden=check.hidden)
            except NotDefined as missing:
                return "not_defined", str(missing)
            except (Exception, SystemExit) as error:
                if getattr(error, "infrastructure", False):
                    raise
                return _verdict(error), _explain(error, check, body)
        return "right", ""

    def _require_function(self, body: CheckBody) -> None:
        try:
            function = body.__globals__[self.function]
        except (KeyError, NameError):
            raise NotDefined(get_message("not_defined", function=self.function)) from None
        if not callable(function):
            found = kind(function, public=False)
            raise NotDefined(get_message("not_callable", function=self.function, type=found))


class NotDefined(Exception):  # noqa: N818  it is the ordinary way for a check to end
    """The exercise's function does not exist, or its name holds something else."""


def _said(warned: list[warnings.WarningMessage], *, hidden: bool) -> str:
    """NumPy's own hint, where a wrong value came with a warning.

    Anybody can warn, and of anything: of a hidden check only the words that are NumPy's are said.
    """
    for warning in warned:
        if issubclass(warning.category, RuntimeWarning):
            text = str(warning.message)
            if not hidden:
                return get_message("warned", warning=text)
            if found := re.match(_NUMPY_WARNS, text):
                return get_message("warned", warning=found[0])
    return ""


def _verdict(error: BaseException) -> str:
    """An error from the jail brings its verdict; any other was raised by the student's code."""
    told = getattr(error, "verdict", None)
    if isinstance(told, str):
        return told
    return "raised"


def _explain(error: BaseException, check: Check, body: CheckBody) -> str:
    """One or two sentences on an exception that came out of the student's function.

    An exception's text, and a type made for the purpose, can carry the inputs it was raised for:
    of a hidden check only the names of built-in types are repeated.
    """
    function = check.function
    verdict = getattr(error, "verdict", "raised")
    if verdict not in ("raised", "not_defined"):
        return str(error)
    name = str(getattr(error, "ename", type(error).__name__))
    text = str(getattr(error, "evalue", error)).strip().split("\n")[0]
    number, line = _place(error, body, hidden=check.hidden)
    where = get_message("raised_where", line_number=number, line=line) if number else ""
    if not check.hidden:  # what these repeat of the text, a hidden check must not
        missing = re.match(r"name '(\w+)' is not defined", text)
        if name in ("NameError", "UnboundLocalError") and missing:
            return get_message("missing_name", function=function, missing=missing[1])
        if name == "TypeError" and re.match(rf"{function}\(\) ", text):
            return get_message("wrong_signature", function=function, error=text)
    if name in ("TypeError", "AttributeError") and "NoneType" in text:
        return get_message("raised_none", function=function, where=where)
    if name == "ValueError" and "dimensions (has 0" in text:  # NumPy on `W @ None`
        return get_message("raised_no_matrix", function=function, where=where)
    if check.hidden:
        name, text = (name if hasattr(builtins, name) else "an error of its own"), ""
    shown = f"{name}: {text}" if text else name
    return get_message("raised", function=function, error=shown.rstrip("."), where=where)


def _place(error: BaseException, body: CheckBody, *, hidden: bool) -> tuple[int | None, str]:
    """Line number and text of the last step in the student's own cells.

    The engine says it of its errors, and only what stands in the notebook. In one process with
    the student's code nobody can be sure: what that says is a line may be a hidden input.
    """
    if hasattr(error, "line_number"):
        return error.line_number, str(getattr(error, "line", "")).strip()
    found: tuple[int | None, str] = (None, "")
    if hidden:
        return found
    step: TracebackType | None = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if (
            step.tb_frame.f_globals is body.__globals__
            and code.co_filename != body.__code__.co_filename
        ):
            text = linecache.getline(code.co_filename, step.tb_lineno).strip()
            found = (step.tb_lineno, text)
        step = step.tb_next
    return found
