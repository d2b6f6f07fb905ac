"""Whose points another test, mistake or setting has moved."""

import pytest

from autograder.batch.course_grading import CourseGrading
from autograder.gradebook.moved_points import MovedPoints, moved_points
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import in_this_process
from tests.support.graded_class import POINTS, submit


def graded(*cells):
    """A grade with these cells."""
    return Grade("ada", ASSIGNMENT, Status.GRADED, 10, cells)


def cell(name, points, *checks, title=""):
    """A cell with checks of these names and points."""
    results = tuple(
        CheckResult(check, Verdict.WRONG, points=given, max_points=5) for check, given in checks
    )
    return CellResult(name, 10, points, Verdict.WRONG, results, title)


def test_each_check_is_named():
    """With the exercise's title; what stays is not listed."""
    before = graded(cell("a", 5, ("cost", 5), ("shape", 0)), cell("b", 1, ("mask", 1)))
    after = graded(
        cell("a", 4, ("cost", 2), ("shape", 2), title="Exercise 1"), cell("b", 1, ("mask", 1))
    )
    assert list(moved_points(before, after)) == [
        MovedPoints("ada", "a", "Exercise 1", "cost", -3),
        MovedPoints("ada", "a", "Exercise 1", "shape", 2),
    ]


def test_checks_and_cells_that_come_and_go():
    """They gave nothing before, or give nothing now; a cell without checks has its own points."""
    before = graded(cell("a", 5, ("old", 5)), cell("plain", 3), cell("gone", 2))
    after = graded(cell("a", 4, ("new", 4)), cell("plain", 0))
    assert {(move.cell, move.check): move.points for move in moved_points(before, after)} == {
        ("a", "old"): -5,
        ("a", "new"): 4,
        ("plain", ""): -3,
        ("gone", ""): -2,
    }


def test_an_answer_for_a_person_does_not_move():
    """Its points are given by hand."""
    answer = CellResult("why", 10, None)
    assert not list(moved_points(graded(answer), graded(CellResult("why", 12, None))))


@pytest.fixture
def run(registered, use):
    """Grade ada and bo with a runner that gives these points; what the store says has moved."""

    def grade(points):
        use(FakeRunner(points))
        with CourseGrading(registered, executor=in_this_process) as grading:
            assignment = registered.assignment(ASSIGNMENT)
            store = grading.gradebook_store(assignment)
            submissions = grading.submissions(assignment)
            list(grading.batch(assignment, store, force=True).run(submissions))
            return {(move.student, move.cell, move.points) for move in store.moved}

    for student in ("ada", "bo"):
        submit(registered, student)
    return grade


def test_a_run_says_whose_points_it_moved(registered, run):
    """Only of work that is as it was: who has handed in again expects another grade."""
    assert run(POINTS) == set()
    assert run(POINTS) == set()
    submit(registered, "bo", answers=("conclusion",))
    assert run({**POINTS, "l2-cost-check": 9.0}) == {("ada", "l2-cost-check", -3.0)}
