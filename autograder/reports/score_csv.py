"""An assignment's scores as CSV, in the columns that other systems import: the list of layouts.

- ``canvas``: the columns that Canvas requires (``Student, ID, SIS User ID, SIS Login ID,
  Section``), then the assignment; the second row is ``Points Possible``. Our student ids are
  written as SIS login ids; Canvas finds a student by any of the three ids. It only reads Section.
- ``moodle``: ``username``, ``email``, the names, the assignment. Moodle asks what each column is:
  map ``username`` (or ``email``) to the user, and the assignment to its grade item. There is no
  feedback column, which would overwrite the feedback that is there.
- ``csv``: what the gradebook knows, one row per student.

A student who submitted nothing, or nothing that could be graded, has an empty cell, so that nothing
is overwritten on import: giving 0 points is for a person to decide. Scores are after late
penalties.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograder.gradebook.student_scores import StudentScore

Rows = list[Sequence[object]]

DEFAULT_LAYOUT = "csv"


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that one system imports.

    Attributes:
        purpose: Whose they are, in a few words for ``--help``.
        rows: Makes the table of a column's title, the maximum score and the scores.
    """

    purpose: str
    rows: Callable[[str, float, list[StudentScore]], Rows]


def list_layouts() -> str:
    """All layouts with what each is for, for ``--help``."""
    return ", ".join(f"{name} for {layout.purpose}" for name, layout in LAYOUTS.items())


def render_scores(
    layout: str, column: str, max_score: float, scores: Iterable[StudentScore]
) -> str:
    """The file's text.

    Args:
        layout: A name in ``LAYOUTS``.
        column: Title of the assignment's column.
        max_score: The assignment's.
        scores: Of all students.
    """
    file = io.StringIO()
    rows = LAYOUTS[layout].rows(column, max_score, list(scores))
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue()


def _canvas_rows(column: str, max_score: float, scores: list[StudentScore]) -> Rows:
    # Canvas needs the word Section in the last column before the assignments, and finds the row
    # of maximum scores by its first cell.
    return [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column],
        ["    Points Possible", "", "", "", "", _decimal(max_score)],
        *([row.name, row.lms_user_id, "", row.student, "", _decimal(row.total)] for row in scores),
    ]


def _moodle_rows(column: str, _: float, scores: list[StudentScore]) -> Rows:
    return [
        ["username", "email", "firstname", "lastname", column],
        *(
            [row.student, row.email, row.first_name, row.last_name, _decimal(row.total)]
            for row in scores
        ),
    ]


def _csv_rows(column: str, max_score: float, scores: list[StudentScore]) -> Rows:
    head = ["student", "last_name", "first_name", "email", "assignment", "score", "max_score"]
    return [
        [*head, "late_penalty", "needs_manual_grade"],
        *(
            [
                *(row.student, row.last_name, row.first_name, row.email, column),
                *(_decimal(row.total), _decimal(max_score), _decimal(row.penalty)),
                "yes" if row.needs_manual_grade else "no",
            ]
            for row in scores
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
