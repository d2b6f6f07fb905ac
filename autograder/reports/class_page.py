"""A report on a class: one HTML page that needs no network, no script and no other file."""

from __future__ import annotations

from datetime import datetime

from autograder.reports import svg
from autograder.reports.class_statistics import (
    BINS,
    Attention,
    ClassStatistics,
    ExerciseStatistics,
    MistakeCount,
)
from autograder.reports.heat_map import heat_map
from autograder.reports.html_parts import (
    duration,
    escaped,
    legend,
    scroll_box,
    section,
    short_number,
    short_seconds,
    student_count,
)
from autograder.reports.page_style import style_sheet
from autograder.reports.text import format_points, plain_text
from utils.checking.report import message_to_html

# The page is for a quick look; all mistakes are in the JSON.
_MAX_MISTAKES = 20
# A longer table of submissions scrolls in a box of its own.
_MAX_ROWS = 15
# Should any text slip through as markup: nothing is loaded and nothing is run.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render_page(statistics: ClassStatistics, title: str, when: datetime) -> str:
    """The page's text.

    Args:
        statistics: The class's figures.
        title: The assignment's.
        when: When the page was made.
    """
    name = escaped(title or statistics.assignment)
    body = "\n".join(
        [
            f"<h1>{name}: class report</h1>",
            _tiles(statistics),
            '<div class="pair">',
            _scores(statistics),
            _exercises(statistics),
            "</div>",
            _mistakes(statistics),
            _attention(statistics),
            heat_map(statistics),
            _times(statistics),
            _footer(when),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}: class report</title>\n<style>{style_sheet()}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _footer(when: datetime) -> str:
    return (
        f"<footer>Made by autograder on {when:%Y-%m-%d at %H:%M}. Points given by hand are "
        "included; late penalties are listed, and not taken off.</footer>"
    )


def _tiles(statistics: ClassStatistics) -> str:
    failed = statistics.submissions - statistics.graded
    tiles = [
        ("submissions", str(statistics.submissions), ""),
        ("graded", str(statistics.graded), ""),
        ("not graded", str(failed), "bad" if failed else ""),
        ("awaiting manual grading", str(len(statistics.waiting)), ""),
        ("median score", _score(statistics.median, statistics.max_score), ""),
        ("mean score", _score(statistics.mean, statistics.max_score), ""),
        ("grading took", duration(statistics.times.total), ""),
    ]
    items = "".join(
        f'<div class="{kind}"><dt>{name}</dt><dd>{value}</dd></div>' for name, value, kind in tiles
    )
    return f'<dl class="tiles">{items}</dl>'


def _score(score: float | None, max_score: float) -> str:
    if score is None:
        return "–"  # noqa: RUF001
    return f"{short_number(score)} <small>/ {short_number(max_score)}</small>"


def _scores(statistics: ClassStatistics) -> str:
    if not statistics.graded:
        return section("Scores", "<p>There are no grades yet.</p>")
    width = statistics.max_score / BINS
    bars = [(format_points(index * width), count) for index, count in enumerate(statistics.bins)]
    mark = None
    if statistics.median is not None and statistics.max_score:
        position = statistics.median / statistics.max_score
        mark = (position, f"median {short_number(statistics.median)}")
    chart = svg.column_chart(
        bars, "Number of students by score", end=format_points(statistics.max_score), mark=mark
    )
    waiting = len(statistics.waiting)
    note = f" Answers of {student_count(waiting)} await manual grading." if waiting else ""
    return section("Scores", f"{chart}<p>Students by score.{note}</p>")


def _exercises(statistics: ClassStatistics) -> str:
    rows = "".join(map(_exercise_row, statistics.exercises))
    colours = legend(
        (("bar", "all points"), ("part", "some"), ("none", "none"), ("rule", "not yet graded"))
    )
    return section(
        "How hard each exercise was",
        f'<table class="stack"><thead><tr><th>exercise</th><th class="n">mean</th><th>students</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>{colours}",
    )


def _exercise_row(exercise: ExerciseStatistics) -> str:
    counts = {
        "bar": exercise.full,
        "part": exercise.part,
        "none": exercise.none,
        "wait": exercise.waiting,
    }
    words = f"{exercise.full} all, {exercise.part} some, {exercise.none} none"
    if exercise.waiting:
        words += f", {exercise.waiting} not yet graded"
    students = max(sum(counts.values()), 1)
    bar = svg.stacked_bar([(kind, count / students) for kind, count in counts.items()], words)
    mean = "–" if exercise.share is None else f"{exercise.share:.0%}"  # noqa: RUF001
    points = short_number(exercise.max_points)
    return (
        f"<tr><th>{escaped(exercise.name)} <small>({points})</small></th>"
        f'<td class="n">{mean}</td>'
        f'<td class="picture">{bar}<small>{words}</small></td></tr>'
    )


def _mistakes(statistics: ClassStatistics) -> str:
    shown = statistics.mistakes[:_MAX_MISTAKES]
    if not shown and not statistics.unnamed:
        return section("Mistakes", "<p>No check failed.</p>")
    rows = "".join(_mistake_row(mistake, shown[0].students, statistics.graded) for mistake in shown)
    rest = len(statistics.mistakes) - len(shown)
    notes = [f"{rest} rarer mistakes are not shown."] if rest else []
    if statistics.unnamed:
        students = student_count(statistics.unnamed)
        notes.append(f"No known mistake explains a wrong answer of {students}.")
    table = (
        '<table class="stack"><thead><tr><th>what is wrong</th><th class="n">students</th>'
        f"<th></th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    return section("The most frequent mistakes", f"{table}<p>{' '.join(notes)}</p>")


def _mistake_row(mistake: MistakeCount, most: int, graded: int) -> str:
    share = mistake.students / max(graded, 1)
    bar = svg.stacked_bar([("bar", mistake.students / most)], student_count(mistake.students))
    return (
        f"<tr><th>{message_to_html(plain_text(mistake.title))}<br>"
        f"<small>{escaped(mistake.exercise)} · {escaped(mistake.id)}</small></th>"
        f'<td class="n">{mistake.students} ({share:.0%})</td><td class="picture">{bar}</td></tr>'
    )


def _attention(statistics: ClassStatistics) -> str:
    parts = []
    if statistics.looks:
        rows = "".join(map(_attention_row, statistics.looks))
        table = (
            '<table class="stack"><thead><tr><th>student</th><th>reason</th><th>message</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )
        long = len(statistics.looks) > _MAX_ROWS
        parts.append(scroll_box(table, "Submissions") if long else table)
    if statistics.waiting:
        names = "".join(f"<li>{escaped(student)}</li>" for student in statistics.waiting)
        parts.append(
            f"<details><summary>{student_count(len(statistics.waiting))} awaiting manual grading"
            f'</summary><ul class="names">{names}</ul></details>'
        )
    return section("Submissions that need attention", "".join(parts) or "<p>None.</p>")


def _attention_row(attention: Attention) -> str:
    return (
        f'<tr><th>{escaped(attention.student)}</th><td class="why">{escaped(attention.why)}</td>'
        f'<td class="wide">{message_to_html(plain_text(attention.message))}</td></tr>'
    )


def _times(statistics: ClassStatistics) -> str:
    times = statistics.times
    if not times.bins:
        return ""
    bars = [(f"≤ {limit:g} s", count) for limit, count in times.bins]
    chart = svg.column_chart(bars, "Number of submissions by grading time")
    slowest = ", ".join(f"{escaped(name)} {short_seconds(took)}" for name, took in times.slowest)
    return section(
        "Time spent on grading",
        f"{chart}<p>{duration(times.total)} in all, {short_seconds(times.median)} for the median "
        f"submission. The slowest: {slowest}.</p>",
    )
