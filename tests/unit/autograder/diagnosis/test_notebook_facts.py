"""What is said of a notebook is what its cells show, and nothing where they show nothing."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.diagnosis.notebook_facts import add_facts
from autograder.models import CellResult, CheckResult, Verdict

GIVEN = "from utils.networks import relu\ndef scale(x): return 2 * x"
SOLUTION = "def f(x, m):\n    return relu(scale(x)) / m"


def cell(source, grade_id, *, solution=False, test=False, outputs=()):
    """A cell with nbgrader's metadata."""
    settings = {"grade_id": grade_id, "solution": solution, "grade": test, "locked": not solution}
    return new_code_cell(source, metadata={"nbgrader": settings}, outputs=list(outputs))


def notebook(answer, *, above="", below="", outputs=()):
    """A notebook with what is given, an answer, and its test."""
    return new_notebook(
        cells=[
            cell(GIVEN, "given"),
            new_code_cell(above),
            cell(answer, "f", solution=True, outputs=outputs),
            cell("", "f-check", test=True),
            new_code_cell(below),
        ]
    )


def told(student, message="the cost has wrong values.", verdict=Verdict.WRONG, mistake=None):
    """What a failed check says with the facts."""
    check = CheckResult("it", verdict, message, 0.0, 1.0, mistake)
    result = CellResult("f-check", 1.0, 0.0, verdict, (check,))
    return add_facts(result, "f", student, notebook(SOLUTION)).checks[0].message


@pytest.mark.parametrize(
    ("answer", "line", "words"),
    [
        ("def f(x, m):\n    v = {\n    return v", 2, "'{' was never closed"),
        ("def f(x, m)\n    return x", 1, "expected ':'"),
        ("%matplotlib inline\ndef f(x, m):\nreturn x", 3, "expected an indented block"),
    ],
)
def test_a_syntax_error_is_told_with_its_line(answer, line, words):
    """The grader has seen the cell: "not defined" alone would be half of the truth."""
    message = told(notebook(answer), "f is not defined.", Verdict.NOT_DEFINED)
    assert f"Error in line {line} of its cell: " in message
    assert words in message


def test_other_reasons_for_a_missing_function():
    """It has another name, its cell stopped, or its cell stands below the check."""
    missing = "f is not defined.", Verdict.NOT_DEFINED
    assert "No cell of your notebook defines f" in told(notebook("def g(x): pass"), *missing)
    stopped = [new_output("error", ename="NameError", evalue="name 'z' is not defined")]
    message = told(notebook("z\ndef f(x): pass", outputs=stopped), *missing)
    assert message == "f is not defined. The cell with its `def` stopped with NameError."
    message = told(notebook("", below=SOLUTION), *missing)
    assert "f is defined in a cell further down" in message
    assert told(notebook(SOLUTION), *missing) == missing[0]


@pytest.mark.parametrize(
    ("answer", "above", "words"),
    [
        ("def f(x, n):\n    return relu(x) / m", "m = 5", "f takes m from the notebook"),
        ("def f(x):\n    return relu(X) / m", "m, X = 5, 3", "f takes X and m from the notebook"),
        (SOLUTION, "def relu(Z):\n    return Z, Z", "Your notebook defines relu anew"),
        (SOLUTION, "def scale(x):\n    return x", "Your notebook defines scale anew"),
    ],
)
def test_names_of_the_notebook(answer, above, words):
    """A value or helper from outside is said to be one, since the cells show it."""
    assert words in told(notebook(answer, above=above))


@pytest.mark.parametrize(
    ("answer", "above"),
    [
        (SOLUTION, ""),
        (SOLUTION, "m = 5; x = 3"),  # its own arguments
        ("def f(x, n):\n    m = n\n    return relu(scale(x)) / m", "m = 5"),
        (SOLUTION + "\ndef g(x): return relu(x)", "def h(x): return 1"),
        ("def f(x, m):\n    def relu(z): return z\n    return relu(scale(x)) / m", "relu = 3"),
    ],
)
def test_nothing_is_said_without_evidence(answer, above):
    """A name that the function binds itself is its own."""
    assert told(notebook(answer, above=above)) == "the cost has wrong values."


def test_a_named_mistake_stays_alone():
    """A recognized mistake needs no further sentence, and a right check gets none."""
    student = notebook("def f(x, n):\n    return relu(x) / m", above="m = 5")
    assert told(student, mistake="known") == "the cost has wrong values."
    assert told(student, "", Verdict.RIGHT) == ""


def test_a_helper_further_down():
    """A missing name that a cell below defines is to be moved up."""
    message = "f stopped because the name helper is not defined."
    student = notebook(SOLUTION, below="def helper(x): return x")
    assert "helper is defined in a cell further down" in told(student, message, Verdict.RAISED)
    assert told(notebook(SOLUTION), message, Verdict.RAISED) == message


UNPACKS = "def f(x, m):\n    v, s = adam(x)\n    return v"


@pytest.mark.parametrize(
    ("helper", "words"),
    [
        (
            "def adam(x):\n    return x, x, x",
            "adam returns 3 values in your notebook, and f unpacks 2.",
        ),
        (
            "def adam(x):\n    if x:\n        return (1, 2, 3, 4)\n    return x, x, x, x",
            "returns 4 values",
        ),
        ("def adam(x):\n    return x, x", ""),
        ("def adam(x):\n    return x", ""),
        ("def adam(x):\n    return *x, x, x", ""),
        ("def adam(x):\n    if x:\n        return x, x\n    return x, x, x", ""),
        ("", ""),
    ],
)
def test_values_that_are_unpacked_otherwise(helper, words):
    """Where the text shows how many values a function returns, and another number is unpacked."""
    message = told(notebook(UNPACKS, above=helper), "f stopped with ValueError.", Verdict.RAISED)
    assert words in message
    assert bool(words) == ("unpacks" in message)
