"""A submission put back in order: the student's answers around the instructor's own tests.

Nothing that a student can edit decides what is run as a test: test cells and locked cells come
from the source notebook, text and metadata alike, wherever they still stand in the submission;
those that were deleted are put back. The student's own cells stay as they are.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

from nbformat import NotebookNode

from autograder.course.notebook import (
    free_id,
    grade_id,
    is_manual,
    is_solution,
    is_test,
    nbgrader_of,
    tags_of,
)
from autograder.course.released_cells import checksum, release_cell

# Tags by which Jupyter's tools skip a cell or forgive its error: never the student's to set.
_EXECUTION_TAGS = frozenset({"skip-execution", "raises-exception", "remove-cell"})


def restore(submitted: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, tuple[str, ...]]:
    """The notebook to run, and notes on what had to be put back.

    Args:
        submitted: What the student handed in; left as it is.
        source: The source notebook, with solutions and hidden tests; left as it is.
    """
    ours = {name: cell for cell in source.cells if (name := grade_id(cell))}
    notes: list[str] = []
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    for cell in reversed(submitted.cells):
        name = grade_id(cell)
        if name in seen:
            notes.append(f"The cell {name!r} stands more than once; the last one counts.")
            name = None
        if name is not None and name in ours:
            seen.add(name)
            cells.append(_ours(cell, ours[name]))
        else:
            cells.append(_theirs(cell))
    cells.reverse()
    notes.reverse()
    missing = _put_back(cells, source, seen)
    notes += [f"The cell {name!r} was missing and was put back." for name in missing]
    restored = NotebookNode(
        nbformat=4,
        nbformat_minor=5,
        metadata=_metadata(submitted, source),
        cells=_with_own_ids(cells),
    )
    return restored, tuple(notes)


def _ours(cell: NotebookNode, source: NotebookNode) -> NotebookNode:
    """A cell that the source knows: its role is the source's, an answer is the student's."""
    restored = copy.deepcopy(source)
    if is_solution(source):
        restored.source = _text(cell)
        told = tuple(sorted(source.metadata.nbgrader.items()))
        restored.metadata.nbgrader["checksum"] = _released(source.cell_type, source.source, told)
        if restored.cell_type == "markdown" and cell.get("attachments"):
            restored["attachments"] = copy.deepcopy(cell.attachments)
    if restored.cell_type == "code":
        restored.outputs, restored.execution_count = [], None
    return restored


@functools.lru_cache(1024)
def _released(cell_type: str, text: str, nbgrader: tuple[tuple[str, Any], ...]) -> str:
    """The checksum of an answer that is still what was released; the same for the whole class."""
    metadata = NotebookNode(nbgrader=NotebookNode(nbgrader))
    cell = NotebookNode(cell_type=cell_type, source=text, metadata=metadata)
    return str(release_cell(cell).metadata.nbgrader.checksum)


def _theirs(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: no nbgrader role, no tag that steers execution."""
    restored = copy.deepcopy(cell)
    restored.source = _text(cell)
    restored.metadata.pop("nbgrader", None)
    tags = [tag for tag in tags_of(cell) if tag not in _EXECUTION_TAGS]
    restored.metadata.pop("tags", None)
    if tags:
        restored.metadata["tags"] = tags
    return restored


def _put_back(cells: list[NotebookNode], source: NotebookNode, seen: set[str]) -> list[str]:
    """Insert missing graded cells before the next known one; return their names.

    As late as the order allows: an answer that was moved to a cell of its own still comes first.
    """
    back = []
    order = [cell for cell in source.cells if grade_id(cell)]
    for place in range(len(order) - 1, -1, -1):
        cell = order[place]
        name = grade_id(cell)
        if name in seen or not (is_test(cell) or is_manual(cell)):
            continue
        later = {grade_id(one) for one in order[place + 1 :]}
        at = next((i for i, one in enumerate(cells) if grade_id(one) in later), len(cells))
        cells.insert(at, release_cell(cell) if is_manual(cell) else _ours(cell, cell))
        back.append(str(name))
    return back[::-1]


def _metadata(submitted: NotebookNode, source: NotebookNode) -> NotebookNode:
    """The source's kernel and language; the submission's saved widget states for its outputs."""
    metadata = copy.deepcopy(source.metadata)
    if isinstance(submitted.metadata.get("widgets"), dict):
        metadata["widgets"] = copy.deepcopy(submitted.metadata.widgets)
    return metadata


def _with_own_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """A cell that came back may meet a student's cell of the same id."""
    seen: set[str] = set()
    for place, cell in enumerate(cells):
        if cell.get("id") in seen:
            cell["id"] = free_id(f"{cell['id'][:40]}-{place}", seen)
        seen.add(cell["id"])
    return cells


def _text(cell: NotebookNode) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else ""


def is_untouched(cell: NotebookNode) -> bool:
    """Whether a restored answer is still what was released."""
    return bool(nbgrader_of(cell).get("checksum") == checksum(cell))
