"""Grades for a program: the JSON of DESIGN.md, its schema versioned."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograder.models import SCHEMA, Grade, Status


def to_json(assignment: str, grades: Sequence[Grade]) -> dict[str, Any]:
    """One assignment's grades as plain values."""
    return {
        "schema": SCHEMA,
        "assignment": assignment,
        "jail": _held(grades),
        "submissions": [grade.to_json() for grade in grades],
    }


def _held(grades: Iterable[Grade]) -> list[str]:
    """The layers that held for every submission that was run: the least is what counts."""
    held: list[str] | None = None
    for grade in grades:
        if grade.status == Status.GRADED:
            before = grade.jail if held is None else held
            held = [layer for layer in before if layer in grade.jail]
    return held or []


def dumps(assignment: str, grades: Sequence[Grade]) -> str:
    """``to_json`` as text."""
    return json.dumps(to_json(assignment, grades), indent=2, ensure_ascii=False) + "\n"


def pieces(assignment: str, grades: Callable[[], Iterator[Grade]]) -> Iterator[str]:
    """The text of ``dumps`` bit by bit, for a class that is too large to hold in memory.

    Args:
        assignment: Its name.
        grades: Gives all grades; again each time.
    """
    frame = {**to_json(assignment, []), "jail": _held(grades())}
    begin, end = json.dumps(frame, indent=2, ensure_ascii=False).rsplit("[]", 1)
    yield begin + "["
    between = "\n"
    for grade in grades():
        text = json.dumps(grade.to_json(), indent=2, ensure_ascii=False)
        yield between + textwrap.indent(text, "    ", lambda _: True)
        between = ",\n"
    yield ("]" if between == "\n" else "\n  ]") + end + "\n"
