"""Characters that turn the direction of text, with which a name or a message reads as another."""

from __future__ import annotations

import re

_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def without_turns(text: str) -> str:
    """The text with each such character replaced by one that can be seen."""
    return _TURNS.sub("\ufffd", text)
