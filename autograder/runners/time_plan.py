"""How much of a submission's time each cell leaves to the checks that come after it.

A student may train for minutes in cells of their own. Such cells are cut before anything that gives
points: half of the time is kept for graded work, and a quarter for the checks alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cell_names import needed_cells
from autograder.course.notebook import grade_id, is_test

_KEPT_FROM_OWN = 0.5
_KEPT_FOR_CHECKS = 0.25


@dataclass(frozen=True, slots=True)
class CellTime:
    """What a cell leaves.

    Attributes:
        needed: Whether a graded cell depends on it; it is the course's or binds a name they use.
        reserve: Seconds of the submission's time that are left to later cells.
    """

    needed: bool
    reserve: float


def plan_time(cells: Sequence[NotebookNode], seconds: float) -> list[CellTime]:
    """The time of each cell.

    Args:
        cells: Those that are run, in order.
        seconds: The submission's time.
    """
    course = [number for number, cell in enumerate(cells) if grade_id(cell) or is_test(cell)]
    needed = needed_cells([cell.source for cell in cells], course)
    tests = sum(map(is_test, cells))
    left, plan = tests, []
    for number, cell in enumerate(cells):
        if is_test(cell):
            left -= 1
            plan.append(CellTime(needed=True, reserve=0.0))
            continue
        kept = _KEPT_FOR_CHECKS if number in needed else _KEPT_FROM_OWN
        share = left / tests if tests else 0.0
        plan.append(CellTime(needed=number in needed, reserve=kept * share * seconds))
    return plan
