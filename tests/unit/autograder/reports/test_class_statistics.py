"""The figures of a class, compared with counts made by hand."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.diagnosis.mistakes import Mistake, MistakeBank
from autograder.gradebook.class_grades import ClassGrades
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.class_statistics import class_statistics
from tests.support import hostile_grades as hostile

BANK = MistakeBank(
    {"half": Mistake("half", "f", (("a", "b"),), {"en": "it is halved"}, {"en": "x"})}
)


def cell(name, points, most, *verdicts, mistake=None):
    """A test cell whose checks have these verdicts."""
    checks = tuple(
        CheckResult(str(n), verdict, mistake=mistake if verdict == Verdict.WRONG else None)
        for n, verdict in enumerate(verdicts)
    )
    return CellResult(name, most, points, None, checks)


def grade(student, *cells, **fields):
    """A graded submission worth 20 points."""
    return Grade(student, "x", fields.pop("status", Status.GRADED), 20.0, tuple(cells), **fields)


R, W, T = Verdict.RIGHT, Verdict.WRONG, Verdict.TIMED_OUT
CLASS = ClassGrades(
    "x",
    (
        grade("ada", cell("f-check", 12.0, 12.0, R, R), CellResult("q", 8.0), seconds=0.1),
        grade(
            "bo", cell("f-check", 6.0, 12.0, R, W, mistake="half+other"), CellResult("q", 8.0, 8.0)
        ),
        grade("cy", cell("f-check", 0.0, 12.0, W, W), CellResult("q", 8.0, 0.0), seconds=3.0),
        grade("di", cell("f-check", 0.0, 12.0, T), CellResult("q", 8.0, 0.0), notes=("Renamed.",)),
        grade("ed", status=Status.NOT_GRADED, message="It is empty."),
    ),
    ("flo",),
)


@pytest.fixture
def statistics():
    """The figures of the class."""
    return class_statistics(CLASS, BANK, ["q", "f-check"])


def test_how_many(statistics):
    """A submission without a grade counts as a submission and in nothing else."""
    assert (statistics.submissions, statistics.graded, statistics.waiting) == (6, 4, ("ada",))
    assert statistics.mean == pytest.approx((12 + 14 + 0 + 0) / 4)
    assert statistics.median == 6.0
    assert statistics.bins == (2, 0, 0, 0, 0, 0, 1, 1, 0, 0)


def test_exercises(statistics):
    """All, some and none of the points; no mean until all are graded; the notebook's order."""
    q, f = statistics.exercises
    assert (q.name, q.share, q.full, q.part, q.none, q.waiting) == ("q", None, 1, 0, 2, 1)
    assert (f.name, f.full, f.part, f.none, f.waiting) == ("f", 1, 1, 2, 0)
    assert f.share == pytest.approx((1 + 0.5) / 4)


def test_mistakes(statistics):
    """Two mistakes in one check count as both; a mistake without a title is shown by its id."""
    assert [
        (count.id, count.title, count.exercise, count.students) for count in statistics.mistakes
    ] == [
        ("half", "it is halved", "f", 1),
        ("other", "other", "f", 1),
    ]
    assert statistics.unnamed == 1


def test_what_needs_attention(statistics):
    """No grade, submitted since, a limit reached, notes: in this order, each with its message."""
    assert [(look.student, look.why) for look in statistics.looks] == [
        ("ed", "not graded"),
        ("flo", "not graded"),
        ("di", "took too long"),
        ("di", "note"),
    ]
    assert statistics.looks[0].message == "It is empty."
    assert statistics.looks[2].message == "f"


def test_rows(statistics):
    """The best first; shares in the order of the exercises; None where points are missing."""
    assert [row.student for row in statistics.rows] == ["bo", "ada", "cy", "di"]
    assert statistics.rows[1].shares == (None, 1.0)


def test_times(statistics):
    """The total, the slowest, and how many took how long."""
    assert statistics.times.total == pytest.approx(3.1)
    assert statistics.times.slowest[0] == ("cy", 3.0)
    assert dict(statistics.times.bins)[5.0] == 1
    assert sum(count for _, count in statistics.times.bins) == 4


def test_lateness(statistics):
    """It is listed beside the score, which does not include it."""
    late = class_statistics(replace(CLASS, penalties={"bo": 7.5}), BANK)
    assert {row.student: row.late_penalty for row in late.rows if row.late_penalty} == {"bo": 7.5}
    assert [(row.student, row.score) for row in late.rows] == [
        (row.student, row.score) for row in statistics.rows
    ]
    (attention,) = [one for one in late.looks if one.why == "late"]
    assert (attention.student, attention.message) == ("bo", "Being late costs 7.5 points.")


def test_who_waits_for_a_person():
    """Also an answer that has points, but changed since: nbgrader asks for it."""
    asked = replace(CLASS, waiting=frozenset({"bo"}))
    assert class_statistics(asked, BANK).waiting == ("ada", "bo")


@given(st.lists(hostile.grades, max_size=5))
def test_no_class_breaks_it(grades):
    """Each score is in one bin, each student at most once in an exercise; JSON can be written."""
    statistics = class_statistics(ClassGrades("x", tuple(grades)), BANK)
    assert sum(statistics.bins) == statistics.graded == len(statistics.rows)
    assert sum(count for _, count in statistics.times.bins) == statistics.graded
    for exercise in statistics.exercises:
        total = exercise.full + exercise.part + exercise.none + exercise.waiting
        assert total <= statistics.graded
    assert json.loads(json.dumps(statistics.to_json()))["schema"] == 1
