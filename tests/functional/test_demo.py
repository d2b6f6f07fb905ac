"""`autograder demo`: a sample class, from the text master to the feedback page."""

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
    """A demo with three of the sample class; the whole class is graded in other tests."""
    folder = tmp_path_factory.mktemp("demo")
    course = copy_course(folder / "course")
    for path in (course.root / "assignments" / ASSIGNMENT / "examples").iterdir():
        if path.stem not in CLASS:
            path.unlink()
    done = run("autograder", "demo", "--into", str(folder / "shown"), cwd=course.root)
    return course, Course(folder / "shown"), done


def test_it_ends_well(demo):
    """Exit code 0 and nothing on stderr that looks like trouble."""
    _, _, done = demo
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_table_shows_the_class(demo):
    """Each student with a score, and what the example is about."""
    _, _, done = demo
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    for student, score in (("ada", 75), ("hana", 64), ("dana", 0)):
        assert re.search(rf"\b{score}\b", rows[student])
    assert "everything right, as in the lecture" in " ".join(done.stdout.split())


def test_every_room_is_filled(demo):
    """Source, release, submissions, grades, feedback: the whole way of the data."""
    _, shown, _ = demo
    assert shown.assignment(ASSIGNMENT).source.is_file()
    assert shown.assignment(ASSIGNMENT).release.is_file()
    assert (shown.root / "gradebook.db").is_file()
    for student in CLASS.values():
        for room, kind in (("submitted", "ipynb"), ("autograded", "ipynb"), ("feedback", "html")):
            assert (shown.root / room / student / ASSIGNMENT / f"{ASSIGNMENT}.{kind}").is_file()


def test_it_says_where_to_look(demo):
    """The page that it names is there, is somebody's who made a mistake, and says which."""
    _, shown, done = demo
    (page,) = re.findall(r"A feedback page to look at: (\S+)", done.stdout)
    assert Path(page).is_relative_to(shown.root)
    assert "does not keep a share of keep_prob" in Path(page).read_text("utf-8")
    assert "What to try next" in done.stdout


def test_the_course_itself_is_left_alone(demo):
    """The demo writes into its own folder only."""
    course, _, _ = demo
    assert {path.name for path in course.root.iterdir()} == {
        "nbgrader_config.py",
        "assignments",
        "source",
        "release",
    }
