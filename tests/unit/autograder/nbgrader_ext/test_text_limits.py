"""Limits for each text that becomes part of a page."""

from __future__ import annotations

import re
import signal
import time

import pytest

from autograder.nbgrader_ext.text_limits import (
    MAX_HTML,
    MAX_PLAIN,
    MAX_TEXT,
    TextLimits,
    plain_output,
    plain_text,
)


def slow(text: str) -> str:
    """Loop, as a renderer does over a text that it needs the square of the length for."""
    while True:
        text = text[1:] + text[:1]


def slow_pattern(text: str) -> str:
    """Match a pattern that needs the square of the length."""
    return str(re.search(r"(?:a.*?)+b", "a" * 10_000 + text))


def test_a_text_is_rendered():
    """By whatever renders it."""
    assert TextLimits().render("a", lambda text: f"<b>{text}</b>") == "<b>a</b>"


@pytest.mark.parametrize("renderer", [slow, slow_pattern, lambda text: 1 / 0])
def test_a_text_that_cannot_be_rendered_is_shown_as_it_was_written(renderer):
    """With a remark, in about a second, and the signal is as it was."""
    before = signal.getsignal(signal.SIGVTALRM)
    start = time.process_time()
    shown = TextLimits().render("1 < 2", renderer)
    assert "1 &lt; 2" in shown
    assert "too intricate" in shown
    assert time.process_time() - start < 3
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_a_text_that_is_too_long():
    """Its renderer is not even asked, and only its beginning is shown."""
    shown = TextLimits().render("x" * (MAX_TEXT + 5), slow)
    assert shown.count("x") < MAX_PLAIN + 10
    assert f"{MAX_TEXT + 5 - MAX_PLAIN} more characters" in shown


def test_html_that_is_too_long():
    """As of a text whose every character becomes an element."""
    shown = TextLimits().render("short", lambda text: "<p>" * MAX_HTML)
    assert "short" in shown
    assert len(shown) < 1000


def test_the_texts_of_a_page_have_a_limit_together():
    """Many slow texts take no longer than a few; one that is quick is still rendered."""
    texts = TextLimits(seconds=0.3)
    start = time.process_time()
    for _ in range(20):
        texts.render("x", slow)
    assert time.process_time() - start < 2
    assert texts.render("x", lambda text: "quick") == "quick"


def test_what_was_printed_has_no_element_of_its_own():
    """The template has put it into one; escape sequences are removed."""
    assert plain_output("\x1b[1ma < b\x1b[0m") == "a &lt; b"
    assert plain_text("a < b") == "<div><pre>a &lt; b</pre></div>"
