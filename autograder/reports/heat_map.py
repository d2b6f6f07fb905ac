"""The class page's table of students by exercise, coloured by the fraction of the points."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.reports.class_statistics import ClassStatistics, ExerciseStatistics, StudentRow
from autograder.reports.html_parts import escaped, legend, scroll_box, section, short_number
from autograder.reports.words import words

# Steps of the colours, and the names of the words that say what they mean.
_MEANINGS = {
    "0": "none",
    "1": "under_a_quarter",
    "2": "under_a_half",
    "3": "under_three_quarters",
    "4": "most",
    "5": "all",
    "x": "not_yet_by_hand",
}


def heat_map(statistics: ClassStatistics) -> str:
    """The table as a section of the page; empty if there are no grades."""
    if not statistics.rows:
        return ""
    heads = "".join(
        f"<th>{escaped(exercise.name).replace('-', '-<wbr>')}"
        f"<br>{short_number(exercise.max_points)}</th>"
        for exercise in statistics.exercises
    )
    rows = "".join(_row(row, statistics.exercises) for row in statistics.rows)
    table = (
        f'<table class="heat"><thead><tr><th>{words("student")}</th>'
        f"<th>{words('score')}</th>{heads}"
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )
    colours = legend((f"h{step}", words(meaning)) for step, meaning in _MEANINGS.items())
    title, note = words("by_exercise"), f"<p>{words('best_first')}</p>"
    return section(title, note + colours + scroll_box(table, title))


def _row(row: StudentRow, exercises: Iterable[ExerciseStatistics]) -> str:
    cells = "".join(
        f'<td class="h{colour_step(share)}">{_points(share, exercise)}</td>'
        for share, exercise in zip(row.shares, exercises, strict=True)
    )
    name, score = escaped(row.student), short_number(row.score)
    return f'<tr><th title="{name}">{name}</th><td class="score">{score}</td>{cells}</tr>'


def _points(share: float | None, exercise: ExerciseStatistics) -> str:
    return "·" if share is None else short_number(share * exercise.max_points)


def colour_step(share: float | None) -> str:
    """The step of the colour scale (``page_style.HEAT_STEPS``) for a fraction of the points."""
    if share is None:
        return "x"
    if share <= 0:
        return "0"
    return "5" if share >= 1 else str(1 + min(int(share * 4), 3))
