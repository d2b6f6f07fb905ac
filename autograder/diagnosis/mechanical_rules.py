"""Mechanical changes of an expression: another operator, another number, a part left out.

They are rules of the diagnosis, and what mutation testing measures an assignment's tests with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One expression in place of another.

    Attributes:
        kind: The kind of the slip.
        new: The expression; it may share parts with the old one.
        name: The variable that the sentence names; empty if it names none.
        swapped: The two variables of which one stands for the other.
        like: Two variables that have to be of one form.
        number: A variable that has to be one number; empty if there is none.
    """

    kind: str
    new: ast.expr
    name: str = ""
    swapped: tuple[str, str] | None = None
    like: tuple[str, str] | None = None
    number: str = ""


@dataclass(frozen=True)
class Context:
    """What an expression stands in.

    Attributes:
        names: By name, its kind: ``index`` (a loop's variable), ``mapping`` (it is asked for
            entries by text) or ``value``; only names that have a value at this place.
        complements: Names of which ``1 - name`` is somewhere in the function.
        in_index: Whether the expression is part of an index, or of the name of an entry.
        defaults: The arguments that have a number as their default.
        idle: Values that no formula of the function uses.
        target: The variable that the statement assigns; empty if it assigns anything else.
        is_term: Whether the expression is all that is assigned, or a term of it.
        is_whole: Whether it is all that is assigned.
    """

    names: dict[str, str] = field(default_factory=dict)
    complements: frozenset[str] = frozenset()
    in_index: bool = False
    defaults: dict[str, float] = field(default_factory=dict)
    idle: tuple[str, ...] = ()
    target: str = ""
    is_term: bool = False
    is_whole: bool = False


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
_KIND_OF_OPERATOR: dict[type[ast.AST], str] = {
    ast.Add: "sign",
    ast.Sub: "sign",
    ast.Mult: "inverted",
    ast.Div: "inverted",
    ast.Pow: "power",
    ast.MatMult: "product",
}


def mechanical_changes(node: ast.expr) -> Iterator[Change]:
    """Another operator, another number, a part left out: what tests are measured with."""
    yield from _other_operator(node)
    yield from _other_number(node)
    yield from _part_left_out(node)


def other_operator(op: ast.AST) -> tuple[type[Any], ...]:
    """The operators that one may be taken for."""
    return _OPERATORS.get(type(op), ())


def _other_operator(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            kind = _KIND_OF_OPERATOR.get(type(op), "operator")
            for other in other_operator(op):
                yield Change(kind, ast.BinOp(left, other(), right))
        case ast.Compare(left=left, ops=[op], comparators=right):
            for other in other_operator(op):
                yield Change("comparison", ast.Compare(left, [other()], right))
        case ast.BoolOp(op=op, values=values):
            for other in other_operator(op):
                yield Change("comparison", ast.BoolOp(other(), values))


def _other_number(node: ast.expr) -> Iterator[Change]:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield Change("flag", ast.Constant(not value))
    elif isinstance(value, (int, float)):
        yield Change("number", ast.Constant(value + 1))
        if value:
            yield Change("number", ast.Constant(type(value)(0)))


def _part_left_out(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield Change("sign", operand)
        case ast.Attribute(attr="T", value=value):
            yield Change("transpose", value)
        case ast.IfExp(body=body, orelse=orelse):
            yield Change("branch", body)
            yield Change("branch", orelse)
        case ast.Call():
            yield from _argument_left_out(node)
        case ast.Subscript(value=value, slice=cut, ctx=ast.Load()):
            for shorter in _shorter_slices(cut):
                yield Change("slice", ast.Subscript(value, shorter, ast.Load()))


def _argument_left_out(node: ast.Call) -> Iterator[Change]:
    func, args, keywords = node.func, node.args, node.keywords
    if len(args) == 1 and not keywords and not isinstance(args[0], ast.Starred):
        yield Change("function", args[0])
    for index, keyword in enumerate(keywords):
        kind = {"axis": "all_axes", "keepdims": "keepdims"}.get(keyword.arg or "", "argument")
        yield Change(kind, ast.Call(func, args, keywords[:index] + keywords[index + 1 :]))


def _shorter_slices(cut: ast.expr) -> Iterator[ast.expr]:
    """An index in which a slice has no beginning, or no end."""
    match cut:
        case ast.Slice(lower=lower, upper=upper, step=step):
            yield ast.Slice(None, upper, step)
            yield ast.Slice(lower, None, step)
        case ast.Tuple(elts=axes):
            for place, axis in enumerate(axes):
                if isinstance(axis, ast.Slice):
                    for shorter in _shorter_slices(axis):
                        new = [*axes[:place], shorter, *axes[place + 1 :]]
                        yield ast.Tuple(new, ast.Load())
