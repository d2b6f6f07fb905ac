"""An assignment's solutions as plain functions, read from its text master."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode

from autograder.course.notebook import is_experiment, is_solution, is_test

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = ROOT / "assignments"


def text_master(name: str) -> NotebookNode:
    """The notebook that ``assignments/<name>/<name>.md`` stands for."""
    return jupytext.read(ASSIGNMENTS / name / f"{name}.md", fmt="md:myst")


def solution_namespace(name: str) -> dict[str, Any]:
    """What a person has who ran the notebook with its solutions, but no experiment and no test.

    Each call gives a dictionary of its own, made by running the cells anew: a test may
    change what it holds. Magics (``%matplotlib inline``) are left out; figures go nowhere.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    namespace: dict[str, Any] = {"__name__": f"{name}_notebook"}
    with mpl.rc_context():
        mpl.use("agg")
        for place, code in enumerate(_cells(name), 1):
            exec(compile(code, f"<{name}, cell {place}>", "exec"), namespace)  # noqa: S102
        plt.close("all")
    return namespace


@cache
def _cells(name: str) -> tuple[str, ...]:
    """The code of all cells that define what the exercises build on, and of the solutions."""
    return tuple(
        "\n".join(line for line in cell.source.split("\n") if not line.lstrip().startswith("%"))
        for cell in text_master(name).cells
        if cell.cell_type == "code"
        and not is_test(cell)
        and (is_solution(cell) or not is_experiment(cell))
    )
