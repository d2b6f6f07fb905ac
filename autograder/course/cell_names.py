"""Which names a code cell binds, which it uses, and so which cells others cannot do without.

Cells are read, never run. IPython's own lines (``%magic``, ``!command``) bind nothing.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Sequence
from functools import lru_cache

_IPYTHON_LINE = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?\??)$")
_IPYTHON_ASSIGNMENT = re.compile(r"^(\s*+[\w, ]++=\s*)[%!].*$")
_ENVIRONMENT_LINE = re.compile(r"(?:import|from)\s+[\w.]|[%!]")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


def is_environment_line(line: str) -> bool:
    """Whether a line imports or is a magic or shell command: what depends on the machine."""
    return _ENVIRONMENT_LINE.match(line.strip()) is not None


def bound_names(source: str) -> frozenset[str]:
    """The global names that a cell binds, by assignment, import or definition."""
    return _names(source)[0]


def used_names(source: str) -> frozenset[str]:
    """The names that a cell reads anywhere in it, functions included."""
    return _names(source)[1]


def needed_cells(sources: Sequence[str], roots: Sequence[int]) -> set[int]:
    """The numbers of the cells on which the ``roots`` depend by name, the roots included.

    A name may be read in a function that is called later, so a cell may depend on any other.
    """
    needed = set(roots)
    waiting = list(needed)
    wanted: set[str] = set()
    while waiting:
        wanted |= used_names(sources[waiting.pop()])
        if not waiting:
            waiting = [
                number
                for number, source in enumerate(sources)
                if number not in needed and bound_names(source) & wanted
            ]
            needed.update(waiting)
    return needed


@lru_cache(4096)
def _names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    tree = parse_cell(source)
    if tree is None:  # it binds nothing, for it does not run
        return frozenset(), frozenset(_WORD.findall(source))
    table = symtable.symtable(_as_python(source), "cell", "exec")
    bound = {one.get_name() for one in table.get_symbols() if one.is_assigned()}
    bound |= {one.get_name() for one in table.get_symbols() if one.is_imported()}
    used = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
    scopes = list(table.get_children())
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        for one in scope.get_symbols():
            if one.is_global():
                used.add(one.get_name())
                if one.is_assigned():
                    bound.add(one.get_name())
    for node in ast.walk(tree):  # ``x[0] = 1`` changes what others read
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            root: ast.AST = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                bound.add(root.id)
    return frozenset(bound), frozenset(used)


def parse_cell(source: str) -> ast.Module | None:
    """A cell's syntax tree, with its lines where they are; None if it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = _as_python(source)
            compile(text, "cell", "exec", dont_inherit=True)  # as symtable does
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _as_python(source: str) -> str:
    lines = (_IPYTHON_LINE.sub(r"\1pass", line) for line in source.split("\n"))
    return "\n".join(_IPYTHON_ASSIGNMENT.sub(r"\1None", line) for line in lines)
