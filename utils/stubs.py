"""Exercises that nobody has filled in yet, and the sentence that says so.

A cell that shows what the student's functions do begins with ``needs(...)``, which names them.
"""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

BEGIN, END = "START CODE HERE", "END CODE HERE"
WIDTH = 100  # letters a line of what is shown


class UnfilledStubError(RuntimeError):
    """A function that was handed in still returns None, or computes with it.

    Jupyter shows the sentence alone: a traceback would help nobody.
    """

    def _render_traceback_(self) -> list[str]:
        return textwrap.wrap(str(self), WIDTH)  # JupyterLab would break the line within a word


def needs(*functions: Callable[..., Any]) -> None:
    """Say which of the functions that a cell uses are still to be written.

    Args:
        functions: Those of the exercises that the cell calls, itself or through others.

    Raises:
        UnfilledStubError: One of them is as it was handed out.
    """
    missing = [function.__name__ for function in functions if not filled(function)]
    if missing:
        *others, last = missing
        names = f"{', '.join(others)} and {last}" if others else last
        them, their, s = ("them", "their", "s") if others else ("it", "its", "")
        raise UnfilledStubError(
            f"This cell has to wait for {names}. Write {them} in the exercise{s} above, "
            f"run {their} check{s}, then run this cell again."
        )


def filled(function: Callable[..., Any]) -> bool:
    """Whether something was written between each pair of markers: more than ``name = None``.

    What has no markers, or no source to look at, counts as filled.
    """
    try:
        lines = inspect.getsource(function).splitlines()
    except (OSError, TypeError):
        return True
    return not any(_untouched(region) for region in _regions(lines))


def _regions(lines: list[str]) -> Iterator[str]:
    rest = iter(lines)
    for line in rest:
        if BEGIN in line:
            inside = itertools.takewhile(lambda line: END not in line, rest)
            yield textwrap.dedent("\n".join(inside))


def _untouched(region: str) -> bool:
    try:
        statements = ast.parse(region).body
    except SyntaxError:
        return False
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Assign) and _is_none(statement.value))
        for statement in statements
    )


def _is_none(value: ast.expr) -> bool:
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return all(isinstance(part, ast.Constant) and part.value is None for part in parts)
