"""Reads notebooks that somebody else wrote, with size limits, repairs and readable errors.

Also the questions that everybody asks about a cell's nbgrader metadata. A student may have edited
it, so none of it is trusted to have the right type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course.metadata_schema import upgrade_metadata
from autograder.course.notebook_file import load_notebook_json
from autograder.course.repair import MAJOR, MINOR, list_cells, repair, reset_invalid_parts
from autograder.errors import BadSubmissionError
from autograder.files import write_text

MAX_OUTPUT_MB = 10
MAX_CELLS = 5000

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class ReadNotebook:
    """A notebook in nbformat 4.5, and notes on what was repaired to get there."""

    notebook: NotebookNode
    notes: tuple[str, ...] = ()


def read_notebook(path: Path, max_output_mb: float = MAX_OUTPUT_MB) -> ReadNotebook:
    """Read a notebook and upgrade it to nbformat 4.5.

    Args:
        path: The file.
        max_output_mb: If one cell has more MiB of saved outputs, they are dropped, with a note.

    Raises:
        BadSubmissionError: If it cannot be read as a notebook; the message says why.
    """
    notes: list[str] = []
    data = load_notebook_json(path, notes)
    _drop_large_outputs(data, max_output_mb, path, notes)
    notebook = _upgrade(data, path, notes)
    return ReadNotebook(notebook, tuple(notes))


def write_notebook(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook atomically unless the file equals it; returns whether it was written."""
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"
    return write_text(text, path)


def _upgrade(data: dict[str, Any], path: Path, notes: list[str]) -> NotebookNode:
    """Convert to nbformat 4.5 and see to it that the result is valid."""
    major = data.get("nbformat")
    if not isinstance(major, int) or isinstance(major, bool):
        notes.append(f"{path.name}: its format is not given; it was read as format {MAJOR}.")
    elif not 3 <= major <= MAJOR:
        raise BadSubmissionError(
            f"{path} is in notebook format {major}; formats 3 to {MAJOR} can be read. Let the "
            f"program that wrote it save it in format {MAJOR}, and hand it in again."
        )
    try:
        _check_count(len(list_cells(data)), path)
        repaired, repairs = repair(data)
        notebook = nbformat.v4.to_notebook_json(repaired, minor=MINOR)
        _give_ids(notebook["cells"], path, notes)
        try:
            nbformat.validate(notebook, relax_add_props=True)
        except Exception:  # noqa: BLE001  nbformat raises whatever the malformed part causes
            repairs += reset_invalid_parts(notebook)
            nbformat.validate(notebook, relax_add_props=True)
    except BadSubmissionError:
        raise
    except Exception as error:
        # all of it means the same
        reason = str(error).strip().split("\n")[0][:200]
        raise BadSubmissionError(
            f"{path} is not a valid notebook ({reason}). Copy the answers into a fresh copy of the "
            "course's notebook and hand that in."
        ) from error
    upgrade_metadata(notebook)
    notes += [f"{path.name}: {words}" for words in repairs]
    return notebook


def _check_count(count: int, path: Path) -> None:
    if count > MAX_CELLS:
        raise BadSubmissionError(f"{path} has {count} cells; at most {MAX_CELLS} are read.")


def _give_ids(cells: list[NotebookNode], path: Path, notes: list[str]) -> None:
    """Give each cell a valid id of its own; add a note if ids were duplicated."""
    taken: set[str] = set()
    duplicates = 0
    for index, cell in enumerate(cells):
        cell_id = cell.get("id")
        valid = isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id) is not None
        if not valid or cell_id in taken:
            duplicates += valid
            cell["id"] = free_id(f"{cell_id[:40] if valid else 'cell'}-{index}", taken)
        taken.add(cell["id"])
    if duplicates:
        notes.append(f"{path.name}: {duplicates} cell id(s) occurred more than once: renamed.")


def free_id(cell_id: str, taken: set[str]) -> str:
    """An id that is not taken, as similar to ``cell_id`` as possible."""
    while cell_id in taken:
        cell_id += "-"
    return cell_id


def _drop_large_outputs(data: dict[str, Any], max_mb: float, path: Path, notes: list[str]) -> None:
    cells = data.get("cells")
    if not isinstance(cells, list):
        return
    for number, cell in enumerate(cells, start=1):
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        if not outputs:
            continue
        size = len(json.dumps(outputs)) / 2**20
        if size > max_mb:
            cell["outputs"] = []
            notes.append(
                f"{path.name}: the saved output of cell {number} ({size:.0f} MB) was dropped."
            )


def nbgrader_of(cell: NotebookNode) -> dict[str, Any]:
    """A cell's nbgrader metadata; empty unless it is a mapping with a usable ``grade_id``."""
    data = cell.get("metadata", {}).get("nbgrader")
    if not isinstance(data, dict) or not isinstance(data.get("grade_id"), str):
        return {}
    return data


def grade_id(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell; None if it does not know the cell."""
    return nbgrader_of(cell).get("grade_id")


def grade_ids(notebook: NotebookNode) -> set[str]:
    """The names of all cells of a notebook that nbgrader knows."""
    return {name for cell in notebook.cells if (name := grade_id(cell))}


def is_solution(cell: NotebookNode) -> bool:
    """Whether the student writes in this cell."""
    return bool(nbgrader_of(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Whether this cell has points, given by a test or by a person."""
    data = nbgrader_of(cell)
    return bool(data.get("grade") or data.get("task"))


def is_test(cell: NotebookNode) -> bool:
    """Whether this cell is the instructor's code that decides points."""
    return cell.cell_type == "code" and is_graded(cell) and not is_solution(cell)


def is_manual(cell: NotebookNode) -> bool:
    """Whether a person decides the points of this cell."""
    return is_graded(cell) and not is_test(cell)


def is_instructors(cell: NotebookNode) -> bool:
    """Whether the instructor wrote this cell of a restored notebook: it is a test or locked."""
    data = nbgrader_of(cell)
    return not is_solution(cell) and bool(data.get("grade") or data.get("locked"))


def points_of(cell: NotebookNode) -> float:
    """The points that can be reached in a graded cell; 0 in any other."""
    return float(nbgrader_of(cell).get("points", 0.0))


def bonus_of(cell: NotebookNode) -> float:
    """The extra points of a test cell: a bonus, which nbgrader sees as a cell of 0 points."""
    bonus = cell.get("metadata", {}).get("bonus", 0.0)
    return float(bonus) if is_test(cell) and isinstance(bonus, (int, float)) else 0.0


def worth_of(cell: NotebookNode) -> float:
    """What can be earned in a graded cell: its points, or its extra points."""
    return points_of(cell) + bonus_of(cell)


def tags_of(cell: NotebookNode) -> list[str]:
    """A cell's tags; empty unless they are a list, and without entries that are not strings."""
    tags = cell.get("metadata", {}).get("tags", [])
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def is_experiment(cell: NotebookNode) -> bool:
    """Whether this cell only trains or plots. A graded cell never does, whatever its tags say."""
    return "experiment" in tags_of(cell) and not is_graded(cell)


def test_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The test cells of a notebook, in order."""
    return (cell for cell in notebook.cells if is_test(cell))
