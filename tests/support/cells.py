"""Notebooks for the engine's tests, made of a few lines."""

import textwrap
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.layout import Limits
from autograder.runners.jailed import JailedRunner

REPOSITORY = Path(__file__).parents[2]
LIMITS = Limits(cell_seconds=20, submission_seconds=60)


def test_cell(source: str, grade_id: str = "t") -> NotebookNode:  # noqa: PT028  not a test
    """A cell that the examiner runs."""
    told = {"grade": True, "solution": False, "grade_id": grade_id, "points": 1, "locked": True}
    return new_code_cell(textwrap.dedent(source), metadata={"nbgrader": told})


test_cell.__test__ = False  # pytest: this makes a cell, and tests nothing


def notebook(*cells: str | NotebookNode) -> NotebookNode:
    """A notebook; what is not a cell yet is the student's."""
    made = [
        new_code_cell(textwrap.dedent(cell)) if isinstance(cell, str) else cell for cell in cells
    ]
    return new_notebook(cells=made)


def shown(cell: NotebookNode) -> str:
    """What a cell printed, or else its first result or error as text."""
    printed = "".join(out.text for out in cell.outputs if out.output_type == "stream")
    if printed:
        return printed
    for out in cell.outputs:
        if out.output_type == "error":
            return f"{out.ename}: {out.evalue}"
        return str(out.data.get("text/plain", ""))
    return ""


def execute_in(runner: JailedRunner, *cells: str | NotebookNode, **options: Any) -> list[str]:
    """Run cells; returns what each of them shows."""
    made = notebook(*cells)
    settings = {
        "limits": LIMITS,
        "seed": "secret",
        "files": None,
        "rerun_experiments": False,
        **options,
    }
    runner.run(made, **settings)
    return [shown(cell) for cell in made.cells]
