"""Texts that renderers take long over, nest too deeply or die of, by what is wrong with them.

Each is a cell of a notebook. Some are of the CommonMark project's pathological tests, others of
what nbconvert, pygments and the converter of formulas do with every start that has no end.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.nbgrader_ext.text_limits import MAX_MARKDOWN, MAX_TEXT


def _fill(text: str, most: int = MAX_MARKDOWN - 10) -> str:
    """As many of a text as are still rendered, and not refused for their length alone."""
    return text * (most // len(text))


def _nest(opening: str, middle: str, closing: str, levels: int = 10**9) -> str:
    """The same, of texts with an opening and a closing part."""
    levels = min(levels, (MAX_MARKDOWN - 10 - len(middle)) // len(opening + closing))
    return opening * levels + middle + closing * levels


# A class of 50 must not wait for these: the renderers need the square of their length.
SLOW: dict[str, str] = {
    "environments that do not end": _fill("\\begin{a}"),
    "environments of many names": _fill("".join(f"\\begin{{{'a' * n}}}" for n in range(9))),
    "brackets of inline formulas": _fill("\\\\("),
    "brackets of display formulas": _fill("\\\\["),
    "links that do not end": _fill("[a]("),
}
# These are refused at once, or are rendered quickly.
INTRICATE: dict[str, str] = {
    "braces": "$" + _nest("{", "x", "}", 3000) + "$",
    "a few brackets without an end": "$" + "(" * 60 + "$ and $" + "\\langle " * 60 + "$",
    "brackets of inline formulas in one": "\\\\(" * 300 + "x" + "\\\\)",
    "braces that do not end": _fill("$$" + "{" * 1000),
    "fractions": "$" + _nest("\\frac{", "x", "}{y}", 3000) + "$",
    "roots without braces": "$" + "\\sqrt" * 3000 + "x$",
    "fences": "$" + _nest("\\left(", "x", "\\right)", 2500) + "$",
    "environments in environments": _nest("\\begin{matrix}", "x", "\\end{matrix}"),
    "superscripts": "$" + _nest("x^{", "y", "}", 5000) + "$",
    "brackets": _nest("[", "a", "]"),
    "links in links": _nest("[", "a", "](b)"),
    "images in links": _fill("![[]()"),
    "emphasis that does not end": _fill("*a **a "),
    "emphasis in emphasis": _nest("*a **a ", "b", "** a*"),
    "asterisks and underscores": _fill("a**b_c"),
    "quotes in quotes": _fill("> ") + "x",
    "lists in lists": _fill("* ") + "x",
    "indented lists": "".join("  " * n + "* a\n" for n in range(120)),
    "runs of backticks": "".join("a" + "`" * n for n in range(170)),
    "tags that do not end": _fill("<a href='"),
    "comments that do not end": _fill("<!-- "),
    "declarations that do not end": _fill("<!A <![CDATA[ <?"),
    "a table of many columns": "|a" * 2500 + "\n" + "|-" * 2500 + "\n" + "|b" * 2500,
    "a table of many rows": "a|b\n-|-\n" + "|x|y|\n" * 2600,
    "open tables": _fill("<table><tr><td>"),
    "open lists": _fill("<ul><li>"),
    "closing tags": _nest("<b>", "x", "</i>"),
    "references": "".join(f"[a{n}]: b\n" for n in range(900)) + "[a1]" * 1500,
    "entities": _fill("&a&#1;&#99999999999;"),
    "definitions": "a\n" + "\n" * 15_000 + ": b",
    "headings": _fill("# a\n"),
    "dollars and an escaped end": _fill("$a") + "\\$",
    "code that opens": "```python\n" + "(" * 15_000 + "\n```",
    "code in a language that matters": "```perl\n" + "m{" * 7_000 + "\n```",
    "NUL and half characters": _fill("\x00\ud800"),
    "a long line": "a" * 2_000_000,
    "many empty lines": "\n" * 2_000_000,
}


def markdown_cells() -> dict[str, NotebookNode]:
    """All of the texts, each as a Markdown cell."""
    return {name: new_markdown_cell(text) for name, text in {**SLOW, **INTRICATE}.items()}


def code_cells() -> dict[str, NotebookNode]:
    """Code and outputs of the same kinds."""

    def printed(text: str) -> NotebookNode:
        return new_code_cell("1", outputs=[new_output("stream", text=text)])

    def shown(kind: str, text: str) -> NotebookNode:
        return new_code_cell("1", outputs=[new_output("display_data", data={kind: text})])

    return {
        "code without an end": new_code_cell("f(" * 15_000 + "'''"),
        "a line of code": new_code_cell("x = '" + "\\'" * 15_000),
        "another language": NotebookNode(
            {**new_code_cell("m{" * 15_000), "metadata": NotebookNode(magics_language="perl")}
        ),
        "colours": printed(_fill("\x1b[1m", MAX_TEXT)),
        "a million colours": printed("\x1b[1m" * 1_000_000),
        "a colour of many numbers": printed("\x1b[" + "1;" * 19_000 + "1m" + "x"),
        "a colour without an end": printed(_fill("\x1b[", MAX_TEXT)),
        "printed Markdown": shown("text/markdown", _fill("\\begin{a}")),
        "LaTeX": shown("text/latex", _fill("\\begin{a}")),
        "HTML in HTML": shown("text/html", "<div>" * 50_000),
        "text": shown("text/plain", "x" * 5_000_000),
        "an error": new_code_cell(
            "1",
            outputs=[
                new_output("error", ename="E", evalue="v", traceback=["\x1b[31m" * 100_000] * 3)
            ],
        ),
    }
