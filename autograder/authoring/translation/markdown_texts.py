"""The texts of a Markdown cell: paragraphs, headings, list items and table cells.

Code that stands on its own is none, and of a formula only what it says in several words;
model answers are none either.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from autograder.authoring.translation.entries import Translate, is_prose
from autograder.course.released_cells import BEGIN_SOLUTION, END_SOLUTION

_FORMULAS = ("math_block", "math_block_label", "amsmath")
_WORDS = re.compile(r"(?<=\\text\{)[^{}$]*(?=\})")
_ANSWER = re.compile(rf"^[^\n]*{BEGIN_SOLUTION}.*?{END_SOLUTION}[^\n]*$", re.MULTILINE | re.DOTALL)


def translate_markdown(source: str, translate: Translate) -> str:
    """Replace each text of a Markdown cell by its translation.

    Args:
        source: The cell's text.
        translate: Called with each text, in their order.
    """
    done, end = [], 0
    for answer in _ANSWER.finditer(source):
        done += [_translate_part(source[end : answer.start()], translate), answer[0]]
        end = answer.end()
    return "".join([*done, _translate_part(source[end:], translate)])


def _translate_part(source: str, translate: Translate) -> str:
    lines = source.split("\n")
    replaced: list[tuple[int, int, list[str]]] = []  # first line, past the last one, new lines
    rows: dict[int, list[str]] = {}  # table cells, by line
    in_table = False
    for token in _parser().parse(source):
        if token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        elif token.map is None:
            continue
        elif token.type == "inline" and in_table:
            rows.setdefault(token.map[0], []).append(token.content)
        elif token.type == "inline" and is_prose(token.content):
            replaced.append(_translate_lines(lines, token, translate))
        elif token.type in _FORMULAS:
            first, last = token.map
            formula = _translate_formula("\n".join(lines[first:last]), translate)
            replaced.append((first, last, formula.split("\n")))
        elif token.type == "html_block" and is_prose(token.content):
            text = token.content.rstrip("\n")
            first = token.map[0]
            replaced.append((first, first + text.count("\n") + 1, translate(text).split("\n")))
    replaced += [
        (line, line + 1, [_translate_row(lines[line], cells, translate)])
        for line, cells in rows.items()
        if any(map(is_prose, cells))
    ]
    for first, last, new in sorted(replaced, reverse=True):
        lines[first:last] = new
    return "\n".join(lines)


def _translate_lines(
    lines: list[str], token: Token, translate: Translate
) -> tuple[int, int, list[str]]:
    """A paragraph or heading: what stands before its lines (``## ``, ``- ``) stays."""
    assert token.map is not None
    first = token.map[0]
    texts = token.content.split("\n")
    start = lines[first].find(texts[0])
    head = lines[first][:start]
    rest = re.sub(r"[^>\s]", " ", head)
    new = translate(token.content).split("\n")
    return (
        first,
        first + len(texts),
        [head + new[0], *(rest + line if line else line for line in new[1:])],
    )


def _translate_formula(formula: str, translate: Translate) -> str:
    """Several words are a text; a single one, such as ``relu``, is a name."""

    def said(words: re.Match[str]) -> str:
        text = words[0].strip()
        return words[0].replace(text, translate(text)) if " " in text else words[0]

    return _WORDS.sub(said, formula)


def _translate_row(line: str, cells: list[str], translate: Translate) -> str:
    """One row of a table; a bar within a cell is escaped."""
    indent = line[: len(line) - len(line.lstrip())]
    shown = [
        (translate(cell) if is_prose(cell) else cell).replace("|", r"\|").replace(r"\\|", r"\|")
        for cell in cells
    ]
    return f"{indent}| {' | '.join(shown)} |"


@cache
def _parser() -> MarkdownIt:
    """CommonMark with tables and formulas, as notebooks show it."""
    parser = MarkdownIt("commonmark").enable("table")
    return parser.use(dollarmath_plugin, double_inline=True).use(amsmath_plugin)
