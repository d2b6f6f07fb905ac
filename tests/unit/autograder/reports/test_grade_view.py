"""Which checks are hidden: those that do not stand in the release."""

from nbformat.v4 import new_code_cell

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports import formats
from autograder.reports.grade_view import GradeView, hidden_checks, plain
from autograder.reports.gradescope import VISIBILITIES

CELL = """exercise = checks.Exercise("f", points=3)

@exercise.check("open", points=1)
def one(check): ...

@exercise.check("marked", points=1, hidden=True)
def two(check): ...

### BEGIN HIDDEN TESTS
@exercise.check("cut out", points=1)
def three(check): ...
### END HIDDEN TESTS
exercise.report()
"""


def source(text):
    """A source notebook's cells with one test cell."""
    role = {"grade": True, "solution": False, "locked": True, "points": 3, "grade_id": "f-check"}
    return [new_code_cell(text, metadata={"nbgrader": role})]


def hidden(text, *names, cell="f-check"):
    """Which of these checks are hidden."""
    made = tuple(CheckResult(name, Verdict.RIGHT) for name in names)
    grade = Grade("ada", "x", Status.GRADED, 3.0, (CellResult(cell, 3.0, 3.0, None, made),))
    return {name for _, name in hidden_checks(source(text), grade)}


def test_what_is_not_in_the_release_is_hidden():
    """Cut out, marked, or not to be found there."""
    assert hidden(CELL, "open", "marked", "cut out", "made up") == {"marked", "cut out", "made up"}


def test_a_cell_that_is_not_known_is_hidden():
    """When in doubt it is not shown."""
    assert hidden(CELL, "open", cell="another") == {"open"}


def test_plain_assertions():
    """What a cell says as a whole is open unless it holds hidden assertions."""
    covert = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(7) == 9\n### END HIDDEN TESTS"
    assert hidden("assert f(1)", "tests") == set()
    assert hidden(covert, "tests") == {"tests"}
    assert hidden(CELL, "tests") == set()
    assert hidden("assert (", "tests", "x") == {"x"}


def test_the_real_assignment(assignment):
    """Of the course's own notebook the printed figures are open, fresh inputs are not."""
    made = tuple(
        CheckResult(name, Verdict.RIGHT) for name in ("the printed cost", "another network")
    )
    grade = Grade(
        "ada", "x", Status.GRADED, 12.0, (CellResult("l2-cost-check", 12.0, 1.0, None, made),)
    )
    found = {name for _, name in hidden_checks(assignment.notebook.cells, grade)}
    assert found == {"another network"}


def test_every_format_writes_something():
    """The names that the command line offers are those that there are."""
    from autograder.commands import report

    grade = Grade("ada", "x", Status.GRADED, 3.0)
    assert report._FORMATS == formats.NAMES
    assert report._VISIBILITIES == VISIBILITIES
    for name in formats.NAMES:
        assert formats.writer(name, to_file=True)(GradeView(grade))


def test_plain_text():
    """Ends of lines are alike; what no file may hold is replaced."""
    assert plain("a\r\nb\rc\n\x00\x1b\ud800\ufffe\t🙂") == "a\nb\nc\n" + "\ufffd" * 4 + "\t🙂"
