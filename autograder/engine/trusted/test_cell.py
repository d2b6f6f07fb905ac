"""Runs one test cell in this process, the trusted one, with outputs as IPython would make them."""

from __future__ import annotations

import ast
import functools
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from types import CodeType
from typing import Any

from IPython.core.formatters import DisplayFormatter

from autograder.course.released_cells import hidden_lines
from autograder.engine.protocol.outputs import Collector, Output, OutputTooLargeError, Stream
from autograder.models import Verdict
from utils.checking.report import Report

ShowOutputs = Callable[[list[Output]], None]

CANNOT_ASK = "CannotBeAsked"
_RESULTS = ("execute_result", "error")
_MAX_OUTPUT = 64 * 2**20  # characters: what a student's function prints is shown in the cell


class TestCell:
    """One test cell.

    Args:
        source: The instructor's text, hidden tests included.
        count: Its execution count.
        hidden: Whether the hidden tests run too. If not, the cell is as students have it. If so,
            nothing but the result is shown, and of an error only that there was one.
    """

    __test__ = False  # not a test class for pytest

    def __init__(self, source: str, count: int, *, hidden: bool = False) -> None:
        self._source = source if hidden else _without_hidden_tests(source)
        self._count = count
        self._hidden = hidden
        self._file_name = f"<test cell {count}>"
        self._collector = Collector(_MAX_OUTPUT)

    def run(self, namespace: dict[str, Any]) -> list[Output]:
        """Run the cell with ``namespace`` as its globals.

        Raises:
            CannotAskError: If the cell asks for what cannot be asked.
            Exception: What the cell raises, if it is marked ``infrastructure``; any other exception
                becomes one of the cell's outputs.
        """
        namespace["display"] = self.display
        out, err = Stream("stdout"), Stream("stderr")
        out.collector = err.collector = self._collector
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("default")
            try:
                self._execute(namespace)
            except Exception as error:  # whatever it is, it is the cell's result
                if getattr(error, "infrastructure", False):
                    raise
                self._show_error(error)
        outputs = self._collector.finish()
        if self._hidden:
            return [output for output in outputs if output["output_type"] in _RESULTS]
        return outputs

    def display(self, *values: object, **_: Any) -> None:
        """Show values: the cell's ``display``."""
        for value in values:
            data, metadata = self._format(value)
            self._collector.display(data, metadata)

    def show_outputs(self, outputs: list[Output]) -> None:
        """Show what a student's function printed and displayed, between the cell's own outputs.

        Text goes through ``sys.stdout``, so a check that redirects that hides it.
        """
        for output in outputs:
            if output["output_type"] == "stream":
                stream = sys.stdout if output["name"] == "stdout" else sys.stderr
                stream.write(output["text"])
            elif isinstance(sys.stdout, Stream) and output["output_type"] == "display_data":
                self._collector.display(output["data"], output["metadata"])

    def _execute(self, namespace: dict[str, Any]) -> None:
        body, last = _compile(self._source, self._file_name)
        exec(body, namespace)  # noqa: S102  the instructor's own code
        if last is not None:
            value = eval(last, namespace)  # noqa: S307  the same
            if value is not None and not self._source.rstrip().endswith(";"):
                data, metadata = self._format(value)
                if data:
                    self._collector.result(data, metadata, self._count)

    def _format(self, value: object) -> tuple[dict[str, Any], dict[str, Any]]:
        if type(value) is Report:  # the last line of nearly every test cell
            return value.mime_bundle(), {}
        data, metadata = _formatter().format(value)
        return dict(data), dict(metadata)

    def _show_error(self, error: Exception) -> None:
        """Show which line of the cell failed, but not its text.

        Of a hidden test neither is shown: numpy's messages tell what was expected.
        """
        name, text = type(error).__name__, str(error)
        steps = traceback.extract_tb(error.__traceback__)
        numbers = [step.lineno or 0 for step in steps if step.filename == self._file_name]
        if isinstance(error, OutputTooLargeError):
            name = "OutputTooLarge"
        elif getattr(error, "verdict", "") == Verdict.TIMED_OUT:
            name = "TimedOut"
        elif self._hidden:
            text = "a hidden test is not met"
            numbers = []
        lines = [f"Test cell, line {number}" for number in numbers]
        self._collector.error(name, text, [*lines, f"{name}: {text}"])


def cannot_ask(sentence: str) -> Output:
    """The output of a test cell that cannot be asked from outside the student's process."""
    name = CANNOT_ASK
    line = f"{name}: {sentence}"
    return {"output_type": "error", "ename": name, "evalue": sentence, "traceback": [line]}


@functools.lru_cache(1024)
def _without_hidden_tests(source: str) -> str:
    """A cell as students have it, with the lines where they were.

    Nothing is left of a cell that is no Python without them: then all of it is hidden.
    """
    hidden = hidden_lines(source)
    if not hidden:
        return source
    lines = enumerate(source.split("\n"), 1)
    visible = "\n".join("" if number in hidden else line for number, line in lines)
    try:
        ast.parse(visible)
    except SyntaxError:
        return ""
    return visible


@functools.lru_cache(1024)
def _compile(source: str, name: str) -> tuple[CodeType, CodeType | None]:
    """A cell's code without its last expression, and that expression; cached for all students."""
    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        last = compile(expression, name, "eval", dont_inherit=True)
    return compile(tree, name, "exec", dont_inherit=True), last


@functools.cache
def _formatter() -> DisplayFormatter:
    return DisplayFormatter()
