"""A course's own modules and files beside its notebooks, for the student and for the examiner."""

import pytest

from autograder.course.settings import Settings
from autograder.gradebook.class_grades import read_class_grades
from autograder.grading.score import score_cell
from autograder.runners.interface import CourseCode
from tests.support.cells import LIMITS, cell_text, notebook, test_cell
from tests.support.graded_class import grade, use_runner
from tests.support.several_notebooks import NAME, hand_in, make_course

CHEAT = """\
import tests.checker
tests.right = tests.checker.right = lambda f: None
def f(x):
    return 0
"""
OURS = "import utils\nf = [utils.triple(1) - 2, 2] if not hasattr(utils, 'checks') else []"


@pytest.fixture
def scores(tmp_path, monkeypatch, runner):
    """Grade a class; by student and cell the points."""
    use_runner(monkeypatch, runner)
    course = make_course(tmp_path / "course")

    def scores():
        outcomes = grade(course, name=NAME)
        assert {outcome.state for outcome in outcomes.values()} == {"graded"}
        grades = read_class_grades(Settings.load(course).coursedir, NAME).grades
        return {one.student: {cell.key: cell.points for cell in one.cells} for one in grades}

    return course, scores


def test_modules_named_as_ours_and_as_installed_ones(scores):
    """The course's `utils` and `tests` are imported; a checker that is replaced gives nothing."""
    course, run = scores
    hand_in(course, "ada")
    hand_in(course, "ben", edit=lambda text: CHEAT if "def f" in text else text)
    hand_in(course, "cleo", edit=lambda text: OURS if "f = [1, 2]" in text else text)
    points = run()
    assert points["ada"]["basics/f-test"] == points["ada"]["lists, sets/f-test"] == 2.0
    assert points["ben"]["basics/f-test"] == 0.0
    assert points["cleo"]["lists, sets/f-test"] == 2.0


def test_a_student_s_copy_of_a_module_does_not_count(scores):
    """What lies beside a submission is replaced by the course's, for the examiner as well."""
    course, run = scores
    hand_in(course, "ben", edit=lambda text: text.replace("+ 1", "+ 2"))
    folder = course.submitted_dir / "ben" / NAME
    (folder / "tests").mkdir()
    (folder / "tests" / "checker.py").write_text("def right(f):\n    pass\n", "utf-8")
    (folder / "numpy.py").write_text("raise ImportError('mine')\n", "utf-8")
    points = run()
    assert points["ben"]["basics/f-test"] == 0.0
    assert points["ben"]["lists, sets/f-test"] == 2.0


@pytest.mark.parametrize(
    ("imported", "test"),
    [
        ("import only_theirs", "only_theirs.check(f(1))"),
        ("from only_theirs import check", "check(f(1))"),
    ],
)
def test_a_checker_that_only_the_student_has(runner, tmp_path, imported, test):
    """The test is not asked with the student's own module: nobody gets points or loses them."""
    course, submitted = tmp_path / "course", tmp_path / "submitted"
    for folder in (course, submitted):
        folder.mkdir()
    (submitted / "only_theirs.py").write_text("def check(value):\n    pass\n", "utf-8")
    answered = notebook(imported, "def f(x):\n    return 0", test_cell(test))
    result = runner.run(
        answered,
        limits=LIMITS,
        seed="",
        files=submitted,
        rerun_experiments=False,
        course=CourseCode(notebook(imported, "def f(x):\n    return x", test_cell(test)), course),
    )
    assert score_cell(answered.cells[2]).points is None
    (reason,) = result.unasked.values()
    assert "No module named 'only_theirs'" in reason


def test_a_module_with_the_name_of_an_installed_one(runner, tmp_path):
    """The course's own is imported, from the first line on; the standard library stays as it is."""
    for name in ("packaging", "json"):
        (tmp_path / f"{name}.py").write_text("OWN = True\n", "utf-8")
    submitted = notebook(
        "import json, packaging\nprint(hasattr(packaging, 'OWN'), hasattr(json, 'OWN'))"
    )
    runner.run(
        submitted,
        limits=LIMITS,
        seed="",
        files=tmp_path,
        rerun_experiments=False,
        course=CourseCode(notebook(), tmp_path),
    )
    assert cell_text(submitted.cells[0]) == "True False\n"


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        (["import numpy as np"], "ModuleNotFoundError: No module named 'utils'"),
        (["from utils import plots"], "True\n"),
        (["import os\n  \nimport utils.checks as checks"], "True\n"),
        (["# import utils is not needed"], "ModuleNotFoundError: No module named 'utils'"),
    ],
)
def test_our_library_is_there_if_the_course_asks(runner, tmp_path, cells, shown):
    """Where the source imports no `utils`, a student's notebook has none, as at home."""
    source = notebook(*cells)
    submitted = notebook("import utils\nprint(hasattr(utils, '__path__'))")
    runner.run(
        submitted,
        limits=LIMITS,
        seed="",
        files=None,
        rerun_experiments=False,
        course=CourseCode(source, tmp_path),
    )
    assert cell_text(submitted.cells[0]).endswith(shown)
