"""The numbers of a class, against counts made by hand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.diagnosis.mistakes import Mistake, MistakeBank
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.class_grades import ClassGrades, with_manual_points
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
def counted():
    """The class in numbers."""
    return class_statistics(CLASS, BANK, ["q", "f-check"])


def test_how_many(counted):
    """Who has no grade counts as handed in, and in nothing else."""
    assert (counted.submissions, counted.graded, counted.waiting) == (6, 4, ("ada",))
    assert counted.mean == pytest.approx((12 + 14 + 0 + 0) / 4)
    assert counted.median == 6.0
    assert counted.bins == (2, 0, 0, 0, 0, 0, 1, 1, 0, 0)


def test_exercises(counted):
    """All, some and none of the points; no mean while somebody waits; the notebook's order."""
    q, f = counted.exercises
    assert (q.name, q.share, q.full, q.part, q.none, q.waiting) == ("q", None, 1, 0, 2, 1)
    assert (f.name, f.full, f.part, f.none, f.waiting) == ("f", 1, 1, 2, 0)
    assert f.share == pytest.approx((1 + 0.5) / 4)


def test_mistakes(counted):
    """Two at once count for each; one that the bank does not know keeps its id."""
    assert [(one.id, one.title, one.exercise, one.students) for one in counted.mistakes] == [
        ("half", "it is halved", "f", 1),
        ("other", "other", "f", 1),
    ]
    assert counted.unnamed == 1


def test_what_needs_a_look(counted):
    """No grade, handed in since, trouble, notes: in this order, each with its words."""
    assert [(one.student, one.why) for one in counted.looks] == [
        ("ed", "not graded"),
        ("flo", "not graded"),
        ("di", "took too long"),
        ("di", "note"),
    ]
    assert counted.looks[0].message == "It is empty."
    assert counted.looks[2].message == "f"


def test_rows(counted):
    """The best first; shares in the order of the exercises; None where nothing is decided."""
    assert [row.student for row in counted.rows] == ["bo", "ada", "cy", "di"]
    assert counted.rows[1].shares == (None, 1.0)


def test_times(counted):
    """Sums, and how many took how long."""
    assert counted.times.total == pytest.approx(3.1)
    assert counted.times.slowest[0] == ("cy", 3.0)
    assert dict(counted.times.bins)[5.0] == 1
    assert sum(count for _, count in counted.times.bins) == 4


def test_a_person_s_points_replace_the_automatic_ones():
    """A cell that waited has points then; others stay."""
    ada = with_manual_points(CLASS.grades[0], {"q": 5.0})
    assert ada.score == 17.0
    assert not ada.needs_manual_grade
    assert with_manual_points(CLASS.grades[0], {}) == CLASS.grades[0]


@given(st.lists(hostile.grades, max_size=5))
def test_no_class_breaks_it(grades):
    """Each score is in one column, each student in each exercise once; it can be written down."""
    counted = class_statistics(ClassGrades("x", tuple(grades)), BANK)
    assert sum(counted.bins) == counted.graded == len(counted.rows)
    assert sum(count for _, count in counted.times.bins) == counted.graded
    for one in counted.exercises:
        assert one.full + one.part + one.none + one.waiting <= counted.graded
    assert json.loads(json.dumps(counted.to_json()))["schema"] == 1
