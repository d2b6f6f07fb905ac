"""Which names a cell binds and uses, and which cells others depend on."""

import pytest

from autograder.course.cell_names import (
    bound_names,
    is_environment_line,
    needed_cells,
    used_names,
)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import numpy as np, os.path", {"np", "os"}),
        ("from a import b as c", {"c"}),
        ("x, y = 1, 2", {"x", "y"}),
        ("def f(a):\n    b = a", {"f"}),
        ("def f():\n    global g\n    g = 1", {"f", "g"}),
        ("p['W1'] = 2\nq.r = 3", {"p", "q"}),
        ("%matplotlib inline\n!ls\nz = !ls\nz?", {"z"}),
        ("[i for i in range(3)]", set()),
        ("def f(:", set()),
    ],
)
def test_bound_names(source, names):
    """Of the globals only, and of what is changed in place."""
    assert bound_names(source) == names


def test_used_names():
    """Also in functions; a function's own names are not globals."""
    assert used_names("def f(a):\n    b = a\n    return helper(b, np.pi)") == {"helper", "np"}


def test_needed_cells():
    """By name, through other cells, in whatever order they stand."""
    sources = ["a = 1", "b = a", "c = 5", "def f():\n    return b", "test(f)"]
    assert needed_cells(sources, [4]) == {0, 1, 3, 4}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import torch", True),
        ("  from google.colab import drive", True),
        ("%matplotlib widget", True),
        ("!pip install torch", True),
        ("important = 3", False),
        ("fromage(1)", False),
    ],
)
def test_lines_that_depend_on_the_machine(line, expected):
    """Imports, magics and commands."""
    assert is_environment_line(line) is expected
