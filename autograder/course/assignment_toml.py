"""What ``assignment.toml`` and ``assignments/course.toml`` may say, as typed records.

``assignments/course.toml`` holds the limits that all assignments of a course share::

    [limits]
    cell_seconds = 30
    memory_mb = 2048

A ``[limits]`` in an ``assignment.toml`` replaces them field by field.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

ASSIGNMENT_FILE = "assignment.toml"
COURSE_FILE = "course.toml"

# Points of a cell or a check: finite, since nan and inf are numbers to TOML.
Points = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
# A week, a TiB of memory, a million processes: more is a typing mistake.
_Seconds = Annotated[float, Meta(gt=0, le=604_800)]
_Count = Annotated[int, Meta(ge=1, le=2**20)]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a submission may use.

    Attributes:
        cell_seconds: Wall time for one cell or one check's call.
        submission_seconds: Wall time for the whole notebook.
        memory_mb: Memory of each process of the student's code, and of all together, in MiB.
        output_mb: Output that is kept of one cell, in MiB; of a notebook it is twice that.
        processes: Processes and threads the student's code may have at once.
    """

    cell_seconds: float = 30.0
    submission_seconds: float = 300.0
    memory_mb: int = 2048
    output_mb: int = 10
    processes: int = 64


class LimitsTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A table ``[limits]``: those limits that differ from what applies without it."""

    cell_seconds: _Seconds | UnsetType = UNSET
    submission_seconds: _Seconds | UnsetType = UNSET
    memory_mb: _Count | UnsetType = UNSET
    output_mb: _Count | UnsetType = UNSET
    processes: _Count | UnsetType = UNSET

    def applied_to(self, limits: Limits) -> Limits:
        """Limits with those of this table in place of theirs."""
        given = {name: value for name, value in structs.asdict(self).items() if value is not UNSET}
        return replace(limits, **given)


class CourseSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``assignments/course.toml`` says of all assignments."""

    limits: LimitsTable = field(default_factory=LimitsTable)


class AssignmentSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``assignment.toml`` says of one assignment.

    Attributes:
        title: What people call it; empty if it has none.
        points: Points of the whole notebook; None if they are not stated.
        learned: What a student can do afterwards.
        prerequisites: Names of the assignments that come before it.
        limits: Those that differ from the course's.
    """

    title: str = ""
    points: Points | None = None
    learned: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    limits: LimitsTable = field(default_factory=LimitsTable)
