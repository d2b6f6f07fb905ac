"""Grades for a program: JSON in a versioned schema (``docs/reference/json.md``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograder.models import ABOUT_SCHEMA, SCHEMA, Grade, Status
from autograder.reports.grade_view import GradeView


def to_json(assignment: str, grades: Sequence[Grade]) -> dict[str, Any]:
    """One assignment's grades as plain values."""
    return {
        "schema": SCHEMA,
        "about": ABOUT_SCHEMA,
        "assignment": assignment,
        "jail": _common_layers(grades),
        "submissions": [_submission(grade) for grade in grades],
    }


def _submission(grade: Grade) -> dict[str, Any]:
    """One entry: the record, and ``cells`` of all notebooks as programs know them from schema 1."""
    record = grade.to_json()
    cells = [cell for notebook in record["notebooks"] for cell in notebook["cells"]]
    return {**record, "cells": cells}


def _common_layers(grades: Iterable[Grade]) -> list[str]:
    """The layers of the jail that were in force for every graded submission."""
    common: list[str] | None = None
    for grade in grades:
        if grade.status == Status.GRADED:
            before = grade.jail if common is None else common
            common = [layer for layer in before if layer in grade.jail]
    return common or []


def render(view: GradeView) -> str:
    """The file's text for one submission."""
    return render_grades(view.grade.assignment, [view.grade])


def render_grades(assignment: str, grades: Sequence[Grade]) -> str:
    """The file's text for one assignment's grades."""
    return json.dumps(to_json(assignment, grades), indent=2, ensure_ascii=False) + "\n"


def iter_text(assignment: str, grades: Callable[[], Iterator[Grade]]) -> Iterator[str]:
    """The text of ``render_grades`` in parts, for a class that is too large for memory.

    Args:
        assignment: Its name.
        grades: Gives all grades each time it is called.
    """
    frame = {**to_json(assignment, []), "jail": _common_layers(grades())}
    start, end = json.dumps(frame, indent=2, ensure_ascii=False).rsplit("[]", 1)
    yield start + "["
    separator = "\n"
    for grade in grades():
        lines = json.dumps(_submission(grade), indent=2, ensure_ascii=False).split("\n")
        yield separator + "\n".join(f"    {line}" for line in lines)
        separator = ",\n"
    yield ("]" if separator == "\n" else "\n  ]") + end + "\n"
