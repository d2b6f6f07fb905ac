"""Finds what somebody changed in a source notebook since it was built, which a build would undo.

A built notebook holds a digest of its own cells. If they still agree, nobody edited it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import shlex
from collections.abc import Iterator
from itertools import islice

from nbformat import NotebookNode

from autograder.course.layout import Assignment
from autograder.course.notebook import nbgrader_of, tags_of
from autograder.errors import CourseError

BUILT = "autograder_built"  # in a notebook's metadata
_MAX_LINES = 30


def digest_of_cells(notebook: NotebookNode) -> str:
    """A digest of what an author writes in a notebook."""
    return hashlib.sha256("\n".join(_lines(notebook)).encode()).hexdigest()[:32]


def refuse_to_undo_edits(assignment: Assignment, built: NotebookNode) -> None:
    """Stop a build that would undo an edit in the source notebook.

    Args:
        assignment: The assignment.
        built: What the build would write.

    Raises:
        CourseError: If there is such an edit; the message shows it.
    """
    if not assignment.source.is_file():
        return
    source = assignment.notebook
    before, after = list(_lines(built)), list(_lines(source))
    if before == after or source.metadata.get(BUILT) == digest_of_cells(source):
        return
    diff = islice(difflib.unified_diff(before, after, lineterm="", n=1), 2, None)
    shown = [line.rstrip() for line in islice(diff, _MAX_LINES + 1)]
    if len(shown) > _MAX_LINES:
        shown[-1] = "…"
    text, path = shlex.quote(str(assignment.text)), shlex.quote(str(assignment.source))
    raise CourseError(
        f"{assignment.source} was edited since it was built, and {assignment.text} does not have "
        "the edit; a build would undo it. Make the same change in the text, or let Jupytext make "
        f"it: `jupytext --to md:myst --output {text} {path}`. To drop the edit, delete the source "
        "notebook. Then build again. The edit:\n" + "\n".join(shown)
    )


def _lines(notebook: NotebookNode) -> Iterator[str]:
    """What counts in a notebook: neither outputs nor ids, nor what editors keep in metadata."""
    for cell in notebook.cells:
        yield f"[{cell.cell_type}] {_header(cell)}".rstrip()
        yield from str(cell.source).split("\n")


def _header(cell: NotebookNode) -> str:
    nbgrader = {name: value for name, value in nbgrader_of(cell).items() if name != "checksum"}
    parts = {"nbgrader": nbgrader, "tags": tags_of(cell)}
    return json.dumps({name: part for name, part in parts.items() if part}, sort_keys=True)
