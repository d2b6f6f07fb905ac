"""The records that grading produces, and their JSON form. There is no logic in this module.

The JSON is a contract (``SCHEMA``): a field may be added, but none may change its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = 1


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
    points: they are earned like others, and no maximum counts them.
    """

    grade_id: str
    max_points: float
    points: float | None = None
    verdict: Verdict | None = None
    checks: tuple[CheckResult, ...] = ()
    title: str = ""
    bonus: float = 0.0

    @property
    def worth(self) -> float:
        """What can be earned in this cell, extra points included."""
        return self.max_points + self.bonus

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CellResult:
        """The record that ``Grade.to_json`` was made from.

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
        )


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of one submission, or the reason why it has none.

    Attributes:
        student: The student's id.
        assignment: The assignment's name.
        status: Whether there is a grade.
        max_score: Points that can be reached, without extra points.
        cells: The graded cells, in the order of the notebook.
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
            "cells": [_cell_to_json(cell) for cell in self.cells],
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
            data: What ``to_json`` returned.
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
            cells=tuple(CellResult.from_json(cell) for cell in data["cells"]),
            message=str(data.get("message", "")),
            seconds=float(data.get("seconds", 0.0)),
            jail=jail,
            notes=tuple(data.get("notes", ())),
        )


def _cell_to_json(cell: CellResult) -> dict[str, Any]:
    """The same as ``dataclasses.asdict``, which is slow: it deep-copies each number and string."""
    values = {name: getattr(cell, name) for name in CellResult.__slots__}
    checks = [{name: getattr(check, name) for name in check.__slots__} for check in cell.checks]
    return {**values, "checks": tuple(checks)}
