"""Limits for each text that becomes part of a page, and how a text that exceeds them is shown.

Markdown, highlighted code and colours of a terminal have renderers whose time can grow with the
square of a text's length. A text that is too long, or that takes too long, is shown as it was
written: the page has it, only without formulas, headings and colours.
"""

from __future__ import annotations

import html
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from nbconvert.filters.ansi import strip_ansi

MAX_TEXT: Final = 40_000  # characters of a text that is rendered
MAX_MARKDOWN: Final = 16_000  # of Markdown: its patterns are slow, and some cannot be interrupted
MAX_HTML: Final = 50 * MAX_TEXT  # characters of what it is rendered to
MAX_PLAIN: Final = 20_000  # characters of a text that is shown as it was written
_TEXT_SECONDS: Final = 1.0  # CPU time for a text
_PAGE_SECONDS: Final = 5.0  # and for all texts of a page
_SHORTEST: Final = 0.01  # what is left of a page's time, for the texts after the slow ones
_REMARK: Final = "This text was too long or too intricate to be formatted."


class TextTimeoutError(Exception):
    """A text takes too long to render."""


class TextLimits:
    """Renders the texts of one page, each within its limits.

    Args:
        seconds: CPU time for all texts of the page.
    """

    def __init__(self, seconds: float = _PAGE_SECONDS) -> None:
        self._seconds_left = seconds

    def render(
        self,
        text: str,
        renderer: Callable[[str], str],
        *,
        longest: int = MAX_TEXT,
        plain: Callable[[str, str], str] | None = None,
    ) -> str:
        """What the renderer makes of a text, or the text as it was written.

        Args:
            text: The text.
            renderer: Makes HTML of it.
            longest: How many characters are rendered.
            plain: Makes HTML of the text and a remark in its place; ``plain_text`` if None.
        """
        plain = plain or plain_text
        if len(text) > longest:
            return plain(text, _REMARK)
        start = time.process_time()
        try:
            with _time_limit(max(_SHORTEST, min(_TEXT_SECONDS, self._seconds_left))):
                rendered = renderer(text)
        except Exception:  # noqa: BLE001  a renderer's bug is no reason to lose the page
            return plain(text, _REMARK)
        finally:
            self._seconds_left -= time.process_time() - start
        return rendered if len(rendered) <= MAX_HTML else plain(text, _REMARK)


def plain_text(text: str, remark: str = "") -> str:
    """HTML that shows a text as it was written, up to ``MAX_PLAIN`` characters."""
    shown, remark = _shorten(text, remark)
    paragraph = f"<p><em>{remark}</em></p>" if remark else ""
    return f"<div>{paragraph}<pre>{html.escape(shown, quote=False)}</pre></div>"


def plain_output(text: str, remark: str = "") -> str:
    """The same for what was printed, which the template puts into a ``<pre>`` of its own."""
    shown, remark = _shorten(strip_ansi(text), remark)
    return html.escape(shown, quote=False) + (f"\n<em>{remark}</em>" if remark else "")


def _shorten(text: str, remark: str) -> tuple[str, str]:
    left_out = len(text) - MAX_PLAIN
    if left_out <= 0:
        return text, remark
    return text[:MAX_PLAIN], f"{remark} {left_out} more characters are left out here.".lstrip()


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TextTimeoutError`` after so much CPU time; Python's regular expressions heed it."""
    if sys.platform == "win32":  # which has no such timer
        yield
        return

    def expire(_: int, __: FrameType | None) -> None:
        raise TextTimeoutError

    before = signal.signal(signal.SIGVTALRM, expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before or signal.SIG_DFL)
