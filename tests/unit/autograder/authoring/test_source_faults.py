"""What stops a release: solutions and hidden tests that it would hand out."""

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.build import build
from autograder.authoring.source_faults import source_faults
from autograder.course.layout import Course
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.solutions import ROOT

STUB = (
    "def f(x):\n    ### START CODE HERE ###\n    y = 2 * x\n    ### END CODE HERE ###\n    return y"
)
TEST = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(2) == 4\n### END HIDDEN TESTS"
ANSWER = "Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
SOLUTION = {"solution": True}
CHECK = {"grade": True, "points": 3}
QUESTION = {"solution": True, "grade": True, "points": 3}


def cell(text, make=new_code_cell, name="f", **role):
    """A cell with nbgrader's metadata; without, if it has no role."""
    full = {"grade": False, "solution": False, "locked": False, "task": False, **role}
    nbgrader = {"grade_id": name, "schema_version": 3, **full}
    return make(text, metadata={"nbgrader": nbgrader} if role else {})


def faults(*cells):
    """What is found in a notebook of these cells."""
    return list(source_faults(new_notebook(cells=list(cells))))


@pytest.mark.parametrize(
    "fine",
    [
        cell(STUB, **SOLUTION),
        cell(STUB.replace("###", "#"), **SOLUTION),
        cell("# your own experiments", **SOLUTION),
        cell("", **SOLUTION),
        cell("raise NotImplementedError", **SOLUTION),
        cell(TEST, **CHECK),
        cell("%timeit f(1)\nassert f(1) == 2", **CHECK),
        cell("check('f')", **CHECK),
        cell("x = 1", grade=True, points=0),
        cell(ANSWER, new_markdown_cell, **QUESTION),
        cell("Because.", new_markdown_cell, **QUESTION),
        cell("# Solutions\n\nWrite after `### START CODE HERE ###`.", new_markdown_cell),
        cell("# the solution starts here\n# end of the solution\nx = 1"),
        cell("x = 'begin'\nend = 2"),
    ],
)
def test_nothing_is_said_of(fine):
    """A cell that hands nothing out; prose may name a marker."""
    assert faults(fine) == []


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        # nothing between markers
        (cell("def f(x):\n    return 2 * x", **SOLUTION), "solution cell without"),
        (cell("answer = 42", **QUESTION), "solution cell without"),
        (cell("%matplotlib inline\ny = 2", **SOLUTION), "solution cell without"),
        # markers that are none
        (cell(STUB.replace("START CODE", "BEGIN CODE"), **SOLUTION), "a marker that is none"),
        (cell(STUB.replace("START CODE HERE", "start code here"), **SOLUTION), "that is none"),
        (cell(STUB.replace("END CODE HERE", "END_CODE_HERE"), **SOLUTION), "that is none"),
        (cell(TEST.replace("HIDDEN TESTS", "HIDDEN TEST"), **CHECK), "that is none"),
        (cell(TEST.replace("BEGIN HIDDEN", "Begin hidden"), **CHECK), "that is none"),
        (cell(TEST.replace("END HIDDEN TESTS", "END HIDDEN-TESTS"), **CHECK), "that is none"),
        (cell(ANSWER.replace("BEGIN SOLUTION", "BEGIN SOLUTIONS:"), new_markdown_cell), "SOLUTION"),
        # nbgrader's markers of other kinds of cells
        (
            cell("### BEGIN SOLUTION\ny = 2\n### END SOLUTION", **SOLUTION),
            "is code: what a",
        ),
        (cell(STUB, new_markdown_cell, **QUESTION), "is not code"),
        (cell(STUB), "not a solution cell"),
        (cell(ANSWER, new_markdown_cell), "not a solution cell"),
        (cell(TEST), "not a test cell"),
        (cell(TEST + "\n" + STUB, **SOLUTION), "not a test cell"),
        # order
        (cell("### END CODE HERE ###\ny = 2\n### START CODE HERE ###", **SOLUTION), "without a '"),
        (cell(STUB + "### END CODE HERE ###", **SOLUTION), "in line 5 an 'END CODE HERE'"),
        (cell(STUB.replace("### END CODE HERE ###", ""), **SOLUTION), "in line 2 without an 'END"),
        (
            cell(STUB.replace("y = 2", "### START CODE HERE ###\n    y = 2"), **SOLUTION),
            "two '",
        ),
        (cell(TEST.replace("### BEGIN HIDDEN TESTS", ""), **CHECK), "'END HIDDEN TESTS' marker"),
        (cell(TEST.replace("### END HIDDEN TESTS", ""), **CHECK), "in line 2 without"),
        (cell(TEST + "\n### BEGIN HIDDEN TESTS", **CHECK), "in line 5 without"),
        (cell(ANSWER + "\nMore.\n### END SOLUTION", new_markdown_cell, **QUESTION), "in line 7"),
        # hidden tests that no marker hides, points that nothing decides
        (
            cell("@e.check('x', points=1, hidden=True)\ndef g(c): ...", **CHECK),
            "hidden=True",
        ),
        (cell("# to do", **CHECK), "gives 3 points without a check"),
        (cell("expected = [1, 2]", **CHECK), "gives 3 points without a check"),
        # metadata that nbgrader cannot read
        (cell(TEST, grade=True, points="12x"), "its points are '12x'"),
        (cell(TEST, grade=True), "its points are None"),
        (cell(TEST, grade=True, points=-1), "its points are -1"),
        (cell(TEST, grade=True, points=True), "its points are True"),
        (cell(ANSWER, new_markdown_cell, **{**QUESTION, "points": float("nan")}), "points are nan"),
        (cell(TEST, name=None, **CHECK), "without a name (grade_id)"),
        (cell(TEST, name="l2 cost!", **CHECK), "a name (grade_id) with other characters"),
        (cell(TEST, name="für-f", **CHECK), "a name (grade_id) with other characters"),
        (cell(TEST, name=7, **CHECK), "without a name (grade_id)"),
        (new_code_cell("x", metadata={"nbgrader": ["f"]}), "no table of names and values"),
        # a region that is not Python
        (cell(STUB.replace("2 * x", "2 * "), **SOLUTION), "cannot be made a stub"),
    ],
)
def test_a_fault_names_its_cell(faulty, words):
    """One sentence, with the cell's name or number."""
    fault, *_ = faults(new_markdown_cell("# Title"), faulty)
    assert words in fault
    assert fault.startswith(("the cell '", "cell 2 "))


def test_two_cells_of_one_name():
    """Grades are stored by it."""
    (fault,) = faults(
        cell(STUB, **SOLUTION), cell(STUB, **SOLUTION), cell("", name="g", **SOLUTION)
    )
    assert fault.startswith("2 cells are called 'f'")


@pytest.mark.parametrize("name", Course(ROOT).names())
def test_no_cell_loses_its_markers_unnoticed(name):
    """Each solution cell and each hidden test of the course, with its markers removed."""
    assignment, tried = Course(ROOT).assignment(name), 0
    for number, original in enumerate(assignment.notebook.cells):
        for marker in ("CODE HERE", "HIDDEN TESTS"):
            if original.cell_type == "code" and marker in original.source:
                notebook = copy.deepcopy(assignment.notebook)
                lines = original.source.split("\n")
                notebook.cells[number].source = "\n".join(
                    line for line in lines if marker not in line
                )
                assert len(list(source_faults(notebook))) == 1
                tried += 1
    assert tried >= 8


def test_nothing_is_built(registered):
    """By `autograder build`: neither source nor release is written, and all faults are told."""
    assignment = registered.assignment(ASSIGNMENT)
    before = assignment.source.read_bytes(), assignment.release.read_bytes()
    text = assignment.text.read_text("utf-8").split("\n")
    text = [line for line in text if "CODE HERE" not in line or "`" in line]
    assignment.text.write_text("\n".join(text), "utf-8")
    with pytest.raises(CourseError, match=r"'l2-cost' is a solution cell without") as raised:
        build(assignment)
    assert "'dropout-forward' is a solution cell without" in str(raised.value)
    assert (assignment.source.read_bytes(), assignment.release.read_bytes()) == before
