"""What grading says: plain records, to and from plain JSON values. No logic lives here.

The JSON is a contract (``SCHEMA``): a field may be added, none may change its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = 1


class Verdict(StrEnum):
    """What became of one check. ``INFRASTRUCTURE`` is never the student's zero."""

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
    """One check of a test cell: its verdict, and one message where it is not simply right."""

    name: str
    verdict: Verdict
    message: str = ""
    points: float = 0.0
    max_points: float = 0.0
    mistake: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CheckResult:
        """Read what ``to_json`` (or a test cell's report) wrote; raise on anything else."""
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
    """One graded cell. ``points`` is None where a person has yet to grade it."""

    grade_id: str
    max_points: float
    points: float | None = None
    verdict: Verdict | None = None
    checks: tuple[CheckResult, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CellResult:
        """Read what ``to_json`` wrote; raise on anything else."""
        return cls(
            grade_id=str(data["grade_id"]),
            max_points=float(data["max_points"]),
            points=None if data["points"] is None else float(data["points"]),
            verdict=None if data["verdict"] is None else Verdict(data["verdict"]),
            checks=tuple(CheckResult.from_json(check) for check in data["checks"]),
        )


@dataclass(frozen=True, slots=True)
class Grade:
    """One submission's grade, or the sentence that says why it has none."""

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
        """Points so far: a cell that a person has yet to grade counts nothing."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def needs_manual_grade(self) -> bool:
        """True while a graded cell waits for a person."""
        return any(cell.points is None for cell in self.cells)

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``: one entry of ``submissions`` in the schema of DESIGN.md."""
        return {
            "student": self.student,
            "status": self.status.value,
            "score": self.score,
            "max_score": self.max_score,
            "needs_manual_grade": self.needs_manual_grade,
            "seconds": round(self.seconds, 4),
            "message": self.message,
            "notes": list(self.notes),
            "cells": [_plain(cell) for cell in self.cells],
        }

    @classmethod
    def from_json(
        cls,
        data: Mapping[str, Any],
        *,
        assignment: str,
        jail: tuple[str, ...] = (),
    ) -> Grade:
        """Read what ``to_json`` wrote; the assignment and jail stand once above all submissions.

        Args:
            data: Plain values.
            assignment: The assignment's name.
            jail: The jail layers that held.
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


def _plain(cell: CellResult) -> dict[str, Any]:
    """What ``dataclasses.asdict`` gives, which copies each number as though it could change."""
    plain = {name: getattr(cell, name) for name in CellResult.__slots__}
    checks = [{name: getattr(one, name) for name in one.__slots__} for one in cell.checks]
    return {**plain, "checks": tuple(checks)}
