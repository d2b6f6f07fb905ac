"""Pages of graded notebooks, whatever students wrote into them."""

from __future__ import annotations

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
