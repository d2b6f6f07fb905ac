"""`autograder feedback`: its arguments, its output and its exit codes."""

import pytest

from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence
from tests.support.fake_runner import FakeRunner
from tests.support.graded_class import POINTS, grade, submit, use_runner


@pytest.fixture
def graded(registered, monkeypatch):
    """A class of two, graded without being executed."""
    use_runner(monkeypatch, FakeRunner(POINTS))
    for student in ("ada", "bo"):
        submit(registered, student)
    grade(registered)
    return registered


def test_pages_are_made_once(graded):
    """The line at the end counts them, and says where they are."""
    result = run("feedback", ASSIGNMENT, course=graded)
    assert result.exit_code == 0, result.stderr
    assert "2 feedback pages made" in result.stdout
    assert "0 were up to date" in result.stdout
    assert str(graded.root / "feedback") in result.stdout
    assert (graded.root / "feedback" / "bo" / ASSIGNMENT / f"{ASSIGNMENT}.html").is_file()
    assert "0 feedback pages made" in run("feedback", course=graded).stdout


def test_one_student(graded):
    """As with nbgrader's own command."""
    result = run("feedback", ASSIGNMENT, "--student", "ada", course=graded)
    assert "1 feedback page made" in result.stdout
    assert [path.name for path in (graded.root / "feedback").iterdir()] == ["ada"]


def test_a_page_that_cannot_be_made(graded):
    """The student is named, the others have their pages, and the exit code is 3."""
    path = graded.root / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.chmod(0o644)
    path.write_text("no notebook", "utf-8")
    result = run("feedback", ASSIGNMENT, course=graded)
    assert result.exit_code == 3
    assert result.stderr.startswith("ada: ")
    assert "1 feedback page made" in result.stdout


def test_nothing_was_graded(registered):
    """The sentence says what to do, if no other assignment has been graded."""
    result = run("feedback", course=registered)
    assert result.exit_code == 2
    assert f"`autograder grade {ASSIGNMENT}`" in sentence(result)


def test_a_shard_has_no_feedback(registered):
    """Its grades are not in the gradebook yet."""
    result = run("grade", ASSIGNMENT, "--shard", "1/2", "--feedback", course=registered)
    assert result.exit_code == 2
    assert "use them after merge" in sentence(result)
