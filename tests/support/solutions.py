"""The solutions of an assignment as functions, read from its text master."""

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
    """The notebook ``assignments/<name>/<name>.md``."""
    return jupytext.read(ASSIGNMENTS / name / f"{name}.md", fmt="md:myst")


def solution_namespace(name: str) -> dict[str, Any]:
    """The global variables after the notebook with its solutions was run, without experiments.

    Test cells are not run either. Each call runs the cells again, so a test may change the
    dictionary. Magics such as ``%matplotlib inline`` are left out, and figures are not shown.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    namespace: dict[str, Any] = {"__name__": f"{name}_notebook"}
    with mpl.rc_context():
        mpl.use("agg")
        for number, code in enumerate(_cells(name), 1):
            exec(compile(code, f"<{name}, cell {number}>", "exec"), namespace)  # noqa: S102
        plt.close("all")
    return namespace


@cache
def _cells(name: str) -> tuple[str, ...]:
    """The code of the solutions, and of the cells that define what they build on."""
    return tuple(
        "\n".join(line for line in cell.source.split("\n") if not line.lstrip().startswith("%"))
        for cell in text_master(name).cells
        if cell.cell_type == "code"
        and not is_test(cell)
        and (is_solution(cell) or not is_experiment(cell))
    )
