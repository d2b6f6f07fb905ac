"""The course that is attacked: one assignment with four small exercises, and secrets around it."""

from __future__ import annotations

import sqlite3
import textwrap
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.layout import Assignment, Course
from autograder.course.notebook import write_notebook

NAME = "vault"
POINTS = 12.0
# Only the hidden tests hold these; an attack that shows one of them has read the tests.
EXPECTED = ("48151.62342", "10816.54321")

LIMITS = """\
title = "Vault"

[limits]
cell_seconds = 0.5
submission_seconds = 15
memory_mb = 384
output_mb = 1
processes = 24
"""

DOUBLE = """
def double(x):
    ### START CODE HERE ###
    y = 2 * x
    ### END CODE HERE ###
    return y
"""
DOUBLE_CHECK = """
import numpy as np
from utils import checks

exercise = checks.Exercise("double", points=4)

@exercise.check("a number", points=1)
def number(check):
    check.close("the result", double(3.0), 6.0)

### BEGIN HIDDEN TESTS
# @TOKEN@
@exercise.check("another number", points=1, hidden=True)
def other(check):
    check.close("the result", double(24075.81171), 48151.62342)

@exercise.check("fresh arrays", points=2, hidden=True)
def arrays(check):
    token = "@TOKEN@"
    for shape in ((3, 4), (2, 5)):
        X = checks.fresh(f"double {shape}").randn(*shape)
        check.close("the result", double(X.copy()), 2 * X)
### END HIDDEN TESTS

exercise.report()
"""
CENTRE = """
def centre(X):
    ### START CODE HERE ###
    C = X - X.mean(axis=0)
    ### END CODE HERE ###
    return C
"""
CENTRE_CHECK = """
import numpy as np

X = np.array([[1.0, 2.0], [3.0, 6.0]])
np.testing.assert_allclose(centre(X.copy()), [[-1, -2], [1, 2]])
### BEGIN HIDDEN TESTS
Y = np.random.RandomState(5).randn(7, 3)
assert centre(Y.copy()).shape == (7, 3), "@TOKEN@"
np.testing.assert_allclose(centre(Y.copy()), Y - Y.mean(axis=0), err_msg="@TOKEN@")
### END HIDDEN TESTS
"""
COUNT = """
def count(n):
    ### START CODE HERE ###
    numbers = list(range(n))
    ### END CODE HERE ###
    return numbers
"""
COUNT_CHECK = """
assert count(3) == [0, 1, 2]
### BEGIN HIDDEN TESTS
assert count(5) == [0, 1, 2, 3, 4], "@TOKEN@"
assert sum(count(7)) == 21, "10816.54321"
assert count(0) == []
### END HIDDEN TESTS
"""
FOURFOLD = """
def fourfold(x):
    ### START CODE HERE ###
    y = double(double(x))
    ### END CODE HERE ###
    return y
"""
FOURFOLD_CHECK = """
import numpy as np
from utils import checks

exercise = checks.Exercise("fourfold", points=2, uses=("double",))

### BEGIN HIDDEN TESTS
def own(check, x):
    double = check.as_checked("double")
    values = [double(double(x + step)) for step in (0, 1)]
    for value in values:
        check.shapes("what double returns", value, np.shape(x))
    check.true(np.ptp(values) > 0.01, "double returns the same for all numbers.")
    return values[0]

@exercise.check("four times the number", points=2, hidden=True)
def numbers(check):
    for x in checks.fresh("fourfold").uniform(10, 20, 3):
        check.follows("the result", fourfold(float(x)), 4 * x, lambda: own(check, float(x)))
### END HIDDEN TESTS

exercise.report()
"""


def source(token: str) -> NotebookNode:
    """The source notebook, its hidden tests marked with ``token``."""
    return new_notebook(
        cells=[
            new_code_cell("import numpy as np", id="start"),
            _cell("double", DOUBLE, solution=True),
            _cell("double-check", DOUBLE_CHECK.replace("@TOKEN@", token), points=4),
            _cell("centre", CENTRE, solution=True),
            _cell("centre-check", CENTRE_CHECK.replace("@TOKEN@", token), points=3),
            _cell("count", COUNT, solution=True),
            _cell("count-check", COUNT_CHECK.replace("@TOKEN@", token), points=3),
            _cell("fourfold", FOURFOLD, solution=True),
            _cell("fourfold-check", FOURFOLD_CHECK, points=2),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def make(root: Path, token: str) -> Assignment:
    """Make a course with this assignment, another student's work and a gradebook.

    Each of them holds the token.
    """
    (root / "assignments" / NAME).mkdir(parents=True)
    (root / "assignments" / NAME / "assignment.toml").write_text(LIMITS)
    (root / "assignments" / NAME / f"{NAME}.md").write_text(f"The solution: {token}")
    (root / "nbgrader_config.py").write_text(f'c = get_config()\nc.GradeCells.seed = "{token}"\n')
    notebook = source(token)
    write_notebook(notebook, root / "source" / NAME / f"{NAME}.ipynb")
    write_notebook(notebook, root / "submitted" / "ada" / NAME / f"{NAME}.ipynb")
    with sqlite3.connect(root / "gradebook.db") as database:
        database.execute("CREATE TABLE grade (student TEXT, cell TEXT)")
        database.execute("INSERT INTO grade VALUES ('ada', ?)", (token,))
    database.close()
    assignment = Course(root).assignment(NAME)
    assert assignment.notebook.cells
    return assignment


def _cell(name: str, text: str, *, points: int = 0, solution: bool = False) -> NotebookNode:
    metadata = {
        "grade_id": name,
        "schema_version": 3,
        "grade": bool(points),
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    if points:
        metadata["points"] = points
    return new_code_cell(textwrap.dedent(text).strip(), id=name, metadata={"nbgrader": metadata})
