"""One grade as Gradescope's ``results.json``.

The form is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/. While a check's
visibility is not ``visible``, Gradescope shows a student no total score; that is its rule, and why
the visibility of hidden checks can be chosen.

A submission without a grade gets no score, not even 0: without one Gradescope says that the
autograder failed and leaves the submission unscored, and it can be run again.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import GradeView, exercise, plain, word

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
DEFAULT = "after_published"


def dumps(shown: GradeView, visibility: str = DEFAULT) -> str:
    """The file's text.

    Args:
        shown: The grade.
        visibility: When students see what came of hidden checks; one of ``VISIBILITIES``.
    """
    return json.dumps(to_json(shown, visibility), indent=2, ensure_ascii=False) + "\n"


def to_json(shown: GradeView, visibility: str = DEFAULT) -> dict[str, Any]:
    """The file as plain values."""
    grade = shown.grade
    lines = [plain(shown.total), *(plain(note) for note in grade.notes)]
    data: dict[str, Any] = {
        "execution_time": round(grade.seconds, 3),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"assignment": plain(grade.assignment), "status": grade.status.value},
        "tests": [],
    }
    if not shown.graded:
        return {**data, "output": f"Not graded. {plain(grade.message)}"}
    tests = [_test(shown, cell, check, visibility) for cell, check in shown.checks()]
    tests += [_by_hand(cell) for cell in grade.cells if not cell.checks]
    return {**data, "score": grade.score, "output": "\n".join(lines), "tests": tests}


def _test(
    shown: GradeView, cell: CellResult, check: CheckResult, visibility: str
) -> dict[str, Any]:
    right = check.verdict == Verdict.RIGHT
    return {
        "name": f"{exercise(cell)}: {plain(check.name)}",
        "score": check.points,
        "max_score": check.max_points,
        "status": "passed" if right else "failed",
        "output": plain(check.message) or word(check.verdict),
        "visibility": visibility if shown.is_hidden(cell, check) else "visible",
        "tags": [exercise(cell)],
        "extra_data": {"verdict": check.verdict.value, "mistake": plain(check.mistake or "")},
    }


def _by_hand(cell: CellResult) -> dict[str, Any]:
    """An answer in words. It has no ``max_score``: in Gradescope a rubric gives those points."""
    said = "A person grades this answer." if cell.points is None else "There is no answer."
    return {"name": exercise(cell), "score": 0.0, "output": said, "visibility": "visible"}
