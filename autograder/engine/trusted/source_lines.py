"""Which function of the notebook a line stands in, read from the cells' text."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

_MAGIC = re.compile(r"^\s*[%!]")


def function_at_line(cells: Sequence[str], number: int | None, line: str) -> str:
    """The name of the function that a line stands in; empty unless the notebook says it clearly.

    Args:
        cells: The text of each cell.
        number: The line's number in its cell.
        line: The line without the space around it, which tells which cell it is of.
    """
    if number is None:
        return ""
    functions = {
        _innermost_function(cell, number)
        for cell in cells
        if line == "".join(cell.split("\n")[number - 1 : number]).strip()
    }
    return functions.pop() if len(functions) == 1 else ""


def _innermost_function(cell: str, number: int) -> str:
    lines = ["pass" if _MAGIC.match(line) else line for line in cell.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""
