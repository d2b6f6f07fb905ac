"""How the checks are shown: a table, plain lines, numbers for programs."""

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
    """Collects a page's words and tags, and sees that tags are closed."""

    def __init__(self):
        super().__init__()
        self.words, self.tags, self.open = [], set(), []

    def handle_starttag(self, tag, _attrs):
        """Note it."""
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        """It closes the last one opened."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep the words."""
        self.words.append(data)


def read(html):
    """A page's text and the tags it uses."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return "".join(reader.words), reader.tags


def line(name="a check", verdict="right", message="", points=1.0, most=1.0):
    """One check's row."""
    return Line(name, verdict, message, points, most)


@given(reports)
def test_any_report_is_sound_html(report):
    """Whatever a message holds is text; only our own tags are tags."""
    _, tags = read(report.to_html())
    ours = {"div", "table", "caption", "code", "tbody", "tr", "td"}
    assert tags <= ours


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", 'a" onload="x', "`<b>`", "&amp;"])
def test_a_students_words_are_no_html(text):
    """In a message, in a check's name, in a function's name."""
    html = Report(text, 1.0, (line(text, "wrong", text, 0.0),)).to_html()
    words, tags = read(html)
    assert not tags & {"script", "b"}
    assert words.count(text.replace("`", "")) >= 2
    assert 'onload="' not in html


def test_backticks_are_code():
    """Pairs are; a single one is a letter."""
    html = Report("f", 1.0, (line("a", "wrong", "Use `np.sum` here."),)).to_html()
    assert "<code>np.sum</code>" in html
    assert "a ` b" in Report("f", 1.0, (line("a", "wrong", "a ` b"),)).to_html()


def test_a_sign_carries_the_meaning():
    """Colour alone would not do for everybody."""
    report = Report("f", 2.0, (line(), line("other", "wrong", "why")))
    for text in (read(report.to_html())[0], report.to_text()):
        assert "✓" in text
        assert "✗" in text


def test_a_repeated_message_is_said_once():
    """The second time it is `as above`; what is right is never `as above`."""
    rows = (line("a", "wrong", "why"), line("b", "wrong", "why"), line("c"), line("d"))
    text = Report("f", 4.0, rows).to_text()
    assert text.count("why") == 1
    assert text.count("as above") == 1
    assert text.count(": right") == 2


def test_what_is_decided_later():
    """A student's copy says how many points hang on checks that it does not hold."""
    text = Report("f", 12.0, (line(points=3.0, most=3.0),)).to_text(200)
    assert "1 of 1 checks right here. 9 of the 12 points are decided by further checks" in text
    assert "further" not in Report("f", 3.0, (line(points=3.0, most=3.0),)).to_text()


def test_the_points_when_they_are_decided():
    """In the feedback."""
    assert "2.5 of 12 points" in read(Report("f", 12.0, (line(),)).to_html(points=2.5))[0]


@given(reports, st.sampled_from([40, 80]))
def test_plain_lines_fit(report, width):
    """Beyond a single long word, no line is longer than asked for."""
    assert all(len(one) <= width for one in report.to_text(width).split("\n"))


@given(reports)
def test_the_programs_form_is_json_that_the_grader_reads(report):
    """The score is the sum; each check comes back as the grader's record."""
    data = json.loads(json.dumps(report.to_json()))
    assert data["points"] == report.score == pytest.approx(sum(one.points for one in report.lines))
    for entry, one in zip(data["checks"], report.lines, strict=True):
        read_back = CheckResult.from_json(entry)
        assert (read_back.name, read_back.points) == (one.name, one.points)
        assert read_back.message == one.message


@given(reports)
def test_the_number_that_nbgrader_reads(report):
    """A float's repr in plain text: never NumPy's, never words; the rest for pages and programs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBGRADER_EXECUTION", "autograde")
        bundle = report._repr_mimebundle_()
    assert float(bundle["text/plain"]) == report.score
    assert bundle[MIME] == report.to_json()
    assert "check-report" in bundle["text/html"]


def test_a_numpy_number_of_points_is_a_plain_one(monkeypatch):
    """`np.float64(2.5)` as text would be full marks to nbgrader."""
    import numpy as np

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    report = Report("f", 5.0, (line(points=np.float64(2.5), most=5.0),))
    assert report._repr_mimebundle_()["text/plain"] == "2.5"


def test_the_error_under_validate_is_the_report():
    """Its text and what IPython shows of it are the plain lines."""
    report = Report("f", 1.0, (line("a", "wrong", "why"),))
    error = NotRightYet(report)
    assert report.to_text() in str(error)
    assert "\n".join(error._render_traceback_()) == report.to_text()
