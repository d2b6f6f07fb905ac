"""A bonus: points beyond those of the assignment, in nbgrader's column of extra credit."""

import json

import pytest

from autograder.authoring.agreement import disagreements
from autograder.authoring.build import build
from autograder.course.layout import Course
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.class_grades import read_class_grades
from autograder.gradebook.student_scores import read_scores
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import nbgrader_gradebook
from tests.support.graded_class import grade, grade_with_nbgrader, submit

BONUS = "l2-cost-check"


@pytest.fixture
def course(registered):
    """The first exercise's 12 points are a bonus; two students have handed in."""
    text = registered.root / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.md"
    head = "  grade_id: l2-cost-check\n  locked: true\n  points: "
    lines = text.read_text("utf-8")
    before, after = lines.split(f"{head}12\n")
    start = before.rindex("---\n") + len("---\n")
    changed = f"{before[:start]}bonus: 12\n{before[start:]}{head}0\n{after}"
    text.write_text(
        changed.replace(
            'regularization", points=12)', 'regularization", points=12, bonus=True)'
        ).replace("hidden checks carry 54 of the 75 code", "hidden checks carry 45 of the 63 code")
    )
    spec = text.with_name("assignment.toml")
    spec.write_text(spec.read_text("utf-8").replace("points = 100", "points = 88"))
    with nbgrader_gradebook(registered) as gradebook:
        gradebook.remove_assignment(ASSIGNMENT)
    course = Course(registered.root)
    build(course.assignment(ASSIGNMENT))
    for student in ("ada", "bo"):
        submit(course, student)
    return course


def rows(course):
    """By student: automatic points and extra credit of the bonus, and nbgrader's score of all."""
    with nbgrader_gradebook(course) as gradebook:
        found = {}
        for student in ("ada", "bo"):
            cell = gradebook.find_grade(BONUS, ASSIGNMENT, ASSIGNMENT, student)
            of_all = gradebook.find_submission(ASSIGNMENT, student)
            found[student] = (cell.auto_score, cell.extra_credit, of_all.score, of_all.max_score)
        return found


@pytest.mark.parametrize("run", [grade, grade_with_nbgrader])
@pytest.mark.parametrize("earned", [12.0, 4.5])
def test_a_bonus_adds_to_the_score_and_not_to_the_maximum(course, use, run, earned):
    """Whichever command grades, nbgrader and all reports count the same."""
    use(FakeRunner({BONUS: earned, "dropout-forward-check": 7.5}))
    run(course)
    assert set(rows(course).values()) == {(0.0, earned, earned + 7.5, 88.0)}
    maximum, scores = read_scores(Settings.load(course).coursedir, ASSIGNMENT)
    assert maximum == 88
    assert {one.total for one in scores} == {earned + 7.5}
    for one in read_class_grades(Settings.load(course).coursedir, ASSIGNMENT).grades:
        said = json.loads(json.dumps(one.to_json()))
        (cell,) = [cell for cell in said["notebooks"][0]["cells"] if cell["grade_id"] == BONUS]
        assert (cell["points"], cell["max_points"], cell["bonus"]) == (earned, 0, 12)
        assert (said["score"], said["max_score"]) == (earned + 7.5, 88)


@pytest.mark.parametrize("run", [grade, grade_with_nbgrader])
def test_a_later_run_takes_back_what_an_earlier_one_gave(course, use, run):
    """Points that are no longer earned are lost, and what a person has given stays."""
    use(FakeRunner({BONUS: 12.0}))
    run(course)
    with nbgrader_gradebook(course) as gradebook:
        gradebook.find_grade(BONUS, ASSIGNMENT, ASSIGNMENT, "bo").extra_credit = 3.0
        gradebook.db.commit()
    use(FakeRunner({BONUS: 0.0}))
    run(course)
    assert {student: row[1] or 0.0 for student, row in rows(course).items()} == {
        "ada": 0.0,
        "bo": 3.0,
    }
    use(FakeRunner({BONUS: 6.0}))
    run(course)
    assert {student: row[1] for student, row in rows(course).items()} == {"ada": 6.0, "bo": 3.0}


def test_a_submission_that_can_no_longer_be_graded_has_no_bonus(course, use):
    """It is taken back with all its automatic points."""
    use(FakeRunner({BONUS: 12.0}))
    grade(course)
    (course.submitted_dir / "bo" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("{")
    grade(course)
    assert rows(course)["bo"][:3] == (None, None, 0.0)
    assert rows(course)["ada"][1] == 12.0


def test_what_a_bonus_is_worth_is_said_alike(course):
    """The exercise's points are those of its cell, and the head's table counts it as extra."""
    assignment = course.assignment(ASSIGNMENT)
    assert list(disagreements(assignment)) == []
    text = assignment.text.read_text("utf-8")
    assignment.text.write_text(text.replace("bonus: 12\n", "bonus: 11\n"))
    build(assignment)
    said = list(disagreements(course.assignment(ASSIGNMENT)))
    assert any("Exercise(points=12), and the cell 11" in one for one in said)
    assignment.text.write_text(
        text.replace("bonus: 12\n", "bonus: 11\n").replace("  points: 0\n", "  points: 1\n")
    )
    with pytest.raises(CourseError, match="gives 89 points in all"):
        build(assignment)
