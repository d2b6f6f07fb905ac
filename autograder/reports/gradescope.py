"""One grade as Gradescope's ``results.json``.

The format is specified at https://gradescope-autograders.readthedocs.io/en/latest/specs/. As long
as any check's visibility is not ``visible``, Gradescope hides the total score from the student;
this is why the visibility of hidden checks can be chosen.

A submission without a grade gets no score, not even 0: Gradescope then says that the autograder
failed, leaves the submission unscored, and can run it again.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import GradeView
from autograder.reports.text import exercise_name, plain_text, verdict_words
from autograder.reports.words import words

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
DEFAULT_VISIBILITY = "after_published"


def render(view: GradeView, visibility: str = DEFAULT_VISIBILITY) -> str:
    """The file's text.

    Args:
        view: The grade.
        visibility: When students see the results of hidden checks; one of ``VISIBILITIES``.
    """
    return json.dumps(to_json(view, visibility), indent=2, ensure_ascii=False) + "\n"


def to_json(view: GradeView, visibility: str = DEFAULT_VISIBILITY) -> dict[str, Any]:
    """The file's content as plain values."""
    grade = view.grade
    output = [plain_text(line) for line in (view.total, *grade.notes)]
    data: dict[str, Any] = {
        "execution_time": round(grade.seconds, 3),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"assignment": plain_text(grade.assignment), "status": grade.status.value},
        "tests": [],
    }
    if not view.graded:
        return {**data, "output": words("not_graded_why", reason=plain_text(grade.message))}
    tests = [_test(view, cell, check, visibility) for cell, check in view.checks()]
    tests += [_manual_answer(cell) for cell in grade.cells if not cell.checks]
    return {**data, "score": grade.score, "output": "\n".join(output), "tests": tests}


def _test(view: GradeView, cell: CellResult, check: CheckResult, visibility: str) -> dict[str, Any]:
    right = check.verdict == Verdict.RIGHT
    return {
        "name": words("title_and_text", title=exercise_name(cell), text=plain_text(check.name)),
        "score": check.points,
        "max_score": 0.0 if cell.bonus else check.max_points,
        "status": "passed" if right else "failed",
        "output": plain_text(check.message) or verdict_words(check.verdict),
        "visibility": visibility if view.is_hidden(cell, check) else "visible",
        "tags": [exercise_name(cell)],
        "extra_data": {"verdict": check.verdict.value, "mistake": plain_text(check.mistake or "")},
    }


def _manual_answer(cell: CellResult) -> dict[str, Any]:
    """A written answer. It has no ``max_score``: in Gradescope a rubric gives those points."""
    output = words("a_person_grades" if cell.points is None else "there_is_no_answer")
    return {"name": exercise_name(cell), "score": 0.0, "output": output, "visibility": "visible"}
