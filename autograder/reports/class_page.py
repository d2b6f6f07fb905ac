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
from autograder.reports.words import words
from utils.checking.report import message_to_html
from utils.messages import get_message, language_tag

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
    title = words("class_report", name=escaped(title or statistics.assignment))
    body = "\n".join(
        [
            f"<h1>{title}</h1>",
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
        f'<!DOCTYPE html>\n<html lang="{language_tag()}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style_sheet()}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _footer(when: datetime) -> str:
    made = words("made_by", date=f"{when:%Y-%m-%d}", time=f"{when:%H:%M}")
    return f"<footer>{made}</footer>"


def _tiles(statistics: ClassStatistics) -> str:
    failed = statistics.submissions - statistics.graded
    tiles = [
        ("submissions", str(statistics.submissions), ""),
        ("graded", str(statistics.graded), ""),
        ("not_graded", str(failed), "bad" if failed else ""),
        ("awaiting", str(len(statistics.waiting)), ""),
        ("median_score", _score(statistics.median, statistics.max_score), ""),
        ("mean_score", _score(statistics.mean, statistics.max_score), ""),
        ("grading_took", duration(statistics.times.total), ""),
    ]
    items = "".join(
        f'<div class="{kind}"><dt>{words(name)}</dt><dd>{value}</dd></div>'
        for name, value, kind in tiles
    )
    return f'<dl class="tiles">{items}</dl>'


def _score(score: float | None, max_score: float) -> str:
    if score is None:
        return "–"  # noqa: RUF001
    return f"{short_number(score)} <small>/ {short_number(max_score)}</small>"


def _scores(statistics: ClassStatistics) -> str:
    if not statistics.graded:
        return section(words("scores"), f"<p>{words('no_grades')}</p>")
    width = statistics.max_score / BINS
    bars = [(format_points(index * width), count) for index, count in enumerate(statistics.bins)]
    mark = None
    if statistics.median is not None and statistics.max_score:
        position = statistics.median / statistics.max_score
        mark = (position, words("median", score=short_number(statistics.median)))
    chart = svg.column_chart(
        bars, words("students_by_score"), end=format_points(statistics.max_score), mark=mark
    )
    note = words("students_by_score")
    if statistics.waiting:
        note += words("answers_await", students=student_count(len(statistics.waiting)))
    return section(words("scores"), f"{chart}<p>{note}</p>")


def _exercises(statistics: ClassStatistics) -> str:
    rows = "".join(map(_exercise_row, statistics.exercises))
    meanings = {"bar": "all_points", "part": "some", "none": "none", "rule": "not_yet_graded"}
    colours = legend((kind, words(name)) for kind, name in meanings.items())
    heads = f'<th>{words("exercise")}</th><th class="n">{words("mean")}</th>'
    return section(
        words("how_hard"),
        f'<table class="stack"><thead><tr>{heads}<th>{words("students")}</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>{colours}",
    )


def _exercise_row(exercise: ExerciseStatistics) -> str:
    counts = {
        "bar": exercise.full,
        "part": exercise.part,
        "none": exercise.none,
        "wait": exercise.waiting,
    }
    said = words("counts", full=exercise.full, part=exercise.part, none=exercise.none)
    if exercise.waiting:
        said += words("counts_waiting", waiting=exercise.waiting)
    students = max(sum(counts.values()), 1)
    bar = svg.stacked_bar([(kind, count / students) for kind, count in counts.items()], said)
    mean = "–" if exercise.share is None else f"{exercise.share:.0%}"  # noqa: RUF001
    points = short_number(exercise.max_points)
    return (
        f"<tr><th>{escaped(exercise.name)} <small>({points})</small></th>"
        f'<td class="n">{mean}</td>'
        f'<td class="picture">{bar}<small>{said}</small></td></tr>'
    )


def _mistakes(statistics: ClassStatistics) -> str:
    shown = statistics.mistakes[:_MAX_MISTAKES]
    if not shown and not statistics.unnamed:
        return section(words("mistakes"), f"<p>{words('no_check_failed')}</p>")
    rows = "".join(_mistake_row(mistake, shown[0].students, statistics.graded) for mistake in shown)
    rest = len(statistics.mistakes) - len(shown)
    notes = [words("rarer_mistakes", count=rest)] if rest else []
    if statistics.unnamed:
        students = student_count(statistics.unnamed)
        notes.append(words("unexplained", students=students))
    table = (
        f'<table class="stack"><thead><tr><th>{words("what_is_wrong")}</th>'
        f'<th class="n">{words("students")}</th>'
        f"<th></th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    return section(words("most_frequent"), f"{table}<p>{' '.join(notes)}</p>")


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
            f'<table class="stack"><thead><tr><th>{words("student")}</th><th>{words("reason")}</th>'
            f"<th>{words('message')}</th></tr></thead><tbody>{rows}</tbody></table>"
        )
        long = len(statistics.looks) > _MAX_ROWS
        parts.append(scroll_box(table, words("submissions")) if long else table)
    if statistics.waiting:
        students = student_count(len(statistics.waiting))
        names = "".join(f"<li>{escaped(student)}</li>" for student in statistics.waiting)
        parts.append(
            f"<details><summary>{words('students_await', students=students)}"
            f'</summary><ul class="names">{names}</ul></details>'
        )
    return section(words("need_attention"), "".join(parts) or f"<p>{words('nothing_needed')}</p>")


def _attention_row(attention: Attention) -> str:
    return (
        f'<tr><th>{escaped(attention.student)}</th><td class="why">{escaped(attention.why)}</td>'
        f'<td class="wide">{message_to_html(plain_text(attention.message))}</td></tr>'
    )


def _times(statistics: ClassStatistics) -> str:
    times = statistics.times
    if not times.bins:
        return ""
    bars = [(words("up_to_seconds", seconds=f"{limit:g}"), count) for limit, count in times.bins]
    chart = svg.column_chart(bars, words("submissions_by_time"))
    slowest = get_message("between_names").join(
        f"{escaped(name)} {short_seconds(took)}" for name, took in times.slowest
    )
    total, median = duration(times.total), short_seconds(times.median)
    said = words("times", total=total, median=median, slowest=slowest)
    return section(words("time_spent"), f"{chart}<p>{said}</p>")
