"""What an assignment says in two places must agree: points, and the places that messages name.

nbgrader's metadata of a cell is where its points are stated. They are said again in the test cell
(``Exercise(points=...)``), in the table at the notebook's head, and in a question's text. The head
also says how many of them hidden checks carry.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.course.layout import Assignment
from autograder.course.notebook import (
    bonus_of,
    grade_id,
    is_graded,
    is_manual,
    is_test,
    points_of,
    worth_of,
)
from autograder.diagnosis.mistakes import faulty_places
from autograder.diagnosis.places import (
    headings,
    missing_numbers,
    missing_phrases,
    notebook_headings,
)

_SAID_HIDDEN = re.compile(
    r"\bhidden checks carry (\d+(?:\.\d+)?) of the (\d+(?:\.\d+)?)\s+code points", re.IGNORECASE
)
_SAID_POINTS = re.compile(r"\((\d+(?:\.\d+)?) points?\)")


def disagreements(assignment: Assignment) -> Iterator[str]:
    """Findings on all of these.

    Raises:
        CourseError: If ``mistakes.toml`` is faulty.
    """
    cells = assignment.notebook.cells
    yield from _exercise_points(cells)
    yield from _question_points(cells)
    yield from _table_points(cells, assignment.text.name)
    yield from _hidden_points(cells, assignment.text.name)
    yield from faulty_places(assignment)
    yield from _missing_places(assignment.notebook)


def _missing_places(notebook: NotebookNode) -> Iterator[str]:
    """What a check says may name a part by its number, or quote the notebook's text."""
    known = notebook_headings(notebook)
    for cell in notebook.cells:
        if not is_test(cell):
            continue
        for text in _texts(cell.source):
            for place in (*missing_numbers(text, known), *missing_phrases(text, notebook)):
                yield f"{grade_id(cell)} says {place!r}, which the notebook does not have."


def _nodes(source: str) -> Iterator[ast.AST]:
    """All parts of a cell of code; none of one that is no Python, which is a finding of its own."""
    try:
        return ast.walk(ast.parse(source))
    except SyntaxError:
        return iter(())


def _texts(source: str) -> Iterator[str]:
    """The texts in a cell of code."""
    for node in _nodes(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _exercise_points(cells: Sequence[NotebookNode]) -> Iterator[str]:
    for cell in cells:
        if not is_graded(cell) or is_manual(cell):
            continue
        for stated in _points_of_exercises(cell.source):
            if stated != worth_of(cell):
                yield (
                    f"{grade_id(cell)} has Exercise(points={stated:g}), and the cell "
                    f"{worth_of(cell):g}: make them agree."
                )


def _points_of_exercises(source: str) -> Iterator[float]:
    """The points that a test cell gives as a number to ``Exercise``."""
    for node in _nodes(source):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Exercise":
            given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "points")]
            for value in given:
                if isinstance(value, ast.Constant) and isinstance(value.value, (int, float)):
                    yield float(value.value)


def _hidden_points(cells: Sequence[NotebookNode], file: str) -> Iterator[str]:
    """The head may say "hidden checks carry 50 of the 75 code points"; a bonus is not counted."""
    tests = [cell for cell in cells if is_test(cell) and not bonus_of(cell)]
    hidden = sum(sum(_points_of_hidden_checks(cell.source)) for cell in tests)
    truth = (hidden, sum(map(points_of, tests)))
    for cell in cells:
        for said in _SAID_HIDDEN.finditer(cell.source if cell.cell_type == "markdown" else ""):
            if (float(said[1]), float(said[2])) != truth:
                yield f"{file} says {said[0]!r}, and they carry {truth[0]:g} of {truth[1]:g}."


def _points_of_hidden_checks(source: str) -> Iterator[float]:
    """The points of the checks in a test cell that students do not see."""
    for node in _nodes(source):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "check":
            named = {one.arg: one.value for one in node.keywords}
            points = named.get("points", node.args[1] if len(node.args) > 1 else None)
            is_hidden = isinstance(named.get("hidden"), ast.Constant) and named["hidden"].value  # type: ignore[attr-defined]
            if is_hidden and isinstance(points, ast.Constant):
                yield float(points.value)  # type: ignore[arg-type]


def _question_points(cells: Sequence[NotebookNode]) -> Iterator[str]:
    """The text above the cell for an answer in words may say its points."""
    for text, cell in itertools.pairwise(cells):
        if text.cell_type != "markdown" or not (is_graded(cell) and is_manual(cell)):
            continue
        for said in _SAID_POINTS.findall(text.source):
            if float(said) != points_of(cell):
                yield (
                    f"The text above {grade_id(cell)} says {said} points, and the cell has "
                    f"{points_of(cell):g}: make them agree."
                )


@dataclass
class _Part:
    """A part of the notebook: its graded cells, and the rows of the table that count them."""

    cells: list[NotebookNode] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    """A row of the table at the notebook's head.

    Attributes:
        part: The number of a part, as it stands there.
        text: The whole row.
        points: As the row adds them up: ``4 + 13``, or ``8 extra`` for a bonus. None if that is no
            sum of numbers.
    """

    part: str
    text: str
    points: list[float] | None


def _table_points(cells: Sequence[NotebookNode], file: str) -> Iterator[str]:
    """The table at the head says of each part which points its graded cells have."""
    parts, rows = _parts(cells), list(_rows(cells))
    for row in rows:
        if row.part not in parts:
            yield f"{file}, table of points, row {row.text!r}: there is no part {row.part}."
        elif row.points is None:
            yield f"{file}, table of points, row {row.text!r}: its points are not numbers."
        else:
            parts[row.part].rows.append(row)
    for number, part in parts.items() if rows else ():
        wrong, uncounted = _first_wrong(part)
        if wrong is not None:
            listed = " + ".join(f"{worth_of(cell):g}" for cell in part.cells) or "no points"
            yield (
                f"{file}, table of points, row {wrong.text!r}: the graded cells of part {number} "
                f"have {listed}."
            )
        elif uncounted:
            names = ", ".join(str(grade_id(cell)) for cell in uncounted)
            yield f"{file}, table of points: no row counts {names}."


def _parts(cells: Sequence[NotebookNode]) -> dict[str, _Part]:
    """The notebook's parts by their numbers; cells before the first are in the part ``""``."""
    parts = {"": _Part()}
    number = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            for heading in headings(cell.source):
                if heading.kind == "part":
                    number = heading.number
                    parts.setdefault(number, _Part())
        if is_graded(cell):
            parts[number].cells.append(cell)
    return parts


def _rows(cells: Sequence[NotebookNode]) -> Iterator[_Row]:
    """The rows of each table that has the columns Part and Points."""
    for cell in cells:
        if cell.cell_type != "markdown":
            continue
        columns: list[str] = []
        for line in cell.source.split("\n"):
            values = [value.strip() for value in line.strip().strip("|").split("|")]
            if not line.lstrip().startswith("|"):
                columns = []
            elif not columns:
                columns = [value.lower() for value in values]
            elif {"part", "points"} <= set(columns) and len(values) == len(columns):
                row = dict(zip(columns, values, strict=True))
                if row["part"].strip("-: "):  # the line under the head has only these
                    yield _Row(row["part"], " | ".join(values), _sum_of(row["points"]))


def _sum_of(text: str) -> list[float] | None:
    try:
        return [float(number) for number in text.replace("extra", "").split("+")]
    except ValueError:
        return None


def _first_wrong(part: _Part) -> tuple[_Row | None, list[NotebookNode]]:
    """The first row that does not count the next cells, or the cells that no row counts.

    Each number is the points of one cell, or of several that follow one another.
    """
    rest = list(part.cells)
    single = sum(len(row.points or ()) for row in part.rows) == len(rest)
    for row in part.rows:
        for points in row.points or ():
            counted = 0.0
            while rest and (counted == 0 or (counted < points and not single)):
                counted += worth_of(rest.pop(0))
            if counted != points:
                return row, rest
    return None, rest
