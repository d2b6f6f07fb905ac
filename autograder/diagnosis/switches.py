"""Many edits of a function in one text, each behind a switch, so that it is compiled only once."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

SWITCHES = "_edits"  # the global that holds the numbers of the edits that are made

# A node of the function; and the nodes that stand in its place, or follow it.
Nodes = tuple[ast.AST, tuple[ast.AST, ...]]


class Switchable(Protocol):
    """What is put behind a switch."""

    @property
    def replaced(self) -> Sequence[Nodes]:
        """Nodes of the function, and what stands in their place."""

    @property
    def appended(self) -> Sequence[Nodes]:
        """Statements of the function, and what follows them."""


def with_switches(tree: ast.Module, edits: Sequence[Switchable]) -> str:
    """The text of a function in which each edit is made if its number is in ``SWITCHES``.

    The tree is changed.
    """
    return ast.unparse(ast.fix_missing_locations(_Switches(edits).visit(tree)))


def differences(solution: ast.Module, other: ast.Module) -> tuple[Nodes, ...]:
    """The statements of a function that differ in another one, and what stands in their place."""
    return tuple(_differences(solution.body, other.body))


class _Switches(ast.NodeTransformer):
    """Puts each edit behind a switch: ``new if 3 in _edits else old``."""

    def __init__(self, edits: Sequence[Switchable]) -> None:
        self._replaced: dict[ast.AST, list[tuple[int, list[Any]]]] = {}
        self._appended: dict[ast.AST, list[tuple[int, list[Any]]]] = {}
        for number, edit in enumerate(edits):
            for nodes, edited in ((self._replaced, edit.replaced), (self._appended, edit.appended)):
                for old, new in edited:
                    # copies, since new nodes share parts with the function
                    nodes.setdefault(old, []).append((number, copy.deepcopy(list(new))))

    def visit(self, node: ast.AST) -> Any:
        """The node with its switches, and what may follow it."""
        result: Any = self.generic_visit(node)
        for number, new in reversed(self._replaced.get(node, ())):
            if isinstance(result, ast.stmt):
                result = ast.If(_is_on(number), new or [ast.Pass()], [result])
            else:
                result = ast.IfExp(_is_on(number), new[0], result)
        more = [ast.If(_is_on(number), new, []) for number, new in self._appended.get(node, ())]
        return [result, *more] if more else result


def _is_on(number: int) -> ast.expr:
    switches = ast.Name(SWITCHES, ast.Load())
    return ast.Compare(ast.Constant(number), [ast.In()], [switches])


def _differences(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Iterator[Nodes]:
    if len(old) != len(new):
        yield old[0], tuple(new)
        yield from ((statement, ()) for statement in old[1:])
        return
    for before, after in zip(old, new, strict=True):
        if ast.dump(before) == ast.dump(after):
            continue
        inner = [name for name in ("body", "orelse") if hasattr(before, name)]
        if type(before) is type(after) and inner and _first_line(before) == _first_line(after):
            for name in inner:
                yield from _differences(getattr(before, name), getattr(after, name))
        else:
            yield before, (after,)


def _first_line(statement: ast.stmt) -> str:
    return ast.unparse(statement).split("\n")[0]
