"""Words and numbers as reports write them.

Names and messages may be a student's own words (the text of an exception, say), so nothing here is
taken as markup. Each report escapes by the rules of its own format, after ``plain_text`` has
replaced the characters that no format can hold.
"""

from __future__ import annotations

import re

from autograder.models import CellResult, Verdict
from autograder.reports.words import words

# Control characters (those that turn the direction of text, too, with which a student's words can
# look like ours), halves of surrogate pairs, and the two that no XML file may hold.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufffe\uffff]"
)


def plain_text(text: str) -> str:
    """Text that any file can hold, with all line ends alike."""
    return _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Plain text on one line."""
    return " ".join(plain_text(text).split())


def exercise_name(cell: CellResult) -> str:
    """What the notebook calls a graded cell; nbgrader's name of it, if it does not say.

    Of an assignment with several notebooks, the notebook's name comes first.
    """
    name = cell.title or cell.grade_id.removesuffix("-check")
    return one_line(f"{cell.notebook}: {name}" if cell.notebook else name) or "unnamed"


def verdict_words(verdict: Verdict) -> str:
    """A verdict in words."""
    return words(verdict.value)


def format_points(points: float) -> str:
    """Points without needless digits."""
    return f"{round(points, 2):g}"
