"""Scores of assignments as CSV, in the columns that other systems import: the list of layouts.

- ``canvas``: the columns that Canvas requires (``Student, ID, SIS User ID, SIS Login ID,
  Section``), then the assignments; the second row is ``Points Possible``. Our student ids are
  written as SIS login ids; Canvas finds a student by any of the three ids. It only reads Section.
- ``moodle``: ``username``, ``email``, the names, the assignments. Moodle asks what each column is:
  map ``username`` (or ``email``) to the user, and each assignment to its grade item. There is no
  feedback column, which would overwrite the feedback that is there.
- ``csv``: what the gradebook knows, one row per student and assignment.

A student who submitted nothing, or nothing that could be graded, has an empty cell, so that nothing
is overwritten on import: giving 0 points is for a person to decide. Scores are after late
penalties.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the layouts are listed in --help, which waits for no gradebook
    from autograder.gradebook.student_scores import StudentScore

Rows = list[Sequence[object]]

DEFAULT_LAYOUT = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """The scores of one assignment.

    Attributes:
        title: What the other system calls the assignment.
        max_score: The points that can be reached.
        scores: Of all students.
    """

    title: str
    max_score: float
    scores: Sequence[StudentScore]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that one system imports.

    Attributes:
        purpose: Whose they are, in a few words for ``--help``.
        rows: Makes the table of the scores of all assignments.
    """

    purpose: str
    rows: Callable[[Sequence[Column]], Rows]


def list_layouts() -> str:
    """All layouts with what each is for, for ``--help``."""
    return ", ".join(f"{name} for {layout.purpose}" for name, layout in LAYOUTS.items())


def render_scores(layout: str, columns: Sequence[Column]) -> str:
    """The file's text.

    Args:
        layout: A name in ``LAYOUTS``.
        columns: The scores by assignment.
    """
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(LAYOUTS[layout].rows(columns))
    return file.getvalue()


def _canvas_rows(columns: Sequence[Column]) -> Rows:
    # Canvas needs the word Section in the last column before the assignments, and finds the row
    # of maximum scores by its first cell.
    titles, possible = [], []
    for column in columns:
        titles.append(column.title)
        possible.append(_decimal(column.max_score))
    return [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles],
        ["    Points Possible", "", "", "", "", *possible],
        *(
            [row.name, row.lms_user_id, "", row.student, "", *totals]
            for row, totals in _by_student(columns)
        ),
    ]


def _moodle_rows(columns: Sequence[Column]) -> Rows:
    return [
        ["username", "email", "firstname", "lastname", *(column.title for column in columns)],
        *(
            [row.student, row.email, row.first_name, row.last_name, *totals]
            for row, totals in _by_student(columns)
        ),
    ]


def _by_student(columns: Sequence[Column]) -> Iterator[tuple[StudentScore, list[str]]]:
    """Each student once, with the score of each assignment; empty where there is none."""
    by_student = [{row.student: row for row in column.scores} for column in columns]
    for student in dict.fromkeys(name for rows in by_student for name in rows):
        rows = [rows.get(student) for rows in by_student]
        known = next(row for row in rows if row)
        yield known, [_decimal(row.total if row else None) for row in rows]


def _csv_rows(columns: Sequence[Column]) -> Rows:
    head = ["student", "last_name", "first_name", "email", "assignment", "score", "max_score"]
    return [
        [*head, "late_penalty", "needs_manual_grade"],
        *(
            [
                *(row.student, row.last_name, row.first_name, row.email, column.title),
                *(_decimal(row.total), _decimal(column.max_score), _decimal(row.penalty)),
                "yes" if row.needs_manual_grade else "no",
            ]
            for column in columns
            for row in column.scores
        ),
    ]


def _decimal(points: float | None) -> str:
    """Points with a decimal point, whatever the locale."""
    return "" if points is None else f"{round(points, 4):g}"


LAYOUTS = {
    "canvas": Layout("Canvas", _canvas_rows),
    "moodle": Layout("Moodle", _moodle_rows),
    "csv": Layout("any other program", _csv_rows),
}
