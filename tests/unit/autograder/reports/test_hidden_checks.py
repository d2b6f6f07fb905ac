"""Which checks are hidden: those that are not in the release."""

from types import SimpleNamespace

from nbformat.v4 import new_code_cell, new_notebook

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.hidden_checks import find_hidden_checks

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


def _assignment(cells):
    """An assignment whose one notebook has these cells."""
    part = SimpleNamespace(notebook_label="", notebook=new_notebook(cells=cells))
    return SimpleNamespace(parts=[part])


def source(text):
    """The cells of a source notebook with one test cell."""
    role = {"grade": True, "solution": False, "locked": True, "points": 3, "grade_id": "f-check"}
    return [new_code_cell(text, metadata={"nbgrader": role})]


def hidden(text, *names, cell="f-check"):
    """Which of these checks of a test cell are hidden."""
    checks = tuple(CheckResult(name, Verdict.RIGHT) for name in names)
    grade = Grade("ada", "x", Status.GRADED, 3.0, (CellResult(cell, 3.0, 3.0, None, checks),))
    return {name for _, name in find_hidden_checks(_assignment(source(text)), grade)}


def test_what_is_not_in_the_release_is_hidden():
    """Cut out, marked as hidden, or not found there."""
    assert hidden(CELL, "open", "marked", "cut out", "made up") == {"marked", "cut out", "made up"}


def test_checks_of_an_unknown_cell_are_hidden():
    """When in doubt, a check is not shown."""
    assert hidden(CELL, "open", cell="another") == {"open"}


def test_plain_assertions():
    """A cell without a report is one check, visible unless the cell has hidden assertions."""
    partly_hidden = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(7) == 9\n### END HIDDEN TESTS"
    assert hidden("assert f(1)", "tests") == set()
    assert hidden(partly_hidden, "tests") == {"tests"}
    assert hidden(CELL, "tests") == set()
    assert hidden("assert (", "tests", "x") == {"x"}


def test_the_real_assignment(assignment):
    """In the course's own notebook the printed figures are visible, fresh inputs are not."""
    checks = tuple(
        CheckResult(name, Verdict.RIGHT) for name in ("the printed cost", "another network")
    )
    cells = (CellResult("l2-cost-check", 12.0, 1.0, None, checks),)
    grade = Grade("ada", "x", Status.GRADED, 12.0, cells)
    names = {name for _, name in find_hidden_checks(assignment, grade)}
    assert names == {"another network"}
