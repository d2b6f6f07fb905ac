"""The texts of a code cell: docstrings and comments, and of a test cell what it says.

A translation has as many lines as the original: a line has the same number in every language.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from autograder.authoring.translation.entries import Translate, is_prose
from autograder.course.stubs import is_marker

_OPENING = re.compile(r"""[rRbBuU]*('{3}|"{3}|'|")""")
_QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_LITERAL = re.compile(rf"(?P<f>f?)(?P<quoted>{_QUOTED})\s*")
_LITERALS = re.compile(rf"(?:f?{_QUOTED}\s*)+")
# What a check calls all that was returned: the messages have words of their own for it.
_RESULT = "the result"


class _Piece(NamedTuple):
    """A part of the source that a translation replaces.

    Attributes:
        start: Where it begins, in characters.
        end: Where it ends.
        text: The text to translate.
        indent: What stands before each of its lines but the first.
        before: What is written before the translation.
        after: What is written after it.
    """

    start: int
    end: int
    text: str
    indent: str = ""
    before: str = ""
    after: str = ""


def translate_student_code(source: str, translate: Translate) -> str:
    """Replace docstrings and comments of a cell that students fill in, or that is locked."""
    return _replace(source, [*_docstrings(source), *_comments(source)], translate)


def translate_test_code(source: str, translate: Translate) -> str:
    """Replace what a test cell says: the comment at its top, titles, and names of values."""
    top = (piece for piece in _comments(source) if not source[: piece.start].strip("# \n"))
    return _replace(source, [*top, *_said(source)], translate)


def code_without_texts(source: str) -> str:
    """What is the same in every language: the code without the texts in it, and its lines."""
    tree = ast.parse(source)
    nodes = [*ast.walk(tree)]
    lines = [f"{node.lineno}-{node.end_lineno}" for node in nodes if isinstance(node, ast.stmt)]
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    for node in reversed(nodes):  # the words and placeholders of a text may stand in another order
        if isinstance(node, ast.JoinedStr):
            values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
            node.values = sorted(values, key=ast.dump)
    return ast.dump(tree) + " ".join(lines)


def _replace(source: str, pieces: list[_Piece], translate: Translate) -> str:
    done = source
    new = [(piece, translate(piece.text)) for piece in sorted(pieces) if is_prose(piece.text)]
    for piece, text in reversed(new):
        first, *rest = text.split("\n")
        lines = [first, *((piece.indent + line).rstrip() for line in rest)]
        shown = piece.before + "\n".join(lines) + piece.after
        done = done[: piece.start] + shown + done[piece.end :]
    return done


def _docstrings(source: str) -> Iterator[_Piece]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or not ast.get_docstring(node):
            continue
        start, end = _span(source, node.body[0])
        opening = _OPENING.match(source, start)
        assert opening is not None
        start, end = opening.end(), end - len(opening[1])
        text = source[start:end].rstrip()
        indent = " " * node.body[0].col_offset
        unindented = "\n".join(line.removeprefix(indent) for line in text.split("\n"))
        yield _Piece(start, start + len(text), unindented, indent)


def _comments(source: str) -> Iterator[_Piece]:
    """Comments but for markers; those under each other at one indentation are one text."""
    starts = _line_starts(source)
    group: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or is_marker(token.string):
            continue
        line, column = token.start
        follows = bool(group) and group[-1].start == (line - 1, column)
        if group and not (follows and _alone(token) and _alone(group[-1])):
            yield _comment(group, starts)
            group = []
        group.append(token)
    if group:
        yield _comment(group, starts)


def _comment(group: list[tokenize.TokenInfo], starts: list[int]) -> _Piece:
    texts = [token.string.removeprefix("#").removeprefix(" ") for token in group]
    line, column = group[0].start
    last, end = group[-1].end
    head = len(group[0].string) - len(texts[0])
    start = starts[line - 1] + column + head
    return _Piece(start, starts[last - 1] + end, "\n".join(texts), " " * column + "# ")


def _alone(comment: tokenize.TokenInfo) -> bool:
    return not comment.line[: comment.start[1]].strip()


def _said(source: str) -> Iterator[_Piece]:
    """Texts that the exercise or a check is given: literals and f-strings, joined where several.

    A function of the cell's own whose first argument is the check hands on what it is given.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = ast.unparse(node.func)
        helps = bool(node.args) and ast.unparse(node.args[0]) == "check"
        if not helps and not function.startswith(("exercise.check", "check.")):
            continue
        for argument in node.args:
            start, end = _span(source, argument)
            written = source[start:end]
            if not _LITERALS.fullmatch(written):
                continue
            parts = [*_LITERAL.finditer(written)]
            text = "".join(part["quoted"][1:-1] for part in parts)
            if text != _RESULT and (" " in text or function == "exercise.check"):
                prefix, quote = "f" * any(part["f"] for part in parts), parts[0]["quoted"][0]
                after = quote + "\n" * written.count("\n")
                yield _Piece(start, end, text, "", prefix + quote, after)


def _span(source: str, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Where a part of the code begins and ends, in characters; ``ast`` counts bytes in a line."""
    lines, starts = source.split("\n"), _line_starts(source)

    def place(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    return place(node.lineno, node.col_offset), place(
        node.end_lineno or node.lineno, node.end_col_offset or 0
    )


def _line_starts(source: str) -> list[int]:
    """Where each line begins, in characters."""
    lengths = (len(line) + 1 for line in source.split("\n"))
    return [0, *accumulate(lengths)]
