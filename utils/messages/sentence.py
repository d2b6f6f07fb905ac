"""Puts values into a sentence, with the spaces that Chinese has around them."""

from __future__ import annotations

import re
from string import Formatter

# Chinese is written without spaces, but for one beside a Latin word or a number. Whether a
# placeholder has it depends on the value.
_CHINESE = "[\u3400-\u4dbf\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]"  # punctuation as well
_WORD = "[\u3400-\u4dbf\u4e00-\u9fff]"
_LATIN = "[A-Za-z0-9_`]"
_SPACE_TOO_MUCH = re.compile(rf"{_CHINESE} \Z"), re.compile(rf" {_CHINESE}")


def fill(sentence: str, values: dict[str, object]) -> str:
    """A sentence with values for its placeholders.

    Raises:
        KeyError: If a value is missing.
    """
    formatter = Formatter()
    text = ""
    for literal, name, form, conversion in formatter.parse(sentence):
        text = _join(text, literal)
        if name is not None:
            value, _ = formatter.get_field(name, (), values)
            value = formatter.convert_field(value, conversion)
            text = _join(text, formatter.format_field(value, form or ""))
    return text


def _join(left: str, right: str) -> str:
    after, before = _SPACE_TOO_MUCH
    if after.search(left[-2:]) and re.match(_CHINESE, right):
        return left[:-1] + right
    if re.match(_CHINESE, left[-1:]) and before.match(right):
        return left + right[1:]
    seam = left[-1:] + right[:1]
    needs_space = re.fullmatch(rf"{_WORD}{_LATIN}|{_LATIN}{_WORD}", seam)
    return f"{left} {right}" if needs_space else left + right
