"""The report in its forms: a table, plain lines, data for programs."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.models import CheckResult
from tests.support import strategies
from utils.checking.report import MIME, Line, NotRightYet, Report

lines = st.builds(
    Line,
    name=strategies.words,
    verdict=st.sampled_from(["right", "wrong", "raised"]),
    message=strategies.text,
    points=strategies.points,
    max_points=strategies.points,
    hidden=st.booleans(),
)
reports = st.builds(
    Report, strategies.words, strategies.points, st.lists(lines, max_size=4).map(tuple)
)


class Reader(HTMLParser):
    """Collect a page's text and tags, and make sure that all tags are closed."""

    def __init__(self):
        super().__init__()
        self.texts, self.tags, self.open = [], set(), []

    def handle_starttag(self, tag, _attrs):
        """Record it."""
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        """Make sure that it closes the last tag that was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Record the text."""
        self.texts.append(data)


def read(html):
    """Return a page's text and the tags that it uses."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return "".join(reader.texts), reader.tags


def line(name="a check", verdict="right", message="", points=1.0, max_points=1.0):
    """The result of one check."""
    return Line(name, verdict, message, points, max_points)


@given(reports)
def test_every_report_is_valid_html(report):
    """Whatever a message contains is text; the only tags are those of the report."""
    _, tags = read(report.to_html())
    ours = {"div", "table", "caption", "code", "tbody", "tr", "td"}
    assert tags <= ours


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", 'a" onload="x', "`<b>`", "&amp;"])
def test_html_in_a_text_is_escaped(text):
    """In a message, in a check's name, in a function's name."""
    html = Report(text, 1.0, (line(text, "wrong", text, 0.0),)).to_html()
    page, tags = read(html)
    assert not tags & {"script", "b"}
    assert page.count(text.replace("`", "")) >= 2
    assert 'onload="' not in html


def test_text_between_backticks_is_code():
    """A single backtick is a character like any other."""
    html = Report("f", 1.0, (line("a", "wrong", "Use `np.sum` here."),)).to_html()
    assert "<code>np.sum</code>" in html
    assert "a ` b" in Report("f", 1.0, (line("a", "wrong", "a ` b"),)).to_html()


def test_a_sign_carries_the_meaning():
    """Not everybody can see the colours."""
    report = Report("f", 2.0, (line(), line("other", "wrong", "why")))
    for text in (read(report.to_html())[0], report.to_text()):
        assert "✓" in text
        assert "✗" in text


def test_a_repeated_message_is_shown_once():
    """The second time it is `as above`, but never for a right check."""
    rows = (line("a", "wrong", "why"), line("b", "wrong", "why"), line("c"), line("d"))
    text = Report("f", 4.0, rows).to_text()
    assert text.count("why") == 1
    assert text.count("as above") == 1
    assert text.count(": right") == 2


def test_points_that_are_decided_later():
    """A student's copy says how many points depend on checks that it does not contain."""
    text = Report("f", 12.0, (line(points=3.0, max_points=3.0),)).to_text(200)
    assert "1 of 1 checks passed here. 9 of the 12 points depend on further checks" in text
    assert "further" not in Report("f", 3.0, (line(points=3.0, max_points=3.0),)).to_text()


def test_points_that_are_decided():
    """In the feedback the line under the table says the points."""
    assert "2.5 of 12 points" in read(Report("f", 12.0, (line(),)).to_html(points=2.5))[0]


@given(reports, st.sampled_from([40, 80]))
def test_plain_lines_fit(report, width):
    """No line is longer than the width."""
    assert all(len(text) <= width for text in report.to_text(width).split("\n"))


@given(reports)
def test_the_grader_can_read_the_json_form(report):
    """The score is the sum of the points; each check can be read as the grader's record."""
    data = json.loads(json.dumps(report.to_json()))
    assert (
        data["points"] == report.score == pytest.approx(sum(line.points for line in report.lines))
    )
    for entry, line in zip(data["checks"], report.lines, strict=True):
        check = CheckResult.from_json(entry)
        assert (check.name, check.points) == (line.name, line.points)
        assert check.message == line.message


@given(reports)
def test_nbgrader_reads_the_score_as_plain_text(report):
    """The plain text is the repr of a float; the other forms are for pages and programs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBGRADER_EXECUTION", "autograde")
        bundle = report._repr_mimebundle_()
    assert float(bundle["text/plain"]) == report.score
    assert bundle[MIME] == report.to_json()
    assert "check-report" in bundle["text/html"]


def test_a_numpy_number_of_points_is_a_plain_one(monkeypatch):
    """Nbgrader would give full points for the text `np.float64(2.5)`."""
    import numpy as np

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    report = Report("f", 5.0, (line(points=np.float64(2.5), max_points=5.0),))
    assert report._repr_mimebundle_()["text/plain"] == "2.5"


def test_the_error_under_validate_is_the_report():
    """Its text, and what IPython shows of it, are the plain lines of the report."""
    report = Report("f", 1.0, (line("a", "wrong", "why"),))
    error = NotRightYet(report)
    assert report.to_text() in str(error)
    assert "\n".join(error._render_traceback_()) == report.to_text()
