"""One grade as GitHub's Markdown, for a job summary: a table an exercise.

Every sign that Markdown or HTML could read as its own is written as a character reference, so that
no message ends a table's cell, starts a tag or mentions anybody. Only what our messages put
between backticks becomes code, and only if the backticks come in pairs.
"""

from __future__ import annotations

import re

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import GradeView, exercise, number, one_line, word

# GitHub shows summaries up to 1 MiB. A message that is longer than this helps nobody.
_LONGEST = 2000
# All signs but those that mean nothing within a line; a dash means nothing between letters.
_SIGNS = re.compile(r"[!#$&()*+./:<>@\[\\\]^_`{|}~]|(?<!\w)-|-(?!\w)")


def dumps(shown: GradeView) -> str:
    """The summary's text."""
    grade = shown.grade
    lines = [f"## {escape(grade.assignment)}: {escape(shown.total)}", ""]
    if not shown.graded:
        lines += [f"⚠️ **Not graded.** {said(grade.message)}", ""]
    if grade.cells:
        lines += ["| | Exercise | Points |", "| --- | --- | ---: |"]
        lines += [
            f"| {_sign(cell)} | {escape(exercise(cell))} | {_points(cell)} |"
            for cell in grade.cells
        ]
        lines.append("")
    for cell in grade.cells:
        if cell.checks:
            lines += _table(shown, cell)
    lines += [f"- {said(note)}" for note in grade.notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def said(text: str) -> str:
    """A message, escaped, its code marked."""
    line = one_line(text)
    if len(line) > _LONGEST:
        line = line[:_LONGEST] + "…"
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return _escaped(line)
    return "".join(
        f"<code>{_escaped(part)}</code>" if place % 2 and part.strip() else _escaped(part)
        for place, part in enumerate(parts)
    )


def escape(text: str) -> str:
    """Text in one line, with no sign that means anything to Markdown or HTML."""
    return _escaped(one_line(text))


def _escaped(line: str) -> str:
    return _SIGNS.sub(lambda match: f"&#{ord(match[0])};", line)


def _table(shown: GradeView, cell: CellResult) -> list[str]:
    rows = [f"### {escape(exercise(cell))}: {_points(cell)}", ""]
    rows += ["| | Check | What was found |", "| --- | --- | --- |"]
    last = ""
    for check in cell.checks:
        repeats = check.message and check.message == last
        message = "(as above)" if repeats else said(check.message)
        secret = " <sub>hidden</sub>" if shown.is_hidden(cell, check) else ""
        rows.append(f"| {_mark(check)} | {escape(check.name)}{secret} | {message} |")
        last = check.message
    return [*rows, ""]


def _mark(check: CheckResult) -> str:
    if check.verdict == Verdict.RIGHT:
        return "✅ right"
    sign = "⚠️" if check.verdict == Verdict.INFRASTRUCTURE else "❌"
    return f"{sign} {word(check.verdict)}"


def _sign(cell: CellResult) -> str:
    if cell.points is None:
        return "✍️ by hand"
    if not cell.checks:
        return "✍️ no answer"
    return "✅" if cell.verdict == Verdict.RIGHT else "❌"


def _points(cell: CellResult) -> str:
    got = "-" if cell.points is None else number(cell.points)
    return f"{got} of {number(cell.max_points)}"
