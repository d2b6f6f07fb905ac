"""One grade for GitHub Classroom's reporter (``classroom-resources/autograding-grading-reporter``).

The reporter reads ``<RUNNER>_RESULTS`` from the environment: base64 of JSON with ``version``,
``status`` (pass, fail or error), ``max_score`` and ``tests``. It adds up the tests' ``score``, and
prints each ``message`` to a log in which a line that starts with ``::`` is a command; so each
message is a single line. Answers that are graded by hand count in neither sum.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import FAILED, GradeView
from autograder.reports.text import exercise_name, one_line, verdict_words
from autograder.reports.words import words


def render(view: GradeView) -> str:
    """What a workflow's step sets as its output ``result``."""
    text = json.dumps(to_json(view), ensure_ascii=False)
    return base64.b64encode(text.encode()).decode("ascii") + "\n"


def to_json(view: GradeView) -> dict[str, Any]:
    """The reporter's input as plain values."""
    if not view.graded:
        message = words("not_graded_why", reason=one_line(view.grade.message))
        entry = _entry(view, words("the_submission"), "error", message, 0.0)
        return {"version": 1, "status": "error", "max_score": 0, "tests": [entry]}
    tests = [_test(view, cell, check) for cell, check in view.checks()]
    statuses = {test["status"] for test in tests}
    return {
        "version": 1,
        "status": next((status for status in ("error", "fail") if status in statuses), "pass"),
        "max_score": _number(view.automatic_points),
        "tests": tests,
    }


def _test(view: GradeView, cell: CellResult, check: CheckResult) -> dict[str, Any]:
    status = "error"
    if check.verdict == Verdict.RIGHT:
        status = "pass"
    elif check.verdict in FAILED:
        status = "fail"
    name = words("title_and_text", title=exercise_name(cell), text=one_line(check.name))
    message = one_line(check.message) or verdict_words(check.verdict)
    return _entry(view, name, status, message, check.points)


def _entry(view: GradeView, name: str, status: str, message: str, score: float) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "message": message,
        "score": _number(score),
        "filename": one_line(view.file),
        "line_no": 0,
        "test_code": "",
        "execution_time": f"{view.grade.seconds:.3f}s",
    }


def _number(points: float) -> float:
    """Points, whole ones as ``int``: GitHub Classroom shows a total with all its digits."""
    return int(points) if points == int(points) else round(points, 4)
