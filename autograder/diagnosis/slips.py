"""Slips: the mistakes that rules make out of one function of the solution.

An edit is one change at one place. A slip is an edit, or the same edit in all lines of a kind: in
those of the weights and of the biases, of every layer. All edits of a function are put into one
text, each behind a switch, so that hundreds of variants need to be compiled only once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from autograder.course.stubs import clear_regions
from autograder.diagnosis.edit_rules import all_changes
from autograder.diagnosis.function_names import (
    bound_before,
    complemented_names,
    idle_names,
    kinds_of_names,
    name_assigned,
    number_defaults,
)
from autograder.diagnosis.mechanical_rules import Change, Context
from autograder.diagnosis.statement_rules import Block, loop_changes, statement_changes
from autograder.diagnosis.student_region import StudentRegion
from autograder.diagnosis.switches import Nodes, differences, with_switches

KNOWN = "known"  # the kind of a known mistake, which has sentences of its own
_NO_EXPRESSIONS = (ast.Starred, ast.Slice, ast.FormattedValue)
_EVERYWHERE = ("axis", "all_axes", "keepdims", "ddof", "root", "transpose", "drawn")
_WHEREVER = "default"  # wherever the name stands, so that no line is named
_LARGEST_GROUP = 12


@dataclass(frozen=True)
class Place:
    """A line of the stub that a student fills.

    Attributes:
        target: What the line assigns, as it stands in the stub; empty if the stub does not show it.
        number: Which of the lines that assign it; 0 if there is only one.
    """

    target: str = ""
    number: int = 0


@dataclass(frozen=True)
class Edit:
    """One change at one place.

    Attributes:
        kind: The kind of the slip.
        place: Where.
        replaced: Nodes of the function, and what stands in their place.
        appended: Statements of the function, and what follows them.
        name: The variable that the sentence names; empty if it names none.
        in_loop: Whether it is in a loop, so that it takes a whole run to see what it does.
        swapped: The two variables of which one stands for the other.
        like: Two variables that have to be of one form.
        number: A variable that has to be one number; empty if there is none.
        groups: What the edit has in common with the same edit in other lines.
    """

    kind: str
    place: Place
    replaced: tuple[Nodes, ...] = ()
    appended: tuple[Nodes, ...] = ()
    name: str = ""
    in_loop: bool = False
    swapped: tuple[str, str] | None = None
    like: tuple[str, str] | None = None
    number: str = ""
    groups: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Slip:
    """A mistake made by rule.

    Attributes:
        kind: Its kind, which has a sentence.
        function: The function that it is made in.
        places: The lines that it is made in.
        edits: The numbers of its edits.
        name: The variable that the sentence names; empty if it names none.
    """

    kind: str
    function: str
    places: tuple[Place, ...]
    edits: frozenset[int]
    name: str = ""


class EditedFunction:
    """A function of the solution with every edit in it.

    Args:
        region: The function.
        known: The function with known mistakes in it, one text for each.

    Attributes:
        name: The function's name.
        edits: All edits; those of the known mistakes come last, in their order.
    """

    def __init__(self, region: StudentRegion, known: Sequence[str] = ()) -> None:
        self._tree = ast.parse(region.text)
        self._function = next(n for n in self._tree.body if isinstance(n, ast.FunctionDef))
        self._region = region
        self._stub = clear_regions(region.text)[0]
        self._known = len(known)
        self.name = self._function.name
        self.edits = [edit for site in self._sites() for edit in site.edits()]
        self.edits += [
            Edit(KNOWN, Place(), differences(self._tree, ast.parse(text))) for text in known
        ]

    def known_mistake(self, number: int) -> frozenset[int]:
        """The edit that makes one of the known mistakes, by its number among them."""
        return frozenset({len(self.edits) - self._known + number})

    @cached_property
    def slips(self) -> list[Slip]:
        """All slips: single edits first, then those of several lines."""
        name = self.name
        singles: dict[frozenset[int], Slip] = {}
        groups: dict[tuple[str, ...], list[int]] = {}
        for number, edit in enumerate(self.edits[: len(self.edits) - self._known]):
            numbers = frozenset({number})
            singles[numbers] = Slip(edit.kind, name, (edit.place,), numbers, edit.name)
            for key in edit.groups:
                groups.setdefault((edit.kind, *key), []).append(number)
        for members in groups.values():
            numbers = frozenset(members)
            if 1 < len(members) <= _LARGEST_GROUP and numbers not in singles:
                edits = [self.edits[member] for member in members]
                places = tuple(dict.fromkeys(edit.place for edit in edits))
                names = {edit.name for edit in edits}
                common = names.pop() if len(names) == 1 else ""
                singles[numbers] = Slip(edits[0].kind, name, places, numbers, common)
        return list(singles.values())

    def slip(self, like: Slip, numbers: frozenset[int]) -> Slip:
        """A slip with some of the edits of another one."""
        edits = [self.edits[number] for number in sorted(numbers)]
        places = tuple(dict.fromkeys(edit.place for edit in edits))
        return Slip(like.kind, self.name, places, numbers, like.name)

    def in_loop(self, slip: Slip) -> bool:
        """Whether one of a slip's edits is in a loop."""
        return any(self.edits[number].in_loop for number in slip.edits)

    @cached_property
    def text(self) -> str:
        """The function with all edits in it, each behind its switch."""
        return with_switches(self._tree, self.edits)

    def _sites(self) -> Iterator[_Site]:
        lines = self._region.lines
        statements = [
            (statement, block)
            for statement, block in _statements(self._function.body, None, ())
            if statement.lineno in lines or _is_loop_around(statement, lines)
        ]
        targets = [_target(statement, self._region.text) for statement, _ in statements]
        arguments = [arg.arg for arg in ast.walk(self._function.args) if isinstance(arg, ast.arg)]
        kinds = kinds_of_names(self._function)
        complements = frozenset(complemented_names(self._function))
        defaults = dict(number_defaults(self._function))
        idle = idle_names(kinds, [statement for statement, _ in statements])
        for number, (statement, block) in enumerate(statements):
            target = targets[number]
            shown = bool(target) and f"{target} =" in self._stub.replace(", _ =", " =")
            count = targets[: number + 1].count(target) if targets.count(target) > 1 else 0
            bound = {*arguments, *bound_before(self._function, statement)}
            names = {name: kind for name, kind in kinds.items() if name in bound}
            place = Place(target, count) if shown else Place()
            given = statement.lineno not in lines
            context = Context(names, complements, defaults=defaults, idle=idle)
            yield _Site(statement, block, place, context, self._stub, given)


@dataclass(frozen=True)
class _Site:
    """A statement that a student writes, and what the rules need to know of it.

    Or a loop of the stub's (``given``) around what the student writes.
    """

    statement: ast.stmt
    block: Block
    place: Place
    context: Context
    stub: str
    given: bool

    def edits(self) -> Iterator[Edit]:
        """Every edit of the statement, each once."""
        if isinstance(self.statement, ast.For) and self.given:
            for change in loop_changes(self.statement):
                yield Edit(change.kind, self.place, change.replaced, in_loop=True)
            return
        shapes = _shapes(ast.unparse(_header(self.statement)))
        for change in statement_changes(self.statement, self.block):
            yield Edit(
                change.kind,
                self.place,
                change.replaced,
                change.appended,
                name=self._shown(change.name),
                in_loop=self.block.loop is not None,
                groups=(
                    *((shape, "whole", change.name) for shape in shapes),
                    *((kind,) for kind in (change.kind,) if kind.endswith("_layer")),
                ),
            )
        whole, terms, target = _terms(self.statement)
        for number, (node, in_index) in enumerate(_expressions(self.statement)):
            old = ast.unparse(node)
            seen = {old}
            context = replace(
                self.context,
                in_index=in_index,
                target=target,
                is_term=any(node is term for term in terms),
                is_whole=node is whole,
            )
            for slip in all_changes(node, context):
                new = ast.unparse(ast.fix_missing_locations(slip.new))
                if new not in seen:
                    seen.add(new)
                    yield self._edit(node, number, slip, (old, new))

    def _edit(self, node: ast.expr, number: int, change: Change, texts: tuple[str, str]) -> Edit:
        old, new = texts
        shapes = _shapes(ast.unparse(_header(self.statement)))
        groups: list[tuple[str, ...]] = [
            (shape, str(number), new_shape)
            for shape, new_shape in zip(shapes, _shapes(new), strict=True)
        ]
        groups.append((str(self.statement.lineno), old, new))
        if change.kind in _EVERYWHERE:
            groups.append((change.kind, _manner(change.new)))
        if change.kind == _WHEREVER:
            groups.append((change.name,))
        return Edit(
            change.kind,
            Place() if change.kind == _WHEREVER else self.place,
            ((node, (change.new,)),),
            name=self._shown(change.name),
            in_loop=self.block.loop is not None,
            swapped=change.swapped,
            like=change.like,
            number=change.number,
            groups=tuple(groups),
        )

    def _shown(self, name: str) -> str:
        """The name if students see it in the stub."""
        return name if re.search(rf"\b{re.escape(name)}\b", self.stub) else ""


def _statements(
    block: Sequence[ast.stmt], loop: ast.For | None, ended: Sequence[ast.For]
) -> Iterator[tuple[ast.stmt, Block]]:
    """Each statement, also those inside of others, with its block."""
    for place, statement in enumerate(block):
        before = [*ended, *(s for s in block[:place] if isinstance(s, ast.For))]
        yield statement, Block(block, loop, before)
        inside = statement if isinstance(statement, ast.For) else loop
        for name in ("body", "orelse"):
            yield from _statements(getattr(statement, name, []), inside, before)


def _is_loop_around(statement: ast.stmt, lines: Container[int]) -> bool:
    """Whether it is a loop of the stub's in which a student writes."""
    if not isinstance(statement, ast.For):
        return False
    inside = range(statement.lineno, (statement.end_lineno or 0) + 1)
    return any(line in lines for line in inside)


def _expressions(statement: ast.stmt) -> Iterator[tuple[ast.expr, bool]]:
    """The expressions of a statement, outermost first, and whether each is part of an index."""
    pending: list[tuple[ast.AST, bool]] = [(_header(statement), False)]
    while pending:
        node, in_index = pending.pop(0)
        readable = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if isinstance(node, ast.expr) and readable and not isinstance(node, _NO_EXPRESSIONS):
            yield node, in_index
        for name, value in ast.iter_fields(node):
            inside = in_index or (isinstance(node, ast.Subscript) and name == "slice")
            if isinstance(node, ast.JoinedStr):
                parts = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            else:
                parts = value if isinstance(value, list) else [value]
            pending += [(part, inside) for part in parts if isinstance(part, ast.AST)]


def _header(statement: ast.stmt) -> ast.AST:
    """A statement without the block inside of it."""
    match statement:
        case ast.For(iter=header) | ast.If(test=header) | ast.While(test=header):
            return header
    return statement


def _target(statement: ast.stmt, text: str) -> str:
    """What a statement assigns, as it is written."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=[target, ast.Name(id="_")])]):
            return ast.get_source_segment(text, target) or ""
        case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
            return ast.get_source_segment(text, target) or ""
    return ""


def _terms(statement: ast.stmt) -> tuple[ast.expr | None, list[ast.expr], str]:
    """What a statement assigns: all of it, its terms, and the variable that it is assigned to."""
    if not isinstance(statement, ast.Assign):
        return None, [], ""
    terms, pending = [statement.value], [statement.value]
    while pending:
        match pending.pop():
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
                terms += [left, right]
                pending += [left, right]
    return statement.value, terms, name_assigned(statement)


def _shapes(text: str) -> tuple[str, str]:
    """A text without what differs between layers and between weights and biases.

    First with the letters of the names, then without any names.
    """
    entries = re.sub(r"(['\"])(d?)[Wb](?=\1|\{)", r"\1\2_", text)
    stems = re.sub(r"\b([A-Za-z]\w*?)\d+\b", r"\1", entries)
    return stems, re.sub(r"(?<![\w.'\"])[A-Za-z_]\w*\b(?!\()", "_", entries)


def _manner(new: ast.expr) -> str:
    """How an edit of a kind is made, wherever it is made."""
    if isinstance(new, ast.Call):
        return " ".join(sorted(ast.unparse(keyword) for keyword in new.keywords))
    return type(new).__name__
