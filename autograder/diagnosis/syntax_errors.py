# ruff: noqa: RUF001  such characters are what this is about
"""Says where a cell is no Python, and of a character that looks right or like nothing, which it is.

Text that was copied from a web page, a PDF or a word processor brings such characters along.
"""

from __future__ import annotations

import re
import unicodedata

from utils.messages import get_message

_CHARACTER = re.compile(r"invalid (?:non-printable )?character.*U\+([0-9A-F]{4,6})")
_KEYS = {
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("‘’‚′`´", "'"),
    **dict.fromkeys("‐‑‒–—−", "-"),
    "×": "*",
    "·": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "²": "**2",
    "³": "**3",
}


def describe_syntax_error(function: str, error: SyntaxError) -> str:
    """Why a function is not defined: its cell is no Python.

    Args:
        function: The function that a check asked for.
        error: What Python says of the cell.
    """
    line = error.lineno
    if found := _CHARACTER.match(error.msg):
        return _describe_character(function, line, chr(int(found[1], 16)))
    kind = type(error).__name__
    named = get_message("an_type" if kind.startswith("I") else "a_type", name=kind).strip()
    return get_message(
        "syntax_error", function=function, kind=named, line_number=line,
        error=error.msg,
    )  # fmt: skip


def _describe_character(function: str, line: int | None, character: str) -> str:
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "without a name").lower()
    if unicodedata.category(character)[0] in "CZ":
        return get_message(
            "invisible_character", function=function, line_number=line, name=name, code=code
        )
    typed = _KEYS.get(character, unicodedata.normalize("NFKC", character))
    key = "foreign_character" if typed == character or not typed.isascii() else "lookalike"
    return get_message(
        key, function=function, line_number=line, character=character, name=name, code=code,
        typed=typed,
    )  # fmt: skip
