"""What GitHub Classroom's reporter is given: the form, and the sums that the reporter makes."""

import base64
import json

from hypothesis import given

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports import classroom
from autograder.reports.grade_view import GradeView
from tests.support import hostile_grades as hostile
from tests.support.hostile_grades import FAILED, SAMPLE

KEYS = {
    "name": str,
    "status": str,
    "message": str,
    "score": (int, float),
    "filename": str,
    "line_no": int,
    "test_code": str,
    "execution_time": str,
}


def decoded(view):
    """The report as the reporter reads it: base64, UTF-8, JSON."""
    return json.loads(
        base64.b64decode(classroom.render(view).strip(), validate=True).decode("utf-8")
    )


def test_what_the_reporter_adds_up():
    """Score and maximum of what is checked; answers that are graded by hand are in neither."""
    data = decoded(GradeView(SAMPLE, "hw.ipynb"))
    assert data["version"] == 1
    assert sum(test["score"] for test in data["tests"]) == 9
    assert data["max_score"] == 12
    assert [test["status"] for test in data["tests"]] == ["pass", "fail", "error"]
    assert data["status"] == "error"
    assert data["tests"][1]["message"] == "Too `big`."
    assert data["tests"][1]["filename"] == "hw.ipynb"


def test_all_right():
    """The run passes, and whole points are integers."""
    cell = CellResult(
        "f", 2.0, 2.0, Verdict.RIGHT, (CheckResult("a", Verdict.RIGHT, "", 2.0, 2.0),)
    )
    data = decoded(GradeView(Grade("ada", "x", Status.GRADED, 2.0, (cell,))))
    assert data["status"] == "pass"
    assert str(data["max_score"]) == "2"


def test_without_a_grade():
    """The run is in error and counts 0 points of 0."""
    data = decoded(GradeView(FAILED))
    assert (data["status"], data["max_score"]) == ("error", 0)
    (test,) = data["tests"]
    assert test["status"] == "error"
    assert "The kernel broke." in test["message"]


@given(hostile.views)
def test_no_text_breaks_it(view):
    """One line of base64; the reporter's keys; no message that starts a line of the log."""
    assert classroom.render(view).count("\n") == 1
    data = decoded(view)
    assert set(data) == {"version", "status", "max_score", "tests"}
    assert data["status"] in {"pass", "fail", "error"}
    for test in data["tests"]:
        assert set(test) == set(KEYS)
        assert all(isinstance(test[key], kind) for key, kind in KEYS.items())
        assert test["status"] in {"pass", "fail", "error"}
        assert "\n" not in test["name"] + test["message"]
