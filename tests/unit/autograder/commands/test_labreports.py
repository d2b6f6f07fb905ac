"""``autograder labreports``: one report for each graded notebook of a class."""

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.course.settings import Settings
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.graded_class import POINTS, copy_of, grade, submit, use_runner


@pytest.fixture(scope="module")
def graded(built, tmp_path_factory):
    """A course in which two submissions were graded."""
    course = copy_of(built.course, tmp_path_factory.mktemp("graded") / "course")
    for student in ("ada", "ben"):
        submit(course, student, answers={"question-lambd"})
    with pytest.MonkeyPatch.context() as patch:
        use_runner(patch, FakeRunner(POINTS))
        grade(course)
    with Gradebook(Settings.load(course).db_url) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Blau")
    return course


def run(course, *options):
    """Call the command in this process."""
    arguments = ["labreports", ASSIGNMENT, *options, "--course", str(course.root)]
    return CliRunner().invoke(main, arguments)


def test_each_graded_notebook_has_a_report(graded, tmp_path):
    """With the name that the gradebook has, the written answer, and no points unless asked for."""
    result = run(graded, "--output", str(tmp_path / "out"), "--workers", "1")
    assert result.exit_code == 0, result.output
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["ada.html", "ben.html"]
    page = (tmp_path / "out" / "ada.html").read_text("utf-8")
    assert "Ada Blau" in page
    assert "With few data." in page
    assert " / 100" not in page


def test_points_language_and_blind_marking(graded, tmp_path):
    """The points are in the appendix; a blind report has neither name nor number."""
    options = ("--points", "--anonymous", "--language", "zh_CN", "--output", str(tmp_path))
    assert run(graded, *options, "--workers", "1").exit_code == 0
    page = (tmp_path / "ada.html").read_text("utf-8")
    assert "19.5 / 100" in page
    assert "实验目的" in page or "实验步骤" in page
    assert "Blau" not in page
    assert "学号" not in page


def test_one_notebook_that_cannot_be_made_costs_itself(graded, tmp_path):
    """It is named, the others are made, and the exit code says that something is missing."""
    course = copy_of(graded, tmp_path / "course")
    broken = course.root / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    broken.write_text("{")
    result = run(course, "--workers", "1")
    assert result.exit_code == 3
    assert "ada: " in result.output
    assert "is not a Jupyter notebook" in result.output
    folder = course.root / "reports" / "labreports" / ASSIGNMENT
    assert [one.name for one in folder.iterdir()] == ["ben.html"]


def test_a_broken_form_of_the_course_stops_the_run(graded, tmp_path):
    """A course error with the file's name, before any report is made."""
    course = copy_of(graded, tmp_path / "course")
    (course.root / "labreport").mkdir()
    (course.root / "labreport" / "form.toml").write_text("x")
    result = run(course)
    assert result.exit_code == 2
    assert "form.toml is not valid TOML" in result.output


def test_a_class_that_was_not_graded_is_told_so(course):
    """There is nothing to make reports of."""
    result = run(course)
    assert result.exit_code == 2
    assert "autograder grade" in result.output
