"""Grading one submission, with a runner that executes nothing."""

import json

import pytest

from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Submission
from autograder.course.notebook import grade_id, read_notebook, write_notebook
from autograder.errors import RunnerError
from autograder.grading.grade import METADATA, grade
from autograder.models import Grade, Status, Verdict
from autograder.runners.interface import CourseCode
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner


@pytest.fixture
def submission(assignment):
    """The untouched release, submitted by Ada."""
    folder = assignment.course.submitted_dir / "ada" / ASSIGNMENT
    write_notebook(read_notebook(assignment.release).notebook, folder / f"{ASSIGNMENT}.ipynb")
    return Submission(assignment, "ada", folder)


def test_points_are_those_of_the_cells(submission):
    """Each graded cell is in the grade with its points; unanswered questions get 0."""
    graded = grade(
        submission, FakeRunner({"l2-cost-check": 12.0, "l2-backward-check": 1.5}), GradingOptions()
    )
    result = graded.grade
    assert result.status == Status.GRADED
    assert (result.score, result.max_score) == (13.5, 100.0)
    cells = {cell.grade_id: cell for cell in result.cells}
    assert cells["l2-cost-check"].verdict == Verdict.RIGHT
    assert cells["l2-backward-check"].points == 1.5
    assert cells["question-lambd"].points == 0.0
    assert not result.needs_manual_grade
    assert result.jail == ("fake",)
    assert result.seconds > 0


def test_a_written_answer_waits_for_a_person(submission):
    """It has no points yet, which is different from 0."""
    path = submission.folder / f"{ASSIGNMENT}.ipynb"
    notebook = read_notebook(path).notebook
    for cell in notebook.cells:
        if grade_id(cell) == "question-both":
            cell.source = "With few data."
    write_notebook(notebook, path)
    result = grade(submission, FakeRunner(), GradingOptions()).grade
    assert result.needs_manual_grade
    assert {cell.grade_id for cell in result.cells if cell.points is None} == {"question-both"}


def test_the_runner_gets_the_options_of_the_course(submission):
    """Limits, seed, the folder of data files, and whether experiments run."""
    runner = FakeRunner()
    grade(submission, runner, GradingOptions(seed="secret", rerun_experiments=True))
    assert runner.runs == [
        {
            "limits": submission.assignment.limits,
            "seed": "secret",
            "files": submission.folder,
            "rerun_experiments": True,
            "course": CourseCode(
                submission.assignment.notebook, submission.assignment.source.parent
            ),
        }
    ]


def test_a_broken_runner_is_not_the_students_zero(submission):
    """There is no grade but a sentence that says why, never a grade of 0."""
    graded = grade(submission, FakeRunner(error=RunnerError("No kernel.")), GradingOptions())
    assert graded.notebooks == {}
    assert graded.grade.status == Status.NOT_GRADED
    assert graded.grade.message == "No kernel."
    assert graded.grade.max_score == 100.0
    assert graded.grade.cells == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("{", "damaged"),
        ('{"nbformat": 2}', "format 2"),
        (
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "is not a notebook of this course (it has none of our cells)",
        ),
    ],
)
def test_a_bad_submission(submission, content, words):
    """It is `not_graded` with a sentence, and nothing was run."""
    (submission.folder / f"{ASSIGNMENT}.ipynb").write_text(content, "utf-8")
    runner = FakeRunner()
    result = grade(submission, runner, GradingOptions()).grade
    assert result.status == Status.NOT_GRADED
    assert words in result.message
    assert runner.runs == []


def test_an_internal_error_is_not_swallowed(submission):
    """A bug in the grader must not look like a bad submission."""
    with pytest.raises(ZeroDivisionError):
        grade(submission, FakeRunner(error=ZeroDivisionError()), GradingOptions())


def test_notes_say_what_was_repaired(submission):
    """A renamed notebook, a repeated id and a deleted test are all noted."""
    path = submission.folder / f"{ASSIGNMENT}.ipynb"
    notebook = read_notebook(path).notebook
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != "l2-cost-check"]
    notebook.cells[3]["id"] = notebook.cells[2]["id"]
    path.unlink()
    path.with_name("other.ipynb").write_text(json.dumps(notebook), "utf-8")
    result = grade(submission, FakeRunner(), GradingOptions()).grade
    notes = " ".join(result.notes)
    assert "other.ipynb was graded in place of" in notes
    assert "more than once" in notes
    assert "'l2-cost-check' was missing" in notes


def test_the_grade_is_written_into_the_notebook(submission):
    """The executed notebook's metadata holds the whole grade, as JSON."""
    graded = grade(submission, FakeRunner({"l2-cost-check": 12.0}), GradingOptions())
    data = json.loads(json.dumps(graded.notebooks[f"{ASSIGNMENT}.ipynb"].metadata[METADATA]))
    assert data["jail"] == ["fake"]
    written = Grade.from_json(data, assignment=ASSIGNMENT)
    assert written.to_json() == graded.grade.to_json()
