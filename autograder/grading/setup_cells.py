"""The course's own cells without points: its imports and data hold, whatever was done to them.

A locked cell is the source's wherever it stands. An ordinary cell that graded cells depend on is
run as in the source at its place, before the student's version of it: a line that only runs on the
student's machine then costs nothing. Cells that lost their ``experiment`` tag get it back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cell_names import needed_cells
from autograder.course.notebook import (
    grade_id,
    is_experiment,
    is_graded,
    is_solution,
    tags_of,
)

_LONGEST = 10_000  # characters of a text that is kept to be asked for again
_SAME = 0.5  # of a cell's lines: so many make a student's cell a version of the course's


def normalized(text: str) -> str:
    """A cell's text without what editors change: spaces at the ends of lines, empty lines."""
    return _normalized(text) if len(text) <= _LONGEST else _normalized.__wrapped__(text)


@functools.lru_cache(512)
def _normalized(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip())


def text_of(cell: NotebookNode) -> str:
    """A cell's text; empty if it has none."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else ""


@dataclass(frozen=True)
class SourceCells:
    """The source's cells that nbgrader does not know, to be found again in a submission."""

    by_id: dict[str, NotebookNode]
    by_text: dict[str, NotebookNode]

    @classmethod
    def of(cls, source: NotebookNode) -> SourceCells:
        """Those of a source notebook."""
        plain = [cell for cell in source.cells if grade_id(cell) is None]
        return cls(
            {cell["id"]: cell for cell in plain},
            {normalized(cell.source): cell for cell in reversed(plain) if cell.source.strip()},
        )

    def find(self, cell: NotebookNode) -> NotebookNode | None:
        """The source's cell that a student's cell is, perhaps changed; None if it is none."""
        text = normalized(text_of(cell))
        if text in self.by_text:
            return self.by_text[text]
        if not text:
            return None
        named = self.by_id.get(cell.get("id", ""))
        if named is not None and share_of_lines(named.source, text) > 0:
            return named
        return max(
            (one for one in self.by_id.values() if share_of_lines(one.source, text) >= _SAME),
            key=lambda one: share_of_lines(one.source, text),
            default=None,
        )


def share_of_lines(original: str, changed: str) -> float:
    """The share of a text's lines that a changed text still has."""
    lines = {line.strip() for line in original.split("\n") if line.strip()}
    kept = lines & {line.strip() for line in changed.split("\n")}
    return len(kept) / len(lines) if lines else 0.0


def restore_experiment_tag(cell: NotebookNode, found: NotebookNode | None) -> None:
    """Let a cell of the course's be an experiment if and only if it is one in the source."""
    if found is None or cell.cell_type != "code":
        return
    is_same = normalized(text_of(cell)) == normalized(found.source)
    if is_experiment(found) and not is_experiment(cell):
        if is_same or share_of_lines(found.source, text_of(cell)) >= _SAME:
            cell.metadata["tags"] = [*tags_of(cell), "experiment"]
    elif is_same and is_experiment(cell) and not is_experiment(found):
        tags = [tag for tag in tags_of(cell) if tag != "experiment"]
        cell.metadata.pop("tags")
        if tags:
            cell.metadata["tags"] = tags


def put_back_setup(
    cells: list[NotebookNode],
    source: NotebookNode,
    known: SourceCells,
    restored: Callable[[NotebookNode], NotebookNode],
) -> list[str]:
    """Make the course's setup run at its place; returns notes.

    Args:
        cells: The submission's cells, with the roles that they have; changed in place.
        source: The source notebook.
        known: Its plain cells.
        restored: Makes the cell to insert of a source cell.
    """
    notes = []
    for position in sorted(_setup_cells(source)):
        cell = source.cells[position]
        name = grade_id(cell)
        limit = _first_later(cells, source.cells[position + 1 :])
        if name is not None:
            at = next((i for i, other in enumerate(cells) if grade_id(other) == name), None)
            if at is not None and at <= limit:
                continue
            if at is not None:  # it is the source's: nothing of the student's is lost
                del cells[at]
            what, changed = f"The cell {name!r}", None
        else:
            if any(_is_same(other, cell) for other in cells[:limit]):
                continue
            changed = next(
                (
                    i
                    for i, other in enumerate(cells[:limit])
                    if other.cell_type == "code" and known.find(other) is cell
                ),
                None,
            )
            at = next((i for i, other in enumerate(cells) if _is_same(other, cell)), None)
            what = f"The course's cell `{_first_line(cell)}`"
        if changed is not None:
            cells.insert(changed, restored(cell))
            if share_of_lines(cell.source, text_of(cells[changed + 1])) < 1:
                notes.append(f"{what} was changed; it is run as it was released, too.")
            continue
        index = min(_after_earlier(cells, source.cells[:position], known), limit)
        cells.insert(index, restored(cell))
        how = "was missing" if at is None else "stood after cells that need it"
        notes.append(f"{what} {how} and was put back.")
    return notes


def _setup_cells(source: NotebookNode) -> set[int]:
    """The positions of locked code cells, and of plain ones on which graded cells depend."""
    code = [i for i, cell in enumerate(source.cells) if cell.cell_type == "code"]
    named = [number for number, i in enumerate(code) if grade_id(source.cells[i])]
    needed = needed_cells([source.cells[i].source for i in code], named)
    return {
        i
        for number, i in enumerate(code)
        if number in needed
        and not _has_role(source.cells[i])
        and not is_experiment(source.cells[i])
    }


def _has_role(cell: NotebookNode) -> bool:
    return is_solution(cell) or is_graded(cell)


def _first_later(cells: list[NotebookNode], later: Iterable[NotebookNode]) -> int:
    """Where the first code cell stands that nbgrader knows and that comes later in the source."""
    names = {grade_id(cell) for cell in later if cell.cell_type == "code"} - {None}
    return next((i for i, cell in enumerate(cells) if grade_id(cell) in names), len(cells))


def _after_earlier(
    cells: list[NotebookNode], earlier: list[NotebookNode], known: SourceCells
) -> int:
    """The place behind the nearest earlier cell of the source that the submission has."""
    found = [known.find(cell) if grade_id(cell) is None else None for cell in cells]
    for cell in reversed(earlier):
        name = grade_id(cell)
        for i, other in enumerate(cells):
            if (grade_id(other) == name) if name else (found[i] is cell):
                return i + 1
    return 0


def _is_same(cell: NotebookNode, source: NotebookNode) -> bool:
    return (
        cell.cell_type == "code"
        and grade_id(cell) is None
        and not is_experiment(cell)
        and normalized(text_of(cell)) == normalized(source.source)
    )


def _first_line(cell: NotebookNode) -> str:
    return str(cell.source).strip().split("\n")[0].strip()[:60]
