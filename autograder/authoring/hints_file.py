"""Make ``hints.json``, which lets a student's own notebook name known mistakes.

It is made by running the visible checks on each known mistake, and it is released beside the
notebook. It holds fingerprints of what the mistakes do and messages to students, neither the
solution nor a mistake's code.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.catalogues import catalogue_languages
from autograder.course.language import course_language
from autograder.course.layout import Assignment
from autograder.course.notebook import test_cells
from autograder.course.released_cells import release_source
from autograder.diagnosis.mistakes import Mistake, MistakeBank, load_bank
from autograder.diagnosis.solution import LazyGlobals, Solution, load_solution
from autograder.errors import CourseError
from utils.checking.hints import SCHEMA, fingerprints
from utils.messages import ENGLISH

_MIN_LENGTH = 8  # characters; a reference would be no shorter than a shorter value


def hints_text(assignment: Assignment) -> str | None:
    """The file's text; None if there is nothing to say: no known mistake, and all in English.

    Raises:
        CourseError: If the text that a mistake replaces is not in the solution.
    """
    language = course_language(assignment.course)
    languages = sorted({*catalogue_languages(assignment), language})
    bank = load_bank(assignment, languages)
    if not bank.mistakes and language == ENGLISH:
        return None
    solution = load_solution(assignment)
    exercises: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for cell in test_cells(assignment.notebook):
        visible = release_source(cell)
        run = run_test_cell(visible, solution.fresh_globals(), "")
        if not run.functions:
            continue  # plain assertions, or a faulty cell, which `check` reports
        for mistakes, namespace in _variants(bank, solution, run.functions):
            for check, prints in _fingerprints_by_check(visible, namespace, bank):
                entries = exercises.setdefault(run.functions[0], {}).setdefault(check, [])
                entry = {"is": [mistake.id for mistake in mistakes], "prints": prints}
                if entry not in entries:  # an accepted form may make no difference here
                    entries.append(entry)
    packed, values = pack(exercises)
    data = {
        "schema": SCHEMA,
        **({"language": language} if language != ENGLISH else {}),
        "mistakes": {mistake.id: mistake.to_hint() for mistake in bank.mistakes.values()},
        "free": bank.free,
        "values": values,
        "exercises": packed,
    }
    return _json(data) + "\n"


def pack(value: Any) -> tuple[Any, list[Any]]:
    """The value with what occurs more than once in it moved to a list (``hints.unpack``)."""
    packer = _Packer(value)
    return packer.pack(value), packer.values


class _Packer:
    """Replaces parts that occur more than once by references, such as ``"=7"``, to a list."""

    def __init__(self, value: Any) -> None:
        self.values: list[Any] = []
        self._references: dict[str, str] = {}
        self._occurrences: Counter[str] = Counter()
        self._count(value)

    def _count(self, part: Any) -> None:
        text = _json(part)
        if not isinstance(part, (dict, list, str)) or len(text) < _MIN_LENGTH:
            return
        self._occurrences[text] += 1
        if self._occurrences[text] == 1 and not isinstance(part, str):
            for inner in part.values() if isinstance(part, dict) else part:
                self._count(inner)

    def pack(self, part: Any) -> Any:
        """A part of the value, or the reference that replaces it."""
        text = _json(part)
        if self._occurrences[text] < 2:
            return self._pack_inside(part)
        if text not in self._references:
            packed = self._pack_inside(part)  # its own parts come before it in the list
            self._references[text] = f"={len(self.values)}"
            self.values.append(packed)
        return self._references[text]

    def _pack_inside(self, part: Any) -> Any:
        if isinstance(part, dict):
            return {key: self.pack(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [self.pack(inner) for inner in part]
        if isinstance(part, str) and part.startswith("="):
            return f"={part}"
        return part


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _variants(
    bank: MistakeBank, solution: Solution, functions: tuple[str, ...]
) -> Iterator[tuple[tuple[Mistake, ...], LazyGlobals]]:
    """Each mistake that the checks may meet, and each pair in the exercise's own function.

    A single mistake is made in each accepted form of the solution, too.
    """
    reached = set().union(*(solution.used_by(function) for function in functions))
    singles = [mistake for mistake in bank.mistakes.values() if mistake.function in reached]
    for mistake in singles:
        yield (mistake,), solution.globals_with_mistakes([mistake])
        for form in bank.accepted:
            if form.function == mistake.function:
                with contextlib.suppress(CourseError):  # it may replace the same line
                    yield (mistake,), solution.globals_with_mistakes([form, mistake])
    for pair in itertools.combinations(bank.of(functions[0]), 2):
        with contextlib.suppress(CourseError):
            yield pair, solution.globals_with_mistakes(pair)


def _fingerprints_by_check(
    visible: str, namespace: LazyGlobals, bank: MistakeBank
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """For each check that fails, the fingerprints of the calls that it made."""
    run = run_test_cell(visible, namespace, "")
    for line in run.report.lines if run.report else ():
        if not line.right:
            yield line.name, fingerprints(run.calls[line.name], bank.free)
