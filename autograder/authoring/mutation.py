"""Mutation testing: small changes to the lines that a student writes, to see if the tests notice.

The bank of mistakes holds what people get wrong; these changes are mechanical: another operator,
another constant, an axis, an index or a statement left out.
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
    """A function with one small change.

    Attributes:
        label: The statement before and after: ``A = B + C -> A = B - C``.
        text: The whole function.
    """

    label: str
    text: str


def mutants(region: StudentRegion) -> Iterator[Mutant]:
    """Every mutant of the lines that a student writes, each once."""
    tree = ast.parse(region.text)
    nodes = list(ast.walk(tree))
    statement_of = _statements(tree)
    seen = {ast.unparse(tree)}
    for index, node in enumerate(nodes):
        statement = statement_of.get(node)
        if statement is None or statement.lineno not in region.lines:
            continue
        for replacement in _replacements(node):
            copied = copy.deepcopy(tree)
            copied_nodes = list(ast.walk(copied))
            mutated = _ReplaceNode(copied_nodes[index], replacement).visit(copied)
            text = ast.unparse(ast.fix_missing_locations(mutated))
            if text in seen:
                continue
            seen.add(text)
            after = replacement if node is statement else copied_nodes[nodes.index(statement)]
            yield Mutant(f"{_first_line(statement)} -> {_first_line(after)}", text)


class _ReplaceNode(ast.NodeTransformer):
    """Puts one node in place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._old:
            return self._new
        visited: ast.AST = self.generic_visit(node)
        return visited


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What can replace a node. It shares parts with the tree, which must not be changed."""
    yield from _other_operators(node)
    yield from _other_constants(node)
    yield from _omissions(node)


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    # The whole operation is replaced: the parser uses one object for all operators of a kind.
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from (ast.BinOp(left, other(), right) for other in _OPERATORS.get(type(op), ()))
        case ast.AugAssign(target=target, op=op, value=value):
            for other in _OPERATORS.get(type(op), ()):
                yield ast.AugAssign(target, other(), value)
        case ast.Compare(left=left, ops=[op], comparators=right):
            for other in _OPERATORS.get(type(op), ()):
                yield ast.Compare(left, [other()], right)
        case ast.BoolOp(op=op, values=values):
            yield from (ast.BoolOp(other(), values) for other in _OPERATORS.get(type(op), ()))
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)


def _other_constants(node: ast.AST) -> Iterator[ast.AST]:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield ast.Constant(value + 1)
        if value:
            yield ast.Constant(type(value)(0))


def _omissions(node: ast.AST) -> Iterator[ast.AST]:
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
            # leaving out an end that is not there gives the original, which ``mutants`` drops
            yield ast.Slice(None, upper, step)
            yield ast.Slice(lower, None, step)
        case ast.Call(func=func, args=args, keywords=keywords):
            yield from args if len(args) == 1 and not keywords else ()
            for index in range(len(keywords)):
                yield ast.Call(func, args, keywords[:index] + keywords[index + 1 :])


def _statements(tree: ast.Module) -> dict[ast.AST, ast.stmt]:
    """For each node the innermost statement that contains it: not the loop, but a line in it."""
    statement_of: dict[ast.AST, ast.stmt] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.stmt):
            for node in ast.walk(statement):
                statement_of[node] = statement  # breadth first: the innermost statement comes last
    return statement_of


def _first_line(statement: ast.AST) -> str:
    return ast.unparse(statement).split("\n")[0]
