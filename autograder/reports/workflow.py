"""One grade as GitHub's workflow commands: an annotation on the notebook for each failed check.

GitHub shows the first ten of a step. A command is a single line, in which percent signs and line
ends are encoded, so that no message can start a command of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.models import Verdict
from autograder.reports.grade_view import FAILED, GradeView
from autograder.reports.text import exercise_name, plain_text, verdict_words
from autograder.reports.words import words


def render(view: GradeView) -> str:
    """The commands, one per line, for a step's stdout."""
    return "".join(line + "\n" for line in _lines(view))


def _lines(view: GradeView) -> Iterator[str]:
    if not view.graded:
        yield _command("error", view.file, words("not_graded").capitalize(), view.grade.message)
    reported = set()
    for cell, check in view.checks():
        if check.verdict == Verdict.RIGHT or (cell.key, check.message) in reported:
            continue
        reported.add((cell.key, check.message))
        level = "error" if check.verdict in FAILED else "warning"
        title = words("title_and_text", title=exercise_name(cell), text=check.name)
        yield _command(level, view.file, title, check.message or verdict_words(check.verdict))
    yield _command("notice", view.file, view.grade.assignment, view.total)


def _command(level: str, file: str, title: str, message: str) -> str:
    place = f"file={_value(file)}," if file else ""
    return f"::{level} {place}title={_value(title)}::{_encoded(message)}"


def _encoded(text: str) -> str:
    return plain_text(text).replace("%", "%25").replace("\n", "%0A")


def _value(text: str) -> str:
    return _encoded(text).replace(":", "%3A").replace(",", "%2C")
