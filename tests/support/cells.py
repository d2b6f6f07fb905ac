"""Small notebooks for the tests of the engine, the runners and the sandbox."""

import textwrap
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.assignment_toml import Limits
from autograder.runners.jailed import JailedRunner

REPOSITORY = Path(__file__).parents[2]
LIMITS = Limits(cell_seconds=20, submission_seconds=60)


def test_cell(source: str, grade_id: str = "t") -> NotebookNode:  # noqa: PT028  not a test
    """A test cell, which the examiner runs."""
    role = {"grade": True, "solution": False, "grade_id": grade_id, "points": 1, "locked": True}
    return new_code_cell(textwrap.dedent(source), metadata={"nbgrader": role})


test_cell.__test__ = False  # tells pytest that this is not a test


def notebook(*cells: str | NotebookNode) -> NotebookNode:
    """A notebook of these cells; a string becomes a cell of the student's."""
    return new_notebook(
        cells=[
            new_code_cell(textwrap.dedent(cell)) if isinstance(cell, str) else cell
            for cell in cells
        ]
    )


def cell_text(cell: NotebookNode) -> str:
    """What a cell printed; if it printed nothing, its first result or error as text."""
    printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    if printed:
        return printed
    for output in cell.outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}"
        return str(output.data.get("text/plain", ""))
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
    return [cell_text(cell) for cell in made.cells]
