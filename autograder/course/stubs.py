"""Makes the stub that a student fills from a solution: assigned names become ``None``.

Between ``### START CODE HERE ###`` and ``### END CODE HERE ###``, at the region's indentation:

- ``name = expression`` becomes ``name = None``; a comment after it stays;
- a comment on a line of its own stays, as a hint;
- a statement that ends in ``# not in the stub`` is left out, where its names would say too much;
- loops and conditions are removed; the names that they assign become ``None``;
- a region that assigns nothing becomes ``pass``.

An exercise may also be to repair given code. ``name = expression  # given: other`` becomes
``name = other``, and everything else in that region stays as it is.

The markers themselves stay.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator

BEGIN = "START CODE HERE"
END = "END CODE HERE"
LEFT_OUT = "# not in the stub"
GIVEN = "# given: "

# An assignment, and the expression that it is given with.
_GIVEN = re.compile(rf"(?m)^([^#=\n]*=) [^#\n]*{GIVEN}(.*)$")


def is_marker(comment: str) -> bool:
    """Whether a comment tells how the stub is made, and is not for students."""
    return "###" in comment or comment == LEFT_OUT or comment.startswith(GIVEN)


class StubError(ValueError):
    """A region from which no stub can be made: a marker is unpaired or the code is not Python."""


def clear_regions(source: str, begin: str = BEGIN, end: str = END) -> tuple[str, bool]:
    """Replace each marked region of a code cell with its stub.

    Returns:
        The new source, and whether there was a marked region.

    Raises:
        StubError: If a marker is unpaired or a region is not Python.
    """
    kept: list[str] = []
    region: list[str] | None = None
    marked = False
    for line in source.split("\n"):
        if begin in line:
            if region is not None:
                raise StubError(f"two {begin!r} follow each other")
            kept.append(line)
            region, marked = [], True
        elif end in line:
            if region is None:
                raise StubError(f"{end!r} comes before any {begin!r}")
            indent = re.match(r"\s*", line)[0]  # type: ignore[index]  # \s* always matches
            kept += [indent + stub if stub else "" for stub in stub_lines(region)]
            kept.append(line)
            region = None
        elif region is not None:
            region.append(line)
        else:
            kept.append(line)
    if region is not None:
        raise StubError(f"{begin!r} has no {end!r} after it")
    return "\n".join(kept), marked


def regions(source: str, begin: str = BEGIN, end: str = END) -> Iterator[tuple[int, int]]:
    """The range of lines inside each region: first line (from 0) and past the last line."""
    first = None
    for number, line in enumerate(source.split("\n")):
        if begin in line:
            first = number + 1
        elif end in line and first is not None:
            yield first, number
            first = None


def fill_regions(source: str, answers: list[str], begin: str = BEGIN, end: str = END) -> str:
    """Replace the lines inside each region with an answer, at the region's indentation.

    Raises:
        StubError: If there are not as many regions as answers.
    """
    lines = source.split("\n")
    ranges = list(regions(source, begin, end))
    if len(ranges) != len(answers):
        raise StubError(f"{len(answers)} answers for {len(ranges)} regions")
    for (first, last), answer in reversed(list(zip(ranges, answers, strict=True))):
        indent = re.match(r"\s*", lines[last])[0]  # type: ignore[index]
        text = textwrap.indent(textwrap.dedent(answer).strip("\n"), indent)
        lines[first:last] = text.split("\n")
    return "\n".join(lines)


def stub_lines(region: list[str]) -> list[str]:
    """The lines of a region's stub, without indentation.

    Raises:
        StubError: If the region is not Python.
    """
    code = textwrap.dedent("\n".join(region))
    try:
        tree = ast.parse(code)
        comments = _comments(code)
    except (SyntaxError, tokenize.TokenError) as error:
        raise StubError(f"a marked region is not Python: {error}") from error
    if any(text.startswith("# given:") for _, text in comments.values()):
        return _GIVEN.sub(r"\1 \2", code).split("\n")
    stub: list[tuple[int, str]] = []  # line number in the region, text
    for statement in tree.body:
        targets = list(dict.fromkeys(_targets(statement, code)))
        alone, text = comments.get(statement.end_lineno or statement.lineno, (False, ""))
        if text == LEFT_OUT:
            continue
        comment = f"  {text}" if text and not alone else ""
        stub += [(statement.lineno, f"{target}{comment}") for target in targets]
    hints = {line for line, (alone, _) in comments.items() if alone}
    inside = {
        line
        for statement in tree.body
        for line in range(statement.lineno + 1, (statement.end_lineno or statement.lineno) + 1)
    }
    stub += [(line, comments[line][1]) for line in sorted(hints - inside)]
    stub.sort(key=lambda entry: entry[0])
    lines = [text for _, text in stub]
    if all(text.startswith("#") for text in lines):
        lines.append("pass")
    return lines


def _comments(code: str) -> dict[int, tuple[bool, str]]:
    """By line number: whether the comment is alone on its line, and its text."""
    comments = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            comments[token.start[0]] = (alone, token.string)
    return comments


def _targets(statement: ast.stmt, code: str) -> Iterator[str]:
    """``name = None`` for what a statement assigns; in compound statements only plain names."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            names = list(_names(target, code))
            yield f"{', '.join(names)} = {', '.join(['None'] * len(names))}"
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        yield f"{ast.get_source_segment(code, statement.target)} = None"
    elif isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
        for child in (*statement.body, *getattr(statement, "orelse", [])):
            for stub in _targets(child, code):
                if stub.split(" = ")[0].isidentifier():
                    yield stub


def _names(target: ast.expr, code: str) -> Iterator[str]:
    """The text of each target in a tuple or list of targets, however deeply nested."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _names(element, code)
    else:
        yield str(ast.get_source_segment(code, target))
