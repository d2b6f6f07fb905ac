"""How a release behaves in JupyterLab: which cells are folded, what *Run All* passes over.

Both are metadata that Jupyter itself knows, and no checksum of nbgrader's covers them. The source
notebook has only what the author wrote: Jupytext would put the rest into the text master.
"""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.course.notebook import is_experiment, is_solution, is_test, tags_of

FOLDED = "hide-input"  # Jupyter Book's word for it; exported pages have a class for each tag
PASSED_OVER = "raises-exception"  # JupyterLab, nbclient and nbconvert go on after such a cell
SHORT = 6  # lines: a cell that is no longer takes hardly more room than its fold


def present(notebook: NotebookNode) -> None:
    """Fold the code that is not the student's to write, and let *Run All* reach the last cell.

    Folded are test cells, and longer cells that define or draw something. JupyterLab shows the
    first line of a folded cell, so let that be a comment which says what the cell does. What the
    author has set in a cell, ``source_hidden: false`` for example, stays. Printed pages leave the
    code of folded cells out (``utils.plotting.showing``).

    Exercises and experiments are passed over if they fail: an exercise that is not there yet must
    not keep the checks behind it from running.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if is_test(cell) or (not is_solution(cell) and len(cell.source.splitlines()) > SHORT):
            cell.metadata.setdefault("jupyter", NotebookNode()).setdefault("source_hidden", True)
        tags = [tag for tag in tags_of(cell) if tag not in {FOLDED, PASSED_OVER}]
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            tags.append(FOLDED)
        if is_solution(cell) or is_experiment(cell):
            tags.append(PASSED_OVER)
        if tags:
            cell.metadata["tags"] = tags
