"""Which function a line stands in, where the notebook's text says it clearly."""

import pytest

from autograder.engine.trusted.source_lines import function_at_line

CELL = "import numpy as np\ndef f(x):\n    return g(x)\n\ndef g(x):\n    return x[3]\n"


@pytest.mark.parametrize(
    ("number", "line", "function"),
    [
        (3, "return g(x)", "f"),
        (6, "return x[3]", "g"),
        (1, "import numpy as np", ""),
        (9, "return g(x)", ""),
        (None, "", ""),
    ],
)
def test_the_innermost_function_is_named(number, line, function):
    """By number and text; a line outside of functions has none."""
    assert function_at_line([CELL], number, line) == function


def test_two_cells_with_the_same_line_name_no_function():
    """Which of both ran is not known, unless both are of one function."""
    other = CELL.replace("def f", "def h")
    assert function_at_line([CELL, other], 3, "return g(x)") == ""
    assert function_at_line([CELL, CELL], 3, "return g(x)") == "f"
    assert function_at_line(["def f(:\n    x", "%time\ndef f():\n    1 / 0"], 3, "1 / 0") == "f"
