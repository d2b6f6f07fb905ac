"""Scoring a test cell: by its report or its number, and nbgrader reads the same points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.score import score_cell
from autograder.models import Verdict
from utils.checking.report import MIME as REPORT_MIME
from utils.checking.report import Line, Report

ASSERTIONS = "assert f(1) == 1"
REPORTING = 'exercise = checks.Exercise("f", points=5)\nexercise.report()'


def executed(*outputs, source=ASSERTIONS, points=5):
    """A test cell, worth five points, after it ran."""
    role = {"grade_id": "f-check", "grade": True, "solution": False, "locked": True}
    return new_code_cell(
        source,
        metadata={"nbgrader": {**role, "points": points, "schema_version": 3}},
        outputs=list(outputs),
        execution_count=7,
    )


def result(text, **more):
    """The output of a cell's last expression."""
    return new_output("execute_result", data={"text/plain": text, **more}, execution_count=7)


def stream(name, text="something\n"):
    """The output of a cell that prints."""
    return new_output("stream", name=name, text=text)


def error(name="AssertionError", text="no"):
    """The output of a cell that raises an exception."""
    return new_output("error", ename=name, evalue=text, traceback=["a long", "traceback"])


def report(*points, of=5.0):
    """A report of checks with these points, each worth the same."""
    each = of / max(len(points), 1)
    lines = tuple(
        Line(f"check {n}", "right" if p == each else "wrong", "" if p == each else "why", p, each)
        for n, p in enumerate(points)
    )
    whole = Report("f", of, lines)
    return result("2.5", **{"text/html": whole.to_html(), REPORT_MIME: whole.to_json()})


def nbgrader_points(cell):
    """The points that nbgrader itself reads off a cell's outputs."""
    from nbgrader.utils import determine_grade

    return determine_grade(cell)[0]


@pytest.mark.parametrize(
    ("outputs", "points"),
    [
        ([], 5),
        ([stream("stdout")], 5),
        ([new_output("display_data", data={"text/plain": "<Figure>"})], 5),
        ([result("2.5")], 2.5),
        ([result("0")], 0),
        ([result("0.0")], 0),
        ([result("5")], 5),
        ([result("1e-1")], 0.1),
        ([result("np.float64(2.5)")], 2.5),
        ([result("np.float32(0.0)")], 0),
        ([result("np.int64(3)")], 3),
        ([result("np.float64(nan)")], 0),
        ([result("nan")], 0),
        ([result("inf")], 0),
        ([result("-1")], 0),
        ([result("99")], 5),
        ([result("1e999")], 0),
        ([result("'ok'")], 5),
        ([result("True")], 5),
        ([result("[5]")], 5),
        ([result("")], 5),
        ([new_output("execute_result", data={"text/html": "<b>5</b>"})], 5),
        ([error()], 0),
        ([stream("stdout"), error()], 0),
        ([result("5"), error()], 0),
        ([stream("stderr")], 5),
        ([stream("stderr"), result("2.5")], 2.5),
        ([result("2.5"), stream("stderr")], 2.5),
    ],
)
def test_a_cell_of_assertions(outputs, points):
    """The points for each kind of output; nbgrader then reads the same points."""
    cell = executed(*outputs)
    scored = score_cell(cell)
    assert scored.points == points
    assert scored.max_points == 5
    assert scored.verdict != Verdict.RIGHT or points == 5
    assert nbgrader_points(cell) == points


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [stream("stdout")],
        [result("5.0")],
        [result("np.float64(5.0)")],
        [result("5.0", **{REPORT_MIME: "no report"})],
        [error("SystemExit", "0")],
    ],
)
def test_no_output_is_not_full_marks(outputs):
    """A cell that should have ended with a report and did not earns nothing."""
    cell = executed(*outputs, source=REPORTING)
    scored = score_cell(cell)
    assert scored.points == 0
    assert scored.verdict != Verdict.RIGHT
    assert scored.checks[0].message
    assert nbgrader_points(cell) == 0


@pytest.mark.parametrize(
    ("points", "verdict"),
    [((2.5, 2.5), "right"), ((2.5, 0.0), "wrong"), ((0.0,), "wrong"), ((), "wrong")],
)
def test_the_report_decides(points, verdict):
    """The cell earns the sum of its checks' points, whatever its other outputs are."""
    cell = executed(stream("stderr"), report(*points), source=REPORTING)
    scored = score_cell(cell)
    assert scored.points == sum(points)
    assert scored.verdict == verdict
    assert [check.points for check in scored.checks] == list(points)
    assert nbgrader_points(cell) == sum(points)


@pytest.mark.parametrize("claimed", [99.0, -3.0, float("nan"), float("inf"), "many", None])
def test_a_report_cannot_claim_more_than_the_cell_is_worth(claimed):
    """Points beyond the cell's are cut off; anything that is not a number counts 0."""
    check = {"name": "a", "verdict": "right", "points": claimed, "max_points": 5}
    data = {"schema": 1, "function": "f", "points": 5, "max_points": 5, "checks": [check]}
    cell = executed(result("5.0", **{REPORT_MIME: data}), source=REPORTING)
    expected = 5 if claimed == 99.0 else 0
    assert score_cell(cell).points == expected
    assert nbgrader_points(cell) == expected


@pytest.mark.parametrize("checks", [None, 3, [3], [{}], [{"name": "a", "verdict": "superb"}]])
def test_a_damaged_report(checks):
    """It earns nothing and raises nothing."""
    data = {"function": "f", "checks": checks}
    cell = executed(result("5.0", **{REPORT_MIME: data}), source=REPORTING)
    assert score_cell(cell).points == 0
    assert nbgrader_points(cell) == 0


@given(st.lists(st.floats(0, 3), max_size=4), st.booleans())
def test_nbgrader_reads_the_same_points(points, noisy):
    """For every sum of points, with and without other outputs."""
    outputs = [stream("stderr"), stream("stdout")] if noisy else []
    cell = executed(*outputs, report(*points, of=12.0), source=REPORTING, points=12)
    scored = score_cell(cell)
    assert scored.points == pytest.approx(min(sum(points), 12))
    assert nbgrader_points(cell) == scored.points


def test_rewritten_outputs():
    """A table of messages and what the cell printed to stdout; no error, warning or report."""
    picture = new_output("display_data", data={"text/plain": "<Figure>"})
    cell = executed(stream("stderr"), stream("stdout", "printed"), picture, report(2.5, 0.0))
    score_cell(cell)
    table, *kept = cell.outputs
    assert table.data["text/plain"] == "2.5"
    assert "why" in table.data["text/html"]
    assert "2.5 of 5 points" in table.data["text/html"]
    assert REPORT_MIME not in table.data
    assert kept == [stream("stdout", "printed"), picture]


def test_an_errors_text_is_shown_and_its_traceback_is_not():
    """A traceback through a test cell would show the hidden tests."""
    cell = executed(error("ValueError", "<b>shapes</b> do not fit"))
    scored = score_cell(cell)
    assert scored.verdict == Verdict.RAISED
    assert "ValueError: <b>shapes</b> do not fit" in scored.checks[0].message
    html = cell.outputs[0].data["text/html"]
    assert "&lt;b&gt;shapes" in html
    assert "a long" not in str(cell.outputs)


def test_a_timeout():
    """An endless loop has another verdict than an exception."""
    scored = score_cell(executed(error("TimedOut", "no end within 2 s")))
    assert scored.verdict == Verdict.TIMED_OUT
    assert "no end within 2 s" in scored.checks[0].message
