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

from autograder.errors import BadSubmissionError
from autograder.files import write_text

MAX_FILE_MB = 200
MAX_OUTPUT_MB = 10
MAX_CELLS = 5000
# What copies or checks a notebook recurses; how deep that goes differs from Python to Python.
MAX_NESTING = 100

# The escaped half of a surrogate pair: alone it is no character.
_SURROGATE = re.compile(r"\\u[dD]")
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
    data = _parse(path)
    notes: list[str] = []
    _drop_large_outputs(data, max_output_mb, path, notes)
    notebook = _upgrade(data, path, notes)
    return ReadNotebook(notebook, tuple(notes))


def write_notebook(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook atomically unless the file equals it; returns whether it was written."""
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"
    return write_text(text, path)


def check_size(path: Path, size: int) -> None:
    """Refuse a notebook file that is too large to read.

    Args:
        path: The file, for the message.
        size: Its size in bytes.

    Raises:
        BadSubmissionError: If it is larger than ``MAX_FILE_MB``.
    """
    if size > MAX_FILE_MB * 2**20:
        raise BadSubmissionError(
            f"{path} has {size / 2**20:.0f} MB; at most {MAX_FILE_MB} MB are read. Ask the student "
            "to clear all outputs and submit again."
        )


def _parse(path: Path) -> dict[str, Any]:
    try:
        check_size(path, path.stat().st_size)
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadSubmissionError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSubmissionError(
            f"{path} is not a text file in UTF-8, so it cannot be a notebook. Ask for it again."
        ) from error
    if not text.strip():
        raise BadSubmissionError(f"{path} is empty. Ask the student to submit again.")
    try:
        data = json.loads(text)
        if _SURROGATE.search(text):  # half a character, which UTF-8 cannot express
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:  # ValueError: bad JSON, or a number too long
        where = f" (it breaks off at line {error.lineno})" if hasattr(error, "lineno") else ""
        raise BadSubmissionError(
            f"{path} is damaged: it is not complete JSON{where}. Ask the student to submit again."
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise BadSubmissionError(f"{path} is not a Jupyter notebook. Ask for it again.")
    if _is_nested_deeper(data, MAX_NESTING):
        raise BadSubmissionError(
            f"{path} is nested more than {MAX_NESTING} levels deep, as no notebook is. Ask for it "
            "again."
        )
    return data


def _is_nested_deeper(data: Any, levels: int) -> bool:
    level = [data]
    for _ in range(levels):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        if not inner:
            return False
        level = inner
    return True


def _upgrade(data: dict[str, Any], path: Path, notes: list[str]) -> NotebookNode:
    """Convert to nbformat 4.5 and validate against its schema."""
    major = data["nbformat"]
    if not 3 <= major <= nbformat.current_nbformat:
        raise BadSubmissionError(
            f"{path} is in notebook format {major}; formats 3 to {nbformat.current_nbformat} can "
            "be read. Open it in JupyterLab, save it, and submit again."
        )
    minor = data.setdefault("nbformat_minor", 0)
    count = len(data["cells"]) if isinstance(data.get("cells"), list) else 0
    if count > MAX_CELLS:
        raise BadSubmissionError(f"{path} has {count} cells; at most {MAX_CELLS} are read.")
    try:
        notebook = nbformat.versions[major].to_notebook_json(data, minor=minor)
        if major != nbformat.current_nbformat or minor < nbformat.current_nbformat_minor:
            notebook = nbformat.convert(notebook, nbformat.current_nbformat)
        # Also if it says 4.6: nbformat does not validate minor versions that it does not know.
        notebook.nbformat_minor = nbformat.current_nbformat_minor
        _give_ids(notebook["cells"], path, notes)
        nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:
        # nbformat raises whatever the malformed part happens to cause; all of it means the same
        reason = str(error).strip().split("\n")[0][:200]
        raise BadSubmissionError(
            f"{path} is not a valid notebook ({reason}). Open it in JupyterLab, save it, and "
            "submit again."
        ) from error
    return notebook


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
