"""From a test cell's outputs to points, verdicts and the table that is shown.

nbgrader reads points off a cell's outputs and has it that silence is full marks, that a warning
is none, and that NumPy's repr of a number is full marks. Here a cell earns what its report says,
or, for a test cell of plain assertions, what it returned; the outputs are then rewritten so that
nbgrader's own reading of them gives the same points.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode, from_dict

from autograder.course.notebook import grade_id, points_of
from autograder.models import CellResult, CheckResult, Verdict
from autograder.runners.interface import REPORT_MIME
from utils.checking.report import Line, Report

_NUMBER = re.compile(r"^(?:np\.\w+\()?(-?\d+(?:\.\d*)?(?:e[+-]?\d+)?)\)?$")
_USES_REPORT = "checks.Exercise("


def score_cell(
    cell: NotebookNode,
    explain: Callable[[CellResult, str], CellResult] = lambda result, _: result,
) -> CellResult:
    """The points of an executed test cell; its outputs are rewritten to say just that.

    Args:
        cell: The executed cell.
        explain: Is given the result of a report and the function that it is about, and returns
            it with better messages.
    """
    report = _find_report(cell)
    if report is None:
        result = _from_outputs(cell)
    else:
        result = explain(_from_report(cell, report), str(report.get("function", "")))
    cell.outputs = [_shown(cell, result), *_kept(cell)]
    return result


def _find_report(cell: NotebookNode) -> dict[str, Any] | None:
    for output in cell.outputs:
        if output.output_type == "execute_result" and REPORT_MIME in output.data:
            data = output.data[REPORT_MIME]
            return data if isinstance(data, dict) else None
    return None


def _from_report(cell: NotebookNode, report: dict[str, Any]) -> CellResult:
    try:
        checks = tuple(CheckResult.from_json(check) for check in report["checks"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return _plain(cell, 0.0, Verdict.WRONG, "The report of the checks cannot be read.")
    points = sum(check.points for check in checks)
    if not math.isfinite(points):
        return _plain(cell, 0.0, Verdict.WRONG, "The report of the checks holds no finite points.")
    return CellResult(
        grade_id=str(grade_id(cell)),
        max_points=points_of(cell),
        points=min(max(points, 0.0), points_of(cell)),
        verdict=_first_wrong(checks),
        checks=checks,
    )


def _from_outputs(cell: NotebookNode) -> CellResult:
    """A cell without a report: an error is no points, a number is that many, else all."""
    error = next((one for one in cell.outputs if one.output_type == "error"), None)
    maximum = points_of(cell)
    if error is not None:
        text = f"{error.ename}: {error.evalue}".strip(": ")
        verdict = Verdict.TIMED_OUT if error.ename == "TimedOut" else Verdict.RAISED
        return _plain(cell, 0.0, verdict, f"The checks stopped: {text}")
    if _USES_REPORT in cell.source:
        return _plain(cell, 0.0, Verdict.WRONG, "The checks did not run to their end.")
    for output in cell.outputs:
        if output.output_type == "execute_result":
            number = _NUMBER.match(str(output.data.get("text/plain", "")).strip())
            if number and 0 <= (points := float(number[1])) <= maximum and math.isfinite(points):
                verdict = Verdict.RIGHT if points == maximum else Verdict.WRONG
                return _plain(cell, points, verdict, "")
            return _plain(cell, 0.0, Verdict.WRONG, "The test cell returned no number of points.")
    return _plain(cell, maximum, Verdict.RIGHT, "")


def _plain(cell: NotebookNode, points: float, verdict: Verdict, message: str) -> CellResult:
    name = str(grade_id(cell))
    check = CheckResult("tests", verdict, message, points, points_of(cell))
    return CellResult(name, points_of(cell), points, verdict, (check,))


def _first_wrong(checks: tuple[CheckResult, ...]) -> Verdict:
    if not checks:
        return Verdict.WRONG
    return next((one.verdict for one in checks if one.verdict != Verdict.RIGHT), Verdict.RIGHT)


def _shown(cell: NotebookNode, result: CellResult) -> NotebookNode:
    """The one output that nbgrader scores, and that a student sees in the feedback."""
    report = _find_report(cell)
    lines = tuple(
        Line(
            one.name,
            one.verdict.value,
            one.message,
            one.points,
            one.max_points,
            mistake=one.mistake,
        )
        for one in result.checks
    )
    title = str(report.get("function", result.grade_id)) if report else result.grade_id
    points = float(result.points or 0.0)
    table = Report(title, result.max_points, lines).to_html(points=points)
    output = {  # (nbformat's own maker checks what it makes: that takes longer than all the rest)
        "output_type": "execute_result",
        "metadata": {},
        "data": {"text/plain": repr(points), "text/html": table},
        "execution_count": cell.execution_count,
    }
    return from_dict(output)


def _kept(cell: NotebookNode) -> list[NotebookNode]:
    """What else a test cell printed. Errors and stderr would be read as zero points."""
    return [
        output
        for output in cell.outputs
        if output.output_type == "display_data"
        or (output.output_type == "stream" and output.name == "stdout")
    ]
