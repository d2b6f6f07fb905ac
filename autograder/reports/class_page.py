"""A class at a glance: one HTML page that needs no network, no script and no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape

from autograder.reports import svg
from autograder.reports.class_statistics import (
    BINS,
    Attention,
    ClassStatistics,
    ExerciseStatistics,
    MistakeCount,
    StudentRow,
)
from autograder.reports.grade_view import number, plain
from autograder.reports.page_style import STEPS, css
from utils.checking.report import marked

# More mistakes than these are in the JSON; the page is a glance.
_MOST_MISTAKES = 20
# A table of more rows scrolls in a box of its own.
_MANY = 15
# Nothing is fetched and nothing is run, whatever slips into the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STEP_NAMES = {"0": "none", "1": "under ¼", "2": "under ½", "3": "under ¾", "4": "most", "5": "all"}


def page(figures: ClassStatistics, title: str, when: datetime) -> str:
    """The page's text.

    Args:
        figures: The class in numbers.
        title: The assignment's.
        when: When the page was made.
    """
    name = _said(title or figures.assignment)
    body = "\n".join(
        [
            f"<h1>{name}: the class at a glance</h1>",
            _tiles(figures),
            '<div class="pair">',
            _scores(figures),
            _exercises(figures),
            "</div>",
            _mistakes(figures),
            _looks(figures),
            _heat_map(figures),
            _times(figures),
            _footer(when),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}: class report</title>\n<style>{css()}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _footer(when: datetime) -> str:
    return (
        f"<footer>Made by autograder on {when:%Y-%m-%d at %H:%M}. Points that a person gave "
        "are counted; late penalties are not.</footer>"
    )


def _tiles(figures: ClassStatistics) -> str:
    failed = figures.submissions - figures.graded
    waiting = len(figures.waiting)
    tiles = [
        ("submissions", str(figures.submissions), ""),
        ("graded", str(figures.graded), ""),
        ("not graded", str(failed), "bad" if failed else ""),
        ("wait for a person", str(waiting), ""),
        ("median score", _of(figures.median, figures.max_score), ""),
        ("mean score", _of(figures.mean, figures.max_score), ""),
        ("grading took", duration(figures.times.total), ""),
    ]
    inner = "".join(
        f'<div class="{kind}"><dt>{name}</dt><dd>{value}</dd></div>' for name, value, kind in tiles
    )
    return f'<dl class="tiles">{inner}</dl>'


def _scores(figures: ClassStatistics) -> str:
    if not figures.graded:
        return _section("Scores", "<p>Nobody has a grade yet.</p>")
    width = figures.max_score / BINS
    end = number(figures.max_score)
    bars = [(number(place * width), count) for place, count in enumerate(figures.bins)]
    mark = None
    if figures.median is not None and figures.max_score:
        mark = (figures.median / figures.max_score, f"median {_number(figures.median)}")
    chart = svg.columns(bars, "How many students have how many points", end=end, mark=mark)
    waiting = len(figures.waiting)
    more = f" Answers of {_students(waiting)} wait for a person." if waiting else ""
    return _section("Scores", f"{chart}<p>Students by score.{more}</p>")


def _exercises(figures: ClassStatistics) -> str:
    rows = "".join(_exercise(one) for one in figures.exercises)
    legend = _legend(
        (("bar", "all points"), ("part", "some"), ("none", "none"), ("rule", "not yet known"))
    )
    return _section(
        "How hard each exercise was",
        f'<table class="stack"><thead><tr><th>exercise</th><th class="n">mean</th><th>students</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>{legend}",
    )


def _exercise(one: ExerciseStatistics) -> str:
    counts = {"bar": one.full, "part": one.part, "none": one.none, "wait": one.waiting}
    words = f"{one.full} all, {one.part} some, {one.none} none"
    if one.waiting:
        words += f", {one.waiting} not yet graded"
    students = max(sum(counts.values()), 1)
    picture = svg.bar([(kind, count / students) for kind, count in counts.items()], words)
    mean = "–" if one.share is None else f"{one.share:.0%}"  # noqa: RUF001
    return (
        f"<tr><th>{_said(one.name)} <small>({_number(one.max_points)})</small></th>"
        f'<td class="n">{mean}</td>'
        f'<td class="picture">{picture}<small>{words}</small></td></tr>'
    )


def _mistakes(figures: ClassStatistics) -> str:
    shown = figures.mistakes[:_MOST_MISTAKES]
    if not shown and not figures.unnamed:
        return _section("Mistakes", "<p>No check is wrong.</p>")
    rows = "".join(_mistake(one, shown[0].students, figures.graded) for one in shown)
    left = len(figures.mistakes) - len(shown)
    notes = [f"{left} rarer ones are not shown."] if left else []
    if figures.unnamed:
        notes.append(f"No known mistake explains a wrong answer of {_students(figures.unnamed)}.")
    table = (
        '<table class="stack"><thead><tr><th>what is wrong</th><th class="n">students</th>'
        f"<th></th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    return _section("Which mistakes the class makes", f"{table}<p>{' '.join(notes)}</p>")


def _mistake(one: MistakeCount, most: int, graded: int) -> str:
    share = one.students / max(graded, 1)
    picture = svg.bar([("bar", one.students / most)], _students(one.students))
    return (
        f"<tr><th>{marked(plain(one.title))}<br>"
        f"<small>{_said(one.exercise)} · {_said(one.id)}</small></th>"
        f'<td class="n">{one.students} ({share:.0%})</td><td class="picture">{picture}</td></tr>'
    )


def _looks(figures: ClassStatistics) -> str:
    parts = []
    if figures.looks:
        rows = "".join(_look(one) for one in figures.looks)
        table = (
            '<table class="stack"><thead><tr><th>student</th><th>why</th><th>what was said</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )
        parts.append(_scrolling(table, "Submissions") if len(figures.looks) > _MANY else table)
    if figures.waiting:
        names = "".join(f"<li>{_said(one)}</li>" for one in figures.waiting)
        parts.append(
            f"<details><summary>A person has yet to grade {_students(len(figures.waiting))}"
            f'</summary><ul class="names">{names}</ul></details>'
        )
    return _section("Submissions that need a look", "".join(parts) or "<p>None.</p>")


def _look(one: Attention) -> str:
    return (
        f'<tr><th>{_said(one.student)}</th><td class="why">{_said(one.why)}</td>'
        f'<td class="wide">{marked(plain(one.message))}</td></tr>'
    )


def _heat_map(figures: ClassStatistics) -> str:
    if not figures.rows:
        return ""
    heads = "".join(
        f"<th>{_said(one.name).replace('-', '-<wbr>')}<br>{_number(one.max_points)}</th>"
        for one in figures.exercises
    )
    rows = "".join(_row(one, figures.exercises) for one in figures.rows)
    steps = [(f"h{step}", _STEP_NAMES[step]) for step in STEPS if step in _STEP_NAMES]
    legend = _legend([*steps, ("hx", "· a person decides")])
    return _section(
        "Students by exercise",
        f"<p>Points, the best score first.</p>{legend}"
        + _scrolling(
            f'<table class="heat"><thead><tr><th>student</th><th>score</th>{heads}'
            f"</tr></thead><tbody>{rows}</tbody></table>",
            "Students by exercise",
        ),
    )


def _row(row: StudentRow, exercises: Iterable[ExerciseStatistics]) -> str:
    cells = "".join(
        f'<td class="h{step_of(share)}">{_points(share, one)}</td>'
        for share, one in zip(row.shares, exercises, strict=True)
    )
    name = _said(row.student)
    return (
        f'<tr><th title="{name}">{name}</th><td class="score">{_number(row.score)}</td>{cells}</tr>'
    )


def _points(share: float | None, one: ExerciseStatistics) -> str:
    return "·" if share is None else _number(share * one.max_points)


def step_of(share: float | None) -> str:
    """Which of the heat map's colours a share of the points has."""
    if share is None:
        return "x"
    if share <= 0:
        return "0"
    return "5" if share >= 1 else str(1 + min(int(share * 4), 3))


def _times(figures: ClassStatistics) -> str:
    times = figures.times
    if not times.bins:
        return ""
    bars = [(f"≤ {edge:g} s", count) for edge, count in times.bins]
    chart = svg.columns(bars, "How many submissions took how long")
    slowest = ", ".join(f"{_said(name)} {_seconds(took)}" for name, took in times.slowest)
    return _section(
        "Time spent by the grader",
        f"{chart}<p>{duration(times.total)} in all, {_seconds(times.median)} for the median "
        f"submission. The slowest: {slowest}.</p>",
    )


def _scrolling(table: str, name: str) -> str:
    """A table in a box of its own; the keyboard can scroll it, and on paper it is whole."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">{table}</div>'


def _section(title: str, inner: str) -> str:
    return f"<section><h2>{title}</h2>{inner}</section>"


def _legend(items: Iterable[tuple[str, str]]) -> str:
    keys = "".join(f'<span><i class="key {kind}"></i>{text}</span>' for kind, text in items)
    return f'<p class="legend">{keys}</p>'


def _said(text: str) -> str:
    return escape(plain(text))


def _students(count: int) -> str:
    return "1 student" if count == 1 else f"{count} students"


def _of(score: float | None, maximum: float) -> str:
    return "–" if score is None else f"{_number(score)} <small>/ {_number(maximum)}</small>"  # noqa: RUF001


def _number(points: float) -> str:
    return f"{round(points, 1):g}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def duration(seconds: float) -> str:
    """A span of time in the two units that matter."""
    return " ".join(_parts(seconds)) or "0 s"


def _parts(seconds: float) -> Iterator[str]:
    if seconds < 60:
        yield _seconds(seconds)
        return
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        yield f"{hours} h"
    yield f"{minutes} min"
    if not hours:
        yield f"{rest} s"
