"""Which checks of a grade are hidden: those that are not in the release."""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from autograder.course.layout import Assignment
from autograder.course.notebook import grade_id, test_cells
from autograder.course.released_cells import release_source
from autograder.grading.score import WHOLE_CELL
from autograder.models import Grade, cell_key


def find_hidden_checks(assignment: Assignment, grade: Grade) -> frozenset[tuple[str, str]]:
    """Cell and name of each check of a grade that is not in the release.

    Args:
        assignment: The grade's.
        grade: The checks in question are its own.
    """
    visible = {
        cell_key(part.notebook_label, str(grade_id(cell))): _visible_checks(cell)
        for part in assignment.parts
        for cell in test_cells(part.notebook)
    }
    return frozenset(
        (cell.key, check.name)
        for cell in grade.cells
        for check in cell.checks
        if check.name not in visible.get(cell.key, ())
    )


def _visible_checks(cell: NotebookNode) -> set[str]:
    """Names of the checks in a released cell, and of the cell as a whole if all of it is there."""
    released = release_source(cell)
    names = {WHOLE_CELL} if "checks.Exercise(" in released or released == cell.source else set()
    try:
        tree = ast.parse(released)
    except SyntaxError:
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = node.args[0]
            if (
                node.func.attr == "check"
                and isinstance(name, ast.Constant)
                and not any(map(_says_hidden, node.keywords))
            ):
                names.add(str(name.value))
    return names


def _says_hidden(keyword: ast.keyword) -> bool:
    """Whether an argument is ``hidden=``, unless its value is a constant that is false."""
    value = keyword.value
    return keyword.arg == "hidden" and not (isinstance(value, ast.Constant) and not value.value)
