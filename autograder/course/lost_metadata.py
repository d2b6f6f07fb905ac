"""Finds the course's cells in a notebook whose cell metadata a tool threw away.

Colab, converters and copying cell by cell lose the metadata by which nbgrader knows a cell. Ids,
texts and the names of functions mostly survive. What a cell is recognised by decides no points:
tests are put back from the source anyhow (``autograder.grading.restore``).
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from nbformat import NotebookNode

from autograder.course.notebook import (
    grade_id,
    grade_ids,
    is_experiment,
    is_solution,
    nbgrader_of,
    tags_of,
)
from autograder.course.released_cells import release_cell, release_source, text_stub

# So many cells that are ours by id or text make a notebook one of the assignment.
_EVIDENCE = 2
_SHORTEST_TEXT = 30
_SIMILAR = 0.85
_MAX_COMPARED = 10  # cells; a comparison of two long texts takes a twentieth of a second
_DEFINITION = re.compile(r"^(?:async )?(?:def|class) +(\w+)", re.MULTILINE)


def recover_cells(notebook: NotebookNode, source: NotebookNode) -> tuple[str, ...]:
    """Give cells that are the course's their nbgrader metadata again, in place; returns notes.

    Args:
        notebook: What was handed in.
        source: The source notebook.
    """
    present = grade_ids(notebook)
    missing = [cell for cell in source.cells if grade_id(cell) and grade_id(cell) not in present]
    unnamed = [cell for cell in notebook.cells if grade_id(cell) is None]
    if not missing or not unnamed:
        return ()
    if not present & grade_ids(source) and not _is_of(unnamed, source):
        return ()
    found = [
        name for pair in _matches(missing, unnamed, notebook, source) for name in _adopt(*pair)
    ]
    if not found:
        return ()
    listed = ", ".join(found)
    _restore_tags(unnamed, source)
    note = (
        f"{len(found)} cell(s) had lost the course's metadata and were recognised by their id or "
        f"text: {listed}."
    )
    return (note,)


def function_names(notebook: NotebookNode) -> set[str]:
    """The functions and classes that a notebook's code cells define at their top level."""
    return {
        name
        for cell in notebook.cells
        if cell.cell_type == "code"
        for name in _DEFINITION.findall(cell.source)
    }


def solution_functions(source: NotebookNode) -> set[str]:
    """The functions that students write in an assignment."""
    answers = [cell for cell in source.cells if is_solution(cell) and cell.cell_type == "code"]
    return {name for cell in answers for name in _DEFINITION.findall(cell.source)}


def same_text(text: str) -> str:
    """A text without what editors change in it: line ends and spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _is_of(cells: list[NotebookNode], source: NotebookNode) -> bool:
    """Whether enough of these cells have an id or a text of the assignment's."""
    ids = {cell.get("id") for cell in source.cells} - {None}
    texts = _texts(source.cells)
    named = sum(1 for cell in source.cells if grade_id(cell))
    alike = sum(1 for cell in cells if cell.get("id") in ids or same_text(cell.source) in texts)
    return alike >= min(_EVIDENCE, named)


def _restore_tags(cells: list[NotebookNode], source: NotebookNode) -> None:
    """Tag the course's experiments again: without the tag they run, and take the checks' time."""
    experiments = [cell for cell in source.cells if is_experiment(cell)]
    ids = {cell.get("id") for cell in experiments} - {None}
    texts = _texts(experiments)
    for cell in cells:
        alike = cell.get("id") in ids or same_text(cell.source) in texts
        if alike and grade_id(cell) is None and not tags_of(cell):
            cell.metadata["tags"] = ["experiment"]


def _texts(cells: Iterable[NotebookNode]) -> set[str]:
    """What released cells say, without texts that are too short to be anybody's own."""
    texts = {same_text(release_source(cell) if grade_id(cell) else cell.source) for cell in cells}
    return {text for text in texts if len(text) >= _SHORTEST_TEXT}


def _matches(
    missing: list[NotebookNode],
    unnamed: list[NotebookNode],
    notebook: NotebookNode,
    source: NotebookNode,
) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Pairs of a cell of the source and the cell that it is here; the surest first."""
    free, left = list(unnamed), list(missing)
    for rule in (_same_id, _same_words, _same_function, _same_place):
        for cell in list(left):
            match = rule(cell, free, notebook, source)
            if match is not None:
                left.remove(cell)
                free = [other for other in free if other is not match]
                yield cell, match


def _same_id(
    cell: NotebookNode, free: list[NotebookNode], _: NotebookNode, __: NotebookNode
) -> NotebookNode | None:
    return next((other for other in free if other.get("id") == cell.get("id")), None)


def _same_words(
    cell: NotebookNode, free: list[NotebookNode], _: NotebookNode, __: NotebookNode
) -> NotebookNode | None:
    """The same text as in the release, or one that begins as it does and is like it."""
    text = same_text(release_source(cell))
    if len(text) < _SHORTEST_TEXT:
        return None
    for other in free:
        if same_text(other.source) == text:
            return other
    if is_solution(cell) and cell.cell_type == "code":
        return None  # its functions tell more
    prompt = same_text(text.split(text_stub(cell))[0]) if is_solution(cell) else text
    if len(prompt) < _SHORTEST_TEXT:
        return None
    first = prompt.split("\n", 1)[0]
    candidates = (other for other in free if first in same_text(other.source))
    for other in islice(candidates, _MAX_COMPARED):
        theirs = same_text(other.source)
        if is_solution(cell) and theirs.startswith(prompt):
            return other
        if difflib.SequenceMatcher(None, theirs[:5000], prompt[:5000]).ratio() > _SIMILAR:
            return other
    return None


def _same_function(
    cell: NotebookNode, free: list[NotebookNode], _: NotebookNode, __: NotebookNode
) -> NotebookNode | None:
    """The last cell that defines the function that students write in this one."""
    if not is_solution(cell) or cell.cell_type != "code":
        return None
    names = set(_DEFINITION.findall(cell.source))
    for other in reversed(free):
        if other.cell_type != "markdown" and names & set(_DEFINITION.findall(other.source)):
            return other
    return None


def _same_place(
    cell: NotebookNode, free: list[NotebookNode], notebook: NotebookNode, source: NotebookNode
) -> NotebookNode | None:
    """A written answer: the text cell right behind the cell that it stands behind in the source."""
    position = next(i for i, other in enumerate(source.cells) if other is cell)
    if not is_solution(cell) or cell.cell_type == "code" or position == 0:
        return None
    before = source.cells[position - 1]
    given = _texts(source.cells)
    for earlier, other in zip(notebook.cells, notebook.cells[1:], strict=False):
        if not any(other is one for one in free) or other.cell_type == "code":
            continue
        if same_text(other.source) in given:
            continue
        if _is_same(earlier, before):
            return other
    return None


def _is_same(cell: NotebookNode, source: NotebookNode) -> bool:
    name = grade_id(source)
    if name:
        return grade_id(cell) == name
    text = same_text(source.source)
    return cell.get("id") == source.get("id") or bool(text and same_text(cell.source) == text)


def _adopt(source: NotebookNode, cell: NotebookNode) -> Iterator[str]:
    """Give a cell the role that the source's has."""
    cell.metadata["nbgrader"] = copy.deepcopy(nbgrader_of(release_cell(source)))
    yield str(grade_id(source))
