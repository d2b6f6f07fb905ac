# ruff: noqa: RUF001  such characters are what this is about
"""What is said of a cell that is no Python."""

import ast

import pytest

from autograder.diagnosis.syntax_errors import describe_syntax_error


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("y\u00a0= 2", "a character that cannot be seen (no-break space, U+00A0)"),
        ("y\u200b = 2", "(zero width space, U+200B)"),
        ("\ufeffy = 2", "(zero width no-break space, U+FEFF)"),
        ("y\u3000= 2", "(ideographic space, U+3000)"),
        ("y = \u202e1", "(right-to-left override, U+202E)"),
        ("y = x\u2028", "(line separator, U+2028)"),
        ("y = “a”", '(left double quotation mark, U+201C), which only looks like code. Type " in'),
        ("y = ‘a’", "Type ' in its place"),
        ("y = f（x）", "Type ( in its place"),
        ("y = f(x，1)", "(fullwidth comma, U+FF0C), which only looks like code. Type , in"),
        ("y = 3 – 2", "Type - in its place"),
        ("y = 3 × 2", "Type * in its place"),
        ("y = x²", "Type **2 in its place"),
        ("y = x ≤ 2", "Type <= in its place"),
        ("y = €5", "holds € (euro sign, U+20AC), which is not Python there"),
        ("y = 2\n      z = 3", "an IndentationError in line 3 of its cell: unexpected indent."),
        ("y = 2\n\tz = 3", "because of a TabError in line 3 of its cell"),
        ("y = (2", "because of a SyntaxError in line 2 of its cell: '(' was never closed."),
    ],
)  # fmt: skip
def test_the_line_and_what_is_in_it(line, words):
    """The kind of error and its line; of a character its name, and what to type."""
    with pytest.raises(SyntaxError) as raised:
        ast.parse(
            f"def f(x):\n    {line}\n" if "\t" not in line else f"def f(x):\n        {line}\n"
        )
    message = describe_syntax_error("f", raised.value)
    assert words in message
    assert message.startswith("f is not defined, because")
    assert all(c.isprintable() for c in message)
