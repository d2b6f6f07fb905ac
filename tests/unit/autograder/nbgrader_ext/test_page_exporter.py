"""Pages of graded notebooks, whatever students wrote into them."""

from __future__ import annotations

import re
import time

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.nbgrader_ext import page_exporter
from autograder.nbgrader_ext.child_process import ProcessLimits
from autograder.nbgrader_ext.page_exporter import PageExporter
from tests.support.hostile_texts import SLOW, code_cells, markdown_cells

HOSTILE = {**markdown_cells(), **code_cells()}
LESSON = new_markdown_cell("# The lesson\n\nIts formula is $a^2$.")


def page(*cells) -> str:
    """The page of these cells."""
    exporter = PageExporter(template_name="classic")
    return str(exporter.from_notebook_node(new_notebook(cells=list(cells)))[0])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_costs_nothing_but_its_own_formatting(name):
    """The page is there in seconds, its other texts with their formulas."""
    start = time.monotonic()
    shown = page(HOSTILE[name], LESSON)
    assert time.monotonic() - start < 60  # seconds, with other work on the machine
    assert "<h1" in shown
    assert "<msup>" in shown
    assert len(shown) < 2**24


def test_a_page_of_nothing_but_hostile_texts():
    """They share the time that a page has; the lesson is shown, and the page has an end."""
    start = time.process_time()
    shown = page(*(new_markdown_cell(text) for text in SLOW.values() for _ in range(4)), LESSON)
    assert time.process_time() - start < 5
    assert "Its formula is" in shown
    assert shown.rstrip().endswith("</html>")


def test_a_page_that_takes_too_long_is_written_without_formatting(monkeypatch):
    """Its process is ended; then the texts are shown as they were written."""
    monkeypatch.setattr(page_exporter, "_LIMITS", ProcessLimits(cpu_seconds=1, seconds=60))
    figure = {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}
    shown = page(
        *(new_markdown_cell(text) for text in SLOW.values()),
        LESSON,
        new_code_cell(
            "x = 1",
            outputs=[
                new_output("display_data", data=figure),
                new_output("stream", text="\x1b[1m1 < 2"),
                new_output("error", ename="E", evalue="v", traceback=["E: v"] * 1000),
            ],
        ),
    )
    assert "Its formula is $a^2$." in shown
    assert "x = 1" in shown
    assert "1 &lt; 2" in shown
    assert "&lt;Figure&gt;" in shown
    assert 0 < shown.count("E: v") < 50


def test_a_page_that_cannot_be_made_at_all(monkeypatch):
    """The student gets a page with a sentence on it, and the next page is made as always."""
    monkeypatch.setattr(page_exporter, "_LIMITS", ProcessLimits(1, 60, text=10))
    shown, resources = PageExporter(template_name="classic").from_notebook_node(
        new_notebook(cells=[LESSON]), {"metadata": {"name": "a<b"}}
    )
    assert "a&lt;b.ipynb" in shown
    assert resources["output_extension"] == ".html"


def test_a_slow_text_leaves_the_exporter_as_it_was():
    """A converter uses one exporter for the pages of the whole class."""
    exporter = PageExporter(template_name="classic")
    first, _ = exporter.from_notebook_node(new_notebook(cells=[LESSON]))
    exporter.from_notebook_node(
        new_notebook(cells=[new_markdown_cell(text) for text in SLOW.values()])
    )
    third, _ = exporter.from_notebook_node(new_notebook(cells=[LESSON]))
    assert first == third


def test_code_and_colours_are_highlighted():
    """What is not hostile looks as nbconvert makes it."""
    cell = new_code_cell("def f(): pass", outputs=[new_output("stream", text="\x1b[31mred")])
    shown = page(cell)
    assert '<span class="k">def</span>' in shown
    assert "ansi-red-fg" in shown


def test_a_lesson_is_rendered_once(monkeypatch):
    """A page that has the course's text and a student's is the same whether it was known or not."""
    formula = 'The cost is $J$, and `x` is "known".'
    cells = [new_markdown_cell(formula), new_code_cell("x = 'a'\n\n\ny = \"b\""), LESSON]
    expected = page(*cells)
    exporter = PageExporter(template_name="classic")
    exporter.lesson = frozenset(cell.source for cell in cells)
    pages = [exporter.from_notebook_node(new_notebook(cells=cells))[0]]
    monkeypatch.setattr(
        page_exporter.MarkdownWithMath, "render", lambda *_: pytest.fail("rendered again")
    )
    pages.append(exporter.from_notebook_node(new_notebook(cells=cells))[0])
    assert pages == [expected, expected]


def test_what_a_student_changed_is_not_taken_for_the_lesson():
    """Neither a changed text nor one with a picture of the student's."""
    attachments = {"a.png": {"image/png": "c3R1ZGVudA=="}}
    exporter = PageExporter(template_name="classic")
    exporter.lesson = frozenset(["# The lesson", "![](attachment:a.png)"])
    cells = [
        new_markdown_cell("# The lesson, mine"),
        new_markdown_cell("![](attachment:a.png)", attachments=attachments),
        new_markdown_cell("![](attachment:a.png)"),
    ]
    shown = exporter.from_notebook_node(new_notebook(cells=cells))[0]
    assert "The lesson, mine" in shown
    assert shown.count("c3R1ZGVudA==") == 1


def test_a_picture_without_a_text_says_so():
    """A screen reader needs one; a text that is there is kept."""
    figure = new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    shown = page(
        new_code_cell("draw()", outputs=[figure]), new_markdown_cell("![two lines](https://a.b/c)")
    )
    assert 'alt="No description has been provided for this image"' in shown
    assert shown.count("alt=") == 2
    assert 'alt="two lines"' in shown


def test_code_keeps_its_blank_lines_and_quotes():
    """Between the tags of a page, the lines that a template leaves are taken out."""
    shown = page(new_code_cell("text = 'a'\n\n\n\nother = \"b\""))
    code = re.sub("<[^>]*>", "", shown.partition("<pre")[2].partition("</pre>")[0])
    assert "text = 'a'\n\n\n\nother = \"b\"" in code
    assert ">\n\n<" not in shown.replace(code, "")
