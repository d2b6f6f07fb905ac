"""A test cell with a visible and a hidden check, run in this process on a student's cell."""

import linecache
import textwrap
from typing import Any

import numpy as np

from utils.checking.report import Line, Report

SECRET = 0.8731234
TEST_CELL = f"""
import numpy as np
from utils import checks

exercise = checks.Exercise("f", points=10)


@exercise.check("first", points=4)
def first(check):
    check.close("the result", f(2.0), 3.0)


@exercise.check("hidden", points=6, hidden=True)
def hidden(check):
    check.close("the result", f({SECRET!r}), 1.75)


report = exercise.report()
"""


def run_cell(namespace: dict[str, Any], code: str, name: str = "a cell") -> None:
    """Run code as a notebook's cell, so that tracebacks show its lines."""
    text = textwrap.dedent(code)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), namespace)  # noqa: S102


def report_of(student: str, test: str = TEST_CELL) -> Report:
    """Run a student's cell and a test cell; return the report.

    A student's cell that begins with ``# fails`` may raise an exception.
    """
    namespace: dict[str, Any] = {"np": np, "__name__": "__main__"}
    try:
        run_cell(namespace, student, "the student's cell")
    except Exception:
        if not student.startswith("# fails"):
            raise
    run_cell(namespace, test, "the test cell")
    report: Report = namespace["report"]
    return report


def lines_of(student: str, test: str = TEST_CELL) -> dict[str, Line]:
    """The lines of the report, by the name of the check."""
    return {line.name: line for line in report_of(student, test).lines}
