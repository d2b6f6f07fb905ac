"""What a notebook calls its graded cells: a heading, or the first words of a question."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbformat import NotebookNode

from autograder.course.notebook import grade_id, is_graded, is_manual
from autograder.diagnosis.places import headings

# A paragraph that begins with its name: **Question 1.** A friend checks …
_FIRST_WORDS = re.compile(r"^\*\*([^*\n]{1,60}?)[.:\u3002\uff1a]?\*\*", re.MULTILINE)


def exercise_titles(notebook: NotebookNode) -> Mapping[str, str]:
    """The title of each graded cell that has one, by nbgrader's name of the cell.

    The title is what stands between it and the graded cell before, and nearest to it.
    """
    titles = {}
    heading = words = ""
    for cell in notebook.cells:
        if is_graded(cell):
            title = words or heading if is_manual(cell) else heading or words
            if title:
                titles[str(grade_id(cell))] = title
            heading = words = ""
        elif cell.cell_type == "markdown":
            if found := headings(cell.source):
                kind, number, title, _ = found[-1]
                heading = f"Exercise {number} · {title}" if kind == "exercise" else title
            if names := _FIRST_WORDS.findall(cell.source):
                words = names[-1].strip()
    return titles
