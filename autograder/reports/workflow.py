"""One grade as GitHub's workflow commands: an annotation on the notebook for each failed check.

GitHub shows the first ten of a step. All of a command stands in one line, in which per cent signs
and ends of lines are encoded, so that no message can begin a command of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.models import Verdict
from autograder.reports.grade_view import FAILED, GradeView, exercise, plain, word


def dumps(shown: GradeView) -> str:
    """Commands, one a line, for a step's stdout."""
    return "".join(line + "\n" for line in _lines(shown))


def _lines(shown: GradeView) -> Iterator[str]:
    if not shown.graded:
        yield _command("error", shown.file, "Not graded", shown.grade.message)
    said = set()
    for cell, check in shown.checks():
        if check.verdict == Verdict.RIGHT or (cell.grade_id, check.message) in said:
            continue
        said.add((cell.grade_id, check.message))
        level = "error" if check.verdict in FAILED else "warning"
        title = f"{exercise(cell)}: {check.name}"
        yield _command(level, shown.file, title, check.message or word(check.verdict))
    yield _command("notice", shown.file, shown.grade.assignment, shown.total)


def _command(level: str, file: str, title: str, message: str) -> str:
    place = f"file={_value(file)}," if file else ""
    return f"::{level} {place}title={_value(title)}::{_encoded(message)}"


def _encoded(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\n", "%0A")


def _value(text: str) -> str:
    return _encoded(text).replace(":", "%3A").replace(",", "%2C")
