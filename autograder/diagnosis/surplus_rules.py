"""What people add to an expression that does not belong there, by rule.

A factor or a term too many, an absolute value, a default in place of what was given, both cases
where one is asked for. Each rule takes an expression of the solution, as in ``edit_rules``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autograder.diagnosis.mechanical_rules import Change, Context

_REDUCED = ("np.sum", "np.mean", "np.std", "np.var")


def surplus_changes(node: ast.expr, context: Context) -> Iterator[Change]:
    """Every slip of these kinds in an expression."""
    if not context.in_index:
        for rule in _RULES:
            yield from rule(node, context)


def _factor(node: ast.expr, context: Context) -> Iterator[Change]:
    """A term is multiplied or divided by what has no place in any formula of the function."""
    if not context.is_term:
        return
    for name in context.idle:
        for op in (ast.Mult(), ast.Div()):
            new = ast.BinOp(node, op, ast.Name(name, ast.Load()))
            yield Change("extra_factor", new, name, number=name)
    yield Change("extra_factor", ast.BinOp(node, ast.Mult(), ast.Constant(10)))
    if not any(isinstance(part, ast.Constant) for part in ast.walk(node)):
        # Otherwise a 1 in it may have become a 2.
        yield Change("extra_factor", ast.BinOp(node, ast.Mult(), ast.Constant(2)))


def _term(node: ast.expr, context: Context) -> Iterator[Change]:
    """Another value of the same form is added to all that a line assigns."""
    if not context.is_whole:
        return
    inside = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    for name, kind in context.names.items():
        if kind == "value" and name not in inside and name != context.target:
            new = ast.BinOp(node, ast.Add(), ast.Name(name, ast.Load()))
            yield Change("extra_term", new, name, like=(context.target, name))


def _absolute_value(node: ast.expr, context: Context) -> Iterator[Change]:
    if context.is_whole:
        absolute = ast.Attribute(ast.Name("np", ast.Load()), "abs", ast.Load())
        yield Change("absolute", ast.Call(absolute, [node], []))


def _default(node: ast.expr, context: Context) -> Iterator[Change]:
    """The default of an argument, whatever is passed."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in context.defaults:
            yield Change("default", ast.Constant(context.defaults[name]), name)


def _divisor(node: ast.expr, context: Context) -> Iterator[Change]:
    """Divided by another number of the function; multiplied or divided by one minus the number."""
    match node:
        case ast.BinOp(left=left, op=ast.Div() | ast.Mult() as op, right=ast.Name(id=name) as x):
            if name not in context.complements:
                other = ast.BinOp(ast.Constant(1), ast.Sub(), x)
                yield Change("complement", ast.BinOp(left, op, other), name, number=name)
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Attribute() | ast.Call()):
            for name, kind in context.names.items():
                if kind == "value":
                    new = ast.BinOp(left, ast.Div(), ast.Name(name, ast.Load()))
                    yield Change("divisor", new, name, number=name)


def _both_cases(node: ast.expr, _: Context) -> Iterator[Change]:
    """``f(x) if … else g(x)``, and one of the two is done in any case."""
    match node:
        case ast.IfExp(
            test=test,
            body=ast.Call(func=f, args=[x], keywords=[]) as first,
            orelse=ast.Call(func=g, args=[y], keywords=[]) as second,
        ) if ast.dump(x) == ast.dump(y):
            yield Change("both_cases", ast.IfExp(test, ast.Call(f, [second], []), second))
            yield Change("both_cases", ast.IfExp(test, first, ast.Call(g, [first], [])))


def _first_entry(node: ast.expr, _: Context) -> Iterator[Change]:
    """Only the first row or column goes into a sum, a mean or a spread."""
    match node:
        case ast.Call(func=func, args=[ast.Name() as x], keywords=[]):
            if ast.unparse(func) in _REDUCED:
                for index in ("0", "(slice(None), 0)"):
                    cut = ast.Subscript(x, ast.parse(index, mode="eval").body, ast.Load())
                    yield Change("first_entry", ast.Call(func, [cut], []))


def _not_zero(node: ast.expr, _: Context) -> Iterator[Change]:
    """An array begins with the values of the one whose shape it takes."""
    match node:
        case ast.Call(func=func, args=[ast.Attribute(value=x, attr="shape")], keywords=[]):
            if ast.unparse(func) == "np.zeros":
                yield Change("copied", ast.BinOp(x, ast.Add(), ast.Constant(0)))


def _counted_otherwise(node: ast.expr, _: Context) -> Iterator[Change]:
    """A number that is counted from 1 instead of 0, or the other way round."""
    match node:
        case ast.BinOp(left=ast.Name(id=name) as x, op=ast.FloorDiv(), right=right):
            for shift in (ast.Add(), ast.Sub()):
                moved = ast.BinOp(x, shift, ast.Constant(1))
                new = ast.BinOp(moved, ast.FloorDiv(), right)
                yield Change("off_by_one", new, name, number=name)


def _regrouped(node: ast.expr, _: Context) -> Iterator[Change]:
    """``a * (b / c + d)`` for ``a * b / (c + d)``."""
    match node:
        case ast.BinOp(
            left=ast.BinOp(left=a, op=ast.Mult(), right=b),
            op=ast.Div(),
            right=ast.BinOp(left=c, op=ast.Add(), right=d),
        ):
            quotient = ast.BinOp(ast.BinOp(b, ast.Div(), c), ast.Add(), d)
            yield Change("brackets", ast.BinOp(a, ast.Mult(), quotient))


_RULES: tuple[Callable[[ast.expr, Context], Iterator[Change]], ...] = (
    _default,
    _divisor,
    _both_cases,
    _first_entry,
    _not_zero,
    _counted_otherwise,
    _regrouped,
    _absolute_value,
    _factor,
    _term,
)
