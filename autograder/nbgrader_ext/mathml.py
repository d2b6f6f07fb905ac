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
_MAX_DEPTH: Final = 50


def mathml(latex: str, *, display: bool) -> str | None:
    """A formula as MathML; None if the converter does not support it, or it is too intricate.

    Args:
        latex: Without the dollar signs. It may be a student's: the result is safe in a page.
        display: Whether the formula has a line of its own.
    """
    if len(latex) > _MAX_LENGTH or _depth(latex) > _MAX_DEPTH:
        return None
    try:
        converted: str = _CONVERTER.convert_with_local_state(
            _ROW_SPACE.sub(r"\\\\", latex), displaystyle=display
        )
    except LatexError:
        return None
    return converted


def _depth(latex: str) -> int:
    """How deep a formula's braces are nested."""
    depth = deepest = 0
    for character in latex:
        if character == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "}":
            depth -= 1
    return deepest
