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

The hidden checks of all test cells run last, when everything that a student gets to read has been
said: what a function keeps of their inputs has no way out. So a hidden check makes its own calls,
and uses nothing that a visible check has left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from utils.checking import failures
from utils.checking.calls import Call, recording
from utils.checking.check import Check, Unmet
from utils.checking.grading_pass import current_pass
from utils.checking.hints import find_hint
from utils.checking.report import Line, NotRightYet, Report, nbgrader_execution
from utils.labreport import history

__all__ = ["Check", "Exercise", "Unmet", "fresh"]

CheckBody = Callable[[Check], None]


def fresh(label: str) -> np.random.RandomState:
    """Random numbers for inputs that nobody can know in advance.

    They depend on the course's secret seed and on the label, and on nothing else: every student
    of a course gets the same inputs, in every run. NumPy's global random state is not touched.

    The seed is read from the environment variable ``AUTOGRADER_SEED``, which is set to
    ``c.GradeCells.seed`` while hidden checks run. Otherwise the seed is the empty text: in a
    student's notebook, and in visible checks wherever they run, since a student reads what they
    say. A visible check that draws inputs draws the same ones here and there.

    Args:
        label: Any text. Give each check a label of its own: the same label gives the same numbers
            again.

    Returns:
        A generator at its beginning, with methods such as ``randn`` and ``randint``.
    """
    secret = f"{os.environ.get('AUTOGRADER_SEED', '')}:{label}".encode()
    return np.random.RandomState(int.from_bytes(hashlib.sha256(secret).digest()[:4], "big"))


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
        bonus: Whether the points are extra points, beyond those of the assignment. The test cell
            then has ``points: 0`` for nbgrader, and ``bonus: 8`` (say) in its own metadata.
        uses: The names of all other functions of the student that the checks call. Their calls are
            recorded and get copies like those of ``function``, so a mistake in one of them can be
            named. ``autograder check`` asks for each that is missing.
    """

    def __init__(
        self, function: str, points: float, uses: Sequence[str] = (), *, bonus: bool = False
    ) -> None:
        self.function = function
        self.points = points
        self.bonus = bonus
        self.uses = tuple(uses)
        self.calls: dict[str, list[Call]] = {}  # by check, what it called
        self._lines: list[Line] = []
        if grading_pass := current_pass():
            grading_pass.functions.append(function)

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
            grading_pass = current_pass()
            if grading_pass and grading_pass.hidden != hidden:
                if other := grading_pass.result_of_other_pass(name):
                    self._lines.append(other)
                return body
            clean = all(line.right for line in self._lines)
            check = Check(self.function, hidden, clean, copies=copies, namespace=body.__globals__)
            self.calls[name] = check.calls
            names = (self.function, *self.uses)
            with recording(body.__globals__, names, check.calls, copies=copies):
                verdict, message = self._run(body, check)
            mistake = None
            # While work is graded, the grader names the mistake: it sees the calls of all checks.
            graded = nbgrader_execution() == "autograde"
            if verdict in ("wrong", "raised") and not hidden and not graded:
                mistake, message = find_hint(self.function, name, check.calls) or (None, message)
            line = Line(
                name=name,
                verdict=verdict,
                message=message or check.note,
                points=points if verdict == "right" else 0.0,
                max_points=points,
                hidden=hidden,
                mistake=mistake,
                compared=() if graded else tuple(check.compared),
            )
            self._lines.append(line)
            if grading_pass:
                grading_pass.lines.append(line)
            return body

        return run

    def report(self) -> Report:
        """The results of all checks: ``exercise.report()`` is the last line of a test cell.

        JupyterLab shows it, and a grader reads the points from it: nothing may follow it.

        Raises:
            NotRightYet: Under ``nbgrader validate``, which looks for an exception, if one failed.
        """
        report = Report(self.function, float(self.points), tuple(self._lines), self.bonus)
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
