"""Small faults, put into the lines that a student writes: do the tests notice every one?

Beside the bank of mistakes, which are those of people, these are those of a machine: an operator
exchanged, a constant moved, an axis, an index or a statement left out.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.diagnosis.solution import StudentRegion

_OPERATORS: dict[type[ast.AST], tuple[type[Any], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}


@dataclass(frozen=True)
class Mutant:
    """A function with one small fault.

    Attributes:
        label: The statement before and after: ``A = B + C -> A = B - C``.
        text: The whole function.
    """

    label: str
    text: str


def mutants(region: StudentRegion) -> Iterator[Mutant]:
    """Every mutant of the lines that a student writes, each once."""
    tree = ast.parse(region.text)
    order = list(ast.walk(tree))
    statement_of = _statements(tree)
    seen = {ast.unparse(tree)}
    for place, node in enumerate(order):
        statement = statement_of.get(node)
        if statement is None or statement.lineno not in region.lines:
            continue
        for fault in _faults(node):
            changed = copy.deepcopy(tree)
            nodes = list(ast.walk(changed))
            after = _Exchange(nodes[place], fault).visit(changed)
            text = ast.unparse(ast.fix_missing_locations(after))
            if text in seen:
                continue
            seen.add(text)
            now = fault if node is statement else nodes[order.index(statement)]
            yield Mutant(f"{_head(statement)} -> {_head(now)}", text)


class _Exchange(ast.NodeTransformer):
    """Puts one node in place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._old:
            return self._new
        found: ast.AST = self.generic_visit(node)
        return found


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place; it shares parts with the tree, which is only read."""
    yield from _other_operators(node)
    yield from _other_values(node)
    yield from _left_out(node)


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    # An operator is exchanged where it is used: the parser has one object for all of a kind.
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from (ast.BinOp(left, other(), right) for other in _OPERATORS.get(type(op), ()))
        case ast.AugAssign(target=target, op=op, value=value):
            yield from (ast.AugAssign(target, one(), value) for one in _OPERATORS.get(type(op), ()))
        case ast.Compare(left=left, ops=[op], comparators=right):
            yield from (ast.Compare(left, [one()], right) for one in _OPERATORS.get(type(op), ()))
        case ast.BoolOp(op=op, values=values):
            yield from (ast.BoolOp(one(), values) for one in _OPERATORS.get(type(op), ()))
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)


def _other_values(node: ast.AST) -> Iterator[ast.AST]:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield ast.Constant(value + 1)
        if value:
            yield ast.Constant(type(value)(0))


def _left_out(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.For() | ast.If():
            yield ast.Pass()
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.Attribute(attr="T", value=value):
            yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Slice(lower=lower, upper=upper, step=step):
            # an end that was not there makes the mutant the original, which is dropped
            yield ast.Slice(None, upper, step)
            yield ast.Slice(lower, None, step)
        case ast.Call(func=func, args=args, keywords=keywords):
            yield from args if len(args) == 1 and not keywords else ()
            for place in range(len(keywords)):
                yield ast.Call(func, args, keywords[:place] + keywords[place + 1 :])


def _statements(tree: ast.Module) -> dict[ast.AST, ast.stmt]:
    """For each node the statement that it is a part of: of a loop's body, not the loop."""
    found: dict[ast.AST, ast.stmt] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.stmt):
            for node in ast.walk(statement):
                found[node] = statement  # breadth first: the innermost statement comes last
    return found


def _head(statement: ast.AST) -> str:
    """A statement's first line."""
    return ast.unparse(statement).split("\n")[0]
