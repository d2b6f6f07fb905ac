"""From a test cell's outputs to points, verdicts and the table that is shown.

nbgrader reads points off a cell's outputs by rules of its own: no output means full marks, a
warning means none, and NumPy's repr of a number means full marks. Here a cell earns what its report
says or, if it consists of plain assertions, what it returned. The outputs are then rewritten so
that nbgrader's rules give the same points.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode, from_dict

from autograder.course.notebook import bonus_of, grade_id, points_of, worth_of
from autograder.engine.trusted.test_cell import CANNOT_ASK
from autograder.models import CellResult, CheckResult, Verdict
from autograder.text_direction import without_turns
from utils.checking.report import MIME as REPORT_MIME
from utils.checking.report import Line, Report
from utils.messages import get_message

_NUMBER = re.compile(r"^(?:np\.\w+\()?(-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|nan|inf))\)?$")
# The only check of a cell that makes no report.
WHOLE_CELL = "tests"
_USES_REPORT = "checks.Exercise("


def score_cell(
    cell: NotebookNode,
    explain: Callable[[CellResult, str], CellResult] = lambda result, _: result,
) -> CellResult:
    """Score an executed test cell, and rewrite its outputs to match the score.

    Args:
        cell: The executed cell.
        explain: Called with the result of a report and the function that it is about; returns the
            result with better messages.
    """
    report = _find_report(cell)
    if report is None:
        result = _score_outputs(cell)
    else:
        result = explain(_score_report(cell, report), str(report.get("function", "")))
    checks = (replace(check, message=without_turns(check.message)) for check in result.checks)
    result = replace(result, checks=tuple(checks))
    cell.outputs = [_scored_output(cell, result), *_kept_outputs(cell)]
    return result


def _find_report(cell: NotebookNode) -> dict[str, Any] | None:
    for output in cell.outputs:
        if output.output_type == "execute_result" and REPORT_MIME in output.data:
            data = output.data[REPORT_MIME]
            return data if isinstance(data, dict) else None
    return None


def _score_report(cell: NotebookNode, report: dict[str, Any]) -> CellResult:
    try:
        checks = tuple(CheckResult.from_json(check) for check in report["checks"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return _single_check(cell, 0.0, Verdict.WRONG, get_message("report_not_read"))
    points = sum(check.points for check in checks)
    if not math.isfinite(points):
        message = get_message("no_finite_points")
        return _single_check(cell, 0.0, Verdict.WRONG, message)
    return CellResult(
        grade_id=str(grade_id(cell)),
        max_points=points_of(cell),
        points=min(max(points, 0.0), worth_of(cell)),
        verdict=_first_failure(checks),
        checks=checks,
        bonus=bonus_of(cell),
    )


def _score_outputs(cell: NotebookNode) -> CellResult:
    """Score a cell without a report: 0 after an error, a returned number, otherwise full points."""
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    maximum = worth_of(cell)
    if error is not None and error.ename == CANNOT_ASK:
        return replace(
            _single_check(cell, 0.0, Verdict.INFRASTRUCTURE, f"Not tested: {error.evalue}"),
            points=None,
        )
    if error is not None:
        text = f"{error.ename}: {error.evalue}".strip(": ")
        verdict = Verdict.TIMED_OUT if error.ename == "TimedOut" else Verdict.RAISED
        return _single_check(cell, 0.0, verdict, get_message("checks_stopped", error=text))
    if _USES_REPORT in cell.source:
        return _single_check(cell, 0.0, Verdict.WRONG, get_message("checks_unfinished"))
    for output in cell.outputs:
        if output.output_type == "execute_result":
            text = str(output.data.get("text/plain", "")).strip()
            number = _NUMBER.match(text)
            if number is None:  # anything else is full marks, as in nbgrader
                return _single_check(cell, maximum, Verdict.RIGHT, "")
            points = float(number[1])
            if not math.isfinite(points) or points < 0:
                message = get_message("no_points_returned")
                return _single_check(cell, 0.0, Verdict.WRONG, message)
            verdict = Verdict.RIGHT if points >= maximum else Verdict.WRONG
            return _single_check(cell, min(points, maximum), verdict, "")
    return _single_check(cell, maximum, Verdict.RIGHT, "")


def _single_check(cell: NotebookNode, points: float, verdict: Verdict, message: str) -> CellResult:
    """The result of a cell that is scored as a whole, as one check named ``tests``."""
    name = str(grade_id(cell))
    check = CheckResult(WHOLE_CELL, verdict, message, points, worth_of(cell))
    return CellResult(name, points_of(cell), points, verdict, (check,), bonus=bonus_of(cell))


def _first_failure(checks: tuple[CheckResult, ...]) -> Verdict:
    if not checks:
        return Verdict.WRONG
    failures = (check.verdict for check in checks if check.verdict != Verdict.RIGHT)
    return next(failures, Verdict.RIGHT)


def _scored_output(cell: NotebookNode, result: CellResult) -> NotebookNode:
    """The one output that nbgrader scores, and that a student sees in the feedback."""
    report = _find_report(cell)
    lines = tuple(
        Line(
            check.name,
            check.verdict.value,
            check.message,
            check.points,
            check.max_points,
            mistake=check.mistake,
        )
        for check in result.checks
    )
    title = str(report.get("function", result.grade_id)) if report else result.grade_id
    points = float(result.points or 0.0)
    table = Report(title, result.worth, lines).to_html(points=points)
    # to nbgrader a bonus is a cell of 0 points, and it refuses a number above that
    text = repr(0.0 if result.bonus else points)
    output = {  # not by nbformat's own function, whose validation takes longer than all the rest
        "output_type": "execute_result",
        "metadata": {},
        "data": {"text/plain": text, "text/html": table},
        "execution_count": cell.execution_count,
    }
    return from_dict(output)


def _kept_outputs(cell: NotebookNode) -> list[NotebookNode]:
    """The other outputs, without errors and stderr, which nbgrader would read as zero points."""
    return [
        output
        for output in cell.outputs
        if output.output_type == "display_data"
        or (output.output_type == "stream" and output.name == "stdout")
    ]
