"""Whether a function of the notebook refers to a name, read from the text of the cells."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

_MAGIC = re.compile(r"^\s*[%!]")


def mentions(cells: Sequence[str], function: str, name: str) -> bool:
    """Tell whether a function, or something at the top of a cell that it refers to, has the name.

    It is the same question as ``utils.checking.mentions`` answers where the function itself is at
    hand. Where the text does not say it, the answer is yes.

    Args:
        cells: The text of each cell.
        function: The function's name.
        name: The name that is looked for.
    """
    used = _names_by_definition(cells)
    if function not in used:
        return True
    waiting, seen = [function], {function}
    while waiting:
        names = used[waiting.pop()]
        if name in names:
            return True
        fresh = {other for other in names if other in used} - seen
        seen |= fresh
        waiting += fresh
    return False


def _names_by_definition(cells: Sequence[str]) -> dict[str, set[str]]:
    """For each name that a cell binds at its top: the names in the statements that bind it."""
    used: dict[str, set[str]] = {}
    for cell in cells:
        lines = ["pass" if _MAGIC.match(line) else line for line in cell.split("\n")]
        try:
            statements = ast.parse("\n".join(lines)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for statement in statements:
            names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                bound = {statement.name}
            loaded = {node.id for node in names if isinstance(node.ctx, ast.Load)}
            for binding in bound:
                used[binding] = used.get(binding, set()) | loaded
    return used
