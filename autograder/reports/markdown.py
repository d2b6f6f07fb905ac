"""One grade as GitHub's Markdown, for a job summary: one table per exercise.

Every character that has a meaning in Markdown or HTML is written as a character reference, so that
no message can end a table cell, open a tag or mention a user. Only what our messages put between
backticks becomes code, and only if the backticks come in pairs.
"""

from __future__ import annotations

import re

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import GradeView
from autograder.reports.text import exercise_name, format_points, one_line, verdict_words
from autograder.reports.words import words

# In characters. GitHub shows no summary above 1 MiB, and a longer message helps nobody.
_MAX_MESSAGE = 2000
# Punctuation that can have a meaning within a line; a dash has none between letters.
_SPECIAL = re.compile(r"[!#$&()*+./:<>@\[\\\]^_`{|}~]|(?<!\w)-|-(?!\w)")


def render(view: GradeView) -> str:
    """The summary's text."""
    grade = view.grade
    lines = [f"## {_titled(escape(grade.assignment), escape(view.total))}", ""]
    if not view.graded:
        lines += [f"⚠️ **{_head('not_graded')}:** {_message(grade.message)}", ""]
    if grade.cells:
        lines += [f"| | {_head('exercise')} | {_head('points')} |", "| --- | --- | ---: |"]
        lines += [
            f"| {_result(cell)} | {escape(exercise_name(cell))} | {_points(cell)} |"
            for cell in grade.cells
        ]
        lines.append("")
    for cell in grade.cells:
        if cell.checks:
            lines += _table(view, cell)
    lines += [f"- {_message(note)}" for note in grade.notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def _message(text: str) -> str:
    """A message, escaped, with its code in code tags."""
    line = one_line(text)
    if len(line) > _MAX_MESSAGE:
        line = line[:_MAX_MESSAGE] + "…"
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return _escaped(line)
    return "".join(
        f"<code>{_escaped(part)}</code>" if index % 2 and part.strip() else _escaped(part)
        for index, part in enumerate(parts)
    )


def escape(text: str) -> str:
    """Text on one line, without a character that means anything in Markdown or HTML."""
    return _escaped(one_line(text))


def _escaped(line: str) -> str:
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", line)


def _table(view: GradeView, cell: CellResult) -> list[str]:
    rows = [f"### {_titled(escape(exercise_name(cell)), _points(cell))}", ""]
    rows += [f"| | {_head('check')} | {_head('what_was_found')} |", "| --- | --- | --- |"]
    previous = ""
    for check in cell.checks:
        repeats = check.message and check.message == previous
        message = words("as_above") if repeats else _message(check.message)
        hidden = f" <sub>{words('hidden')}</sub>" if view.is_hidden(cell, check) else ""
        rows.append(f"| {_verdict(check)} | {escape(check.name)}{hidden} | {message} |")
        previous = check.message
    return [*rows, ""]


def _titled(title: str, text: str) -> str:
    return words("title_and_text", title=title, text=text)


def _head(key: str) -> str:
    return words(key).capitalize()


def _verdict(check: CheckResult) -> str:
    if check.verdict == Verdict.RIGHT:
        return f"✅ {verdict_words(check.verdict)}"
    sign = "⚠️" if check.verdict == Verdict.INFRASTRUCTURE else "❌"
    return f"{sign} {verdict_words(check.verdict)}"


def _result(cell: CellResult) -> str:
    if cell.points is None:
        return f"✍️ {words('by_hand')}"
    if not cell.checks:
        return f"✍️ {words('no_answer')}"
    return "✅" if cell.verdict == Verdict.RIGHT else "❌"


def _points(cell: CellResult) -> str:
    got = "-" if cell.points is None else format_points(cell.points)
    worth = format_points(cell.worth)
    most = words("extra", points=worth) if cell.bonus else worth
    return words("points_of", points=got, max_points=most)
