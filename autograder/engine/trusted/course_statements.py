"""Runs what tests need of the instructor's ordinary cells, beside the student's process."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Callable
from pathlib import Path

from autograder.engine.protocol import random_state
from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import CannotAskError
from autograder.engine.trusted.instructor_names import CourseCell, CourseStatement
from autograder.engine.trusted.namespace import Namespace


class CourseStatements:
    """Runs statements in the namespace of the test cells; nobody gets to see what they print.

    Args:
        namespace: The globals of the test cells.
        deadline: How long a cell may take.
        count_questions: How often the student's process has been asked something.
    """

    def __init__(
        self, namespace: Namespace, deadline: Deadline, count_questions: Callable[[], int]
    ) -> None:
        self._namespace = namespace
        self._deadline = deadline
        self._count_questions = count_questions
        # As a student's process begins. It is Python's own stream; numpy's is passed along.
        self._random_state = random.Random(random_state.SEED).getstate()  # noqa: S311

    def run(self, cell: CourseCell, state: random_state.RandomState | None) -> None:
        """Run the statements of a cell, in the random state that a notebook would have there.

        Args:
            cell: The cell; names that it claims are the student's from here on.
            state: numpy's legacy random state before it.
        """
        self._namespace.release(cell.claimed)
        if not cell.statements:
            return
        self._namespace.begin_cell()
        own_state, own_random = random_state.current(), random.getstate()
        random_state.restore(state or random_state.initial())
        random.setstate(self._random_state)
        quiet = io.StringIO()
        try:
            with (
                self._deadline.watched(),
                contextlib.redirect_stdout(quiet),
                contextlib.redirect_stderr(quiet),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")
                for statement in cell.statements:
                    self._run_statement(statement)
        finally:
            self._random_state = random.getstate()
            random.setstate(own_random)
            random_state.restore(own_state)

    def _has_imported(self, statement: CourseStatement) -> bool:
        """Whether the student has made an import that was asked for, of a library.

        A module of the course's stays the student's: it may keep what the student's code does.
        """
        if any(Path(name).exists() or Path(f"{name}.py").exists() for name in statement.answered):
            return False
        return all(name in self._namespace for name in statement.names)

    def _run_statement(self, statement: CourseStatement) -> None:
        """Run a statement of the instructor's.

        If it fails by itself, its names are left to the student's process, as if it had not been
        run here. If the student's code was asked, that may be the reason, so they have no value.
        What cannot be imported here is left to nobody: a test may take its verdict from there.
        """
        if statement.answered and not self._has_imported(statement):
            return
        questions = self._count_questions()
        try:
            exec(statement.code, self._namespace)  # noqa: S102  the instructor's own code
        except Exception as error:  # noqa: BLE001  whatever it is, a test that needs it will tell
            if isinstance(error, ImportError) and not statement.answered:
                self._namespace.fail(statement.names, _not_here(error))
            elif self._count_questions() == questions:
                self._namespace.release(statement.names)
            else:
                self._namespace.fail(statement.names, error)


def _not_here(error: ImportError) -> CannotAskError:
    return CannotAskError(
        f"The course's own code cannot be imported beside the grader ({error}). Install what is "
        "missing there, or put the module beside the source notebook."
    )
