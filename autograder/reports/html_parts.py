"""Pieces of HTML that the class page is put together from, and numbers as it writes them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from autograder.reports.text import plain_text
from autograder.reports.words import words


def escaped(text: str) -> str:
    """Text that is shown as it is; names may be anything."""
    return escape(plain_text(text))


def section(title: str, content: str) -> str:
    """A part of the page with a heading."""
    return f"<section><h2>{title}</h2>{content}</section>"


def scroll_box(table: str, label: str) -> str:
    """A table that scrolls on its own, by the keyboard too; on paper all of it is shown."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{table}</div>'


def legend(items: Iterable[tuple[str, str]]) -> str:
    """What colours mean: for each its CSS class and its meaning."""
    keys = "".join(f'<span><i class="key {kind}"></i>{text}</span>' for kind, text in items)
    return f'<p class="legend">{keys}</p>'


def student_count(count: int) -> str:
    """A number of students in words."""
    return words("one_student") if count == 1 else words("many_students", count=count)


def short_number(points: float) -> str:
    """Points with at most one decimal."""
    return f"{round(points, 1):g}"


def short_seconds(seconds: float) -> str:
    """A time that is not long, in seconds."""
    return words("seconds", seconds=f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}")


def duration(seconds: float) -> str:
    """A time in seconds, minutes and seconds, or hours and minutes."""
    if seconds < 60:
        return short_seconds(seconds)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return words("hours", hours=hours, minutes=minutes)
    return words("minutes", minutes=minutes, seconds=rest)
