"""Runs test cells in this process, against a student whose code runs in another.

Test cells share globals, as cells of a notebook do, with the instructor's other code that they
depend on (``instructor_names``). A name that none of it defines is the student's: a function
becomes a proxy whose calls cross the trust line as plain data, a plain value is fetched as a copy,
and anything else is an opaque object that may be passed back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType

from autograder.course.released_cells import hidden_lines
from autograder.engine.protocol import random_state
from autograder.engine.protocol.outputs import Output
from autograder.engine.trusted.as_checked import FunctionsAsChecked
from autograder.engine.trusted.course_statements import CourseStatements
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.instructor_names import CourseCell
from autograder.engine.trusted.namespace import Namespace
from autograder.engine.trusted.session import Session
from autograder.engine.trusted.student_call import StudentCall
from autograder.engine.trusted.student_caller import StudentCaller
from autograder.engine.trusted.student_objects import is_students
from autograder.engine.trusted.test_cell import TestCell
from utils.checking import grading_pass
from utils.checking.grading_pass import GradingPass
from utils.checking.report import Line


@dataclass(frozen=True, slots=True)
class VisibleRun:
    """What the visible tests of a cell gave.

    Attributes:
        outputs: The cell's outputs so far.
        lines: The results of its checks.
        state: numpy's legacy random state before the cell.
        needs_hidden_tests: Whether the cell has hidden tests that are still to be run.
        functions: The student's functions that the cell checks.
    """

    outputs: list[Output]
    lines: tuple[Line, ...] = ()
    state: random_state.RandomState | None = None
    needs_hidden_tests: bool = False
    functions: tuple[str, ...] = ()


class Examiner:
    """Runs the visible tests of one submission, or its hidden ones.

    Args:
        session: Runs the student's code.
        as_checked: Answers for functions as they were when they were themselves checked.
        hidden: Whether it runs the hidden tests. What the student's code does there, other than to
            return a value, has no effect on anything that is shown.
    """

    def __init__(
        self,
        session: Session,
        as_checked: FunctionsAsChecked | None = None,
        *,
        hidden: bool = False,
    ) -> None:
        self._session = session
        self._deadline = Deadline(session.limits)
        self._cell: TestCell | None = None
        self._namespace = Namespace(self)
        self._caller = StudentCaller(session, self._deadline, self, as_checked, hidden=hidden)
        self._course_code = CourseStatements(
            self._namespace, self._deadline, lambda: self._caller.questions
        )

    @property
    def calls(self) -> list[StudentCall]:
        """Every call of a student's function so far, in order."""
        return self._caller.calls

    def add_student_cell(self, source: str) -> None:
        """Note the text of a student's cell: an error's line must be one of its lines."""
        self._caller.add_student_cell(source)

    def note_failed_lines(self, source: str, outputs: list[Output]) -> list[str]:
        """Note what failed in a student's cell that was run; returns the lines."""
        return self._caller.note_failed_lines(source, outputs)

    def note_student_names(self, sources: Iterable[str]) -> None:
        """Note which names the student's cells read: a test may give them a value."""
        self._caller.note_read_names(sources)

    def run_visible(self, source: str, count: int, *, all_hidden: bool = False) -> VisibleRun:
        """Run the visible tests of one test cell.

        Args:
            source: The cell's text, hidden tests included.
            count: Its execution count.
            all_hidden: Whether nothing of the cell can be run without the hidden tests above it.

        Raises:
            EngineError: If the engine failed.
        """
        state = self._session.random_state
        if all_hidden:
            return VisibleRun([], state=state, needs_hidden_tests=True)
        visible = GradingPass(hidden=False)
        outputs = self._run(TestCell(source, count), visible)
        failed = any(output["output_type"] == "error" for output in outputs)
        has_hidden_tests = visible.skipped or bool(hidden_lines(source))
        return VisibleRun(
            outputs,
            tuple(visible.lines),
            state,
            has_hidden_tests and not failed,
            tuple(visible.functions),
        )

    def run_hidden(self, source: str, count: int, visible: VisibleRun) -> list[Output]:
        """Run the hidden tests of one test cell; returns the outputs of the whole cell.

        Args:
            source: The cell's text, hidden tests included.
            count: Its execution count.
            visible: What its visible tests gave.

        Raises:
            EngineError: If the engine failed.
        """
        self._session.random_state = visible.state
        hidden = GradingPass(hidden=True, earlier=visible.lines)
        results = self._run(TestCell(source, count, hidden=True), hidden)
        shown = [output for output in visible.outputs if output["output_type"] != "execute_result"]
        return shown + results

    def run_course_cell(self, cell: CourseCell, state: random_state.RandomState | None) -> None:
        """Do what is done at one of the course's own cells: run what tests need of it.

        Args:
            cell: The cell.
            state: numpy's legacy random state before it.
        """
        self._course_code.run(cell, state)
        self._namespace.take_assigned()  # the student's process has run that cell, too

    def _run(self, cell: TestCell, of_pass: GradingPass) -> list[Output]:
        """Run one test cell; returns its outputs.

        numpy's legacy random state is the student's before the cell and the cell's after it: in
        a notebook there is one stream. This process gets its own back.
        """
        own_state = random_state.current()
        random_state.restore(self._session.random_state)
        self._cell = cell
        self._namespace.begin_cell()
        try:
            with self._deadline.watched(), grading_pass.running(of_pass):
                return cell.run(self._namespace)
        finally:
            self._cell = None
            with contextlib.suppress(StudentError):
                self.forward_globals()
            self._session.random_state = random_state.current()
            random_state.restore(own_state)

    # -- what a question needs to know ----------------------------------------------------------

    def show(self, outputs: list[Output]) -> None:
        """Show what a student's function printed and displayed, in the cell that called it."""
        if self._cell is not None:
            self._cell.show_outputs(outputs)

    def find_class(self, name: str) -> type | None:
        """The instructor's own class of this name."""
        found = dict.get(self._namespace, name) if name.isidentifier() else None
        return found if isinstance(found, type) and found.__module__ == "__main__" else None

    def forward_globals(self) -> None:
        """Give the student's process the globals that tests have set and its code reads."""
        for name in self._namespace.take_assigned():
            value = dict.get(self._namespace, name)
            wanted = self._caller.reads(name, imported=_is_imported(value))
            wanted = wanted and _can_be_forwarded(value)
            if wanted and self._caller.put(name, value):
                self._namespace.note_shared(name)

    # -- what the namespace asks for ------------------------------------------------------------

    def fetch(self, name: str) -> object:
        """The student's global ``name``; raises KeyError if there is none."""
        return self._caller.fetch(name)

    def names(self) -> list[str]:
        """The names of the student's globals."""
        return self._session.names()

    def delete(self, name: str) -> None:
        """Delete a global of the student's."""
        self._caller.delete(name)


def _is_imported(value: object) -> bool:
    """Whether a test's value is a module, or a function or class that a module defines."""
    if is_students(value):
        return False
    if isinstance(value, FunctionType | BuiltinFunctionType | type):
        return value.__module__ not in {"__main__", None}
    return isinstance(value, ModuleType)


def _can_be_forwarded(value: object) -> bool:
    """Whether a global of a test's may become one of the student's without being passed."""
    if callable(value) and not is_students(value):
        return isinstance(value, FunctionType | type)
    return True
