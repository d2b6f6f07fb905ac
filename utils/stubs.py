"""Stop a cell that calls unfinished exercises, with one sentence instead of a traceback.

A cell that shows what the student's functions do begins with ``needs(...)``, which names them.
"""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from utils.checking.located import join_names
from utils.messages import get_message

BEGIN, END = "START CODE HERE", "END CODE HERE"
WIDTH = 100  # characters in a line of the message


class UnfilledStubError(RuntimeError):
    """A cell calls an exercise that is not filled in yet.

    Jupyter shows only the message: a traceback would help nobody.
    """

    def _render_traceback_(self) -> list[str]:
        return textwrap.wrap(str(self), WIDTH)  # JupyterLab would break lines within a word


def needs(*functions: Callable[..., Any]) -> None:
    """Make sure that the functions which a cell calls have been written.

    Args:
        functions: The functions of exercises that the cell calls, directly or through others.

    Raises:
        UnfilledStubError: If one of them is still the stub of the release. The message names them.
    """
    missing = [function.__name__ for function in functions if not is_filled(function)]
    if missing:
        key = "wait_for_one" if len(missing) == 1 else "wait_for_many"
        raise UnfilledStubError(get_message(key, names=join_names(missing)))


def is_filled(function: Callable[..., Any]) -> bool:
    """Tell whether something was written between each pair of markers in a function.

    Assignments of None, which the stub consists of, do not count. A function without markers, or
    whose source is not known, counts as filled.
    """
    try:
        lines = inspect.getsource(function).splitlines()
    except (OSError, TypeError):
        return True
    return not any(_is_stub(region) for region in _regions(lines))


def student_lines(source: str) -> str:
    """What a student wrote in a cell: the lines between each pair of markers.

    Several regions are separated by a blank line. A region that is still the stub of the release
    does not count. A cell without markers is the student's as a whole.
    """
    lines = source.splitlines()
    if not any(BEGIN in line for line in lines):
        return source.strip()
    return "\n\n".join(region for region in _regions(lines) if not _is_stub(region))


def _regions(lines: list[str]) -> Iterator[str]:
    """The text between each pair of markers."""
    rest = iter(lines)
    for line in rest:
        if BEGIN in line:
            region = itertools.takewhile(lambda line: END not in line, rest)
            yield textwrap.dedent("\n".join(region))


def _is_stub(region: str) -> bool:
    """Tell whether a region consists of ``pass`` and assignments of None."""
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
