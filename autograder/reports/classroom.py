"""One grade for GitHub Classroom's reporter (``classroom-resources/autograding-grading-reporter``).

The reporter reads ``<RUNNER>_RESULTS`` from the environment: base64 of JSON with ``version``,
``status`` (pass, fail or error), ``max_score`` and ``tests``. It adds up the tests' ``score`` and
prints each ``message`` to a log, in which a line that starts with ``::`` is a command; so messages
are one line each. Answers that a person grades are in neither sum.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import FAILED, GradeView, exercise, one_line, word


def dumps(shown: GradeView) -> str:
    """What a step gives as its output ``result``."""
    text = json.dumps(to_json(shown), ensure_ascii=False)
    return base64.b64encode(text.encode()).decode("ascii") + "\n"


def to_json(shown: GradeView) -> dict[str, Any]:
    """What is in it, as plain values."""
    if not shown.graded:
        message = f"Not graded. {one_line(shown.grade.message)}"
        entry = _entry(shown, "the submission", "error", message, 0.0)
        return {"version": 1, "status": "error", "max_score": 0, "tests": [entry]}
    tests = [_test(shown, cell, check) for cell, check in shown.checks()]
    states = {one["status"] for one in tests}
    return {
        "version": 1,
        "status": next((one for one in ("error", "fail") if one in states), "pass"),
        "max_score": _number(shown.automatic),
        "tests": tests,
    }


def _test(shown: GradeView, cell: CellResult, check: CheckResult) -> dict[str, Any]:
    status = "error"
    if check.verdict == Verdict.RIGHT:
        status = "pass"
    elif check.verdict in FAILED:
        status = "fail"
    name = f"{exercise(cell)}: {one_line(check.name)}"
    message = one_line(check.message) or word(check.verdict)
    return _entry(shown, name, status, message, check.points)


def _entry(shown: GradeView, name: str, status: str, message: str, score: float) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "message": message,
        "score": _number(score),
        "filename": one_line(shown.file),
        "line_no": 0,
        "test_code": "",
        "execution_time": f"{shown.grade.seconds:.3f}s",
    }


def _number(points: float) -> float:
    """A whole number as one: the total is shown with all digits that it has."""
    return int(points) if points == int(points) else round(points, 4)
