"""Restore a submission: the student's answers with the instructor's own tests around them.

Nothing that a student can edit decides what is run as a test. The text and metadata of test cells
and locked cells come from the source notebook, wherever these cells are in the submission; deleted
ones are put back, and so are imports and data that graded cells depend on. The student's own cells
stay as they are. An answer that may stand in another cell is left for a person to look at.
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
    tags_of,
)
from autograder.course.released_cells import (
    STUB,
    is_text_stub,
    release_cell,
    release_source,
    text_stub,
)
from autograder.grading.setup_cells import (
    SourceCells,
    put_back_setup,
    restore_experiment_tag,
)
from autograder.grading.setup_cells import text_of as _text
from autograder.grading.written_answers import (
    is_unanswered,
    is_untouched,
    note_answers_elsewhere,
)

__all__ = ["is_untouched", "restore"]

# Tags by which Jupyter's tools skip a cell or ignore its error: never the student's to set.
_EXECUTION_TAGS = frozenset({"skip-execution", "raises-exception", "remove-cell"})


def restore(submitted: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, tuple[str, ...]]:
    """The notebook to run, and notes on what had to be put back.

    Args:
        submitted: What the student handed in; not changed.
        source: The source notebook, with solutions and hidden tests; not changed.
    """
    source_cells = {name: cell for cell in source.cells if (name := grade_id(cell))}
    notes: list[str] = []
    known = SourceCells.of(source)
    chosen = _choose_copies(submitted, source_cells, notes)
    cells: list[NotebookNode] = []
    for index, cell in enumerate(submitted.cells):
        name = grade_id(cell)
        if name is not None and chosen.get(name) == index:
            cells.append(_restore_course_cell(cell, source_cells[name]))
        else:
            own = _restore_own_cell(cell)
            if own.cell_type == "code":
                restore_experiment_tag(own, known.find(own))
            cells.append(own)
    missing = _put_back_missing(cells, source, set(chosen))
    notes += [f"The cell {name!r} was missing and was put back." for name in missing]
    notes += put_back_setup(cells, source, known, _cell_to_insert)
    notes += note_answers_elsewhere(cells, source, known)
    restored = NotebookNode(
        nbformat=4,
        nbformat_minor=5,
        metadata=_metadata(submitted, source),
        cells=_with_unique_ids(cells),
    )
    return restored, tuple(notes)


def _choose_copies(
    submitted: NotebookNode, source_cells: dict[str, NotebookNode], notes: list[str]
) -> dict[str, int]:
    """Which cell of the submission is which of the source: of several copies the last one.

    Of a written answer it is the last one with an answer in it.
    """
    copies: dict[str, list[int]] = {}
    for index, cell in enumerate(submitted.cells):
        name = grade_id(cell)
        if name is not None and name in source_cells:
            copies.setdefault(name, []).append(index)
    chosen = {}
    for name, indices in copies.items():
        chosen[name] = indices[-1]
        if len(indices) == 1:
            continue
        counts = "the last one counts"
        original = source_cells[name]
        if is_manual(original) and is_solution(original):
            restored = {i: _restore_course_cell(submitted.cells[i], original) for i in indices}
            written = [i for i in indices if not is_unanswered(restored[i])]
            if written and written[-1] != indices[-1]:
                chosen[name] = written[-1]
                counts = "the last one with an answer counts"
        notes.append(f"The cell {name!r} occurs more than once; {counts}.")
    return chosen


def _cell_to_insert(source: NotebookNode) -> NotebookNode:
    """A cell of the source's own code, as it is run when the submission lacks it."""
    return _restore_course_cell(source, source)


def _restore_course_cell(cell: NotebookNode, source: NotebookNode) -> NotebookNode:
    """A cell of the source notebook: its role comes from the source, an answer from the student."""
    restored = copy.deepcopy(source)
    if is_solution(source):
        restored.source = _text(cell)
        if source.cell_type == "markdown" and is_text_stub(restored.source):
            restored.source = release_source(source)  # the release may be in another language
        role = tuple(sorted(source.metadata.nbgrader.items()))
        checksum_of_stub = _released_checksum(
            source.cell_type, source.source, role, text_stub(source)
        )
        restored.metadata.nbgrader["checksum"] = checksum_of_stub
        if restored.cell_type == "markdown" and cell.get("attachments"):
            restored["attachments"] = copy.deepcopy(cell.attachments)
    elif is_manual(source):
        restored.source = release_source(source)  # a mark scheme is not for the student
    if restored.cell_type == "code":
        restored.outputs, restored.execution_count = [], None
    return restored


@functools.lru_cache(1024)
def _released_checksum(
    cell_type: str, text: str, nbgrader: tuple[tuple[str, Any], ...], stub: str
) -> str:
    """The checksum that an untouched answer has; the same for the whole class."""
    metadata = NotebookNode({"nbgrader": NotebookNode(nbgrader), STUB: stub})
    cell = NotebookNode(cell_type=cell_type, source=text, metadata=metadata)
    return str(release_cell(cell).metadata.nbgrader.checksum)


def _restore_own_cell(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: no nbgrader role, and no tag that changes its execution."""
    restored = copy.deepcopy(cell)
    restored.source = _text(cell)
    restored.metadata.pop("nbgrader", None)
    tags = [tag for tag in tags_of(cell) if tag not in _EXECUTION_TAGS]
    restored.metadata.pop("tags", None)
    if tags:
        restored.metadata["tags"] = tags
    return restored


def _put_back_missing(
    cells: list[NotebookNode], source: NotebookNode, present: set[str]
) -> list[str]:
    """Insert missing graded cells before the next known one; return their names.

    As late as the order allows: an answer that was moved to a cell of its own still comes first.
    """
    missing = []
    ordered = [cell for cell in source.cells if grade_id(cell)]
    for position in range(len(ordered) - 1, -1, -1):
        cell = ordered[position]
        name = grade_id(cell)
        if name in present or not (is_test(cell) or is_manual(cell)):
            continue
        later = {grade_id(other) for other in ordered[position + 1 :]}
        index = next((i for i, other in enumerate(cells) if grade_id(other) in later), len(cells))
        restored = release_cell(cell) if is_manual(cell) else _restore_course_cell(cell, cell)
        cells.insert(index, restored)
        missing.append(str(name))
    return missing[::-1]


def _metadata(submitted: NotebookNode, source: NotebookNode) -> NotebookNode:
    """The source's kernel and language; the submission's saved widget states for its outputs."""
    metadata = copy.deepcopy(source.metadata)
    if isinstance(submitted.metadata.get("widgets"), dict):
        metadata["widgets"] = copy.deepcopy(submitted.metadata.widgets)
    return metadata


def _with_unique_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells, renamed where one that was put back has the id of a student's cell."""
    seen: set[str] = set()
    for position, cell in enumerate(cells):
        if cell.get("id") in seen:
            cell["id"] = free_id(f"{cell['id'][:40]}-{position}", seen)
        seen.add(cell["id"])
    return cells
