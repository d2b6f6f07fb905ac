"""The job summary: its tables stay tables, and no text of a student's becomes markup."""

import re

from hypothesis import given
from markdown_it import MarkdownIt

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports import markdown
from autograder.reports.grade_view import GradeView
from autograder.reports.text import one_line
from tests.support import hostile_grades as hostile
from tests.support.hostile_grades import FAILED, SAMPLE


def tokens(text):
    """The tokens of a Markdown parser that knows GitHub's tables."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)


def test_one_table_per_exercise():
    """Total, points, verdicts in words, messages with code, hidden checks marked as such."""
    text = markdown.render(GradeView(SAMPLE, hidden=frozenset({("l2-check", "fresh")})))
    assert "## regularization: 9 of 38 points; 8 are graded by hand\n" in text
    assert "| ❌ | l2 | 9 of 12 |" in text
    assert "| ✍️ by hand | question | - of 8 |" in text
    assert "| ✍️ no answer | conclusion | 0 of 18 |" in text
    assert "| ✅ right | printed |  |" in text
    assert "| ❌ wrong | fresh <sub>hidden</sub> | Too <code>big</code>&#46; |" in text
    assert "| ❌ took too long | slow |" in text


def test_a_repeated_message_is_shown_once():
    """The second row refers to the row above."""
    checks = tuple(CheckResult(name, Verdict.WRONG, "Same.", 0, 1) for name in "ab")
    cell = CellResult("f", 2.0, 0.0, Verdict.WRONG, checks)
    text = markdown.render(GradeView(Grade("ada", "x", Status.GRADED, 2.0, (cell,))))
    assert text.count("Same") == 1
    assert "(as above)" in text


def test_without_a_grade():
    """The reason is given, and no number of points."""
    text = markdown.render(GradeView(FAILED))
    assert "**Not graded:** The kernel broke" in text
    assert "points" not in text


def test_a_long_message_is_cut():
    """GitHub shows nothing of a summary that is larger than 1 MiB."""
    cell = CellResult("f", 1.0, 0.0, Verdict.WRONG, (CheckResult("a", Verdict.WRONG, "x" * 10**6),))
    assert len(markdown.render(GradeView(Grade("ada", "x", Status.GRADED, 1.0, (cell,))))) < 5000


@given(hostile.texts)
def test_escaped_text_is_that_text(text):
    """Nothing is lost and nothing becomes markup: no link, no emphasis, no tag, no code."""
    inline = tokens("x " + markdown.escape(text))[1]
    assert {child.type for child in inline.children} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children) == f"x {one_line(text)}".strip()


@given(hostile.views)
def test_no_text_breaks_a_table(view):
    """One row per cell and per check, each with three columns; no tags but our own."""
    text = markdown.render(view)
    parsed = tokens(text)
    cells = view.grade.cells
    rows = 1 + len(cells) if cells else 0
    rows += sum(1 + len(cell.checks) for cell in cells if cell.checks)
    assert sum(token.type == "tr_open" for token in parsed) == rows
    assert sum(token.type in {"td_open", "th_open"} for token in parsed) == 3 * rows
    assert not any(token.type == "html_block" for token in parsed)
    inner = [child for token in parsed for child in token.children or ()]
    tags = {child.content for child in inner if child.type == "html_inline"}
    assert tags <= {"<code>", "</code>", "<sub>", "</sub>"}
    kinds = {child.type for child in inner} - {"text", "text_special", "html_inline"}
    assert kinds <= {"strong_open", "strong_close"}
    assert not re.search(r"https?:|@\w|#\d", re.sub(r"&#\d+;", "", text))
