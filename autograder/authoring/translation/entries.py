"""What a catalogue holds for one text of the source."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# Gives the text to show in place of one in the source.
Translate = Callable[[str], str]

# The notes of texts that have to keep to something.
CODE = "in code: as many lines as the original"
MESSAGE = "at most two sentences"

_NOT_PROSE = re.compile(r"`+[^`]*`+|\$\$?[^$]*\$\$?|https?://\S+|<[^>]*>|\{[^}]*\}")


@dataclass(frozen=True)
class Entry:
    """One text to translate.

    Attributes:
        text: The text in the source.
        context: What tells it from equal texts, such as the key of a message; mostly empty.
        note: What kind of text it is, for the translator.
    """

    text: str
    context: str = ""
    note: str = ""


def is_prose(text: str) -> bool:
    """Whether there is anything to translate: a word beside code, formulas and links."""
    return re.search(r"[A-Za-z]{2}", _NOT_PROSE.sub(" ", text)) is not None
