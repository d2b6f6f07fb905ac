"""Faults of a source notebook that would hand out a solution or a hidden test.

They are found before anything is released: whatever made the notebook, the text master or an editor
of notebooks, and whichever command releases it.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

from autograder.course.notebook import grade_id, is_graded, is_solution, is_test, worth_of
from autograder.course.released_cells import (
    BEGIN_HIDDEN,
    BEGIN_MARKS,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_MARKS,
    END_SOLUTION,
    release_source,
)
from autograder.course.stubs import BEGIN, END, StubError, regions

_PAIRS = (
    (BEGIN, END),
    (BEGIN_SOLUTION, END_SOLUTION),
    (BEGIN_HIDDEN, END_HIDDEN),
    (BEGIN_MARKS, END_MARKS),
)
_MARKERS = tuple(marker for pair in _PAIRS for marker in pair)
_NAME = re.compile(r"[a-zA-Z0-9_-]+")  # as nbgrader asks
_GAP = r"[\W_]*"
# A line with nothing but a marker on it, however it is spelled. Prose may name a marker.
_MARKER_LINE = re.compile(
    rf"{_GAP}(?P<side>begin|start|end|stop){_GAP}(?P<what>code{_GAP}here|your{_GAP}code|solutions?"
    rf"|hidden{_GAP}tests?|mark{_GAP}scheme)\b[\W_]*(?:\(.*)?",
    re.IGNORECASE,
)


def source_faults(notebook: NotebookNode) -> Iterator[str]:
    """A sentence for each fault, which names the cell."""
    names = Counter(name for cell in notebook.cells if (name := grade_id(cell)))
    for name, count in names.items():
        if count > 1:
            yield (
                f"{count} cells are called {name!r}: give each a grade_id of its own, because "
                "grades are stored by it."
            )
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"the cell {grade_id(cell)!r}" if grade_id(cell) else f"cell {number}"
        faults = [fault for find in _KINDS if (fault := next(find(cell), None))]
        yield from (f"{where} {fault}" for fault in faults)


def _metadata_faults(cell: NotebookNode) -> Iterator[str]:
    """A role or points that nbgrader cannot read."""
    data = cell.metadata.get("nbgrader", {})
    if not isinstance(data, dict):
        yield "has metadata of nbgrader's that are no table of names and values."
    elif not isinstance(data.get("grade_id", ""), str) or (data and not data.get("grade_id")):
        yield "has metadata of nbgrader's without a name (grade_id)."
    elif not _NAME.fullmatch(data.get("grade_id", "x")):
        yield "has a name (grade_id) with other characters than letters, digits, _ and -."
    elif is_graded(cell):
        points: Any = data.get("points")
        is_number = isinstance(points, (int, float)) and not isinstance(points, bool)
        if not (is_number and 0 <= float(points) < math.inf):
            yield f"is graded, and its points are {points!r}: give a number of at least 0."


def _marker_faults(cell: NotebookNode) -> Iterator[str]:
    """Markers that are misspelled, not in pairs, or in a cell from which nothing is removed."""
    lines = _marker_lines(cell)
    for number, line in lines:
        if not any(marker in line for marker in _MARKERS):
            yield (
                f"has in line {number} a marker that is none ({line.strip()}): the markers are "
                f"{', '.join(_MARKERS[:6])}."
            )
            return
    for begin, end in _PAIRS:
        marks = [(n, begin in line) for n, line in lines if begin in line or end in line]
        if fault := _unpaired(marks, begin, end):
            yield fault
        elif marks and (reason := _not_removed(cell, begin)):
            yield f"has a {begin!r} marker but {reason}"


def _marker_lines(cell: NotebookNode) -> list[tuple[int, str]]:
    """The lines of a cell that are markers, with their numbers from 1."""
    is_code = cell.cell_type == "code"
    return [
        (number, line)
        for number, line in enumerate(cell.source.split("\n"), start=1)
        if _MARKER_LINE.fullmatch(line) or (is_code and any(m in line for m in _MARKERS))
    ]


def _unpaired(marks: list[tuple[int, bool]], begin: str, end: str) -> str:
    """What is wrong with the order of markers; empty if nothing is."""
    is_open = 0
    for number, begins in marks:
        if begins and is_open:
            return f"has two {begin!r} markers without an {end!r} between them (line {number})."
        if not begins and not is_open:
            return f"has in line {number} an {end!r} marker without a {begin!r} before it."
        is_open = number if begins else 0
    return (
        f"has a {begin!r} marker in line {is_open} without an {end!r} after it." if is_open else ""
    )


def _not_removed(cell: NotebookNode, begin: str) -> str:
    """Why nothing between these markers would be removed; empty if it would be."""
    if begin == BEGIN:
        if cell.cell_type != "code":
            return f"is not code: a model answer in text stands after {BEGIN_SOLUTION!r}."
        return "" if is_solution(cell) else "is not a solution cell (solution: true)."
    if begin == BEGIN_SOLUTION:
        if cell.cell_type == "code":
            return f"is code: what a student writes in code stands after {BEGIN!r}."
        return "" if is_solution(cell) else "is not a solution cell (solution: true)."
    if begin == BEGIN_HIDDEN:
        return "" if is_test(cell) else "is not a test cell (grade: true, solution: false)."
    return "" if is_graded(cell) else "is not graded."


def _secret_faults(cell: NotebookNode) -> Iterator[str]:
    """Solutions and hidden checks that no marker hides, and points that no check decides."""
    if cell.cell_type != "code" or not (is_solution(cell) or is_test(cell)):
        return
    if any(_marker_faults(cell)) or any(_metadata_faults(cell)):
        return
    try:
        released = release_source(cell)
    except StubError as error:
        yield f"cannot be made a stub: {error}."
        return
    if is_solution(cell):
        if not any(regions(cell.source)) and _has_code(cell.source):
            yield (
                f"is a solution cell without {BEGIN!r} and {END!r}: put them around what a student "
                "writes."
            )
    elif _has_hidden_check(released):
        yield (
            f"has a check with hidden=True outside of {BEGIN_HIDDEN!r} and {END_HIDDEN!r}: it "
            "would be handed out."
        )
    elif worth_of(cell) > 0 and not _can_fail(cell.source):
        yield f"gives {worth_of(cell):g} points without a check: everybody would get them."


_KINDS = (_metadata_faults, _marker_faults, _secret_faults)


def _has_code(source: str) -> bool:
    """Whether a cell says more than that something is to be written there."""
    tree = _parse(source)
    return tree is None or any(
        not isinstance(node, (ast.Pass, ast.Raise, ast.Import, ast.ImportFrom))
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in tree.body
    )


def _has_hidden_check(source: str) -> bool:
    """Whether a check that is marked as hidden can be read here."""
    tree = _parse(source)
    return tree is not None and any(
        isinstance(node, ast.keyword)
        and node.arg == "hidden"
        and not (isinstance(node.value, ast.Constant) and not node.value.value)
        for node in ast.walk(tree)
    )


def _can_fail(source: str) -> bool:
    """Whether a test cell asks anything at all."""
    tree = _parse(source)
    asks = (ast.Call, ast.Assert, ast.Raise)
    return tree is None or any(isinstance(node, asks) for node in ast.walk(tree))


def _parse(source: str) -> ast.Module | None:
    """The syntax tree; None if this is not Python, such as a cell with a magic."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None
