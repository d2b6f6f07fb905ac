"""Formulas as MathML, which browsers render by themselves.

nbgrader's pages load a script from another server that renders formulas. JupyterLab, where students
open the pages, runs no scripts of a page and so shows the LaTeX.
"""

from __future__ import annotations

import re
from typing import Final

from math_core import LatexError, LatexToMathML

# Additional space between two rows, which the converter would show as text.
_ROW_SPACE = re.compile(r"\\\\\s*\[[\d.]+\s*(?:pt|em|ex|mm)\]")
_CONVERTER = LatexToMathML()
# The converter calls itself for each level, and its stack ends with the process.
_MAX_LENGTH: Final = 4000
_MAX_BRACES: Final = 50
# It looks for the end of each bracket, and then of each of those inside again: 24 brackets without
# an end take a fifth of a second, and each further one twice as long.
_MAX_BRACKETS: Final = 12
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[(){}\[\]]", re.DOTALL)
_NAMES = "angle|[bB]race|brack|l?bracket|ceil|floor|group|moustache|paren|[vV]ert|Vvert"
_OPENING = re.compile(rf"[(\[]|\\\{{|\\l(?:{_NAMES})|\\[ul]lcorner")
_CLOSING = re.compile(rf"[)\]]|\\\}}|\\r(?:{_NAMES}|rbracket)|\\[ul]rcorner")


def mathml(latex: str, *, display: bool) -> str | None:
    """A formula as MathML; None if the converter does not support it, or it is too intricate.

    Args:
        latex: Without the dollar signs. It may be a student's: the result is safe in a page.
        display: Whether the formula has a line of its own.
    """
    if _is_intricate(latex):
        return None
    try:
        converted: str = _CONVERTER.convert_with_local_state(
            _ROW_SPACE.sub(r"\\\\", latex), displaystyle=display
        )
    except LatexError:
        return None
    return converted


def _is_intricate(latex: str) -> bool:
    """Whether a formula is longer or nested more deeply than any that a person writes."""
    if len(latex) > _MAX_LENGTH:
        return True
    braces = brackets = 0
    for part in _TOKEN.findall(latex):
        if part in "{}":
            braces += 1 if part == "{" else -1
        elif _OPENING.fullmatch(part):
            brackets += 1
        elif _CLOSING.fullmatch(part):
            brackets = max(0, brackets - 1)
        if braces > _MAX_BRACES or brackets > _MAX_BRACKETS:
            return True
    return False
