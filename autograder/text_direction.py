"""Characters that turn the direction of text, with which a name or a message reads as another."""

from __future__ import annotations

import html
import re

_MARKS = "\u061c\u200e\u200f"  # of one character each; writers of Arabic and Hebrew use them
_OVERRIDES = "\u202a-\u202e\u2066-\u2069"
_TURNS = re.compile(f"[{_MARKS}{_OVERRIDES}]")
_OVERRIDE = re.compile(f"[{_OVERRIDES}]")
_REFERENCE = re.compile(r"&#(?:x[0-9a-f]+|[0-9]+);?", re.IGNORECASE)


def without_turns(text: str) -> str:
    """The text with each such character replaced by one that can be seen."""
    return _TURNS.sub("\ufffd", text)


def page_without_overrides(page: str) -> str:
    """An HTML page in which nothing is shown in another order than it was written.

    Marks stay, since prose may need them; they change the place of no other character that reads
    from left to right.
    """
    page = _REFERENCE.sub(
        lambda match: "\ufffd" if _OVERRIDE.match(html.unescape(match[0])) else match[0], page
    )
    return _OVERRIDE.sub("\ufffd", page)
