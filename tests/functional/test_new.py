"""`autograder new`: what a first-time author gets is complete."""

import json
import re
import shutil

import pytest

from autograder.authoring.examples import load_examples
from autograder.course.layout import Course
from tests.functional.conftest import run
from tests.support.solutions import ROOT

NAME = "demo_lesson"


@pytest.fixture(scope="module")
def created(tmp_path_factory):
    """A course in which nothing was done before, and the output of `new` in it."""
    root = tmp_path_factory.mktemp("new")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Course(root), run("autograder", "new", NAME, cwd=root)


def test_new_says_what_was_made(created):
    """Every file that it names exists, and the commands to run next are there."""
    course, result = created
    assert (result.returncode, result.stderr) == (0, "")
    assignment = course.assignment(NAME)
    for name in re.findall(r"^  (\S+?)/?  ", result.stdout, re.MULTILINE):
        assert (assignment.folder / name).exists(), name
    assert assignment.source.is_file()
    assert assignment.release.is_file()
    assert f"autograder check {NAME}" in result.stdout


def test_check_finds_nothing(created):
    """Immediately after `new`, without a build."""
    course, _ = created
    result = run("autograder", "check", NAME, cwd=course.root)
    assert f"{NAME}: nothing found" in result.stdout
    assert result.returncode == 0, result.stdout


def test_a_build_changes_nothing(created):
    """What was built is what the text builds."""
    course, _ = created
    result = run("autograder", "build", NAME, cwd=course.root)
    assert result.stdout == f"{NAME}: unchanged\n"


def test_the_samples_get_their_grades(created):
    """Submitted as students would, each sample gets its score from `autograder grade`."""
    course, _ = created
    assignment = course.assignment(NAME)
    examples = load_examples(assignment)
    for example in examples:
        example.write(assignment, course.submitted_dir)
    result = run("autograder", "grade", NAME, "--json", "-", cwd=course.root)
    assert result.returncode == 0, result.stderr
    grades = json.loads(result.stdout)["submissions"]
    assert {grade["student"]: grade["score"] for grade in grades} == {
        example.student.lower(): example.score for example in examples
    }


def test_the_same_name_again(created):
    """It is refused with a sentence, and the assignment stays as it was."""
    course, _ = created
    result = run("autograder", "new", NAME, cwd=course.root)
    assert result.returncode == 2
    assert "already exists" in result.stderr
    assert course.assignment(NAME).text.is_file()
