"""What the names in a function stand for, as far as its text says."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


def kinds_of_names(function: ast.FunctionDef) -> dict[str, str]:
    """What each name of a function stands for: an index, a mapping, or a value."""
    kinds: dict[str, str] = {}
    called: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.For(target=ast.Name(id=name)):
                kinds[name] = "index"
            case ast.Subscript(value=ast.Name(id=name), slice=key) if _is_text(key):
                kinds[name] = "mapping"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name))):
                called.add(name)  # a function, or a list that is appended to
            case ast.arg(arg=name) | ast.Name(id=name):
                kinds.setdefault(name, "value")
    return {name: kind for name, kind in kinds.items() if name not in called}


def _is_text(key: ast.expr) -> bool:
    """Whether an index is the name of an entry: ``"dW" + str(l)``."""
    return any(
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for node in ast.walk(key)
    )


def complemented_names(function: ast.FunctionDef) -> Iterator[str]:
    """Each name of which ``1 - name`` is somewhere in a function."""
    for node in ast.walk(function):
        match node:
            case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name(id=name)):
                yield name


def number_defaults(function: ast.FunctionDef) -> Iterator[tuple[str, float]]:
    """The arguments that have a number as their default."""
    arguments, defaults = function.args.args, function.args.defaults
    first = len(arguments) - len(defaults)
    for argument, default in zip(arguments[first:], defaults, strict=True):
        match default:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                yield argument.arg, value


def idle_names(kinds: dict[str, str], statements: Sequence[ast.stmt]) -> tuple[str, ...]:
    """The values that no arithmetic of the statements uses."""
    busy = {
        name.id
        for statement in statements
        if not isinstance(statement, ast.For | ast.If)
        for node in ast.walk(statement)
        if isinstance(node, ast.BinOp)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }
    assigned = {name_assigned(statement) for statement in statements}
    return tuple(n for n, kind in kinds.items() if kind == "value" and n not in busy | assigned)


def name_assigned(statement: ast.stmt) -> str:
    """The variable that a statement assigns; empty if it assigns anything else."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def bound_before(function: ast.FunctionDef, statement: ast.stmt) -> Iterator[str]:
    """Names that lines above, or the loops around, have given a value."""
    names = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    for name in names:
        if isinstance(name.ctx, ast.Store) and name.lineno < statement.lineno:
            yield name.id
