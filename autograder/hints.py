"""``hints.json``, which lies beside a release: what each known mistake answers to visible checks.

Made by running the visible checks on each mistake. Numbers and messages go in; neither the
solution nor what a mistake puts in its place does.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from autograder.course import Assignment
from autograder.errors import CourseError
from autograder.mistakes import Bank, Mistake, load_bank
from autograder.notebook import test_cells
from autograder.rehearsal import rehearse
from autograder.release import release_source
from autograder.solution import Names, Solution
from utils.hints import SCHEMA, prints_of


def hints_text(assignment: Assignment) -> str | None:
    """The file's text; None if the assignment has no bank of mistakes.

    Raises:
        CourseError: If a mistake replaces what does not stand in the solution.
    """
    bank = load_bank(assignment)
    if not bank.mistakes:
        return None
    solution = Solution.of(assignment)
    exercises: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for cell in test_cells(assignment.notebook):
        visible = release_source(cell)
        exercise = rehearse(visible, solution.names(), "")
        if not exercise.functions:
            continue  # a cell of plain assertions, or one that `check` will complain of
        for mistakes, names in _variants(bank, solution, exercise.functions):
            for check, print_ in _prints(visible, names, bank):
                found = exercises.setdefault(exercise.functions[0], {}).setdefault(check, [])
                found.append({"is": [one.id for one in mistakes], "prints": print_})
    texts = {
        one.id: {"function": one.function, "title": one.title, "message": one.message}
        for one in bank.mistakes.values()
    }
    data = {"schema": SCHEMA, "mistakes": texts, "free": bank.free, "exercises": exercises}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _variants(
    bank: Bank, solution: Solution, functions: tuple[str, ...]
) -> Iterator[tuple[tuple[Mistake, ...], Names]]:
    """Each mistake that the checks may meet, and each two in the exercise's own function."""
    reached = set().union(*(solution.used_by(function) for function in functions))
    singles = [(one,) for one in bank.mistakes.values() if one.function in reached]
    for made in (*singles, *itertools.combinations(bank.of(functions[0]), 2)):
        try:
            yield made, solution.with_mistakes(made)
        except CourseError:
            if len(made) == 1:
                raise  # of two, both may replace the same line


def _prints(visible: str, names: Names, bank: Bank) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What the checks that fail have seen."""
    done = rehearse(visible, names, "")
    for line in done.report.lines if done.report else ():
        if not line.right:
            yield line.name, prints_of(done.calls[line.name], bank.free)
