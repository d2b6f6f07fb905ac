"""Mutation testing: small changes to the lines that a student writes, to see if the tests notice.

The bank of mistakes holds what people get wrong; these changes are mechanical: another operator,
another constant, an axis, an index or a statement left out. They are those rules of the diagnosis
(``mechanical_rules``, ``statement_rules``) whose every mutant must lose points.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.diagnosis.mechanical_rules import mechanical_changes
from autograder.diagnosis.statement_rules import mechanical_statement_changes
from autograder.diagnosis.student_region import StudentRegion


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
    if isinstance(node, ast.expr):
        yield from (change.new for change in mechanical_changes(node))
    elif isinstance(node, ast.stmt):
        for change in mechanical_statement_changes(node):
            yield from change.replaced[0][1]


def _statements(tree: ast.Module) -> dict[ast.AST, ast.stmt]:
    """For each node the innermost statement that contains it: not the loop, but a line in it."""
    statement_of: dict[ast.AST, ast.stmt] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.stmt):
            for node in ast.walk(statement):
                statement_of[node] = statement  # breadth first: the innermost statement comes last
    return statement_of


def _first_line(statement: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(statement)).split("\n")[0]
