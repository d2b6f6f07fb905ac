"""Grades for a program: the JSON of DESIGN.md, its schema versioned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from autograder.outcome import SCHEMA, Grade, Status


def to_json(assignment: str, grades: Sequence[Grade]) -> dict[str, Any]:
    """One assignment's grades as plain values."""
    return {
        "schema": SCHEMA,
        "assignment": assignment,
        "jail": _held(grades),
        "submissions": [grade.to_json() for grade in grades],
    }


def _held(grades: Sequence[Grade]) -> list[str]:
    """The layers that held for every submission that was run: the least is what counts."""
    run = [grade.jail for grade in grades if grade.status == Status.GRADED]
    return [layer for layer in run[0] if all(layer in other for other in run)] if run else []


def dumps(assignment: str, grades: Sequence[Grade]) -> str:
    """``to_json`` as text."""
    return json.dumps(to_json(assignment, grades), indent=2, ensure_ascii=False) + "\n"
