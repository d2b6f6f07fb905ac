"""`autograder demo`: a sample class, from the text master to the feedback pages."""

import re
from pathlib import Path

import pytest

from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT, copy_course
from tests.functional.conftest import run

# CI runs `make demo` itself each time.
pytestmark = pytest.mark.long
CLASS = {"all_correct": "ada", "mask_inverted": "hana", "untouched": "dana"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The course, the demo with three of its samples (others are graded elsewhere), the process."""
    folder = tmp_path_factory.mktemp("demo")
    course = copy_course(folder / "course")
    for path in (course.root / "assignments" / ASSIGNMENT / "examples").iterdir():
        if path.stem not in CLASS:
            path.unlink()
    process = run("autograder", "demo", "--into", str(folder / "demo"), cwd=course.root)
    return course, Course(folder / "demo"), process


def test_it_succeeds(demo):
    """The exit code is 0, and there is no traceback."""
    _, _, process = demo
    assert process.returncode == 0, process.stderr
    assert "Traceback" not in process.stderr


def test_the_table_shows_the_class(demo):
    """Each student has a score and a line on what the sample is about."""
    _, _, process = demo
    rows = {line.split()[0]: line for line in process.stdout.splitlines() if line.strip()}
    for student, score in (("ada", 75), ("hana", 64), ("dana", 0)):
        assert re.search(rf"\b{score}\b", rows[student])
    assert "everything right, as in the lecture" in " ".join(process.stdout.split())


def test_every_folder_is_filled(demo):
    """Source, release, submissions, grades and feedback are there."""
    _, course, _ = demo
    assert course.assignment(ASSIGNMENT).source.is_file()
    assert course.assignment(ASSIGNMENT).release.is_file()
    assert (course.root / "gradebook.db").is_file()
    for student in CLASS.values():
        for name, kind in (("submitted", "ipynb"), ("autograded", "ipynb"), ("feedback", "html")):
            folder = course.root / name / student / ASSIGNMENT
            assert (folder / f"{ASSIGNMENT}.{kind}").is_file()


def test_it_says_where_to_look(demo):
    """It names the page of a student who made a mistake, and the page says which."""
    _, course, process = demo
    (page,) = re.findall(r"A feedback page to look at: (\S+)", process.stdout)
    assert Path(page).is_relative_to(course.root)
    assert "does not keep a share of keep_prob" in Path(page).read_text("utf-8")
    assert "What to try next" in process.stdout


def test_the_course_itself_is_not_changed(demo):
    """The demo writes only into its own folder."""
    course, _, _ = demo
    assert {path.name for path in course.root.iterdir()} == {
        "nbgrader_config.py",
        "assignments",
        "source",
        "release",
    }
