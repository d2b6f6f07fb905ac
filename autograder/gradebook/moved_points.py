"""Whose points a run has moved although the work is the same, and by which check.

After a changed test, a new mistake or another setting, a class is graded again. What matters then
is not the class but the few whose grade is now another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.models import CellResult, Grade


@dataclass(frozen=True, slots=True)
class MovedPoints:
    """The points that one check, or a cell that reports none, gives and did not give before.

    Attributes:
        student: The student's id.
        cell: The name of the cell.
        title: What the notebook calls the exercise; empty if it does not say.
        check: The title of the check; empty if the cell reports none.
        points: After the run minus before.
    """

    student: str
    cell: str
    title: str
    check: str
    points: float


def moved_points(before: Grade, after: Grade) -> Iterator[MovedPoints]:
    """What has moved between two automatic grades of the same submission."""
    earlier, later = _by_check(before), _by_check(after)
    titles = {cell.key: cell.title for cell in (*before.cells, *after.cells)}
    for cell, check in dict.fromkeys([*earlier, *later]):
        points = later.get((cell, check), 0.0) - earlier.get((cell, check), 0.0)
        if round(points, 6):
            yield MovedPoints(after.student, cell, titles[cell], check, points)


def _by_check(grade: Grade) -> Mapping[tuple[str, str], float]:
    return {key: points for cell in grade.cells for key, points in _parts(cell)}


def _parts(cell: CellResult) -> Iterator[tuple[tuple[str, str], float]]:
    """The points of a cell by check; those that no check gives have no name."""
    given = 0.0
    for check in cell.checks:
        given += check.points
        yield (cell.key, check.name), check.points
    if cell.points is not None and cell.verdict is not None:
        yield (cell.key, ""), cell.points - given
