"""Run a test cell in this process, on the solution or on a variant of it.

For authors only: everything that runs is the instructor's own code, never a student's.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autograder.diagnosis.solution import LazyGlobals
from autograder.engine.protocol import random_state
from autograder.engine.trusted.grading_environment import grading_environment
from utils.checking.calls import Call
from utils.checking.report import Report
from utils.checks import Exercise

TIME_LIMIT_SECONDS = 10.0


class EndlessError(Exception):
    """A variant took longer than ``TIME_LIMIT_SECONDS``."""

    infrastructure = True  # ``utils.checks`` passes it on


@dataclass(frozen=True)
class CellRun:
    """The result of running a test cell.

    Attributes:
        report: The report on its checks; None if the cell did not create an exercise.
        calls: By check, the calls of the functions.
        functions: The exercise's function, and the others that its checks call.
    """

    report: Report | None
    calls: dict[str, list[Call]]
    functions: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The points that the checks gave."""
        return self.report.score if self.report else 0.0

    @property
    def all_calls(self) -> list[Call]:
        """The calls of all checks, in order."""
        return [call for calls in self.calls.values() for call in calls]


def run_test_cell(source: str, namespace: LazyGlobals, seed: str) -> CellRun:
    """Run one test cell.

    Args:
        source: The cell's text.
        namespace: Globals with the functions of the solution or of a variant.
        seed: The course's secret seed.
    """
    state = random_state.current()
    np.random.seed(0)  # noqa: NPY002  every run starts from the same state
    try:
        with (
            grading_environment(seed),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.suppress(Exception, SystemExit),
            _time_limit(TIME_LIMIT_SECONDS),
        ):
            warnings.simplefilter("ignore")
            exec(compile(source, "<test cell>", "exec"), namespace)  # noqa: S102  our own code
    finally:
        random_state.restore(state)
    exercise = dict.get(namespace, "exercise")
    if not isinstance(exercise, Exercise):
        return CellRun(None, {})
    return CellRun(exercise.report(), exercise.calls, (exercise.function, *exercise.uses))


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise ``EndlessError`` after so many seconds, where the platform can."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise EndlessError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
