"""`autograder build`: what was written, and errors in the text master."""

from tests.conftest import ASSIGNMENT
from tests.support.command_line import run, sentence


def test_build_says_what_changed(registered):
    """Nothing, or the parts that were written."""
    assert run("build", course=registered).stdout == f"{ASSIGNMENT}: unchanged\n"
    registered.assignment(ASSIGNMENT).release.unlink()
    assert run("build", ASSIGNMENT, course=registered).stdout == f"{ASSIGNMENT}: release written\n"


def test_build_of_a_faulty_text(registered):
    """The fault is a sentence, and the exit code 2."""
    text = registered.assignment(ASSIGNMENT).text
    text.write_text(text.read_text("utf-8").replace("points: 12\n", "points: 13\n"), "utf-8")
    result = run("build", course=registered)
    assert result.exit_code == 2
    assert "gives 101 points in all" in sentence(result)
