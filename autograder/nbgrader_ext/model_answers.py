"""Model answers, with their marks, on formgrader's pages: folded, below what a person grades.

They are read from the source notebook each time a page is made. So they stand in that page alone:
not in ``autograded/``, of which feedback is made, and not in anything that students get.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course.notebook import grade_id, is_manual, read_notebook
from autograder.course.released_cells import model_answer
from autograder.errors import BadSubmissionError

# With its style in the text, as the page's style sheets are formgrader's; one of them hides the
# triangle of a summary.
_BELOW = (
    '<details class="model-answer" style="border-left: 4px solid #337ab7; padding-left: 1em">'
    '<summary style="display: list-item; cursor: pointer">'
    "Model answer and marks (not shown to students)</summary>\n\n{}\n\n</details>"
)


def read_model_answers(source: Path) -> dict[str, str]:
    """The model answers of a source notebook as Markdown, by the ``grade_id`` of their cells.

    There are none where this machine has no source that can be read: one can grade without.
    """
    try:
        cells = read_notebook(source).notebook.cells
    except BadSubmissionError:
        return {}
    answers = {}
    for cell in cells:
        name = grade_id(cell)
        if name and is_manual(cell) and (answer := model_answer(cell)):
            answers[name] = _as_code(answer) if cell.cell_type == "code" else answer
    return answers


def add_model_answers(notebook: NotebookNode, answers: Mapping[str, str]) -> list[str]:
    """Put each model answer into a cell below the student's; returns the texts of these cells."""
    cells: list[NotebookNode] = []
    texts = []
    for cell in notebook.cells:
        cells.append(cell)
        answer = answers.get(grade_id(cell) or "")
        if answer and is_manual(cell):
            texts.append(_BELOW.format(answer))
            cells.append(new_markdown_cell(texts[-1]))
    notebook.cells = cells
    return texts


def _as_code(text: str) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{text}\n{fence}"
