"""Test cells: an exercise, its checks, and the report at the end of the cell.

A test cell checks one function that the student wrote::

    import numpy as np
    from utils import checks
    from utils.cases import regularization as cases

    exercise = checks.Exercise("compute_cost_with_regularization", points=12)


    @exercise.check("the printed cost", points=4)
    def printed_cost(check):
        A3, Y, parameters = cases.cost_with_regularization()
        cost = compute_cost_with_regularization(A3, Y, parameters, lambd=0.1)
        check.close("the cost", cost, 1.7864859451590758)


    ### BEGIN HIDDEN TESTS
    @exercise.check("no penalty for lambd = 0", points=8, hidden=True)
    def no_penalty(check):
        rng = checks.fresh("l2-zero")
        ...


    ### END HIDDEN TESTS
    exercise.report()

Each check runs as soon as it is defined. A check that fails costs its own points and no others,
and the checks after it still run. The same cell runs when the student runs it in JupyterLab, under
``nbgrader validate``, and when work is graded.

When work is graded, the student's functions run in a process of their own, without the tests. A
test cell then starts without any names: it imports what it needs, and any other name that it uses
is looked up in the student's notebook. What it passes to the student's functions has to be plain
data (numbers, text, ``None``, arrays of numbers, and lists, tuples and dictionaries of these) or
something that one of these functions returned.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from utils.checking import failures
from utils.checking.calls import Call, recording
from utils.checking.compare import ATOL, FORM_ONLY, RESULT, RTOL, difference, unaltered
from utils.checking.hints import find_hint
from utils.checking.report import Line, NotRightYet, Report, nbgrader_execution
from utils.labreport import history
from utils.messages import get_message

CheckBody = Callable[["Check"], None]


def fresh(label: str) -> np.random.RandomState:
    """Random numbers for inputs that nobody can know in advance.

    They depend on the course's secret seed and on the label, and on nothing else: every student
    of a course gets the same inputs, in every run. NumPy's global random state is not touched.

    The seed is read from the environment variable ``AUTOGRADER_SEED``, which is set to
    ``c.GradeCells.seed`` while work is graded. Without it, as in a student's notebook, the seed is
    the empty text.

    Args:
        label: Any text. Give each check a label of its own: the same label gives the same numbers
            again.

    Returns:
        A generator at its beginning, with methods such as ``randn`` and ``randint``.
    """
    secret = f"{os.environ.get('AUTOGRADER_SEED', '')}:{label}".encode()
    return np.random.RandomState(int.from_bytes(hashlib.sha256(secret).digest()[:4], "big"))


class Unmet(Exception):  # noqa: N818  it is the ordinary way for a check to end
    """Raised when a check fails; its text is the message for the student."""


@dataclass
class Check:
    """What the body of a check is given: the comparisons that it can make.

    The first comparison that fails ends the check, and its message is what the student reads. If
    none fails, the check is right.

    Compare step by step, from coarse to fine. First make sure that an answer has the right form
    (``parts``, ``shapes``), then compute with it or compare its values. Otherwise an answer of the
    wrong form leads to an error inside the check in place of a helpful sentence.

    In all comparisons ``name`` is what the value is called in the exercise, such as ``dW1``. For
    the value that the function returned, use the name ``the result``: if it is ``None``, the
    message then says that a ``return`` may be missing.

    Attributes:
        function: The name of the exercise's function.
        hidden: Whether this is a hidden check. Its messages contain no inputs and no values.
        clean: Whether all earlier checks of the exercise are right.
        note: Text that is shown beside the check when it is right, such as why numbers differ.
        copies: Whether the student's functions get copies of their arguments.
        calls: The calls of the student's functions that this check made, in order.
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
        """Require the expected value, up to rounding.

        The message is about the first difference, looked for in this order: the value is missing,
        it has the wrong type, the wrong shape, entries that are not numbers, entries that are not
        finite, wrong values. For wrong values it also says what they have in common, if anything:
        the wrong sign, a constant factor, rows and columns exchanged.

        Args:
            name: What the value is called.
            got: The student's value.
            expected: What it should be, and with it the form that is required:

                - a number: any one number, Python's or NumPy's;
                - an array: a NumPy array of the same shape;
                - a dictionary: a dictionary with at least these keys. Each entry is compared in
                  the same way, under its key as the name. More keys are allowed;
                - a tuple or list: a tuple or list of the same length. Each entry is compared in
                  the same way, except where ``None`` is expected: that place is skipped.
            rtol: Relative tolerance, as in ``numpy.isclose``.
            atol: Absolute tolerance, as in ``numpy.isclose``. For an answer in single or half
                precision the tolerances are at least 1e-4 (relative) and 1e-5 (absolute).

        Raises:
            Unmet: If the value differs.
        """
        if got is None and name == RESULT:
            raise Unmet(get_message("returned_none", function=self.function))
        message = difference(name, got, expected, rtol=rtol, atol=atol, public=not self.hidden)
        if message:
            raise Unmet(message)

    def shapes(self, name: str, got: Any, expected: Any) -> None:
        """Require arrays of numbers of the right shape, whatever their values.

        Args:
            name: What the value is called.
            got: The student's value.
            expected: A shape, such as ``(3, 1)``, or ``()`` for one number. For a dictionary of
                arrays, a dictionary of shapes; more keys are allowed. For a tuple, call ``parts``
                first and then ``shapes`` for each part.

        Raises:
            Unmet: If a value is missing, has another type or shape, or is not finite.
        """
        if isinstance(expected, dict):
            like: Any = {key: np.zeros(shape) for key, shape in expected.items()}
        else:
            like = np.zeros(expected)
        self.close(name, got, like, atol=FORM_ONLY)

    def parts(self, name: str, got: Any, length: int) -> Any:
        """Require a tuple of ``length`` values and return it, ready to be unpacked.

        For example ``A3, cache = check.parts("the result", result, 2)``. The values themselves are
        not looked at, and a list is as good as a tuple.

        Args:
            name: What the value is called.
            got: The student's value.
            length: How many values it should hold.

        Returns:
            ``got`` itself.

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
        """Require a value that depends on random draws, in whatever order they were made.

        A student may draw the same numbers in another order than the solution, and is right all
        the same. So a value passes in two cases: it equals the printed one, or it follows from the
        draws that the student made. In the second case a note beside the check explains why the
        numbers differ.

        The second case counts only if all earlier checks of the exercise are right. Let one of
        them look at the draws themselves (a mask, the spread of weights).

        Args:
            name: What the value is called.
            got: The student's value.
            printed: The value for draws in the order of the solution. It is compared as by
                ``close``, with its tolerances.
            replay: A function without arguments that returns the value which follows from the
                student's own draws, such as the activations that belong to the mask that the
                student returned. It is called only if ``got`` is not ``printed``. If it raises an
                exception, the value fails. Where the value is itself what was drawn, pass
                ``lambda: got``: then the earlier checks decide.
            note: Which sentence to show in the second case: ``drawn_otherwise`` for a value
                computed from draws, ``drawn_otherwise_weights`` for the draws themselves.

        Raises:
            Unmet: If the value is neither. The message compares it with the printed one.
        """
        message = difference(name, got, printed, public=not self.hidden)
        if not message:
            return
        if not self.clean:
            raise Unmet(message)
        try:
            replayed = replay()
        except Exception:  # noqa: BLE001  what was returned cannot be replayed, whatever it is
            raise Unmet(message) from None
        if difference(name, got, replayed):
            raise Unmet(message)
        self.note = get_message(note, name=name)

    def true(self, condition: Any, message: str) -> None:
        """Require a property that no other comparison covers.

        Args:
            condition: One truth value. For a condition on each entry of an array, use ``np.all``.
            message: What the student is told if it is false. It is shown as it is, so in a hidden
                check it must not contain inputs or expected values.

        Raises:
            Unmet: With ``message``, if the condition is false.
        """
        if not bool(condition):
            raise Unmet(message)

    def unchanged(self, name: str, now: Any, before: Any) -> None:
        """Require that the function did not change one of its arguments.

        The check has to say ``copies=False``; see :meth:`Exercise.check`. For example::

            @exercise.check("the inputs are left as they are", points=1, copies=False)
            def inputs(check):
                x = np.ones((3, 2))
                before = x.copy()
                double(x)
                check.unchanged("x", x, before)

        Args:
            name: The name of the argument.
            now: The argument after the call.
            before: A copy of it that you made before the call. It has to have the same parts, of
                the same types, and arrays the same shape, dtype and values and the same protection
                from being written to. Nothing may be close only, missing or new.

        Raises:
            Unmet: If they differ.
            ValueError: If the check does not say ``copies=False``: the function got a copy then,
                and could not have changed the argument.
        """
        if self.copies:
            raise ValueError("a check that looks for changed inputs needs copies=False")
        if not unaltered(now, before):
            raise Unmet(get_message("changed_input", function=self.function, name=name))


class Exercise:
    """The checks of one function that the student writes.

    In the test cell it is written ``exercise = checks.Exercise(...)``: ``autograder check`` and the
    hints in the student's notebook look for a variable with the name ``exercise``. A test cell has
    one exercise, and a function has one test cell.

    Args:
        function: The name of the function, as a text. It has to be the name under which a solution
            cell defines it, since it is looked up under this name: in the notebook when a check
            runs, in the solution to make wrong variants of it, and in ``mistakes.toml`` to find
            its known mistakes. If the notebook has no function of that name, each check says so
            and gives no points.
        points: What the exercise is worth: the points of the test cell, which are the sum of the
            points of its checks. ``autograder check`` compares that sum with the cell's points. A
            student's copy has no hidden checks; their points are reported there as decided when
            the work is graded.
        uses: The names of all other functions of the student that the checks call. Their calls are
            recorded and get copies like those of ``function``, so a mistake in one of them can be
            named. ``autograder check`` asks for each that is missing.
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
        """Run the decorated function as a check, at once.

        The function takes one argument, a :class:`Check`. The check is right if the function ends
        without an exception. It gives no points if a comparison fails or if the student's code
        raises an exception; the message is then about the first thing that went wrong.

        Args:
            name: What is checked, for the student to read. A check costs points only for what its
                name says. Within an exercise each name is used once.
            points: What it is worth: all of it or nothing.
            hidden: Whether students must not see the check. Its messages then contain no inputs, no
                values and no text of an exception, and what the student's functions print is not
                shown. This alone does not remove the check from the release: put it between
                ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS`` as well.
            copies: Whether the student's functions get copies of their arguments. With copies a
                function that changes its arguments cannot change what the check compares with.
                Say ``copies=False`` if the check is about just that: whether arguments are left
                alone (``Check.unchanged``), or are changed as the exercise asks.
        """

        def run(body: CheckBody) -> CheckBody:
            clean = all(line.right for line in self._lines)
            check = Check(self.function, hidden, clean, copies=copies)
            self.calls[name] = check.calls
            names = (self.function, *self.uses)
            with recording(body.__globals__, names, check.calls, copies=copies):
                verdict, message = self._run(body, check)
            mistake = None
            # While work is graded, the grader names the mistake: it sees the calls of all checks.
            graded = nbgrader_execution() == "autograde"
            if verdict in ("wrong", "raised") and not hidden and not graded:
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
        """The results of all checks: ``exercise.report()`` is the last line of a test cell.

        JupyterLab shows it, and a grader reads the points from it: nothing may follow it.

        Raises:
            NotRightYet: Under ``nbgrader validate``, which looks for an exception, if one failed.
        """
        report = Report(self.function, float(self.points), tuple(self._lines))
        if nbgrader_execution() == "validate" and not report.all_right:
            raise NotRightYet(report)
        history.record(report)
        return report

    def _run(self, body: CheckBody, check: Check) -> tuple[str, str]:
        """Run one body; return the verdict and the message."""
        with contextlib.ExitStack() as stack:
            caught = stack.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
            if check.hidden:  # what a function prints can contain hidden inputs
                stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
                stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            try:
                missing = failures.explain_missing_function(body.__globals__, self.function)
                if missing:
                    return "not_defined", missing
                body(check)
            except Unmet as unmet:
                return "wrong", str(unmet) + failures.explain_warnings(caught, hidden=check.hidden)
            except (Exception, SystemExit) as error:
                if getattr(error, "infrastructure", False):
                    raise
                message = failures.explain_exception(
                    error, body, check.function, check.calls, hidden=check.hidden
                )
                return failures.verdict_of(error), message
        return "right", ""
