"""``hints.json``, which lies beside a release: what each known mistake answers to visible checks.

Made by running the visible checks on each mistake. Numbers and messages go in; neither the
solution nor what a mistake puts in its place does.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.layout import Assignment
from autograder.course.notebook import test_cells
from autograder.course.released_cells import release_source
from autograder.diagnosis.mistakes import Mistake, MistakeBank, load_bank
from autograder.diagnosis.solution import LazyGlobals, Solution
from autograder.errors import CourseError
from utils.checking.hints import SCHEMA, fingerprints

_LEAST = 8  # characters; what is shorter is shorter than what would stand for it


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
        exercise = run_test_cell(visible, solution.names(), "")
        if not exercise.functions:
            continue  # a cell of plain assertions, or one that `check` will complain of
        for mistakes, names in _variants(bank, solution, exercise.functions):
            for check, print_ in _prints(visible, names, bank):
                found = exercises.setdefault(exercise.functions[0], {}).setdefault(check, [])
                found.append({"is": [one.id for one in mistakes], "prints": print_})
    texts = {one.id: one.told() for one in bank.mistakes.values()}
    packed, values = pack(exercises)
    data = {
        "schema": SCHEMA,
        "mistakes": texts,
        "free": bank.free,
        "values": values,
        "exercises": packed,
    }
    return _json(data) + "\n"


def pack(value: Any) -> tuple[Any, list[Any]]:
    """A value packed for ``utils.checking.hints.unpack``: its parts that recur, once each."""
    packer = _Packer(value)
    return packer.short(value), packer.values


class _Packer:
    def __init__(self, value: Any) -> None:
        self.values: list[Any] = []
        self._places: dict[str, str] = {}
        self._times: Counter[str] = Counter()
        self._count(value)

    def _count(self, part: Any) -> None:
        text = _json(part)
        if not isinstance(part, (dict, list, str)) or len(text) < _LEAST:
            return
        self._times[text] += 1
        if self._times[text] == 1 and not isinstance(part, str):
            for inner in part.values() if isinstance(part, dict) else part:
                self._count(inner)

    def short(self, part: Any) -> Any:
        """What stands for a part of the value."""
        text = _json(part)
        if self._times[text] < 2:
            return self._parts(part)
        if text not in self._places:
            made = self._parts(part)  # its own parts come before it
            self._places[text] = f"={len(self.values)}"
            self.values.append(made)
        return self._places[text]

    def _parts(self, part: Any) -> Any:
        if isinstance(part, dict):
            return {key: self.short(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [self.short(inner) for inner in part]
        if isinstance(part, str) and part.startswith("="):
            return f"={part}"
        return part


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _variants(
    bank: MistakeBank, solution: Solution, functions: tuple[str, ...]
) -> Iterator[tuple[tuple[Mistake, ...], LazyGlobals]]:
    """Each mistake that the checks may meet, and each two in the exercise's own function."""
    reached = set().union(*(solution.used_by(function) for function in functions))
    singles = [(one,) for one in bank.mistakes.values() if one.function in reached]
    for made in (*singles, *itertools.combinations(bank.of(functions[0]), 2)):
        try:
            yield made, solution.with_mistakes(made)
        except CourseError:
            if len(made) == 1:
                raise  # of two, both may replace the same line


def _prints(
    visible: str, names: LazyGlobals, bank: MistakeBank
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What the checks that fail have seen."""
    done = run_test_cell(visible, names, "")
    for line in done.report.lines if done.report else ():
        if not line.right:
            yield line.name, fingerprints(done.calls[line.name], bank.free)
