"""Characters that turn the direction of text, in messages and on pages."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.nbgrader_ext.page_exporter import PageExporter
from autograder.text_direction import page_without_overrides, without_turns

OVERRIDES = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("turn", [*OVERRIDES, "\u200e", "\u200f", "\u061c"], ids=ascii)
def test_in_messages_none_is_left(turn):
    """Something that can be seen is in its place."""
    assert without_turns(f"a{turn}b") == "a\ufffdb"


@pytest.mark.parametrize("turn", OVERRIDES, ids=ascii)
def test_on_pages_none_is_left_that_reorders_text(turn):
    """Neither as a character nor as a reference to it."""
    code = ord(turn)
    for written in (turn, f"&#{code};", f"&#x{code:x};", f"&#X{code:04X};", f"&#00{code};"):
        assert page_without_overrides(f"<p>a{written}b</p>") == "<p>a\ufffdb</p>"
    assert page_without_overrides("a\u200fb &#8207; &amp; &#65;") == "a\u200fb &#8207; &amp; &#65;"


def test_pages_that_students_and_graders_read():
    """In code, in answers, in raw HTML within them, and in output."""
    turn = "\u202e"
    cells = [
        new_code_cell(f"x = 1  # {turn}code", outputs=[new_output("stream", text=f"{turn}out")]),
        new_markdown_cell(f"An {turn}answer with <b>&#x202e;HTML</b> and &#8238;more."),
    ]
    exporter = PageExporter(template_name="classic")
    shown = str(exporter.from_notebook_node(new_notebook(cells=cells))[0])
    assert turn not in shown
    assert "&#x202e" not in shown.lower()
    assert "&#8238" not in shown
    assert "\ufffdout" in shown
    assert "\ufffdanswer" in shown
