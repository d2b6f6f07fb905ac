"""Cells of other courses in one notebook, graded as each of our commands does it."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.batch.course_grading import CourseGrading
from autograder.course.layout import CONFIG, Course, Submission
from autograder.course.notebook import write_notebook
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.class_grades import read_class_grades
from autograder.grading.grade import grade as grade_submission
from tests.support.course_cells import CASES, DATA, SETUP
from tests.support.gradebooks import in_this_process
from tests.support.graded_class import copy_of, grade, grade_with_nbgrader, use_runner
from tests.support.several_notebooks import NAME, make_course, nbgrader_cell

RIGHT, WRONG = 1, 3  # in each of CASES
_ANSWERS = {"ada": RIGHT, "bo": WRONG, "cleo": None}


def _notebook(answer):
    """All cells, with the right answers, wrong ones, or none."""
    cells = [new_code_cell(SETUP, id="setup")]
    for number, case in enumerate(CASES):
        text = "raise NotImplementedError()" if answer is None else case[answer]
        test = nbgrader_cell(case[2], f"t{number}", grade=True, locked=True, points=1)
        cells += [nbgrader_cell(text, f"s{number}", solution=True), test]
    notebook = new_notebook(cells=cells)
    notebook.nbformat_minor = 5
    return notebook


@pytest.fixture
def course(tmp_path, monkeypatch, runner):
    """A course with these cells, and a class of three."""
    use_runner(monkeypatch, runner)
    config = (make_course(tmp_path / "other").root / CONFIG).read_text("utf-8")
    course = Course(tmp_path / "course")
    write_notebook(_notebook(RIGHT), course.root / "source" / NAME / "cells.ipynb")
    (course.root / "source" / NAME / "data.csv").write_text(DATA, "utf-8")
    (course.root / CONFIG).write_text(config, "utf-8")
    for student, answer in _ANSWERS.items():
        write_notebook(_notebook(answer), course.submitted_dir / student / NAME / "cells.ipynb")
    return course


def _points(grades):
    return {one.student: [cell.points for cell in one.cells] for one in grades}


@pytest.mark.slow  # a class of three is graded three times
def test_every_command_gives_the_same_points(course, tmp_path, runner):
    """Full points for the solution, none for wrong answers and for none."""
    expected = {"ada": [1.0] * len(CASES), "bo": [0.0] * len(CASES), "cleo": [0.0] * len(CASES)}
    with CourseGrading(course, executor=in_this_process) as grading:
        grading.require_full_marks(course.assignment(NAME))
    grade(course, name=NAME)
    settings = Settings.load(course)
    assert _points(read_class_grades(settings.coursedir, NAME).grades) == expected
    nbgraders = copy_of(course, tmp_path / "nbgrader")
    grade_with_nbgrader(nbgraders, NAME)
    by_nbgrader = read_class_grades(Settings.load(nbgraders).coursedir, NAME).grades
    assert _points(by_nbgrader) == expected
    assignment = course.assignment(NAME)
    beside = dict(settings.replacing_files(assignment))
    for student, points in expected.items():
        submission = Submission(assignment, student, course.submitted_dir / student / NAME)
        tried = grade_submission(submission, runner, settings.options, beside).grade
        assert [cell.points for cell in tried.cells] == points


def test_a_cell_that_cannot_be_asked_stops_the_run(course):
    """Before anybody is graded; the sentence names the cell and what could not cross."""
    path = course.root / "source" / NAME / "cells.ipynb"
    notebook = new_notebook(
        cells=[
            nbgrader_cell("def f(x): return 1", "s", solution=True),
            nbgrader_cell(
                "import threading\nassert f(threading.Lock()) == 1",
                "t-lock",
                grade=True,
                locked=True,
                points=1,
            ),
        ]
    )
    write_notebook(notebook, path)
    with (
        CourseGrading(course, executor=in_this_process) as grading,
        pytest.raises(CourseError, match=r"not all tests in .*cells/t-lock"),
    ):
        grading.require_full_marks(course.assignment(NAME))
