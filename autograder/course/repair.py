"""Makes a valid notebook of one that tools, merges or people left half valid.

What decides a grade is the text of cells and their nbgrader role. Everything else, saved outputs
first of all, is made anew when the notebook is run: where it is malformed it is dropped, with a
note, and never costs a grade. No cell with text is ever dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode

MAJOR, MINOR = nbformat.current_nbformat, nbformat.current_nbformat_minor

_TYPES = frozenset({"code", "markdown", "raw"})
# What a cell may have beside its text, by type.
_CELL_KEYS = {
    "code": frozenset({"cell_type", "id", "metadata", "source", "outputs", "execution_count"}),
    "markdown": frozenset({"cell_type", "id", "metadata", "source", "attachments"}),
    "raw": frozenset({"cell_type", "id", "metadata", "source", "attachments"}),
}
_OUTPUT_TYPES = frozenset({"stream", "display_data", "execute_result", "error"})
_SHOWN = 5
# Behind any of these Jupyter splits a text into lines, as ``str.splitlines`` does.
_LINE_ENDS = tuple("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def repair(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A notebook in the current format, and what was repaired; ``data`` is not changed.

    Args:
        data: JSON values with a list of cells, or format 3's worksheets.

    Raises:
        ValueError: If it has no list of cells.
    """
    repairs = _Repairs()
    cells = []
    for number, cell in enumerate(list_cells(data), start=1):
        if isinstance(cell, dict):
            cells.append(_repair_cell(cell, number, repairs))
        elif isinstance(cell, str) and cell.strip():
            repairs.add("entries that are text and no cells became cells", number)
            cells.append(_cell("raw", {}, cell))
        else:
            repairs.add("entries that are no cells were left out", number)
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    repaired = {"nbformat": MAJOR, "nbformat_minor": MINOR, "metadata": metadata, "cells": cells}
    return repaired, list(repairs.notes())


def list_cells(data: dict[str, Any]) -> list[Any]:
    """The cells of format 4, or those of all worksheets of format 3.

    Raises:
        ValueError: If there is no list of cells.
    """
    cells = data.get("cells")
    if isinstance(cells, list) and (cells or "worksheets" not in data):
        return cells
    sheets = data.get("worksheets")
    if isinstance(sheets, list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for some in lists if isinstance(some, list) for cell in some]
    raise ValueError("it has no list of cells")


def reset_invalid_parts(notebook: NotebookNode) -> list[str]:
    """Reduce what the format's schema does not allow to text and role; returns notes.

    For the few notebooks that fail validation as a whole: which of their parts do.
    """
    repairs = _Repairs()
    for number, cell in enumerate(notebook.cells, start=1):
        if _is_valid({**_empty(), "cells": [cell]}):
            continue
        if cell.get("outputs") and _is_valid({**_empty(), "cells": [{**cell, "outputs": []}]}):
            cell["outputs"] = []
            repairs.add("malformed saved outputs were dropped", number)
            continue
        role = cell["metadata"].get("nbgrader")
        tags = cell["metadata"].get("tags")
        kept: dict[str, Any] = {"nbgrader": role} if isinstance(role, dict) else {}
        if isinstance(tags, list):
            kept["tags"] = sorted({t for t in tags if isinstance(t, str) and t and "," not in t})
        cell["metadata"] = nbformat.from_dict(kept)
        cell.pop("attachments", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        repairs.add("metadata that the format does not allow was dropped", number)
    notes = list(repairs.notes())
    if not _is_valid({**_empty(), "metadata": notebook.metadata}):
        notebook["metadata"] = NotebookNode()
        notes.append("the notebook's own metadata is not as the format wants it: dropped.")
    return notes


class _Repairs:
    """Counts repairs by kind, so that a notebook gets one note of each."""

    def __init__(self) -> None:
        self._cells: dict[str, list[int]] = {}

    def add(self, kind: str, number: int) -> None:
        """Count a repair in the cell with this number."""
        numbers = self._cells.setdefault(kind, [])
        if not numbers or numbers[-1] != number:
            numbers.append(number)

    def notes(self) -> Iterator[str]:
        """A note of each kind."""
        for kind, numbers in self._cells.items():
            listed = ", ".join(map(str, numbers[:_SHOWN])) + (
                ", …" if len(numbers) > _SHOWN else ""
            )
            yield f"{kind} (cell{'s' if len(numbers) > 1 else ''} {listed})."


def _repair_cell(cell: dict[str, Any], number: int, repairs: _Repairs) -> dict[str, Any]:
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict):
        repairs.add("missing or malformed metadata became empty", number)
        metadata = {}
    kind, source = _kind(cell, metadata, number, repairs), _source(cell, number, repairs)
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        source = f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
    repaired = _cell(kind, metadata, source)
    if "id" in cell:
        repaired["id"] = cell["id"]
    if kind == "code":
        repaired["execution_count"] = _execution_count(cell, number, repairs)
        repaired["outputs"] = _outputs(cell, number, repairs)
    elif cell.get("attachments"):
        if _is_attachments(cell["attachments"]):
            repaired["attachments"] = cell["attachments"]
        else:
            repairs.add("malformed attachments were dropped", number)
    old = {"input", "prompt_number", "language", "collapsed", "level"}  # format 3
    if set(cell) - _CELL_KEYS[kind] - {"attachments", "outputs", "execution_count"} - old:
        repairs.add("keys of another tool were dropped", number)
    return repaired


def _empty() -> dict[str, Any]:
    return {"nbformat": MAJOR, "nbformat_minor": MINOR, "metadata": {}, "cells": []}


def _cell(kind: str, metadata: dict[str, Any], source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def _kind(cell: dict[str, Any], metadata: dict[str, Any], number: int, repairs: _Repairs) -> str:
    """The type of a cell; where that is missing or unknown, what its other parts suggest."""
    kind = cell.get("cell_type")
    if isinstance(kind, str) and kind in _TYPES:
        return kind
    if kind == "heading":
        return "markdown"
    repairs.add("an unknown cell type was replaced", number)
    role = metadata.get("nbgrader")
    told = role.get("cell_type") if isinstance(role, dict) else None
    if isinstance(told, str) and told in _TYPES:
        return told
    code = {"outputs", "execution_count", "input", "prompt_number"} & set(cell)
    return "code" if code else "raw"


def _source(cell: dict[str, Any], number: int, repairs: _Repairs) -> str:
    source = cell.get("source", cell.get("input"))
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        if len(source) > 1 and not any(line.endswith(_LINE_ENDS) for line in source):
            repairs.add("lines without line ends were taken as lines", number)
            return "\n".join(source)
        return "".join(source)
    repairs.add("a text that is no text was taken as far as it is", number)
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return ""


def _execution_count(cell: dict[str, Any], number: int, repairs: _Repairs) -> int | None:
    count = cell.get("execution_count", cell.get("prompt_number"))
    if count is None and ("execution_count" in cell or "input" in cell):
        return None
    if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        return count
    repairs.add("a missing or malformed execution count was replaced", number)
    return None


def _outputs(cell: dict[str, Any], number: int, repairs: _Repairs) -> list[Any]:
    outputs = cell.get("outputs")
    if not isinstance(outputs, list):
        repairs.add("missing or malformed saved outputs were replaced", number)
        return []
    kept = []
    for output in outputs:
        fixed = _output(output)
        if fixed is None:
            repairs.add("malformed saved outputs were dropped", number)
            continue
        if fixed != output:
            repairs.add("malformed saved outputs were repaired", number)
        kept.append(fixed)
    return kept


def _output(given: Any) -> dict[str, Any] | None:
    """A saved output with all keys that its type must have; None if it is malformed."""
    if not isinstance(given, dict):
        return None
    output: dict[str, Any] = given
    kind = output.get("output_type")
    if not isinstance(kind, str) or kind not in _OUTPUT_TYPES:
        return None
    if kind == "stream":
        output = {"name": "stdout", **output}
        return output if isinstance(output["name"], str) and _is_text(output.get("text")) else None
    if kind == "error":
        output = {"ename": "", "evalue": "", "traceback": [], **output}
        lines = output["traceback"]
        fine = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
        names = isinstance(output["ename"], str) and isinstance(output["evalue"], str)
        return output if fine and names else None
    if not _is_bundle(output.get("data")):
        return None
    metadata = output.get("metadata")
    output = {**output, "metadata": metadata if isinstance(metadata, dict) else {}}
    if kind == "execute_result":
        count = output.get("execution_count")
        whole = isinstance(count, int) and not isinstance(count, bool) and count >= 0
        output["execution_count"] = count if whole else None
    return output


def _is_text(value: Any) -> bool:
    lines = value if isinstance(value, list) else [value]
    return all(isinstance(line, str) for line in lines)


def _is_bundle(data: Any) -> bool:
    """Whether a value is data by MIME type, as outputs and attachments hold it."""
    if not isinstance(data, dict):
        return False
    return all("json" in kind or _is_text(value) for kind, value in data.items())


def _is_attachments(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_bundle(bundle) and all(map(_is_text, bundle.values())) for bundle in value.values()
    )


def _is_valid(notebook: dict[str, Any]) -> bool:
    check: Callable[..., None] = nbformat.validate
    try:
        check(nbformat.from_dict(notebook), relax_add_props=True)
    except Exception:  # noqa: BLE001  whatever the malformed part happens to cause
        return False
    return True
