"""Brings the nbgrader metadata of older notebooks to the form that nbgrader has today.

It is what ``nbgrader update`` does. nbgrader itself refuses older notebooks; here a course of 2016
is graded as it lies there.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from nbformat import NotebookNode

VERSION = 3
_ROLES = ("grade", "solution", "locked", "task")
_KEYS = frozenset({*_ROLES, "points", "grade_id", "schema_version", "checksum", "cell_type"})


def upgrade_metadata(notebook: NotebookNode) -> None:
    """Change the cells in place whose metadata are of an older schema."""
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader")
        if not isinstance(data, dict):
            continue
        version = data.get("schema_version", 0)
        if type(version) is not int or version >= VERSION:
            continue
        if not any(role in data for role in _ROLES):
            continue  # no older schema, but what a tool left of the metadata
        if not any(data.get(role) for role in _ROLES):
            del cell.metadata["nbgrader"]
            continue
        for name in set(data) - _KEYS:
            del data[name]
        _upgrade(data)


def _upgrade(data: dict[str, Any]) -> None:
    for role in _ROLES:
        data.setdefault(role, False)
    data["schema_version"] = VERSION
    if not (data["grade"] or data["task"]):
        data.pop("points", None)
        return
    points = data.get("points", 0.0)
    with suppress(TypeError, ValueError):  # then it is said that these are no points
        data["points"] = max(0.0, float(points or 0.0))
