"""Graded checks have time of their own, whatever a student's other cells take."""

from nbformat.v4 import new_code_cell

from autograder.runners.time_plan import plan_time
from tests.support.cells import notebook, test_cell


def solution(source):
    """A cell in which the student writes."""
    role = {"grade": False, "solution": True, "grade_id": "f"}
    return new_code_cell(source, metadata={"nbgrader": role})


def test_own_cells_leave_half_of_the_time():
    """A solution and what it uses leave a quarter, which shrinks with the checks to come."""
    cells = notebook(
        "import numpy as np",
        "for i in range(10): train(i)",
        solution("def f(): return np.pi"),
        test_cell("f()"),
        "train(2)",
        "def helper(): return 1",
        solution("def g(): return helper()"),
        test_cell("g()"),
        "train(3)",
    ).cells
    plan = plan_time(cells, 100)
    assert [one.needed for one in plan] == [
        True, False, True, True, False, True, True, True, False,
    ]  # fmt: skip
    assert [one.reserve for one in plan] == [25, 50, 25, 0, 25, 12.5, 12.5, 0, 0]


def test_without_checks_nothing_is_kept():
    """There is nothing to keep it for."""
    assert [one.reserve for one in plan_time(notebook("1", "2").cells, 100)] == [0, 0]
