"""The records that grading produces, and their JSON form. There is no logic in this module.

The JSON is a contract (``SCHEMA``): a field may be added, but none may change its meaning. Since
version 2 the cells of a submission are listed by notebook, as an assignment may have several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

SCHEMA = 2
ABOUT_SCHEMA = (
    "Since schema 2 a submission lists its notebooks, each with its score and cells; cells still "
    "holds those of all notebooks, in which two may have the same grade_id."
)


class Verdict(StrEnum):
    """The result of one check. ``INFRASTRUCTURE`` is never the student's zero."""

    RIGHT = "right"
    WRONG = "wrong"
    RAISED = "raised"
    NOT_DEFINED = "not_defined"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_TOO_LARGE = "output_too_large"
    FORBIDDEN = "forbidden"
    INFRASTRUCTURE = "infrastructure"


class Status(StrEnum):
    """Whether a submission has a grade."""

    GRADED = "graded"
    NOT_GRADED = "not_graded"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a test cell: its verdict, its points, and a message if it is not right."""

    name: str
    verdict: Verdict
    message: str = ""
    points: float = 0.0
    max_points: float = 0.0
    mistake: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CheckResult:
        """The record that ``Grade.to_json``, or the report of a test cell, was made from.

        Raises:
            KeyError, TypeError, ValueError: If ``data`` is anything else.
        """
        return cls(
            name=str(data["name"]),
            verdict=Verdict(data["verdict"]),
            message=str(data.get("message", "")),
            points=float(data.get("points", 0.0)),
            max_points=float(data.get("max_points", 0.0)),
            mistake=data.get("mistake"),
        )


@dataclass(frozen=True, slots=True)
class CellResult:
    """One graded cell. ``points`` is None until a person has graded it by hand.

    ``title`` is what the notebook calls the exercise; empty if it does not say. ``bonus`` are extra
    points: they are earned like others, and no maximum counts them. ``notebook`` is the name of its
    notebook; empty for the one that is named as the assignment is.
    """

    grade_id: str
    max_points: float
    points: float | None = None
    verdict: Verdict | None = None
    checks: tuple[CheckResult, ...] = ()
    title: str = ""
    bonus: float = 0.0
    notebook: str = ""

    @property
    def key(self) -> str:
        """What tells the cell from all others of its assignment."""
        return cell_key(self.notebook, self.grade_id)

    @property
    def worth(self) -> float:
        """What can be earned in this cell, extra points included."""
        return self.max_points + self.bonus

    @classmethod
    def from_json(cls, data: Mapping[str, Any], notebook: str = "") -> CellResult:
        """The record that ``Grade.to_json`` was made from, in the notebook of this name.

        Raises:
            KeyError, TypeError, ValueError: If ``data`` is anything else.
        """
        return cls(
            grade_id=str(data["grade_id"]),
            max_points=float(data["max_points"]),
            points=None if data["points"] is None else float(data["points"]),
            verdict=None if data["verdict"] is None else Verdict(data["verdict"]),
            checks=tuple(CheckResult.from_json(check) for check in data["checks"]),
            title=str(data.get("title", "")),
            bonus=float(data.get("bonus", 0.0)),
            notebook=notebook,
        )


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of one submission, or the reason why it has none.

    Attributes:
        student: The student's id.
        assignment: The assignment's name.
        status: Whether there is a grade.
        max_score: Points that can be reached, without extra points.
        cells: The graded cells, notebook by notebook, in the order of the notebook.
        message: Why there is no grade; empty if there is one.
        seconds: Wall time that grading took.
        jail: The jail layers that were in force.
        notes: What a person should know, such as that a renamed notebook was graded.
    """

    student: str
    assignment: str
    status: Status
    max_score: float
    cells: tuple[CellResult, ...] = ()
    message: str = ""
    seconds: float = 0.0
    jail: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def score(self) -> float:
        """Points so far; a cell that still has to be graded by hand counts nothing."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def needs_manual_grade(self) -> bool:
        """Whether a cell still has to be graded by hand."""
        return any(cell.points is None for cell in self.cells)

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``: one entry of ``submissions`` in what ``--json`` prints."""
        return {
            "student": self.student,
            "status": self.status.value,
            "score": self.score,
            "max_score": self.max_score,
            "needs_manual_grade": self.needs_manual_grade,
            "seconds": round(self.seconds, 4),
            "message": self.message,
            "notes": list(self.notes),
            "notebooks": [
                _notebook_to_json(name or self.assignment, tuple(cells))
                for name, cells in groupby(self.cells, lambda cell: cell.notebook)
            ],
        }

    @classmethod
    def from_json(
        cls,
        data: Mapping[str, Any],
        *,
        assignment: str,
        jail: tuple[str, ...] = (),
    ) -> Grade:
        """The record that ``to_json`` was made from; the JSON has assignment and jail only once.

        Args:
            data: What ``to_json`` returned, or what it did in version 1.
            assignment: The assignment's name.
            jail: The jail layers that were in force.

        Raises:
            KeyError, TypeError, ValueError: If ``data`` is anything else.
        """
        return cls(
            student=str(data["student"]),
            assignment=assignment,
            status=Status(data["status"]),
            max_score=float(data["max_score"]),
            cells=tuple(_cells_from_json(data, assignment)),
            message=str(data.get("message", "")),
            seconds=float(data.get("seconds", 0.0)),
            jail=jail,
            notes=tuple(data.get("notes", ())),
        )


def cell_key(notebook: str, grade_id: str) -> str:
    """What tells a cell from all others of its assignment (see ``CellResult``)."""
    return f"{notebook}/{grade_id}" if notebook else grade_id


def _notebook_to_json(name: str, cells: tuple[CellResult, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "score": sum(cell.points or 0.0 for cell in cells),
        "max_score": sum(cell.max_points for cell in cells),
        "cells": [_cell_to_json(cell) for cell in cells],
    }


def _cells_from_json(data: Mapping[str, Any], assignment: str) -> Iterator[CellResult]:
    if "notebooks" not in data:  # version 1
        yield from map(CellResult.from_json, data["cells"])
        return
    for notebook in data["notebooks"]:
        name = str(notebook["name"])
        for cell in notebook["cells"]:
            yield CellResult.from_json(cell, "" if name == assignment else name)


def _cell_to_json(cell: CellResult) -> dict[str, Any]:
    """The same as ``dataclasses.asdict``, which is slow: it deep-copies each number and string."""
    values = {name: getattr(cell, name) for name in CellResult.__slots__ if name != "notebook"}
    checks = [{name: getattr(check, name) for name in check.__slots__} for check in cell.checks]
    return {**values, "checks": tuple(checks)}
