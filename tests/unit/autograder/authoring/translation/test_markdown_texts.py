"""The texts of a Markdown cell, and their translations in their places."""

import pytest

from autograder.authoring.translation.markdown_texts import translate_markdown

# Its lines look like a list and an underlined heading.
FORMULA = "$$\\begin{aligned}\n- x &= \\text{more words} \\\\\n= y\n\\end{aligned}$$"
BELOW = r"$$\sum_{\text{all in bin } k} \text{relu}(x)$$"
# A cell, its texts, and the cell with each text in brackets.
CELLS = {
    "headings and paragraphs": (
        "## 2. Which `bins`\n\nOne line\nand another.\n",
        ["2. Which `bins`", "One line\nand another."],
        "## <2. Which `bins`>\n\n<One line\nand another.>\n",
    ),
    "nested lists": (
        "1. First:\n   - an *item*\n     of two lines\n2. `code` only: `x`\n3. `x`\n",
        ["First:", "an *item*\nof two lines", "`code` only: `x`"],
        "1. <First:>\n   - <an *item*\n     of two lines>\n2. <`code` only: `x`>\n3. `x`\n",
    ),
    "a table with a bar in a cell": (
        "| Part | Points |\n|--|--|\n| one \\| two | 10 |\n| `a` | 3 |\n",
        ["Part", "Points", "one | two"],
        "| <Part> | <Points> |\n|--|--|\n| <one \\| two> | 10 |\n| `a` | 3 |\n",
    ),
    "of formulas the words": (
        f"The loss is $a = b$:\n\n{FORMULA}\n\n{BELOW}\n",
        ["The loss is $a = b$:", "more words", "all in bin"],
        f"<The loss is $a = b$:>\n\n{FORMULA}\n\n{BELOW}\n".replace(
            "more words", "<more words>"
        ).replace("all in bin", "<all in bin>"),
    ),
    "quotes and pictures": (
        "> A quote\n> goes on.\n\n![what it shows](a.png)\n\n```\ncode stays\n```\n",
        ["A quote\ngoes on.", "![what it shows](a.png)"],
        "> <A quote\n> goes on.>\n\n<![what it shows](a.png)>\n\n```\ncode stays\n```\n",
    ),
    "model answers stay": (
        "**Why?**\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n\nAfter it.",
        ["**Why?**", "After it."],
        "<**Why?**>\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n\n<After it.>",
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_texts_of_a_cell(name):
    """Each text is handed over without what stands before its lines, and put back behind it."""
    source, texts, done = CELLS[name]
    found = []
    assert translate_markdown(source, lambda text: found.append(text) or f"<{text}>") == done
    assert found == texts
    assert translate_markdown(source, lambda text: text) == source
