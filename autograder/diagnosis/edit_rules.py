"""What people get wrong in one expression, by rule: every small change that a slip makes of it.

Each rule takes an expression of the solution and yields what may stand in its place, with the kind
of the slip. A kind has a sentence of its own in ``utils.messages`` (``slip_<kind>``); none of them
says what the right expression is.
"""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections.abc import Callable, Iterator

from autograder.diagnosis.mechanical_rules import Change, Context, mechanical_changes
from autograder.diagnosis.surplus_rules import surplus_changes

_CONFUSED = {
    "np.sum": ("mean_or_sum", "np.mean"),
    "np.mean": ("mean_or_sum", "np.sum"),
    "np.var": ("spread", "np.std"),
    "np.std": ("spread", "np.var"),
    "np.random.randn": ("drawn", "np.random.rand"),
    "np.random.rand": ("drawn", "np.random.randn"),
    "np.zeros": ("filled", "np.ones"),
}
_ELEMENTWISE = ("np.sqrt", "np.square", "np.abs", "np.exp", "np.log", "np.tanh")
_MOST_NAMES = 6  # of an expression of which two are exchanged
_REDUCED = ("np.sum", "np.mean", "np.linalg.norm")


def all_changes(node: ast.expr, context: Context) -> Iterator[Change]:
    """Every slip in an expression."""
    for rule in _RULES:
        yield from rule(node, context)
    yield from mechanical_changes(node)
    yield from surplus_changes(node, context)


def _operand_missing(node: ast.expr, _: Context) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield Change("factor", left)
            yield Change("factor", right)
        case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv(), right=right):
            yield Change("division", left)
            yield Change("factor", ast.BinOp(ast.Constant(1), ast.Div(), right))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield Change("term", left)
            yield Change("term", right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield Change("term", left)
            yield Change("term", right)
            yield Change("term", ast.UnaryOp(ast.USub(), right))
        case ast.BinOp(left=left, op=ast.Pow()):
            yield Change("power", left)
        case ast.BinOp(left=left, op=ast.Mod()):
            yield Change("remainder", left)


def _brackets(node: ast.expr, _: Context) -> Iterator[Change]:
    """The same operations in another grouping: ``(a - b) ** c`` and ``a - b ** c``."""
    match node:
        case ast.BinOp(left=ast.BinOp(left=a, op=inner, right=b), op=outer, right=c):
            if not _is_associative(outer, inner):
                yield Change("brackets", ast.BinOp(a, inner, ast.BinOp(b, outer, c)))
    match node:
        case ast.BinOp(left=a, op=outer, right=ast.BinOp(left=b, op=inner, right=c)):
            if not _is_associative(outer, inner):
                yield Change("brackets", ast.BinOp(ast.BinOp(a, outer, b), inner, c))


def _is_associative(outer: ast.operator, inner: ast.operator) -> bool:
    return type(outer) is type(inner) and isinstance(outer, ast.Add | ast.Mult | ast.MatMult)


def _function_elsewhere(node: ast.expr, _: Context) -> Iterator[Change]:
    """A function around another part: ``sqrt(a) + b`` and ``sqrt(a + b)``, ``f(a) - f(b)``."""
    match node:
        case ast.Call(args=[ast.BinOp(left=a, op=op, right=b)], keywords=[]):
            name = ast.unparse(node.func)
            if name in _ELEMENTWISE:
                kind = _root_kind(name, op, b)
                yield Change(kind, ast.BinOp(_call(node, a), op, b), _name_of(b))
            if name in (*_ELEMENTWISE, *_REDUCED):
                yield Change("each_part", ast.BinOp(_call(node, a), op, _call(node, b)))
        case ast.Call(args=[ast.Call(args=[x], keywords=[]) as inner], keywords=[]):
            yield Change("nested", _call(inner, _call(node, x)))
        case ast.BinOp(left=ast.Call(args=[a], keywords=[]) as left, op=op, right=b):
            name = ast.unparse(left.func)
            if name in _ELEMENTWISE:
                kind = _root_kind(name, op, b)
                yield Change(kind, _call(left, ast.BinOp(a, op, b)), _name_of(b))
            match b:
                case ast.Call(args=[other], keywords=[]) if ast.unparse(b.func) == name:
                    yield Change("each_part", _call(left, ast.BinOp(a, op, other)))


def _root_kind(function: str, op: ast.operator, other: ast.expr) -> str:
    is_root = function == "np.sqrt" and isinstance(op, ast.Add)
    return "root" if is_root and isinstance(other, ast.Name) else "brackets"


def _call(like: ast.Call, argument: ast.expr) -> ast.Call:
    return ast.Call(like.func, [argument], [])


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _confused_function(node: ast.expr, _: Context) -> Iterator[Change]:
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            name = ast.unparse(func)
            if name in _CONFUSED:
                kind, other = _CONFUSED[name]
                yield Change(kind, ast.Call(_expression(other), args, keywords))
            if name in ("np.var", "np.std"):
                ddof = ast.keyword("ddof", ast.Constant(1))
                yield Change("ddof", ast.Call(func, args, [*keywords, ddof]))
            if name == "np.linalg.norm":
                yield Change("power", ast.BinOp(node, ast.Pow(), ast.Constant(2)))
            if name == "range" and len(args) > 1:
                for place, shift in ((0, ast.Add()), (1, ast.Sub())):
                    moved = ast.BinOp(args[place], shift, ast.Constant(1))
                    new = [*args[:place], moved, *args[place + 1 :]]
                    yield Change("bound", ast.Call(func, new, keywords))


def _axes(node: ast.expr, _: Context) -> Iterator[Change]:
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            given = {keyword.arg: keyword.value for keyword in keywords}
            match given.get("axis"):
                case ast.Constant(value=0 | 1 as number):
                    other = ast.keyword("axis", ast.Constant(1 - number))
                    rest = [keyword for keyword in keywords if keyword.arg != "axis"]
                    yield Change("axis", ast.Call(func, args, [other, *rest]))
                    if "keepdims" not in given:
                        kept = ast.keyword("keepdims", ast.Constant(value=True))
                        yield Change("keepdims", ast.Call(func, args, [*keywords, kept]))
            match args:
                case [ast.Tuple(elts=[rows, columns])] if not _is_shape(func):
                    pair: ast.expr = ast.Tuple([columns, rows], ast.Load())
                    yield Change("pair", ast.Call(func, [pair], keywords))
                case [ast.Tuple(elts=[rows, columns])]:
                    swapped: ast.expr = ast.Tuple([columns, rows], ast.Load())
                    yield Change("shape", ast.Call(func, [swapped], keywords))
                    for axis in (rows, columns):
                        yield Change("lost_axis", ast.Call(func, [axis], keywords))
                case [rows, columns] if ast.unparse(func).startswith("np.random."):
                    yield Change("shape", ast.Call(func, [columns, rows], keywords))


def _is_shape(function: ast.expr) -> bool:
    """Whether a function's argument is the shape of an array."""
    return ast.unparse(function).split(".")[-1] in ("zeros", "ones", "empty", "full", "reshape")


def _exchanged(node: ast.expr, context: Context) -> Iterator[Change]:
    """Two variables of an expression that stand in each other's place."""
    if not isinstance(node, ast.BinOp | ast.Call):
        return
    names = sorted(
        {
            part.id
            for part in ast.walk(node)
            if isinstance(part, ast.Name) and context.names.get(part.id) == "value"
        }
    )
    for first, second in itertools.combinations(names, 2):
        if len(names) <= _MOST_NAMES and _alike(first, second):
            new = _Exchange({first: second, second: first}).visit(copy.deepcopy(node))
            yield Change("exchanged", new, swapped=(first, second))


class _Exchange(ast.NodeTransformer):
    def __init__(self, others: dict[str, str]) -> None:
        self._others = others

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._others.get(node.id, node.id), node.ctx)


def _matrix_product(node: ast.expr, _: Context) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            yield Change("order", ast.BinOp(right, ast.MatMult(), left))
            if not _is_transposed(left):
                yield Change("transpose", ast.BinOp(_transposed(left), ast.MatMult(), right))
            if not _is_transposed(right):
                yield Change("transpose", ast.BinOp(left, ast.MatMult(), _transposed(right)))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield Change("product", ast.BinOp(left, ast.MatMult(), right))


def _transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def _is_transposed(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def _powers(node: ast.expr, _: Context) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Name() | ast.Subscript() as right):
            squared = ast.BinOp(right, ast.Pow(), ast.Constant(2))
            yield Change("power", ast.BinOp(left, ast.Div(), squared))
            root = ast.Call(_expression("np.sqrt"), [right], [])
            yield Change("power", ast.BinOp(left, ast.Div(), root))
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Name() as right):
            squared = ast.BinOp(right, ast.Pow(), ast.Constant(2))
            yield Change("power", ast.BinOp(left, ast.Mult(), squared))
            if isinstance(left, ast.Name):
                other = ast.BinOp(left, ast.Pow(), ast.Constant(2))
                yield Change("power", ast.BinOp(other, ast.Mult(), right))
            root = ast.Call(_expression("np.sqrt"), [right], [])
            yield Change("power", ast.BinOp(left, ast.Mult(), root))
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))):
            yield Change("power", ast.BinOp(left, ast.Pow(), ast.Constant(power + 1)))


def _complement(node: ast.expr, context: Context) -> Iterator[Change]:
    """``x`` in place of ``1 - x``, and the other way round."""
    match node:
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name(id=name) as x):
            yield Change("complement", x, name)
        case ast.Name(id=name, ctx=ast.Load()) if name in context.complements:
            yield Change("complement", ast.BinOp(ast.Constant(1), ast.Sub(), node), name)


def _other_variable(node: ast.expr, context: Context) -> Iterator[Change]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in context.names:
            kind = context.names[name]
            for other, its_kind in context.names.items():
                if other != name and its_kind == kind and _alike(name, other):
                    new = ast.Name(other, ast.Load())
                    yield Change("variable", new, other, (name, other))


def _alike(first: str, second: str) -> bool:
    """Whether one name may be taken for the other: the same letter, or the same layer."""
    stem, number = _stem_and_number(first)
    other_stem, other_number = _stem_and_number(second)
    if not number or not other_number:
        return (number or "1") == (other_number or "1")
    return stem == other_stem or number == other_number


def _stem_and_number(name: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)(\d*)", name)
    assert match is not None
    return match[1], match[2]


def _weights_or_biases(node: ast.expr, context: Context) -> Iterator[Change]:
    """The entry of the weights in place of that of the biases: ``"dW"`` for ``"db"``."""
    if not context.in_index:
        return
    match node:
        case ast.Constant(value=str(text)) if (other := _swapped_entry(text)) is not None:
            yield Change("for_biases" if "b" in text else "for_weights", ast.Constant(other))
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *rest]):
            if (other := _swapped_entry(text)) is not None:
                new = ast.JoinedStr([ast.Constant(other), *rest])
                yield Change("for_biases" if "b" in text else "for_weights", new)


def _swapped_entry(text: str) -> str | None:
    return {"W": "b", "b": "W", "dW": "db", "db": "dW"}.get(text)


def _index(node: ast.expr, context: Context) -> Iterator[Change]:
    if not context.in_index:
        return
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if context.names.get(name) == "index":
            for shift in (ast.Sub(), ast.Add()):
                yield Change("index", ast.BinOp(node, shift, ast.Constant(1)))
        case ast.BinOp(left=ast.Name(id=name) as index, right=ast.Constant(value=1)):
            if context.names.get(name) == "index":
                yield Change("index", index)


def _collection(node: ast.expr, _: Context) -> Iterator[Change]:
    """One of several left out, or only one taken: ``(W1, W2)`` for ``(W1, W2, W3)``."""
    match node:
        case ast.GeneratorExp(elt=elt, generators=[loop]) if isinstance(loop.iter, ast.Tuple):
            several = loop.iter.elts
            fewer = [several[:n] + several[n + 1 :] for n in range(len(several))]
            for part in (*fewer, *([one] for one in several)):
                shorter = ast.comprehension(loop.target, ast.Tuple(part, ast.Load()), [], 0)
                yield Change("left_out", ast.GeneratorExp(elt, [shorter]))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


_RULES: tuple[Callable[[ast.expr, Context], Iterator[Change]], ...] = (
    _complement,  # the first of two kinds that make the same change has the better sentence
    _operand_missing,
    _function_elsewhere,
    _brackets,
    _confused_function,
    _axes,
    _matrix_product,
    _powers,
    _weights_or_biases,
    _index,
    _other_variable,
    _collection,
    _exchanged,
)
