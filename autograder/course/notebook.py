"""Reading a notebook that somebody else wrote: caps, repairs, and a sentence for each refusal.

Also the small questions about a cell's nbgrader metadata, which a student may have edited and
which is therefore never trusted to be of the right type.
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

_MAYBE_LONE = re.compile(r"\\u[dD]")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class ReadNotebook:
    """A notebook in nbformat 4.5, and what had to be repaired to get there."""

    notebook: NotebookNode
    notes: tuple[str, ...] = ()


def read_notebook(path: Path, max_output_mb: float = MAX_OUTPUT_MB) -> ReadNotebook:
    """Read and upgrade a notebook.

    Args:
        path: The file.
        max_output_mb: Saved outputs beyond this many MiB in one cell are dropped, with a note.

    Raises:
        BadSubmissionError: If it cannot be read as a notebook; the sentence says why.
    """
    data = _parse(path)
    notes: list[str] = []
    _drop_large_outputs(data, max_output_mb, path, notes)
    notebook = _upgrade(data, path, notes)
    return ReadNotebook(notebook, tuple(notes))


def write_notebook(notebook: NotebookNode, path: Path) -> bool:
    """Write through a temporary name; leave an equal file alone. Returns whether it was written."""
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"
    return write_text(text, path)


def _parse(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_MB * 2**20:
            raise BadSubmissionError(
                f"{path} is {size / 2**20:.0f} MB large; at most {MAX_FILE_MB} MB are read. Ask "
                "the student to clear all outputs and submit again."
            )
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadSubmissionError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSubmissionError(
            f"{path} is not a text file in UTF-8, so it is no notebook. Ask for it again."
        ) from error
    if not text.strip():
        raise BadSubmissionError(f"{path} is empty. Ask the student to submit again.")
    try:
        data = json.loads(text)
        if _MAYBE_LONE.search(text):  # half a character, which no file in UTF-8 can hold
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:  # the former also of a number without end
        where = f" (it breaks off at line {error.lineno})" if hasattr(error, "lineno") else ""
        raise BadSubmissionError(
            f"{path} is damaged: it is not complete JSON{where}. Ask the student to submit again."
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise BadSubmissionError(f"{path} is not a Jupyter notebook. Ask for it again.")
    return data


def _upgrade(data: dict[str, Any], path: Path, notes: list[str]) -> NotebookNode:
    """To nbformat 4.5, checked against its schema."""
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
        # Also where it says 4.6: what comes after what it knows, nbformat lets pass unseen.
        notebook.nbformat_minor = nbformat.current_nbformat_minor
        _give_ids(notebook["cells"], path, notes)
        nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:
        # nbformat raises whatever the malformed place happens to raise; all of it means one thing
        reason = str(error).strip().split("\n")[0][:200]
        raise BadSubmissionError(
            f"{path} is not a valid notebook ({reason}). Open it in JupyterLab, save it, and "
            "submit again."
        ) from error
    return notebook


def _give_ids(cells: list[NotebookNode], path: Path, notes: list[str]) -> None:
    """See to it that each cell has a valid id of its own; ids that stood twice are noted."""
    seen: set[str] = set()
    repaired = 0
    for place, cell in enumerate(cells):
        cell_id = cell.get("id")
        valid = isinstance(cell_id, str) and _ID.fullmatch(cell_id) is not None
        if not valid or cell_id in seen:
            repaired += valid
            cell["id"] = free_id(f"{cell_id[:40] if valid else 'cell'}-{place}", seen)
        seen.add(cell["id"])
    if repaired:
        notes.append(f"{path.name}: {repaired} cell id(s) stood more than once and were renamed.")


def free_id(cell_id: str, taken: set[str]) -> str:
    """An id that is not taken, as near to ``cell_id`` as can be."""
    while cell_id in taken:
        cell_id += "-"
    return cell_id


def _drop_large_outputs(data: dict[str, Any], max_mb: float, path: Path, notes: list[str]) -> None:
    cells = data.get("cells")
    if not isinstance(cells, list):
        return
    for place, cell in enumerate(cells):
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        if not outputs:
            continue
        size = len(json.dumps(outputs)) / 2**20
        if size > max_mb:
            cell["outputs"] = []
            notes.append(
                f"{path.name}: the saved output of cell {place + 1} ({size:.0f} MB) was dropped."
            )


def nbgrader_of(cell: NotebookNode) -> dict[str, Any]:
    """A cell's nbgrader metadata; empty unless it is a mapping with a usable ``grade_id``."""
    data = cell.get("metadata", {}).get("nbgrader")
    if not isinstance(data, dict) or not isinstance(data.get("grade_id"), str):
        return {}
    return data


def grade_id(cell: NotebookNode) -> str | None:
    """The name that nbgrader knows a cell by; None for cells that it does not know."""
    return nbgrader_of(cell).get("grade_id")


def grade_ids(notebook: NotebookNode) -> set[str]:
    """The names of all cells that nbgrader knows."""
    return {name for cell in notebook.cells if (name := grade_id(cell))}


def is_solution(cell: NotebookNode) -> bool:
    """Whether the student writes in it."""
    return bool(nbgrader_of(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Whether points hang on it, given by a test or by a person."""
    data = nbgrader_of(cell)
    return bool(data.get("grade") or data.get("task"))


def is_test(cell: NotebookNode) -> bool:
    """Whether it is the instructor's code that decides points."""
    return cell.cell_type == "code" and is_graded(cell) and not is_solution(cell)


def is_manual(cell: NotebookNode) -> bool:
    """Whether a person decides its points."""
    return is_graded(cell) and not is_test(cell)


def is_instructors(cell: NotebookNode) -> bool:
    """Whether a restored cell's text is the instructor's: a test cell or a locked one."""
    data = nbgrader_of(cell)
    return not is_solution(cell) and bool(data.get("grade") or data.get("locked"))


def points_of(cell: NotebookNode) -> float:
    """What a graded cell is worth."""
    return float(nbgrader_of(cell).get("points", 0.0))


def tags_of(cell: NotebookNode) -> list[str]:
    """A cell's tags, whatever the notebook holds in their place."""
    tags = cell.get("metadata", {}).get("tags", [])
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def is_experiment(cell: NotebookNode) -> bool:
    """Whether it only trains or plots: no points depend on it. A test cell never is."""
    return "experiment" in tags_of(cell) and not is_graded(cell)


def test_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells whose outcome is points, in order."""
    return (cell for cell in notebook.cells if is_test(cell))
