"""A small exercise with a bank of mistakes, for tests of all that uses both."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from nbformat.v4 import new_code_cell, new_notebook

from autograder.diagnosis.mistakes import Mistake, MistakeBank

SOLUTION = '''
def centred(x, scale=1.0):
    """Columns without their means."""
    ### START CODE HERE ###
    mean = np.mean(x, axis=0)
    out = (x - mean) / scale
    ### END CODE HERE ###
    return out, {"mean": mean}


def helper(x):
    return x + OFFSET
'''

NOISY = """
def noisy(x):
    ### START CODE HERE ###
    y = centred(x)[0] + np.random.rand(*x.shape)
    ### END CODE HERE ###
    return y
"""

TEST = """
import numpy as np
from utils import checks

exercise = checks.Exercise("centred", points=10)


@exercise.check("printed", points=4)
def printed(check):
    x = np.arange(6.0).reshape(3, 2)
    out, cache = check.parts("the result", centred(x), 2)
    check.close("out", out, np.array([[-2, -2], [0, 0], [2, 2]]))


### BEGIN HIDDEN TESTS
@exercise.check("scaled", points=6, hidden=True)
def scaled(check):
    x = checks.fresh("centred").randn(4, 3)
    out, cache = check.parts("the result", centred(x, 2.0), 2)
    check.close("out", out, (x - x.sum(axis=0) / 4) / 2)


### END HIDDEN TESTS
exercise.report()
"""


def role(name, *, grade, solution, points=None):
    """The metadata of one cell with nbgrader's role."""
    data = {"grade_id": name, "grade": grade, "solution": solution, "locked": grade}
    data |= {"schema_version": 3, "task": False}
    return {"nbgrader": data | ({"points": points} if points is not None else {})}


def assignment(test=TEST):
    """A stand-in for an assignment, with the attributes that the modules under test use."""
    cells = [
        new_code_cell("%matplotlib inline\nimport numpy as np\n\nOFFSET = 3"),
        new_code_cell("never = 1 / 0", metadata={"tags": ["experiment"]}),
        new_code_cell(SOLUTION, metadata=role("centred", grade=False, solution=True)),
        new_code_cell(test, metadata=role("centred-check", grade=True, solution=False, points=10)),
        new_code_cell(NOISY, metadata=role("noisy", grade=False, solution=True)),
    ]
    nowhere = Path("/nowhere")
    return SimpleNamespace(
        name="tiny",
        notebook=new_notebook(cells=cells),
        folder=nowhere,
        course=SimpleNamespace(root=nowhere),
    )


def mistake(name, *replace, function="centred"):
    """One mistake of the bank."""
    return Mistake(name, function, replace, {"en": f"title of {name}"}, {"en": f"Says {name}."})


MISTAKES = (
    mistake("wrong-axis", ("axis=0", "axis=1, keepdims=True")),
    mistake("plus", ("x - mean", "x + mean")),
    mistake("unscaled", (" / scale", "")),
    mistake(
        "in-place",
        ("mean = np.mean(x, axis=0)", "mean = np.mean(x, axis=0); x *= 1.5; x /= 1.5; x += 1"),
    ),
    mistake(
        "halved", ("np.random.rand(*x.shape)", "np.random.rand(*x.shape) / 2"), function="noisy"
    ),
)


def bank(*names, free=None):
    """The whole bank, or only the named mistakes of it."""
    chosen = {mistake.id: mistake for mistake in MISTAKES if not names or mistake.id in names}
    return MistakeBank(chosen, free or {})
