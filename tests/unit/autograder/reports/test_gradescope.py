"""Gradescope's results.json: the documented keys and values, and what students see of them."""

import json

import pytest
from hypothesis import given

from autograder.reports import gradescope
from autograder.reports.grade_view import GradeView
from tests.support import hostile_grades as hostile
from tests.support.hostile_grades import FAILED, SAMPLE

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": FORMATS,
    "test_output_format": FORMATS,
    "test_name_format": FORMATS,
    "visibility": set(gradescope.VISIBILITIES),
    "stdout_visibility": set(gradescope.VISIBILITIES),
    "extra_data": dict,
    "tests": list,
}
TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": {"passed", "failed"},
    "name": str,
    "output": str,
    "tags": list,
    "visibility": set(gradescope.VISIBILITIES),
    "extra_data": dict,
}


def faults(data, form):
    """Keys that are not in Gradescope's specification, and values that it does not allow."""
    for key, value in data.items():
        allowed = form.get(key)
        if allowed is None or not (
            value in allowed if isinstance(allowed, set) else isinstance(value, allowed)
        ):
            yield key, value


def content(view, **options):
    """The file's content."""
    return json.loads(gradescope.render(view, **options))


def test_scores_and_messages():
    """Each check is a test; the total leaves out what is yet to be graded by hand."""
    data = content(GradeView(SAMPLE))
    assert data["score"] == 9.0
    assert data["execution_time"] == 0.25
    first, second, third, *manual = data["tests"]
    assert (first["name"], first["score"], first["max_score"]) == ("l2: printed", 3.0, 3.0)
    assert (first["status"], first["output"]) == ("passed", "right")
    assert (second["status"], second["output"]) == ("failed", "Too `big`.")
    assert third["output"] == "It ran over 30 s."
    assert [test["name"] for test in manual] == ["question", "conclusion"]
    assert not any("max_score" in test for test in manual)
    assert data["output"].splitlines()[1] == "x (1).ipynb was graded."


@pytest.mark.parametrize("visibility", gradescope.VISIBILITIES)
def test_visibility_is_that_of_hidden_checks_only(visibility):
    """Checks in the release are always visible, and the grader's own output never is."""
    view = GradeView(SAMPLE, hidden=frozenset({("l2-check", "fresh")}))
    data = content(view, visibility=visibility)
    visible = {test["name"]: test["visibility"] for test in data["tests"]}
    assert visible.pop("l2: fresh") == visibility
    assert set(visible.values()) == {"visible"}
    assert data["stdout_visibility"] == "hidden"


def test_hidden_checks_wait_for_publication_by_default():
    """The default is the safe choice."""
    view = GradeView(SAMPLE, hidden=frozenset({("l2-check", "fresh")}))
    assert content(view)["tests"][1]["visibility"] == "after_published"


def test_without_a_grade_there_is_no_score():
    """Not even 0: Gradescope then says that the autograder failed."""
    data = content(GradeView(FAILED))
    assert "score" not in data
    assert data["tests"] == []
    assert data["output"] == "Not graded. The kernel broke."


@given(hostile.views)
def test_no_text_breaks_it(view):
    """Only the specification's keys and values, in a file that can be written as UTF-8."""
    text = gradescope.render(view)
    data = json.loads(text.encode())
    assert list(faults(data, TOP)) == []
    for test in data["tests"]:
        assert list(faults(test, TEST)) == []
    assert ("score" in data) == view.graded
