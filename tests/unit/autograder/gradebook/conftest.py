"""A small class for tests of the gradebook, in which nothing is executed."""

import pytest

from autograder.course.layout import CONFIG
from tests.conftest import ASSIGNMENT
from tests.support.gradebooks import nbgrader_gradebook
from tests.support.graded_class import submit, use_runner


@pytest.fixture
def use(monkeypatch):
    """Let a runner execute notebooks, for us and for nbgrader."""
    return lambda runner: use_runner(monkeypatch, runner)


@pytest.fixture
def configure(registered):
    """Add a line to the course's config."""

    def add(line):
        path = registered.root / CONFIG
        path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")

    return add


@pytest.fixture
def collected(registered, configure):
    """A class with everything that makes a difference to nbgrader: lateness, answers, files."""
    configure("c.LateSubmissionPlugin.penalty_method = 'zero'")
    with nbgrader_gradebook(registered) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-03-01 12:00:00 UTC")
        for student in ("bo", "cleo"):
            gradebook.add_student(student, first_name=student.title())
    (registered.root / "source" / ASSIGNMENT / "data.txt").write_text("the course's", "utf-8")
    submit(registered, "ada", timestamp="2026-03-01 11:00:00 UTC", answers=("question-lambd",))
    submit(registered, "bo", timestamp="2026-03-02 12:00:00 CET", files=("data.txt", "a/b.csv"))
    submit(registered, "cleo", timestamp="2026-03-02 12:00:00 UTC", answers=("conclusion",))
    submit(registered, "dana", name="notebook (1)", files=("x.pyc", "feedback/old.html"))
    with nbgrader_gradebook(registered) as gradebook:
        gradebook.add_submission(ASSIGNMENT, "cleo")
        gradebook.grant_extension(ASSIGNMENT, "cleo", days=3)
    return registered


@pytest.fixture
def grade_by_hand():
    """What a person does in formgrader between two runs."""

    def grade(course):
        with nbgrader_gradebook(course) as gradebook:
            answer = gradebook.find_grade("conclusion", ASSIGNMENT, ASSIGNMENT, "cleo")
            answer.manual_score, answer.needs_manual_grade, answer.extra_credit = 8.0, False, 2.5
            test = gradebook.find_grade("l2-cost-check", ASSIGNMENT, ASSIGNMENT, "bo")
            test.manual_score, test.needs_manual_grade = 3.0, False
            comment = gradebook.find_comment("conclusion", ASSIGNMENT, ASSIGNMENT, "cleo")
            comment.manual_comment = "Well seen."
            gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada").flagged = True
            gradebook.db.commit()

    return grade
