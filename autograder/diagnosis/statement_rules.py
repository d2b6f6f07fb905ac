"""What people get wrong in whole statements, by rule: forgotten, too late, for one layer only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograder.diagnosis.mechanical_rules import other_operator


class StatementChange(NamedTuple):
    """Other statements in the place of one, or more of them behind one.

    Attributes:
        kind: The kind of the slip.
        replaced: The statement or a part of it, and what stands in its place.
        appended: A statement, and what follows it.
        name: The variable that the sentence names; empty if it names none.
    """

    kind: str
    replaced: tuple[tuple[ast.AST, tuple[ast.AST, ...]], ...] = ()
    appended: tuple[tuple[ast.stmt, tuple[ast.stmt, ...]], ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Block:
    """The statements that a statement is one of.

    Attributes:
        statements: All of them, in order.
        loop: The innermost loop that they are in.
        ended_loops: The loops that end before the statement.
    """

    statements: Sequence[ast.stmt] = ()
    loop: ast.For | None = None
    ended_loops: Sequence[ast.For] = field(default_factory=tuple)


def mechanical_statement_changes(statement: ast.stmt) -> Iterator[StatementChange]:
    """A statement left out, a condition negated, another operator."""
    match statement:
        case ast.AugAssign(target=target, op=op, value=value):
            for other in other_operator(op):
                yield _instead("sign", statement, ast.AugAssign(target, other(), value))
        case ast.If(test=test, body=body, orelse=orelse):
            negated = ast.UnaryOp(ast.Not(), test)
            yield _instead("comparison", statement, ast.If(negated, body, orelse))
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr | ast.For | ast.If):
        yield _instead("statement", statement, ast.Pass())


def statement_changes(statement: ast.stmt, block: Block) -> Iterator[StatementChange]:
    """Every slip in a statement as a whole."""
    yield from mechanical_statement_changes(statement)
    if isinstance(statement, ast.For):
        yield from loop_changes(statement)
    if isinstance(statement, ast.Assign):
        yield from _negated(statement)
        yield from _overwritten(statement)
        yield from _too_late(statement, block)
        yield from _some_layers(statement, block)
        yield from _loop_variable(statement, block)


def loop_changes(loop: ast.For) -> Iterator[StatementChange]:
    """Fewer turns of a loop: the first one only, or all but the first or the last one."""
    turns = ast.Call(ast.Name("list", ast.Load()), [loop.iter], [])
    one, last = ast.Constant(1), ast.UnaryOp(ast.USub(), ast.Constant(1))
    for kind, cut in (
        ("first_turn", ast.Slice(None, one)),
        ("not_first_turn", ast.Slice(one)),
        ("not_last_turn", ast.Slice(None, last)),
    ):
        fewer = ast.Subscript(turns, cut, ast.Load())
        yield StatementChange(kind, ((loop.iter, (fewer,)),))


def _instead(kind: str, statement: ast.stmt, *new: ast.stmt, name: str = "") -> StatementChange:
    return StatementChange(kind, ((statement, new),), name=name)


def _negated(statement: ast.Assign) -> Iterator[StatementChange]:
    negative = ast.UnaryOp(ast.USub(), statement.value)
    yield _instead("sign", statement, ast.Assign(statement.targets, negative))


def _overwritten(statement: ast.Assign) -> Iterator[StatementChange]:
    """What is computed from an entry is stored over it: the corrected average as the average."""
    match statement.targets:
        case [ast.Subscript(value=ast.Name(id=name), slice=key) as target]:
            for node in ast.walk(statement.value):
                match node:
                    case ast.Subscript(value=ast.Name(id=source) as mapping):
                        if source != name and ast.dump(node.slice) == ast.dump(key):
                            stored = ast.Subscript(mapping, key, ast.Store())
                            read = ast.Subscript(target.value, key, ast.Load())
                            more = (ast.Assign([stored], read),)
                            yield StatementChange(
                                "overwritten", appended=((statement, more),), name=source
                            )


def _too_late(statement: ast.Assign, block: Block) -> Iterator[StatementChange]:
    """The statement follows those that need what it computes."""
    place = block.statements.index(statement)
    assigned = {ast.unparse(target) for target in statement.targets}
    later = block.statements[place + 1 :]
    read = {
        ast.unparse(node)
        for other in later
        for node in ast.walk(other)
        if isinstance(node, ast.Name | ast.Subscript) and isinstance(node.ctx, ast.Load)
    }
    if assigned & read:
        last = block.statements[-1]
        yield StatementChange("late", ((statement, ()),), ((last, (statement,)),))


def _some_layers(statement: ast.Assign, block: Block) -> Iterator[StatementChange]:
    """In a loop over layers: done for the first or the last only, or for all but one of them."""
    match block.loop:
        case ast.For(
            target=ast.Name(id=index),
            iter=ast.Call(func=ast.Name(id="range"), args=[first, end], keywords=[]),
        ):
            last = ast.BinOp(end, ast.Sub(), ast.Constant(1))
            for kind, op, layer in (
                ("first_layer", ast.Eq(), first),
                ("last_layer", ast.Eq(), last),
                ("not_first_layer", ast.NotEq(), first),
                ("not_last_layer", ast.NotEq(), last),
            ):
                test = ast.Compare(ast.Name(index, ast.Load()), [op], [layer])
                yield _instead(kind, statement, ast.If(test, [statement], []))


def _loop_variable(statement: ast.Assign, block: Block) -> Iterator[StatementChange]:
    """The variable of a loop that has ended still selects an entry."""
    for loop in block.ended_loops:
        if isinstance(loop.target, ast.Name):
            indexed = _Indexed(loop.target.id).visit(ast.parse(ast.unparse(statement)).body[0])
            if ast.unparse(indexed) != ast.unparse(statement):
                yield _instead("loop_variable", statement, indexed)
            for node in ast.walk(statement.value):
                if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name):
                    text = ast.unparse(statement)
                    part = ast.unparse(node)
                    one = ast.unparse(_Indexed(loop.target.id).visit(_copy(node)))
                    new = ast.parse(text.replace(part, one)).body[0]
                    yield _instead("loop_variable", statement, new)


def _copy(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


class _Indexed(ast.NodeTransformer):
    """Takes of each variable the entry that an index selects."""

    def __init__(self, index: str) -> None:
        self._index = index

    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.args = [self.visit(arg) for arg in node.args]  # the function's name stays
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Store):
            return node
        return ast.Subscript(node, ast.Name(self._index, ast.Load()), ast.Load())
